/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Codes of an app that let a user in once: they are never accepted again,
 * whatever the vendor says of them. Codes and the app's secret are stored as an
 * HMAC with the host key.
 */
#ifndef TWOFA_USED_CODE_H
#define TWOFA_USED_CODE_H

#include "helper/dialogue/dialogue.h"
#include "helper/store/store.h"
#include "lib/settings/settings.h"

struct provider_type;

/* A code is valid for some minutes, but the clock may be set forward. */
#define USED_CODE_S 86400

/* The store's name for an app's secret (store_totp_attempt). 0, or -1 after a
 * log line. */
int used_code_secret(const struct settings *, const struct secret *,
    unsigned char digest[STORE_CODE_DIGEST]);

/* The store's name for a code that this type of provider accepted. It belongs
 * to a factor, not to a user, because several users may share one. 0, or -1
 * after a log line. The caller wipes. */
int used_code_name(const struct login *, const struct provider_type *,
    const char *code, struct store_code *);

#endif
