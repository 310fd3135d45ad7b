/* SPDX-License-Identifier: BSD-2-Clause */
/* OneTouch, the push of the legacy Authy API: ask, and ask for the answer. */
#ifndef TWOFA_AUTHY_PUSH_H
#define TWOFA_AUTHY_PUSH_H

#include "helper/providers/provider.h"

#define AUTHY_API_KEY 0 /* slot of the secret */

/* As provider_ops has them, for METHOD_PUSH. */
int authy_push_request(const struct provider_ctx *, struct http_request *);
int authy_poll_request(const struct provider_ctx *, struct http_request *);
enum outcome authy_poll_reply(struct provider_ctx *, const struct http_reply *);
/* A start that the vendor took: keep its id. OK, or TRANSIENT without one. */
enum outcome authy_push_started(
    struct provider_ctx *, const struct http_reply *);

/* authy.c: an empty request with the key of ctx->conf; failed when the user's
 * id is not digits. */
void authy_begin(const struct provider_ctx *, enum http_method,
    const char *path, struct http_request *);
bool authy_id_valid(const char *id);

#endif
