/* SPDX-License-Identifier: BSD-2-Clause */
/* Addresses of a name for libcurl, which looks names up by a thread: the kernel
 * counts threads of a uid, and another process of it may have all of them. */
#include "helper/net/net_inside.h"

#include <netinet/in.h>
#include <string.h>

#include "lib/wire/wire.h"

#define ADDRESSES_MAX 1024                  /* of a name, as text */
#define ADDRESS_MAX (INET6_ADDRSTRLEN + 16) /* a scope may follow */
#define HTTPS_PORT "443"

/* Writes the host that libcurl connects to. Returns its port. */
static const char *
host_write(const struct http_call *c, char host[BASE_URL_HOST_MAX])
{
	char *url = (char *)c->http->peer.proxy, *port = host;
	const char *at;

	if (url[0] == '\0')
		(void)curl_easy_getinfo(c->curl, CURLINFO_EFFECTIVE_URL, &url);
	at = strstr(url, "://");
	at = at != NULL ? at + 3 : "";
	snprintf(host, BASE_URL_HOST_MAX, "%.*s", (int)strcspn(at, "/?"), at);
	(void)strsep(&port, ":");
	return port != NULL ? port : HTTPS_PORT;
}

/* Appends the addresses, with commas between them. */
static void
addresses_write(const struct addrinfo *a, char text[ADDRESSES_MAX])
{
	char address[ADDRESS_MAX];

	for (const char *comma = ""; a != NULL; a = a->ai_next)
		if (getnameinfo(a->ai_addr, a->ai_addrlen, address,
			sizeof(address), NULL, 0, NI_NUMERICHOST) == 0) {
			PRINT_BEHIND(text, ADDRESSES_MAX,
			    a->ai_family == AF_INET6 ? "%s[%s]" : "%s%s", comma,
			    address);
			comma = ",";
		}
}

/* Returns the addresses as CURLOPT_RESOLVE has them; or NULL. */
static struct curl_slist *
look_up(const char *host, const char *port, int64_t until)
{
	struct name_query *q = name_query_start(host, AF_UNSPEC, true);
	struct curl_slist *list = NULL;
	char text[ADDRESSES_MAX];

	if (q == NULL)
		return NULL;
	PRINT_TO(text, "+%s:%s:", host, port);
	if (name_query_wait(q, until) && q->error == 0) {
		addresses_write(q->found, text);
		list = http_curl.curl_slist_append(NULL, text);
	}
	name_query_abandon(q);
	return list;
}

bool
http_address_begin(struct http_call *c)
{
	char host[BASE_URL_HOST_MAX];
	const char *port;

	if (c->starts > 0 || c->found != NULL ||
	    strstr(c->error, HTTP_LACKS_THREAD) == NULL)
		return false;
	port = host_write(c, host);
	c->found = look_up(host, port, c->begun + c->left);
	if (c->found == NULL ||
	    curl_easy_setopt(c->curl, CURLOPT_RESOLVE, c->found) != CURLE_OK ||
	    http_curl.curl_multi_add_handle(c->http->multi, c->curl) !=
		CURLM_OK)
		return false;
	c->error[0] = '\0';
	return true;
}
