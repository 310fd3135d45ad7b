/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May codes be sent to this base_url? https everywhere, http only on this
 * machine, for a rehearsal. Pure.
 */
#ifndef TWOFA_BASE_URL_H
#define TWOFA_BASE_URL_H

#define BASE_URL_SCHEME_MAX 8
#define BASE_URL_HOST_MAX 128

struct base_url {
	char scheme[BASE_URL_SCHEME_MAX]; /* "https" or "http" */
	char host[BASE_URL_HOST_MAX];     /* with its port, for the log */
};

/*
 * Read https://HOST[:PORT][/PREFIX], or http:// with 127.0.0.1 or [::1] as the
 * host. NULL when it is valid; else what is wrong, and out is all zeros. That
 * text never holds the URL, which may contain a password.
 */
const char *base_url_read(const char *url, struct base_url *out);

#endif
