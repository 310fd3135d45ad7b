/* SPDX-License-Identifier: BSD-2-Clause */
/* The control side, /_sim: what tests ask of the simulator itself. */
#include "tests/simulator/server/control.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/core/inbox.h"
#include "tests/simulator/core/provider.h"
#include "tests/simulator/http/reply.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/faults/faults.h"
#include "tests/simulator/server/exchange.h"
#include "tests/simulator/http/reqlog.h"
#include "tests/simulator/http/request.h"

enum {
	CONTROL_WAIT_DEFAULT_MS = 5000,
	CONTROL_WAIT_MAX_MS = 60000,
};

/* Ten years: enough for any test, and far from overflow. */
static const double advance_max_s = 315360000;

static const char *const *defaults;
static bool off;

void
control_off(void)
{
	off = true;
}

bool
control_owns(const char *path)
{
	return !off && strncmp(path, "/_sim", 5) == 0 &&
	    (path[5] == '\0' || path[5] == '/');
}

static void
put(struct sim_reply *reply, int http, cJSON *o)
{
	sim_reply_json(reply, http, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
}

static void
put_error(struct sim_reply *reply, int http, const char *text)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "error", text);
	put(reply, http, o);
}

/* A query parameter, or NULL when it is absent or empty. */
static const char *
parameter(
    const struct sim_request *req, const char *name, char *buf, size_t size)
{
	if (request_query(req->query, name, buf, size) == -1 || buf[0] == '\0')
		return NULL;
	return buf;
}

static void
get_messages(const struct sim_request *req, struct sim_reply *reply)
{
	char to[256];

	world_settle();
	put(reply, 200, inbox_list(parameter(req, "to", to, sizeof(to))));
}

static void
get_requests(const struct sim_request *req, struct sim_reply *reply)
{
	char endpoint[16], codes[4];

	put(reply, 200,
	    reqlog_list(parameter(req, "endpoint", endpoint, sizeof(endpoint)),
		parameter(req, "codes", codes, sizeof(codes)) != NULL));
}

static void
get_faults(const struct sim_request *req, struct sim_reply *reply)
{
	cJSON *o = cJSON_CreateObject();

	(void)req;
	cJSON_AddItemToObject(o, "armed", faults_list());
	cJSON_AddItemToObject(o, "known", faults_kinds());
	put(reply, 200, o);
}

static void
post_faults(const struct sim_request *req, struct sim_reply *reply)
{
	cJSON *doc = cJSON_ParseWithLength(req->body, req->len);
	const char *bad = faults_arm(doc);

	cJSON_Delete(doc);
	if (bad != NULL)
		put_error(reply, 400, bad);
	else
		get_faults(req, reply);
}

static void
delete_faults(const struct sim_request *req, struct sim_reply *reply)
{
	faults_reset();
	get_faults(req, reply);
}

static void
get_clock(const struct sim_request *req, struct sim_reply *reply)
{
	cJSON *o = cJSON_CreateObject();

	(void)req;
	cJSON_AddNumberToObject(o, "now", (double)world_now() / 1000.0);
	cJSON_AddNumberToObject(o, "ahead_s", (double)world_ahead() / 1000.0);
	put(reply, 200, o);
}

static void
post_clock(const struct sim_request *req, struct sim_reply *reply)
{
	cJSON *doc = cJSON_ParseWithLength(req->body, req->len);
	const cJSON *s = cJSON_GetObjectItemCaseSensitive(doc, "advance_s");
	const double value = cJSON_IsNumber(s) ? s->valuedouble : -1;

	cJSON_Delete(doc);
	if (!(value >= 0 && value <= advance_max_s)) {
		put_error(reply, 400,
		    "send {\"advance_s\":N} with N from 0 to 315360000");
		return;
	}
	world_advance((int64_t)(value * 1000));
	get_clock(req, reply);
}

static void
post_reset(const struct sim_request *req, struct sim_reply *reply)
{
	control_reset();
	get_clock(req, reply);
}

static void
post_settings(const struct sim_request *req, struct sim_reply *reply)
{
	cJSON *doc = cJSON_ParseWithLength(req->body, req->len);
	const cJSON *item;
	char text[128] = "";
	int rc;

	if (!cJSON_IsObject(doc))
		snprintf(text, sizeof(text), "send {\"NAME\":VALUE}");
	cJSON_ArrayForEach(item, doc)
	{
		rc = cJSON_IsNumber(item)
		    ? sim_setting(item->string, item->valueint)
		    : -1;
		if (rc != 0)
			snprintf(text, sizeof(text), "%.40s: %s", item->string,
			    rc == 1 ? "there is no such setting"
				    : "out of its range");
	}
	cJSON_Delete(doc);
	if (text[0] != '\0')
		put_error(reply, 400, text);
	else
		put(reply, 200, cJSON_CreateObject());
}

static const char *
text_member(const cJSON *doc, const char *name)
{
	return cJSON_GetStringValue(
	    cJSON_GetObjectItemCaseSensitive(doc, name));
}

/* What a person does once: installs the app and links the phone. */
static void
put_enrolled(struct sim_reply *reply, const char *to, const char *identity)
{
	const char *id = identity != NULL ? sim_enrol(to, identity) : NULL;
	cJSON *o;

	if (id == NULL) {
		put_error(reply, 400,
		    "send {\"identity\":WHO,\"action\":\"register\"}, WHO of "
		    "8 to 64 letters, digits and dashes, and where wanted "
		    "\"to\":NUMBER");
		return;
	}
	o = cJSON_CreateObject();
	cJSON_AddStringToObject(o, "sid", id);
	put(reply, 200, o);
}

