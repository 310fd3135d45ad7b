/* SPDX-License-Identifier: BSD-2-Clause */
/* Is a base_url one that codes may be sent to? */
#include "lib/values/base_url.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"
#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" DIGITS
#define HOST_MAX 120 /* what net/baseurl.h takes, with its port */

static bool
host_fits(const char *host, size_t len)
{
	char text[HOST_MAX + 1];
	unsigned char addr[16];

	if (len < 1 || len > HOST_MAX)
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)len, host);
	if (text[0] == '[' && text[len - 1] == ']') {
		text[len - 1] = '\0';
		return inet_pton(AF_INET6, text + 1, addr) == 1;
	}
	return strspn(text, ALNUM "-.") == len && strspn(text, "-.") == 0 &&
	    strstr(text, "..") == NULL;
}

static bool
port_fits(const char *port, size_t len)
{
	unsigned n = 0;

	if (len < 1 || len > 5 || port[0] == '0')
		return false;
	for (size_t i = 0; i < len; i++) {
		if (port[i] < '0' || port[i] > '9')
			return false;
		n = n * 10 + (unsigned)(port[i] - '0');
	}
	return n <= 65535;
}

/* "" or /SEGMENT[/SEGMENT...], which no software rewrites. */
static bool
prefix_fits(const char *prefix)
{
	while (*prefix != '\0') {
		size_t len;

		if (*prefix++ != '/')
			return false;
		len = strspn(prefix, ALNUM "-._~");
		if (len == 0 || strspn(prefix, ".") == len)
			return false;
		prefix += len;
	}
	return true;
}

static size_t
host_len(const char *host)
{
	const char *end;

	if (host[0] != '[')
		return strcspn(host, ":/");
	end = strchr(host, ']');
	return end != NULL ? (size_t)(end - host) + 1 : 0;
}

static bool
is_loopback(const char *host, size_t len)
{
	return (len == 9 && memcmp(host, "127.0.0.1", 9) == 0) ||
	    (len == 5 && memcmp(host, "[::1]", 5) == 0);
}

const char *
base_url_check(const char *url, char scheme[BASE_URL_SCHEME])
{
	const char *host, *rest;
	size_t len, port;

	if (strncmp(url, "https://", 8) == 0)
		memcpy(scheme, "https", sizeof("https"));
	else if (strncmp(url, "http://", 7) == 0)
		memcpy(scheme, "http", sizeof("http"));
	else
		return "does not begin with https://";
	host = url + strlen(scheme) + 3;
	if (host[strcspn(host, "@?#")] != '\0')
		return "has a user name, a query or a fragment";
	len = host_len(host);
	if (!host_fits(host, len))
		return "has no host name or address that could be right";
	if (scheme[4] == '\0' && !is_loopback(host, len))
		return "is http, which is for 127.0.0.1 and [::1] alone";
	rest = host + len;
	if (*rest == ':') {
		port = strcspn(++rest, "/");
		if (!port_fits(rest, port))
			return "has a port that is not from 1 to 65535";
		rest += port;
	}
	if (!prefix_fits(rest))
		return "has a prefix with something else than letters, digits "
		       "and -._~, or ends with /";
	return NULL;
}
