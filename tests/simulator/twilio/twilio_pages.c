/* SPDX-License-Identifier: BSD-2-Clause */
/* Twilio's lists: a page of them, and the meta that leads to the others. */
#include "tests/simulator/twilio/twilio_pages.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/http/reply.h"
#include "tests/simulator/http/request.h"
#include "tests/simulator/twilio/twilio_errors.h"

enum {
	PAGE_SIZE = 50,
	PAGE_SIZE_MAX = 1000,
	PAGE_MAX = 100000,
};

/* A number of the query; false when reply says no already. */
static bool
query_number(const struct sim_request *req, struct sim_reply *reply,
    const char *name, int min, int max, int *out)
{
	const struct request_field *f = request_field(req, name);
	long n;

	if (f == NULL)
		return true;
	n = strtol(f->value, NULL, 10);
	if (f->bad || strlen(f->value) > 6 || n < min || n > max ||
	    strspn(f->value, "0123456789") != strlen(f->value)) {
		twilio_refuse_value(reply, name, f->value);
		return false;
	}
	*out = (int)n;
	return true;
}

/* There is no page before the first: null. */
static void
add_url(cJSON *meta, const char *name, const char *path, int size, int page)
{
	char url[400];

	if (page < 0) {
		cJSON_AddNullToObject(meta, name);
		return;
	}
	snprintf(url, sizeof(url),
	    "https://verify.twilio.com%s?PageSize=%d&Page=%d", path, size,
	    page);
	cJSON_AddStringToObject(meta, name, url);
}

void
twilio_say_page(const struct sim_request *req, struct sim_reply *reply,
    const char *key, struct cJSON *list)
{
	int size = PAGE_SIZE, page = 0, all, first;
	cJSON *o, *items, *meta;

	if (!query_number(req, reply, "PageSize", 1, PAGE_SIZE_MAX, &size) ||
	    !query_number(req, reply, "Page", 0, PAGE_MAX, &page)) {
		cJSON_Delete(list);
		return;
	}
	all = cJSON_GetArraySize(list);
	first = page * size;
	o = cJSON_CreateObject();
	items = cJSON_AddArrayToObject(o, key);
	for (int i = first; i < first + size && i < all; i++)
		cJSON_AddItemToArray(
		    items, cJSON_DetachItemFromArray(list, first));
	cJSON_Delete(list);
	meta = cJSON_AddObjectToObject(o, "meta");
	cJSON_AddNumberToObject(meta, "page", page);
	cJSON_AddNumberToObject(meta, "page_size", size);
	add_url(meta, "first_page_url", req->path, size, 0);
	add_url(meta, "previous_page_url", req->path, size, page - 1);
	add_url(meta, "url", req->path, size, page);
	add_url(meta, "next_page_url", req->path, size,
	    first + size < all ? page + 1 : -1);
	cJSON_AddStringToObject(meta, "key", key);
	sim_reply_json(reply, 200, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
}
