/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a base_url one that codes may be sent to? https anywhere, http for a
 * rehearsal on this very machine. Pure.
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
 * host. NULL when it is well, else a text that tells what is wrong and never
 * holds the URL, which may carry a password; out is all zeros then.
 */
const char *base_url_read(const char *url, struct base_url *out);

#endif
