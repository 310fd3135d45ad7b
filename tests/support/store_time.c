/* SPDX-License-Identifier: BSD-2-Clause */
/* Steps of the embedded store at times that a test names. */
#include "tests/support/store_time.h"

#include <stdio.h>

#include "helper/store/sqlite/sqlite.h"
#include "lib/values/values.h"
#include "tests/support/plain_claims.h"

static int64_t time_now = 1000000, time_wall = 1700000000;
static const char *time_boot = "";

static int64_t
now_ms(void)
{
	return time_now;
}

static int64_t
wall_s(void)
{
	return time_wall;
}

static void
boot(char id[BOOT_ID_MAX + 1])
{
	snprintf(id, BOOT_ID_MAX + 1, "%s", time_boot);
}

/* Whichever engine it is. */
static void
session_is(struct store *s, int64_t session)
{
	((struct store_head *)(void *)s)->session = session;
}

static void
nobody_told(int64_t now, int64_t wall)
{
	(void)now;
	(void)wall;
}

void (*clock_told)(int64_t now_ms, int64_t wall_s) = nobody_told;

static struct sqlite_clock machine;

static void
take_over(void)
{
	if (machine.boot == NULL)
		machine = sqlite_clock;
	sqlite_clock = (struct sqlite_clock){ now_ms, wall_s, boot };
}

void
store_time_machine(void)
{
	if (machine.boot != NULL)
		sqlite_clock = machine;
}

void
store_time_now(int64_t now)
{
	take_over();
	time_now = now;
	clock_told(time_now, time_wall);
}

void
store_time_wall(int64_t wall)
{
	take_over();
	time_wall = wall;
	clock_told(time_now, time_wall);
}

const struct store_server *store_time_server;
const char *store_time_keys;

struct store *
at_open(const char *path, const char *boot_id, char cause[STORE_CAUSE_MAX])
{
	char folder[FOLDER_PATH_MAX] = "/";
	const struct store_session nobody = { STORE_HOST, 0,
		store_time_keys != NULL ? store_time_keys : folder, 0, NULL,
		false, NULL, store_time_server };

	take_over();
	time_boot = boot_id;
	clock_told(time_now, time_wall);
	(void)folder_from_path(path, folder); /* the opening refuses it, too */
	return store_open(path, &nobody, cause);
}

int64_t
at_sent_at(const struct store_row *row)
{
	return time_now - row->age_ms;
}

int64_t
at_expires_at(const struct store_row *row)
{
	return time_now + row->left_ms;
}

int64_t
at_ends_at(const struct store_row *row)
{
	return time_now + row->over_ms;
}

enum store_claim
at_claim(struct store *s, const struct store_key *key, unsigned methods,
    enum method method, int64_t session, int64_t now, int64_t start_ms,
    struct store_row *row)
{
	session_is(s, session);
	store_time_now(now);
	return store_claim(s, key, methods, method, start_ms, row);
}

int
at_begin(struct store *s, const struct store_begin *ask, int64_t session,
    int64_t wall, int64_t now, struct store_begun *out)
{
	session_is(s, session);
	store_time_now(now);
	store_time_wall(wall);
	return store_begin(s, ask, out);
}

int
at_begin_look(struct store *s, const struct store_begin *ask, int64_t wall,
    int64_t now, struct store_begun *out)
{
	store_time_now(now);
	store_time_wall(wall);
	return store_begin_dry_run(s, ask, out);
}

enum store_claim
at_claim_look(struct store *s, const struct store_key *key, unsigned methods,
    int64_t now, int64_t start_ms, struct store_row *row)
{
	store_time_now(now);
	return store_claim_dry_run(s, key, methods, start_ms, row);
}

int
at_unsent(struct store *s, int64_t id, int64_t session)
{
	session_is(s, session);
	return store_row_remove_unsent(s, id);
}

int
at_unknown(struct store *s, int64_t id, int64_t session, int64_t now)
{
	session_is(s, session);
	store_time_now(now);
	return store_row_mark_unknown(s, id);
}

int
at_look(struct store *s, int64_t id, int64_t now, struct store_row *row)
{
	store_time_now(now);
	return store_row_read(s, id, row);
}

int
at_spend(struct store *s, int64_t id, const char *request_id, int64_t until)
{
	return store_row_spend(s, id, request_id, until - time_now, NULL);
}

int
at_replace(struct store *s, int64_t id, int64_t session, const char *request_id,
    bool alone, int64_t now)
{
	session_is(s, session);
	store_time_now(now);
	return store_row_hold_for_replacing(s, id, request_id, alone);
}

int
at_holds(struct store *s, int64_t id, int64_t session)
{
	session_is(s, session);
	return store_row_is_held(s, id);
}

int
at_restore(struct store *s, int64_t id, int64_t session)
{
	session_is(s, session);
	return store_row_restore(s, id);
}

enum store_guess
at_guess_take(struct store *s, const char *user, const char *source,
    const struct limits_of_guesses *limits, int64_t wall,
    struct store_guess_token *token, int64_t *wait_s)
{
	store_time_wall(wall);
	return store_guess_take(s, user, source, limits, token, wait_s);
}

