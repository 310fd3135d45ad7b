/* SPDX-License-Identifier: BSD-2-Clause */
/* Vonage Verify v2: the readers of its replies, for vonage_v2.c. */
#ifndef TWOFA_VONAGE_V2_H
#define TWOFA_VONAGE_V2_H

#include "helper/providers/providers.h"

/* start_reply and so on of struct provider_ops. */
enum outcome vonage_v2_start_reply(
    struct provider_ctx *, const struct http_reply *);
enum outcome vonage_v2_check_reply(
    struct provider_ctx *, const struct http_reply *);
enum outcome vonage_v2_cancel_reply(
    struct provider_ctx *, const struct http_reply *);
enum outcome vonage_v2_next_reply(
    struct provider_ctx *, const struct http_reply *);
enum outcome vonage_v2_probe_reply(
    struct provider_ctx *, const struct http_reply *);

#endif