static void
post_push(const struct sim_request *req, struct sim_reply *reply)
{
	cJSON *doc = cJSON_ParseWithLength(req->body, req->len);
	const char *to = text_member(doc, "to");
	const char *identity = text_member(doc, "identity");
	const char *action = text_member(doc, "action");

	if (action != NULL && strcmp(action, "register") == 0)
		put_enrolled(reply, to, identity);
	else if (action == NULL || (to == NULL) == (identity == NULL) ||
	    (strcmp(action, "approve") != 0 && strcmp(action, "deny") != 0))
		put_error(reply, 400,
		    "send {\"to\" or \"identity\":WHO,\"action\":\"approve\" "
		    "or \"deny\"}");
	else if (sim_push(to, identity, action) != 0)
		put_error(reply, 409, "no push is waiting there");
	else
		put(reply, 200, cJSON_CreateObject());
	cJSON_Delete(doc);
}

/* A number of the query, or fallback. */
static long
number(const struct sim_request *req, const char *name, long fallback)
{
	char text[16];

	if (parameter(req, name, text, sizeof(text)) == NULL)
		return fallback;
	return strtol(text, NULL, 10);
}

/* Sleeps until as many messages and requests are there as asked for. */
static void
get_wait(const struct sim_request *req, struct sim_reply *reply)
{
	const size_t messages = (size_t)number(req, "messages", 0);
	const size_t requests = (size_t)number(req, "requests", 0);
	long ms = number(req, "timeout_ms", CONTROL_WAIT_DEFAULT_MS);
	char to_buf[256], endpoint_buf[16];
	const char *to = parameter(req, "to", to_buf, sizeof(to_buf));
	const char *endpoint =
	    parameter(req, "endpoint", endpoint_buf, sizeof(endpoint_buf));
	cJSON *o = cJSON_CreateObject();
	bool met, more = true;
	int64_t until;

	if (ms < 0 || ms > CONTROL_WAIT_MAX_MS)
		ms = CONTROL_WAIT_MAX_MS;
	until = world_monotonic() + ms;
	for (;;) {
		met = inbox_count(to) >= messages &&
		    reqlog_count(endpoint) >= requests;
		if (met || !more)
			break;
		more = world_wait(until);
	}
	cJSON_AddNumberToObject(o, "messages", (double)inbox_count(to));
	cJSON_AddNumberToObject(o, "requests", (double)reqlog_count(endpoint));
	cJSON_AddBoolToObject(o, "timed_out", !met);
	put(reply, 200, o);
}

static const struct {
	const char *method, *path;
	void (*run)(const struct sim_request *, struct sim_reply *);
} commands[] = {
	{ "GET", "/_sim/messages", get_messages },
	{ "GET", "/_sim/requests", get_requests },
	{ "GET", "/_sim/wait", get_wait },
	{ "GET", "/_sim/faults", get_faults },
	{ "POST", "/_sim/faults", post_faults },
	{ "DELETE", "/_sim/faults", delete_faults },
	{ "GET", "/_sim/clock", get_clock },
	{ "POST", "/_sim/clock", post_clock },
	{ "POST", "/_sim/push", post_push },
	{ "POST", "/_sim/settings", post_settings },
	{ "POST", "/_sim/reset", post_reset },
};

void
control_run(const struct sim_request *req, struct sim_reply *reply)
{
	const size_t n = sizeof(commands) / sizeof(commands[0]);

	for (size_t i = 0; i < n; i++)
		if (strcmp(commands[i].path, req->path) == 0 &&
		    strcmp(commands[i].method, req->method) == 0) {
			world_lock();
			commands[i].run(req, reply);
			world_unlock();
			return;
		}
	put_error(reply, 404,
	    "GET messages, requests, wait, faults, clock; POST faults, clock, "
	    "push, settings, reset; DELETE faults");
}

/* NAME=VALUE, as the command line has it: as sim_setting. */
static int
apply(const char *setting)
{
	const char *equals = strchr(setting, '=');
	char name[40], *end;
	long value;

	if (equals == NULL || (size_t)(equals - setting) >= sizeof(name))
		return -1;
	memcpy(name, setting, (size_t)(equals - setting));
	name[equals - setting] = '\0';
	value = strtol(equals + 1, &end, 10);
	if (equals[1] < '0' || equals[1] > '9' || *end != '\0' ||
	    value > INT_MAX)
		return -1;
	return sim_setting(name, (int)value);
}

void
control_reset(void)
{
	for (size_t i = 0; sim_providers[i] != NULL; i++)
		if (sim_providers[i]->reset != NULL)
			sim_providers[i]->reset();
	for (size_t i = 0; defaults != NULL && defaults[i] != NULL; i++)
		apply(defaults[i]);
	faults_reset();
	exchange_reset();
	inbox_reset();
	reqlog_reset();
	random_reset();
	world_rewind();
}

const char *
control_defaults(const char *const *settings)
{
	for (size_t i = 0; settings[i] != NULL; i++)
		if (apply(settings[i]) != 0)
			return settings[i];
	defaults = settings;
	return NULL;
}
