/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A provider's base_url: which protocol, which host. Settings have checked it
 * already; this is the last look before libcurl gets it.
 */
#ifndef TWOFA_BASEURL_H
#define TWOFA_BASEURL_H

#define BASEURL_HOST_MAX 128

struct baseurl {
	const char *protocol;        /* "https" or "http" */
	char host[BASEURL_HOST_MAX]; /* with its port, for the log */
};

/*
 * 0, or -1: neither https nor http to 127.0.0.1 or [::1] literally, no host,
 * one too long, or one with user information.
 */
int baseurl_read(const char *url, struct baseurl *out);

#endif
