/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A vendor on a script of bytes, for the target "session": honest, broken,
 * lying or silent at each request. It keeps what it was asked, and what of it
 * may count as a yes by the vendor's own rule, judged without the code under
 * test: a status and a word in the text, which is less than what is wanted.
 */
#ifndef TWOFA_FUZZ_VENDOR_H
#define TWOFA_FUZZ_VENDOR_H

#include "lib/settings/settings.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/samples.h"

#define VENDOR_IDS 64
#define VENDOR_ID 48
#define VENDOR_CODE "135790"

enum vendor_call { VENDOR_START = 0, VENDOR_CHECK, VENDOR_POLL, VENDOR_OTHER };

/* %s: the id. */
struct vendor_type {
	const char *type, *yes; /* the word of a yes */
	const char *id;         /* how one begins */
	long start_status;
	const char *start, *right, *wrong, *other;
};

#define TWILIO_NAMES                                                           \
	"\"account_sid\":\"ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","              \
	"\"service_sid\":\"VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
#define TWILIO_CODE                                                            \
	"{\"sid\":\"%s\"," TWILIO_NAMES "\"to\":\"" SAMPLE_PHONE               \
	"\",\"channel\":\"sms\",\"status\":"
#define TWILIO_PUSH                                                            \
	"{\"sid\":\"%s\"," TWILIO_NAMES "\"identity\":\"" SAMPLE_IDENTITY      \
	"\",\"factor_sid\":\"" SAMPLE_FACTOR                                   \
	"\",\"factor_type\":\"push\",\"responded_reason\":\"none\","           \
	"\"status\":"
#define TELNYX_CHECK                                                           \
	"{\"data\":{\"phone_number\":\"" SAMPLE_PHONE "\",\"response_code\":"

static const struct vendor_type vendor_types[] = {
	{ "vonage-verify", "\"0\"", "abcdef0123456789abcdef01", 200,
	    "{\"request_id\":\"%s\",\"status\":\"0\"}",
	    "{\"request_id\":\"%s\",\"status\":\"0\",\"price\":\"0.1\"}",
	    "{\"request_id\":\"%s\",\"status\":\"16\",\"error_text\":\"x\"}",
	    "{\"status\":\"0\",\"command\":\"cancel\"}" },
	{ "twilio-verify", "approved", "VEaaaaaaaaaaaaaaaaaaaaaaaa", 201,
	    TWILIO_CODE "\"pending\",\"valid\":false}",
	    TWILIO_CODE "\"approved\",\"valid\":true}",
	    TWILIO_CODE "\"pending\",\"valid\":false}",
	    TWILIO_CODE "\"canceled\",\"valid\":false}" },
	{ "telnyx-verify", "accepted", "12ade33a-21c0-473b-b055-b3c8", 200,
	    "{\"data\":{\"id\":\"%s\",\"record_type\":\"verification\","
	    "\"type\":\"sms\",\"status\":\"pending\",\"phone_number\":"
	    "\"" SAMPLE_PHONE "\",\"timeout_secs\":300}}",
	    TELNYX_CHECK "\"accepted\"}}", TELNYX_CHECK "\"rejected\"}}",
	    "{}" },
	{ "telnyx-sms", "no reply is a yes", "40385f64-5717-4562-b3fc-2c96",
	    200,
	    "{\"data\":{\"record_type\":\"message\",\"id\":\"%s\",\"type\":"
	    "\"SMS\",\"to\":[{\"phone_number\":\"" SAMPLE_PHONE
	    "\",\"status\":\"queued\"}],\"cost\":null}}",
	    "{}", "{}", "{}" },
	{ "twilio-push", "approved", "YC03aaaaaaaaaaaaaaaaaaaaaa", 201,
	    TWILIO_PUSH "\"pending\"}", TWILIO_PUSH "\"approved\"}",
	    TWILIO_PUSH "\"pending\"}", "{}" },
};

#define VENDOR_TYPES (sizeof(vendor_types) / sizeof(vendor_types[0]))

struct vendor_id {
	char id[VENDOR_ID];
	bool open, admitted;
};