enum store_guess
at_guess_look(struct store *s, const char *user, const char *source,
    int64_t wall, int64_t *wait_s)
{
	store_time_wall(wall);
	return store_guess_look(s, user, source, wait_s, NULL);
}

int
at_guess_refuse(struct store *s, const char *user, const char *source,
    int64_t seconds, int64_t wall)
{
	store_time_wall(wall);
	return store_guess_lock_after_refusal(
	    s, &(struct store_refusal){ user, source, seconds, 0, "" });
}

int
plain_guess_refused(struct store *s, const char *user, const char *source)
{
	bool refused = false;
	int64_t wait_s;

	return store_guess_look(s, user, source, &wait_s, &refused) ==
		GUESS_ERROR
	    ? -1
	    : refused;
}

int
at_guess_refused(
    struct store *s, const char *user, const char *source, int64_t wall)
{
	store_time_wall(wall);
	return plain_guess_refused(s, user, source);
}

bool
at_attempt(struct store *s, const struct store_attempt *attempt, int64_t wall,
    int64_t now, struct store_attempted *out)
{
	store_time_now(now);
	store_time_wall(wall);
	return store_guess_take_with_try(s, attempt, out);
}

enum store_send
at_send_take(struct store *s, const struct store_send_key *key,
    const struct limits_of_sends *limits, int64_t wall, int64_t *id,
    int64_t *wait_s, const char **which)
{
	store_time_wall(wall);
	return store_send_take(s, key, limits, id, wait_s, which);
}

enum store_send
at_send_look(struct store *s, const struct store_send_key *key,
    const struct limits_of_sends *limits, int64_t wall, int64_t *wait_s,
    const char **which)
{
	store_time_wall(wall);
	return store_send_look(s, key, limits, wait_s, which);
}

int
at_send_windows(struct store *s, const struct store_send_key *key,
    const struct limits_of_sends *limits, int64_t wall, void *ctx,
    void (*row)(void *ctx, const struct store_window *))
{
	store_time_wall(wall);
	return store_send_windows(s, key, limits, ctx, row);
}

int
at_totp_renew(struct store *s, const char *user, int64_t step, int64_t now_step)
{
	store_time_wall(now_step * TOTP_STEP_S);
	return store_totp_renew(s, user, step);
}

int
at_code_claim(struct store *s, const char *user,
    const unsigned char digest[STORE_CODE_DIGEST], int64_t seconds,
    int64_t wall)
{
	store_time_wall(wall);
	return plain_code_claim(s, user, digest, seconds);
}

int
at_pass_over(struct store *s, const char *provider, int64_t until)
{
	return store_provider_pass_over(s, provider, until - time_now);
}

int
at_passed_over(struct store *s, const char *provider, int64_t now)
{
	store_time_now(now);
	return store_provider_is_passed_over(s, provider);
}

int
at_passed_left(
    struct store *s, const char *provider, int64_t now, int64_t *left_ms)
{
	store_time_now(now);
	return store_provider_passed_over_left(s, provider, left_ms);
}

int
at_passed(struct store *s, const char *service, const char *user,
    enum method method, const char *provider, int64_t wall)
{
	store_time_wall(wall);
	return plain_passed(s, service, user, method, provider);
}

int
at_remembered_put(struct store *s, const char *user,
    const unsigned char binding[STORE_REMEMBERED_LEN], int64_t wall,
    int64_t until)
{
	store_time_wall(wall);
	return plain_remembered_put(s, user, binding, until - wall);
}

int
plain_remembered_get(struct store *s, const char *user,
    const unsigned char binding[STORE_REMEMBERED_LEN])
{
	const struct store_begin ask = { .user = user,
		.source = "192.0.2.0/24",
		.binding = binding,
		.remember_s = 86400,
		.idle_s = 86400 };
	struct store_begun out;

	return store_begin_dry_run(s, &ask, &out) == 0 ? out.remembered : -1;
}

int
at_remembered_get(struct store *s, const char *user,
    const unsigned char binding[STORE_REMEMBERED_LEN], int64_t wall)
{
	store_time_wall(wall);
	return plain_remembered_get(s, user, binding);
}

int
at_status(struct store *s, const char *user, int64_t wall, void *ctx,
    void (*row)(void *ctx, const struct store_status *))
{
	store_time_wall(wall);
	return store_status_list(s, user, ctx, row);
}

int
at_totals(struct store *s, int64_t wall, unsigned *hour, unsigned *day,
    int64_t *spent_day, int64_t *spent_month)
{
	store_time_wall(wall);
	return store_totals_read(s, hour, day, spent_day, spent_month);
}

int
at_started_so(struct store *s, int64_t session, int64_t now,
    const struct store_started *to)
{
	session_is(s, session);
	store_time_now(now);
	return store_row_set_started(s, to);
}

int
at_started(struct store *s, int64_t id, int64_t session, const char *request_id,
    enum method method, int64_t sent_at, int64_t expires_at, int64_t send)
{
	const struct store_started to = { .id = id,
		.request_id = request_id,
		.method = method,
		.life_ms = expires_at - sent_at,
		.send = send };

	return at_started_so(s, session, sent_at, &to);
}
