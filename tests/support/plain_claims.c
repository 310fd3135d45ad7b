/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes used up by themselves, and the parts of a right code. */
#include "tests/support/plain_claims.h"

#include <stdio.h>
#include <string.h>

#include "helper/factors/factors.h"
#include "helper/factors/factors_inside.h"
#include "helper/store/sqlite/sqlite.h"
#include "tests/support/state/postgres.h"

#define NOWHERE "nowhere" /* no guess has it for its source */

static struct store_right
of(const char *user)
{
	return (struct store_right){
		.user = user, .source = NOWHERE, .provider = ""
	};
}

/* A try of it by a user whose guesses lock nothing, and do not count. */
static bool
plain_try(struct store *s, int64_t id, const char *request_id)
{
	static const struct limits_of_guesses limits = { 1000, 1000, 1, 0 };
	const struct store_attempt a = { "guesser", NOWHERE, &limits, id, 1000,
		NULL };
	struct store_attempted out;

	return store_guess_take_with_try(s, &a, &out) &&
	    store_guess_refund(s,
		&(struct store_counted){ a.user, a.source, &out.token }) == 0 &&
	    strcmp(out.row.request_id, request_id) == 0;
}

int
plain_finish_as(struct store *s, const struct store_finish *f,
    const struct store_right *right)
{
	const int result = store_row_finish(s, f, right);

	return result == 0 && plain_try(s, f->id, f->request_id)
	    ? store_row_finish(s, f, right)
	    : result;
}

int
plain_finish(struct store *s, int64_t id, const char *request_id)
{
	const struct store_right right = of("nobody");

	return plain_finish_as(s,
	    &(struct store_finish){ .id = id, .request_id = request_id },
	    &right);
}

int
plain_totp_claim(struct store *s, const char *user,
    const unsigned char secret[STORE_CODE_DIGEST], int64_t step)
{
	const struct store_right right = of(user);

	return plain_totp_right(s, secret, step, &right, NULL);
}

int
plain_totp_right(struct store *s, const unsigned char *secret, int64_t step,
    const struct store_right *right, struct store_used_step *used)
{
	static const struct limits_of_guesses limits = { 1000, 1000, 1, 0 };
	const struct store_totp_attempt attempt = { &limits, secret, step,
		right, used, NULL };
	int64_t wait_s;
	int claimed;

	return store_totp_attempt(s, &attempt, &claimed, &wait_s) == GUESS_OPEN
	    ? claimed
	    : -1;
}

int
plain_code_claim(struct store *s, const char *owner,
    const unsigned char digest[STORE_CODE_DIGEST], int64_t seconds)
{
	const struct store_right right = of("nobody");
	struct store_code code = { .seconds = seconds };

	snprintf(code.owner, sizeof(code.owner), "%s", owner);
	memcpy(code.digest, digest, STORE_CODE_DIGEST);
	return store_code_claim(s, &code, &right);
}

int
plain_recovery_claim(
    struct store *s, const char *user, const char *code, unsigned *left)
{
	const struct decision any = { .methods = METHOD_ALL };
	struct store_recovery used;

	return factors_use_recovery_code(
	    &(struct login){
		.store = s, .user = user, .source = NOWHERE, .decision = &any },
	    code, &used, left);
}

/* As one step of its own. */
static int
commit(struct store *s, int done)
{
	if (done == 0)
		return sqlite_commit(s);
	sqlite_rollback(s);
	return -1;
}

static bool
remote(const struct store *s)
{
	return ((const struct store_head *)(const void *)s)->backend ==
	    &postgresql_backend;
}

/* The server takes no part of a right code: with it comes a code of nobody. */
static int
with_nobodys_code(struct store *s, const struct store_right *right)
{
	static unsigned nth;
	struct store_code code = { .owner = "nobody" };

	nth++;
	memcpy(code.digest, &nth, sizeof(nth));
	return store_code_claim(s, &code, right) == 1 ? 0 : -1;
}

int
plain_remembered_put(struct store *s, const char *user,
    const unsigned char binding[STORE_REMEMBERED_LEN], int64_t seconds)
{
	const struct store_right right = { .user = user,
		.binding = binding,
		.remember_s = seconds,
		.idle_s = seconds };

	if (remote(s))
		return with_nobodys_code(s,
		    &(struct store_right){ .user = "nobody",
			.source = NOWHERE,
			.provider = "",
			.binding = binding,
			.remember_s = seconds,
			.idle_s = seconds,
			.remembered_as = user });
	if (sqlite_write_begin(s) != 0)
		return -1;
	return commit(s, sqlite_remembered_add_step(s, &right));
}

int
plain_passed(struct store *s, const char *service, const char *user,
    enum method method, const char *provider)
{
	const struct store_right right = { .user = user,
		.source = NOWHERE,
		.service = service,
		.method = method,
		.provider = provider };

	if (remote(s))
		return with_nobodys_code(s, &right);
	if (sqlite_write_begin(s) != 0)
		return -1;
	return commit(s, sqlite_success_note_step(s, &right));
}

int
plain_guess_recovered(struct store *s, const char *user, const char *source)
{
	char text[256];

	if (remote(s)) {
		snprintf(text, sizeof(text),
		    "SELECT twofa.guess_clear(ROW(0, %jd, '', '', '', 0)::"
		    "twofa_v1.who, '%s', '%s', true, 'local', 0)",
		    (intmax_t)store_state_get(s)->socket, user, source);
		(void)postgres_sql(text);
		return 0;
	}
	if (sqlite_write_begin(s) != 0)
		return -1;
	return commit(s, sqlite_guess_clear_step(s, user, source, true));
}
