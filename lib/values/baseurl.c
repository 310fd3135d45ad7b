/* SPDX-License-Identifier: BSD-2-Clause */
/* A provider's base_url: which protocol, which host. */
#include "lib/values/baseurl.h"

#include <stdbool.h>
#include <string.h>

/* A name, an IPv4 address or one in brackets, and a port. */
static const char host_bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "abcdefghijklmnopqrstuvwxyz0123456789-.:[]";

/* Plain http goes no further than this machine: any name could lead away. */
static bool
is_loopback(const char *host)
{
	static const char *const allowed[] = { "127.0.0.1", "[::1]" };
	size_t len;

	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++) {
		len = strlen(allowed[i]);
		if (strncmp(host, allowed[i], len) == 0 &&
		    strchr(":/", host[len]) != NULL)
			return true;
	}
	return false;
}

int
baseurl_read(const char *url, struct baseurl *out)
{
	const char *host;
	size_t len;

	memset(out, 0, sizeof(*out));
	if (strncmp(url, "https://", 8) == 0) {
		out->protocol = "https";
		host = url + 8;
	} else if (strncmp(url, "http://", 7) == 0 && is_loopback(url + 7)) {
		out->protocol = "http";
		host = url + 7;
	} else {
		return -1;
	}
	len = strcspn(host, "/");
	if (len == 0 || len >= sizeof(out->host) ||
	    strspn(host, host_bytes) < len)
		return -1;
	memcpy(out->host, host, len);
	return 0;
}
