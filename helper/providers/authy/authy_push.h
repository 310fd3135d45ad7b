/* SPDX-License-Identifier: BSD-2-Clause */
/* OneTouch, the push of the legacy Authy API: send one, and ask for the
 * answer. */
#ifndef TWOFA_AUTHY_PUSH_H
#define TWOFA_AUTHY_PUSH_H

#include "helper/providers/providers.h"

/* The functions of provider_ops for METHOD_PUSH. */
int authy_push_request(const struct provider_ctx *, struct http_request *);
int authy_poll_request(const struct provider_ctx *, struct http_request *);
enum outcome authy_poll_reply(struct provider_ctx *, const struct http_reply *);
/* Keep the id of a start that the vendor accepted. OK, or TRANSIENT when it has
 * none. */
enum outcome authy_push_started(
    struct provider_ctx *, const struct http_reply *);

#endif
