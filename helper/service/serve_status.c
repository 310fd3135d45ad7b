/* SPDX-License-Identifier: BSD-2-Clause */
/* What the state holds, for twofactl. */
#include "helper/service/serve_status.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "helper/service/serve_record.h"
#include "helper/store/store.h"
#include "helper/store/store_fleet.h"
#include "helper/verification/verification.h"
#include "lib/system/system.h"
#include "lib/values/values.h"

static void
say_row(void *ctx, const struct store_status *row)
{
	const struct request *request = ctx;
	const char *const text[] = { row->user, row->source };
	const int64_t total[] = { row->wrong, row->locked_s, row->shut,
		row->sends_hour, row->sends_day, row->recovery, row->grace };

	/* a name that was only typed */
	if (person_is_stranger(row->user) && row->wrong == 0)
		return;
	if (row->source[0] == '\0')
		request_say(request, ADMIN_USER, text, total);
	else
		request_say(request, ADMIN_SOURCE, text, total);
}

int
serve_say_users(
    const struct request *request, struct store *store, const char *user)
{
	return store_status(store, user, (void *)request, say_row);
}

int
serve_say_providers(const struct request *request, const struct settings *conf,
    struct store *store)
{
	int64_t left_ms, left_s;

	for (size_t i = 0; i < conf->provider_count; i++) {
		const char *name = conf->provider[i].name;

		if (store_passed_left(store, name, &left_ms) < 0)
			return -1;
		left_s = (left_ms + 999) / 1000;
		request_say(request, ADMIN_PASSED, &name, &left_s);
	}
	return 0;
}

static void
say_success(void *ctx, const char *provider, enum method method, int64_t wall)
{
	const char *const text[] = { provider, method_name(method) };

	request_say(ctx, ADMIN_SUCCESS, text, &wall);
}

void
serve_say_store(const struct request *request, bool shown)
{
	const struct store_spent *spent = store_spent();
	char host[STORE_SPENT_MAX];
	const char *at = strrchr(spent->where, '@');
	const int64_t number = shown;

	if (at == NULL)
		return;
	snprintf(
	    host, sizeof(host), "%.*s", (int)(at - spent->where), spent->where);
	request_say(request, ADMIN_STORE, (const char *const[]){ host, at + 1 },
	    &number);
}

static void
say_one(void *ctx, const char *host, unsigned hour, unsigned day)
{
	const int64_t number[] = { hour, day };

	request_say(ctx, ADMIN_HOST, &host, number);
}

/* 0 or -1. */
static int
say_host(const struct request *request, const struct settings *conf,
    struct store *store)
{
	unsigned hour = 0, day = 0;
	int64_t total[4] = { 0 };

	if (store_totals(store, &hour, &day, &total[2], &total[3]) != 0)
		return -1;
	total[0] = hour;
	total[1] = day;
	request_say(request, ADMIN_TOTALS, NULL, total);
	if (store_hosts(store, (void *)request, say_one) != 0 ||
	    serve_say_providers(request, conf, store) != 0)
		return -1;
	return store_successes(store, (void *)request, say_success);
}

/* May the user get a message now? The limits of sources are left out. 0 or
 * -1. */
static int
say_wait(const struct request *request, const struct settings *conf,
    struct store *store)
{
	struct user_record record = { .phone = "" };
	const bool known = serve_user_record(request, conf, &record);
	const struct store_send_key key = { .user = request->facts->user,
		.counted_as = known ? verify_counted_as(&record) : "",
		.source = "" };
	const char *which = "";
	int64_t wait_s = 0;
	const enum store_send sent =
	    store_send_look(store, &key, &conf->sends, &wait_s, &which);

	user_record_wipe(&record);
	if (sent == SEND_ERROR) /* without host.key no messages are possible */
		return store_keyless(store) ? 0 : -1;
	request_say(request, ADMIN_WAIT, &which, &wait_s);
	return 0;
}

void
serve_status(const struct request *request, const struct settings *conf,
    struct store *store, struct login_result *result)
{
	const char *user = request->facts->user;
	const bool all = user[0] == '\0';

	serve_say_store(request, true);
	if (serve_say_users(request, store, all ? NULL : user) != 0 ||
	    (all ? say_host(request, conf, store)
		 : say_wait(request, conf, store)) != 0)
		request_state_failed(request, store, result);
	else
		result_allow(result, LOGIN_ALLOWED, REASON_NONE);
}

static void
say_got_in(void *ctx, const char *user, enum method method, int64_t wall)
{
	const char *const text[] = { user, method_name(method) };

	request_say(ctx, ADMIN_GOT_IN, text, &wall);
}

void
serve_got_in(const struct request *request, const struct settings *conf,
    struct store *store, struct login_result *result)
{
	const char *service = request->facts->request;

	(void)conf;
	if (service[0] == '\0')
		result_deny(result, VERDICT_DENY, REASON_USAGE);
	else if (store_got_in(store, service, (void *)request, say_got_in) != 0)
		request_state_failed(request, store, result);
	else
		result_allow(result, LOGIN_ALLOWED, REASON_NONE);
}