struct vendor {
	struct fuzz_bytes *bytes;
	const struct vendor_type *of[SETTINGS_PROVIDERS_MAX]; /* by provider */
	struct vendor_id ids[VENDOR_IDS];
	unsigned count;
	char own[VENDOR_IDS][16]; /* codes of our own that were sent; "" used */
	unsigned owns;
	struct http_reply before; /* the last reply */
};

/* What a login has seen of it. */
struct vendor_view {
	bool answered; /* somebody was there */
	bool yes;      /* the last check since a prompt */
	char yes_id[VENDOR_ID];
	bool pushed; /* some poll */
};

static enum vendor_call
vendor_call_of(const struct http_request *req)
{
	if (strstr(req->path, "/check/") != NULL ||
	    strstr(req->path, "VerificationCheck") != NULL ||
	    strstr(req->path, "/actions/verify") != NULL)
		return VENDOR_CHECK;
	if (strstr(req->path, "/Challenges/") != NULL)
		return VENDOR_POLL;
	if (strstr(req->path, "/control/") != NULL ||
	    strstr(req->path, "/Verifications/") != NULL)
		return VENDOR_OTHER;
	return VENDOR_START;
}

/* The id that a request names, if it is one of those given out. */
static struct vendor_id *
vendor_find(struct vendor *v, const struct http_request *req)
{
	for (unsigned i = v->count; i-- > 0;)
		if (strstr(req->path, v->ids[i].id) != NULL ||
		    strstr(req->body, v->ids[i].id) != NULL)
			return &v->ids[i];
	return NULL;
}

/* Twilio goes on with what is open; the others begin anew. */
static struct vendor_id *
vendor_begin(struct vendor *v, const struct vendor_type *t)
{
	struct vendor_id *last = v->count > 0 ? &v->ids[v->count - 1] : NULL;
	char id[VENDOR_ID];

	if (last != NULL && last->open && strncmp(last->id, "VE", 2) == 0 &&
	    strcmp(t->type, "twilio-verify") == 0)
		return last;
	if (v->count == VENDOR_IDS)
		return NULL;
	snprintf(id, sizeof(id), "%s%08x", t->id, v->count + 1);
	last = &v->ids[v->count++];
	memcpy(last->id, id, sizeof(id));
	last->open = true;
	last->admitted = false;
	return last;
}

/* The id in its place in the text. */
static void
vendor_say(
    struct http_reply *reply, long status, const char *text, const char *id)
{
	const char *place = strstr(text, "%s");
	size_t head = place != NULL ? (size_t)(place - text) : strlen(text);

	reply->fate = HTTP_REPLIED;
	reply->status = status;
	reply->len = (size_t)snprintf(reply->body, sizeof(reply->body),
	    "%.*s%s%s", (int)head, text,
	    place == NULL    ? ""
		: id != NULL ? id
			     : "none",
	    place == NULL ? "" : place + 2);
}

static void
vendor_honest(struct vendor *v, const struct vendor_type *t,
    const struct http_request *req, const char *code, bool lies,
    struct http_reply *reply)
{
	struct vendor_id *found = vendor_find(v, req);
	const char *id = found != NULL ? found->id : NULL;
	bool right = lies ||
	    (found != NULL && found->open &&
		(strstr(req->path, "/Challenges/") != NULL ||
		    (code != NULL && strcmp(code, VENDOR_CODE) == 0)));

	switch (vendor_call_of(req)) {
	case VENDOR_START:
		found = vendor_begin(v, t);
		vendor_say(reply, t->start_status, t->start,
		    found != NULL ? found->id : NULL);
		return;
	case VENDOR_CHECK:
	case VENDOR_POLL:
		vendor_say(reply, 200, right ? t->right : t->wrong, id);
		if (right && found != NULL)
			found->open = false;
		return;
	case VENDOR_OTHER:
		break;
	}
	if (found != NULL)
		found->open = false;
	vendor_say(reply, 200, t->other, id);
}

static void
vendor_spoil(struct vendor *v, struct http_reply *reply)
{
	size_t at = fuzz_byte(v->bytes);

	if (reply->len == 0)
		return;
	at = (at << 8 | fuzz_byte(v->bytes)) % reply->len;
	reply->body[at] = (char)fuzz_byte(v->bytes);
}

