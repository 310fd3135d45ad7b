/* SPDX-License-Identifier: BSD-2-Clause */
/* The fault switches: which call goes wrong, how, and how often. */
#include "tests/simulator/faults/faults.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "tests/simulator/core/provider.h"

enum { FAULTS_MAX = 32 };

static const char *const names[] = {
	[FAULT_NONE] = "",
	[FAULT_DELAY] = "delay",
	[FAULT_HANG] = "hang",
	[FAULT_DRIP] = "drip",
	[FAULT_CLOSE_ACCEPT] = "close_accept",
	[FAULT_CLOSE] = "close",
	[FAULT_CLOSE_STATUS] = "close_status",
	[FAULT_CLOSE_HEADERS] = "close_headers",
	[FAULT_HALF_BODY] = "half_body",
	[FAULT_CLOSE_AFTER] = "close_after",
	[FAULT_RESET] = "reset",
	[FAULT_BAD_LENGTH] = "bad_length",
	[FAULT_HUGE] = "huge",
	[FAULT_HUGE_CLOSE] = "huge_close",
	[FAULT_ENDLESS] = "endless",
	[FAULT_BURST1XX] = "burst1xx",
	[FAULT_HTML502] = "html502",
	[FAULT_EMPTY503] = "empty503",
	[FAULT_JSON500] = "json500",
	[FAULT_HTML200] = "html200",
	[FAULT_EMPTY200] = "empty200",
	[FAULT_REDIRECT] = "redirect",
	[FAULT_THROTTLE] = "throttle",
	[FAULT_GZIP] = "gzip",
	[FAULT_TRUNCATED] = "truncated",
	[FAULT_DOUBLE] = "double",
	[FAULT_TRAILING] = "trailing",
	[FAULT_NUL] = "nul",
	[FAULT_RAW_NUL] = "raw_nul",
	[FAULT_DUP_KEYS] = "dup_keys",
	[FAULT_WRONG_CASE] = "wrong_case",
	[FAULT_DEEP] = "deep",
	[FAULT_BAD_UTF8] = "bad_utf8",
	[FAULT_BOM] = "bom",
	[FAULT_WRONG_TYPE] = "wrong_type",
	[FAULT_MISSING] = "missing",
	[FAULT_FOREIGN_ID] = "foreign_id",
	[FAULT_REPLAY] = "replay",
};

_Static_assert(
    sizeof(names) / sizeof(names[0]) == FAULT_KINDS, "a fault has no name");

static const char *const endpoints[] = { "any", "start", "check", "resend",
	"cancel", "control", "poll", "lookup", NULL };

static struct fault armed[FAULTS_MAX];
static size_t count;
static char problem[512];

const char *
fault_name(enum fault_kind kind)
{
	return names[kind];
}

static const char *
wrong(const char *key, const char *allowed)
{
	snprintf(problem, sizeof(problem), "%s: %s", key, allowed);
	return problem;
}

static const char *
unknown_kind(void)
{
	size_t n = (size_t)snprintf(problem, sizeof(problem), "fault: one of");

	for (int k = FAULT_NONE + 1; k < FAULT_KINDS; k++)
		n += (size_t)snprintf(
		    problem + n, sizeof(problem) - n, " %s", names[k]);
	return problem;
}

static enum fault_kind
kind_of(const char *name)
{
	/* Two names of one thing in the literature. */
	if (strcmp(name, "close_after_read") == 0)
		return FAULT_CLOSE;
	for (int k = FAULT_NONE + 1; k < FAULT_KINDS; k++)
		if (strcmp(name, names[k]) == 0)
			return (enum fault_kind)k;
	return FAULT_NONE;
}

static bool
is_endpoint(const char *name)
{
	for (const char *const *e = endpoints; *e != NULL; e++)
		if (strcmp(name, *e) == 0)
			return true;
	return false;
}

static bool
is_provider(const char *name)
{
	for (size_t i = 0; sim_providers[i] != NULL; i++)
		if (sim_provider_is(sim_providers[i], name))
			return true;
	return strcmp(name, "any") == 0;
}

/* The member is a string that fits: copied. */
static bool
take_text(const cJSON *item, char *out, size_t size)
{
	return cJSON_IsString(item) &&
	    (size_t)snprintf(out, size, "%s", item->valuestring) < size;
}

static bool
take_int(const cJSON *item, int min, int max, int *out)
{
	if (!cJSON_IsNumber(item) || item->valuedouble < min ||
	    item->valuedouble > max || item->valueint != item->valuedouble)
		return false;
	*out = item->valueint;
	return true;
}

static const char *
take_words(const cJSON *item, struct fault *f)
{
	const char *key = item->string;
	char word[24] = "";

	if (strcmp(key, "fault") == 0) {
		f->kind = take_text(item, word, sizeof(word)) ? kind_of(word)
							      : FAULT_NONE;
		return f->kind != FAULT_NONE ? NULL : unknown_kind();
	}
	if (strcmp(key, "when") == 0) {
		f->before = take_text(item, word, sizeof(word)) &&
		    strcmp(word, "before") == 0;
		return f->before || strcmp(word, "after") == 0
		    ? NULL
		    : wrong(key, "before or after");
	}
	if (strcmp(key, "endpoint") == 0)
		return take_text(item, f->endpoint, sizeof(f->endpoint)) &&
			is_endpoint(f->endpoint)
		    ? NULL
		    : wrong(key,
			  "any, start, check, resend, cancel, control, poll or "
			  "lookup");
	if (strcmp(key, "provider") == 0)
		return take_text(item, f->provider, sizeof(f->provider)) &&
			is_provider(f->provider)
		    ? NULL
		    : wrong(key, "any or the type of a simulated provider");
	return wrong(key, "there is no such member");
}

