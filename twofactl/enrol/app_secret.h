/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A new secret for an authenticator app, and the URI that apps read:
 * otpauth://totp/ISSUER:ACCOUNT?secret=...&issuer=... (the key URI format
 * that all of them know).
 */
#ifndef TWOFA_APP_SECRET_H
#define TWOFA_APP_SECRET_H

#include "lib/values/values.h"

#define APP_SECRET_SECRET_LEN 20 /* bytes: RFC 4226 section 4, R6 */
#define APP_SECRET_URI_MAX 1024
#define APP_SECRET_GROUPS_MAX 64

/* Random bytes as base32. 0, or -1 with errno. The caller wipes. */
int app_secret_new(struct secret *base32);

/* The URI; issuer and account are percent-encoded. 0, or -1 when it would be
 * too long. The caller wipes. */
int app_secret_uri(const struct secret *base32, const char *issuer,
    const char *account, char out[APP_SECRET_URI_MAX]);

/* In groups of four, for typing. The caller wipes. */
void app_secret_groups(
    const struct secret *base32, char out[APP_SECRET_GROUPS_MAX]);

#endif