static void
vendor_raw(struct vendor *v, struct http_reply *reply)
{
	static const long statuses[] = { 200, 201, 202, 204, 400, 401, 403, 404,
		409, 422, 429, 500, 503, 302, 0 };

	reply->fate = HTTP_REPLIED;
	reply->status = statuses[fuzz_byte(v->bytes) % 15];
	reply->len = fuzz_take(v->bytes, reply->body, 255);
}

/* May this be a yes to that request? */
static bool
vendor_yes(struct vendor *v, const struct vendor_type *t,
    const struct http_request *req, const struct http_reply *reply)
{
	const char *body = reply->body;
	struct vendor_id *found = vendor_find(v, req);
	/* an id that was spoiled on its way is none of ours to judge */
	bool named = found == NULL || strstr(body, found->id) != NULL ||
	    strcmp(t->type, "telnyx-verify") == 0;

	if (reply->fate != HTTP_REPLIED ||
	    (reply->status != 200 && reply->status != 201))
		return false;
	/* an escape may hide anything */
	return strchr(body, '\\') != NULL ||
	    (named && strstr(body, t->yes) != NULL);
}

/* An id that a start gives once more is good once more. */
static void
vendor_given(struct vendor *v, const struct http_reply *reply)
{
	for (unsigned i = 0; i < v->count; i++)
		if (strstr(reply->body, v->ids[i].id) != NULL)
			v->ids[i].admitted = false;
}

/* Our own code stands in the text of its message. */
static void
vendor_own(struct vendor *v, const struct http_request *req)
{
	const char *p = strstr(req->body, "your code");

	while (p != NULL && *p != '\0' && strspn(p, "0123456789") != 6)
		p += strspn(p, "0123456789") > 0 ? strspn(p, "0123456789") : 1;
	if (p == NULL || *p == '\0' || v->owns == VENDOR_IDS)
		return;
	snprintf(v->own[v->owns++], sizeof(v->own[0]), "%.6s", p);
}

static void
vendor_note(struct vendor *v, struct vendor_view *view,
    const struct vendor_type *t, const struct http_request *req,
    const struct http_reply *reply)
{
	struct vendor_id *found = vendor_find(v, req);

	if (reply->fate == HTTP_REPLIED && reply->status < 500)
		view->answered = true;
	switch (vendor_call_of(req)) {
	case VENDOR_START:
		vendor_given(v, reply);
		break;
	case VENDOR_CHECK:
		view->yes = vendor_yes(v, t, req, reply);
		snprintf(view->yes_id, sizeof(view->yes_id), "%s",
		    found != NULL ? found->id : "");
		break;
	case VENDOR_POLL:
		view->pushed = view->pushed || vendor_yes(v, t, req, reply);
		break;
	case VENDOR_OTHER:
		break;
	}
}

/* code: what a check must be about; NULL: none was typed. */
static void
vendor_answer(struct vendor *v, struct vendor_view *view,
    const struct vendor_type *t, const struct http_request *req,
    const char *code, struct http_reply *reply)
{
	unsigned char how = fuzz_byte(v->bytes);
	struct http_reply *before = &v->before;

	if (strcmp(t->type, "telnyx-sms") == 0)
		vendor_own(v, req);
	if (vendor_call_of(req) == VENDOR_CHECK)
		must(code != NULL &&
			(strstr(req->body, code) != NULL ||
			    strstr(req->path, code) != NULL),
		    "what was typed is checked, and nothing else");
	memset(reply, 0, sizeof(*reply));
	reply->retry_after_s = how >> 4;
	if (how % 8 <= 3 || how % 8 == 6)
		vendor_honest(v, t, req, code, how % 8 == 3, reply);
	if (how % 8 == 4)
		reply->fate = (enum http_fate)(fuzz_byte(v->bytes) % 6);
	else if (how % 8 == 5)
		vendor_raw(v, reply);
	else if (how % 8 == 6)
		vendor_spoil(v, reply);
	else if (how % 8 == 7)
		*reply = *before;
	vendor_note(v, view, t, req, reply);
	*before = *reply;
}

#endif
