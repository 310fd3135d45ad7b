/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers in the making: how a body gets into one and out again. */
#include "tests/simulator/http/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
sim_reply_free(struct sim_reply *reply)
{
	free(reply->body);
	reply->body = NULL;
	reply->len = 0;
}

void
sim_reply_json(struct sim_reply *reply, int http, char *body)
{
	sim_reply_free(reply);
	reply->http = body != NULL ? http : 500;
	reply->type = body != NULL ? "application/json" : NULL;
	reply->body = body;
	reply->len = body != NULL ? strlen(body) : 0;
}

void
sim_reply_empty(struct sim_reply *reply, int http)
{
	sim_reply_free(reply);
	reply->http = http;
	reply->type = NULL;
}

void
sim_reply_header(struct sim_reply *reply, const char *name, const char *value)
{
	struct sim_header *h = &reply->header[reply->headers];

	if (reply->headers == SIM_HEADERS_MAX)
		return;
	snprintf(h->name, sizeof(h->name), "%s", name);
	snprintf(h->value, sizeof(h->value), "%s", value);
	reply->headers++;
}

void
sim_reply_html(struct sim_reply *reply, int http, const char *title)
{
	char *page = NULL;

	if (asprintf(&page,
		"<html>\n<head><title>%s</title></head>\n"
		"<body>\n<center><h1>%s</h1></center>\n</body>\n</html>\n",
		title, title) == -1)
		page = NULL;
	sim_reply_json(reply, http, page);
	if (page != NULL)
		reply->type = "text/html; charset=utf-8";
}
