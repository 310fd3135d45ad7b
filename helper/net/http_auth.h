/* SPDX-License-Identifier: BSD-2-Clause */
/* The request header with the credentials. */
#ifndef TWOFA_HTTP_AUTH_H
#define TWOFA_HTTP_AUTH_H

#include "helper/net/http.h"

/* Holds "Authorization: Bearer " and the longest token; a user, ":" and a
 * secret in base64 are shorter. */
#define HTTP_AUTH_MAX (HTTP_TOKEN_MAX + 64)

/*
 * auth_token as Bearer (RFC 6750) when it is set. Else Basic (RFC 7617) when
 * auth_user is set, the secret alone under the name auth_header when that is
 * set, and Bearer of auth_secret otherwise. "" when there is no secret. 0, or
 * -1 when it does not fit or the secret holds a byte that would break the
 * header; out is then "". The caller wipes out.
 */
int http_auth_header(const struct http_request *, char out[HTTP_AUTH_MAX]);

#endif