/* A header's text, or its seconds. */
static bool
take_retry(const cJSON *item, struct fault *f)
{
	int seconds = 0;

	if (!cJSON_IsNumber(item))
		return take_text(item, f->retry_after, sizeof(f->retry_after));
	snprintf(f->retry_after, sizeof(f->retry_after), "%d",
	    take_int(item, 0, 1000000, &seconds) ? seconds : -1);
	return f->retry_after[0] != '-';
}

static const char *
take_details(const cJSON *item, struct fault *f)
{
	const char *key = item->string;
	const struct {
		const char *key;
		int min, max, *out;
	} ints[] = {
		{ "count", 0, 1000000, &f->count },
		{ "skip", 0, 1000000, &f->skip },
		{ "ms", 0, 600000, &f->ms },
		{ "delta", -100000, 100000, &f->delta },
		{ "code", 300, 399, &f->code },
	};
	const struct {
		const char *key;
		char *out;
		size_t size;
	} texts[] = {
		{ "field", f->field, sizeof(f->field) },
		{ "value", f->value, sizeof(f->value) },
		{ "location", f->location, sizeof(f->location) },
	};

	for (size_t i = 0; i < sizeof(ints) / sizeof(ints[0]); i++)
		if (strcmp(key, ints[i].key) == 0)
			return take_int(
				   item, ints[i].min, ints[i].max, ints[i].out)
			    ? NULL
			    : wrong(key, "an integer in its range");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(key, texts[i].key) == 0)
			return take_text(item, texts[i].out, texts[i].size)
			    ? NULL
			    : wrong(key, "a string that is not too long");
	if (strcmp(key, "retry_after") == 0)
		return take_retry(item, f)
		    ? NULL
		    : wrong(key,
			  "a string that is not too long, or a whole number "
			  "of seconds");
	return take_words(item, f);
}

const char *
faults_arm(const cJSON *doc)
{
	struct fault f = {
		.count = 1,
		.ms = 1000,
		.delta = -5,
		.code = 302,
		.value = "0",
		.location = "https://127.0.0.1:9/elsewhere",
	};
	const cJSON *when = cJSON_GetObjectItemCaseSensitive(doc, "when");
	const cJSON *item;
	const char *bad;

	if (!cJSON_IsObject(doc))
		return "send a JSON object";
	cJSON_ArrayForEach(item, doc)
	{
		bad = take_details(item, &f);
		if (bad != NULL)
			return bad;
	}
	if (f.kind == FAULT_NONE)
		return unknown_kind();
	/* A throttled request was not acted on, unless one says so. */
	if (f.kind == FAULT_THROTTLE && when == NULL)
		f.before = true;
	if (count == FAULTS_MAX)
		return "too many faults are armed: DELETE /_sim/faults";
	armed[count++] = f;
	return NULL;
}

static bool
fits_provider(const struct fault *f, const struct sim_provider *p)
{
	return f->provider[0] == '\0' || strcmp(f->provider, "any") == 0 ||
	    sim_provider_is(p, f->provider);
}

/* "control" is whatever steers a running verification. */
static bool
fits_endpoint(const struct fault *f, const char *endpoint)
{
	if (f->endpoint[0] == '\0' || strcmp(f->endpoint, "any") == 0)
		return true;
	if (strcmp(f->endpoint, "control") == 0 &&
	    (strcmp(endpoint, "cancel") == 0 ||
		strcmp(endpoint, "resend") == 0))
		return true;
	return strcmp(f->endpoint, endpoint) == 0;
}

/* Counts a call that fits: false when it is to pass unharmed. */
static bool
strike(size_t i)
{
	struct fault *f = &armed[i];

	if (f->skip > 0) {
		f->skip--;
		return false;
	}
	f->struck++;
	if (f->count != 0 && f->struck >= f->count)
		memmove(f, f + 1, (--count - i) * sizeof(*f));
	return true;
}

bool
faults_take(
    const struct sim_provider *p, const char *endpoint, struct fault *out)
{
	const struct fault *f;
	struct fault hit;

	for (size_t i = 0; i < count; i++) {
		f = &armed[i];
		if (f->kind == FAULT_CLOSE_ACCEPT || !fits_provider(f, p) ||
		    !fits_endpoint(f, endpoint))
			continue;
		hit = *f;
		if (strike(i)) {
			*out = hit;
			return true;
		}
	}
	return false;
}

bool
faults_take_connection(void)
{
	for (size_t i = 0; i < count; i++)
		if (armed[i].kind == FAULT_CLOSE_ACCEPT && strike(i))
			return true;
	return false;
}

struct cJSON *
faults_list(void)
{
	cJSON *list = cJSON_CreateArray();
	const struct fault *f;
	cJSON *o;

	for (f = armed; f < armed + count; f++) {
		o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "fault", names[f->kind]);
		cJSON_AddStringToObject(o, "provider", f->provider);
		cJSON_AddStringToObject(o, "endpoint", f->endpoint);
		cJSON_AddStringToObject(
		    o, "when", f->before ? "before" : "after");
		cJSON_AddNumberToObject(o, "count", f->count);
		cJSON_AddNumberToObject(o, "skip", f->skip);
		cJSON_AddNumberToObject(o, "struck", f->struck);
		cJSON_AddItemToArray(list, o);
	}
	return list;
}

struct cJSON *
faults_kinds(void)
{
	return cJSON_CreateStringArray(&names[1], FAULT_KINDS - 1);
}

void
faults_reset(void)
{
	count = 0;
}
