/* SPDX-License-Identifier: BSD-2-Clause */
/* A signed token for a request: JWT (RFC 7519) with RS256 (RFC 7518, 3.3). */
#ifndef TWOFA_NET_JWT_H
#define TWOFA_NET_JWT_H

#include <stddef.h>

#include "lib/values/values.h"

#define JWT_CLAIMS_MAX 512

/*
 * Header, claims (one JSON object, unchanged) and signature, in base64url with
 * dots between, NUL-terminated. 0, or -1 when the key is invalid (settings.h),
 * the claims are too long, or the token does not fit; out is then "". The
 * caller wipes out.
 */
int jwt_rs256(const struct pem *key, const char *claims, char *out, size_t cap);

#endif
