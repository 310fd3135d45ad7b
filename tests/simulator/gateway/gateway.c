/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A gateway of nobody's, as many are: a text and its receiver by POST, as JSON
 * or a form, with a token as Bearer. It says by its HTTP status what became of
 * it.
 */
#include "tests/simulator/gateway/gateway.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

#include "tests/simulator/core/creds.h"
#include "tests/simulator/core/inbox.h"
#include "tests/simulator/core/provider.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/sandbox.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/http/reply.h"
#include "tests/simulator/http/request.h"

#define ID_SIZE 37

static void
say_id(struct sim_reply *reply, int http, const char *status, const char *id)
{
	cJSON *o = cJSON_CreateObject();

	cJSON_AddStringToObject(o, "id", id);
	cJSON_AddStringToObject(o, "status", status);
	snprintf(reply->result, sizeof(reply->result), "%s", status);
	sim_reply_json(reply, http, cJSON_PrintUnformatted(o));
	cJSON_Delete(o);
}

static void
say(struct sim_reply *reply, int http, const char *status)
{
	char id[ID_SIZE];

	random_uuid(id);
	say_id(reply, http, status, id);
}

/* True when reply says no. */
static bool
scripted(const char *to, struct sim_reply *reply)
{
	static const struct {
		int script, http;
		const char *status;
	} refusals[] = {
		{ 1, 429, "slow down" },
		{ 2, 404, "unknown sender" },
		{ 4, 401, "unknown key" },
		{ 5, 500, "failed" },
		{ 6, 400, "no such number" },
		{ 9, 402, "no credit" },
		{ 29, 403, "not permitted" },
		{ 53, 200, "refused" },
	};
	const int script = sandbox_script(to);

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (script == refusals[i].script) {
			say(reply, refusals[i].http, refusals[i].status);
			return true;
		}
	return false;
}

static void
deliver(const char *to, const char *text, const char *id)
{
	struct inbox_message m = {
		.channel = INBOX_SMS, .provider = "http-sms", .at = world_now()
	};

	snprintf(m.to, sizeof(m.to), "%s", to);
	snprintf(m.text, sizeof(m.text), "%.1023s", text);
	snprintf(m.request_id, sizeof(m.request_id), "%s", id);
	inbox_find_code(text, m.code, sizeof(m.code));
	inbox_deliver(&m);
}

static void
take(const struct sim_request *req, struct sim_reply *reply)
{
	const char *to = request_value(req, "to");
	const char *text = request_value(req, "text");
	char id[ID_SIZE];

	if (req->scheme != REQUEST_BEARER || req->bad_auth ||
	    !creds_token_good("http", req->secret)) {
		say(reply, 401, "unknown key");
		return;
	}
	if (to == NULL || text == NULL || req->bad_json) {
		say(reply, 400, "to and text are wanted");
		return;
	}
	if (scripted(to, reply))
		return;
	random_uuid(id);
	if (sandbox_script(to) != 31)
		deliver(to, text, id);
	say_id(reply, 200, "queued", id);
}

static void
sample(const struct sim_request *req, struct sim_reply *reply)
{
	(void)req;
	say(reply, 200, "queued");
}

static void
throttled(struct sim_reply *reply)
{
	say(reply, 429, "slow down");
	sim_reply_header(reply, "Retry-After", "1");
}

static void
internal(struct sim_reply *reply)
{
	say(reply, 500, "failed");
}

/* What a browser would see: nothing that says anything. */
static void
page(const struct sim_request *req, struct sim_reply *reply)
{
	(void)req;
	sim_reply_html(reply, 404, "Not Found");
}

static const struct sim_route routes[] = {
	{ SIM_POST, "/gateway/messages", "start", take },
	{ SIM_GET, "/gateway/", "poll", page },
	{ 0 },
};

static const char *const ids[] = { "id", NULL };
static const struct sim_shape shape = {
	.verdict = "status",
	.good = "queued",
	.ids = ids,
};

/* The code stands in the text. */
static const char *const codes[] = { "text", NULL };

const struct sim_provider http_sms_provider = {
	.name = "http-sms",
	.vendor = "http",
	.routes = routes,
	.sample = sample,
	.throttled = throttled,
	.internal = internal,
	.shape = &shape,
	.codes = codes,
};
