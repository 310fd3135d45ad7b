/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Codes of an app that let somebody in once: whatever a vendor says of them,
 * they do so no more. What is kept of one, or of an app's secret, is an HMAC
 * under the host key.
 */
#ifndef TWOFA_USED_CODE_H
#define TWOFA_USED_CODE_H

#include "helper/dialogue/login_context.h"
#include "helper/state/store.h"
#include "lib/settings/settings.h"

struct provider_type;

/* A code is right for some minutes, but the clock may be set forward. */
#define USED_CODE_S 86400

/* What the store knows an app's secret by (store_totp_attempt). 0, or -1 after
 * a log line. */
int used_code_secret(const struct settings *, const struct secret *,
    unsigned char digest[STORE_CODE_DIGEST]);

/* What a code is known by that this type of provider called right: that of a
 * factor, and not of a user, of whom several may have it. 0, or -1 after a log
 * line. The caller wipes. */
int used_code_name(const struct login *, const struct provider_type *,
    const char *code, struct store_code *);

#endif
