/* SPDX-License-Identifier: BSD-2-Clause */
/* Passes the dialogue's requests on to net/http.c. */
#include "helper/calls/connections.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The provider's connection, made at its first request. */
static struct http *
connection(struct connections *c, const struct provider_conf *p)
{
	const struct http_peer peer = { .base_url = p->base_url,
		.ca_file = p->ca_file,
		.ca_path = p->ca_path,
		.connect_timeout_ms = p->connect_timeout_ms,
		.timeout_ms = p->timeout_ms };
	size_t i = (size_t)(p - c->conf->provider);

	if (c->http[i] == NULL)
		c->http[i] = http_open(&peer);
	return c->http[i];
}

static void
connections_send(void *ctx, const struct provider_conf *p,
    const struct http_request *req, int64_t deadline, struct http_reply *reply)
{
	struct http *http = connection(ctx, p);

	if (http != NULL) {
		http_send(http, req, deadline, reply);
		return;
	}
	memset(reply, 0, sizeof(*reply));
	reply->fate = HTTP_LOCAL;
	snprintf(reply->cause, sizeof(reply->cause),
	    "libcurl could not be set up: %s%s", strerror(errno),
	    errno == ELIBACC ? "; install libcurl.so.4, 7.87 or later" : "");
}

void
connections_init(
    struct connections *c, const struct settings *conf, struct connection *t)
{
	memset(c, 0, sizeof(*c));
	c->conf = conf;
	t->ctx = c;
	t->send = connections_send;
}

void
connections_close(struct connections *c)
{
	size_t i;

	for (i = 0; i < CONFIG_PROVIDERS_MAX; i++)
		if (c->http[i] != NULL)
			http_close(c->http[i]);
}
