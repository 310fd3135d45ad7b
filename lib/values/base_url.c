/* SPDX-License-Identifier: BSD-2-Clause */
/* The URL that codes are sent to, and the proxy's. Pure. */
#include "lib/values/values.h"

#include <arpa/inet.h>

#define HOST_MAX 120 /* with the port it fits struct base_url */
#define PORT_MAX 5

_Static_assert(
    HOST_MAX + sizeof(":") - 1 + PORT_MAX < BASE_URL_HOST_MAX, "host");

static bool
host_fits(const char *host, size_t len)
{
	char text[HOST_MAX + 1];
	unsigned char addr[16];

	if (len < 1 || len > HOST_MAX)
		return false;
	PRINT_TO(text, "%.*s", (int)len, host);
	if (text[0] == '[' && text[len - 1] == ']') {
		text[len - 1] = '\0';
		return inet_pton(AF_INET6, text + 1, addr) == 1;
	}
	return strspn(text, TEXT_ALNUM "-.") == len &&
	    strspn(text, "-.") == 0 && strstr(text, "..") == NULL;
}

/* True for "" or /SEGMENT[/SEGMENT...], in unreserved characters (RFC 3986). */
static bool
prefix_fits(const char *prefix)
{
	while (*prefix != '\0') {
		size_t len;

		if (*prefix++ != '/')
			return false;
		len = strspn(prefix, TEXT_UNRESERVED);
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

bool
base_url_is_loopback(const char *host)
{
	const size_t len = host_len(host);

	return (len == 9 && memcmp(host, "127.0.0.1", 9) == 0) ||
	    (len == 5 && memcmp(host, "[::1]", 5) == 0);
}

/* Checks what follows "SCHEME://". Returns NULL with the length of HOST[:PORT]
 * in *len, or what is wrong. */
static const char *
find_fault(const char *host, bool https, size_t *len)
{
	const char *rest;

	if (host[strcspn(host, "@?#")] != '\0')
		return "has a user name, a query or a fragment";
	*len = host_len(host);
	if (!host_fits(host, *len))
		return "has no host name or address that could be right";
	if (!https && !base_url_is_loopback(host))
		return "is http, which is for 127.0.0.1 and [::1] alone";
	rest = host + *len;
	if (*rest == ':') {
		rest++;
		if (*rest == '0' || decimal_take(&rest, 65535) < 0 ||
		    (*rest != '\0' && *rest != '/'))
			return "has a port that is not from 1 to 65535";
	}
	*len = (size_t)(rest - host);
	if (!prefix_fits(rest))
		return "has a prefix with other characters than letters, "
		       "digits and -._~, or ends with /";
	return NULL;
}

const char *
base_url_read(const char *url, struct base_url *out)
{
	const char *scheme = "https", *host = url, *fault;
	size_t len;

	memset(out, 0, sizeof(*out));
	if (text_take(&host, "http://"))
		scheme = "http";
	else if (!text_take(&host, "https://"))
		return "does not begin with https://";
	fault = find_fault(host, scheme[4] == 's', &len);
	if (fault != NULL)
		return fault;
	memcpy(out->scheme, scheme, strlen(scheme));
	memcpy(out->host, host, len);
	return NULL;
}

bool
base_url_is_proxy(const char *url)
{
	size_t len;

	return text_take(&url, "http://") &&
	    find_fault(url, true, &len) == NULL && url[len] == '\0' &&
	    url[host_len(url)] == ':';
}
