/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper's half of twofactl: what needs the state. */
#include "helper/serve_admin.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/adminrecord.h"
#include "helper/config.h"
#include "helper/log.h"
#include "helper/recovery.h"
#include "helper/store.h"
#include "helper/totp.h"

#define STEP_DIGITS 12

struct serve {
	const struct serve_admin *env;
	struct store *store;
	struct login_result *result;
};

static void
say(const struct serve_admin *env, enum adminrecord_kind kind,
    const char *const *text, const int64_t *number)
{
	char line[FRAME_PROMPT_MAX + 1];

	adminrecord_write(line, kind, text, number);
	env->ui->say(env->ui->ctx, line);
	explicit_bzero(line, sizeof(line));
}

/* For the log, and for the person at the terminal. */
static void
say_error(void *ctx, const char *line)
{
	const struct serve_admin *env = ctx;

	log_mend("%s", line);
	say(env, ADMIN_ERROR, &line, NULL);
}

static void
deny(struct serve *s, const char *why)
{
	result_deny(s->result, VERDICT_DENY, why);
}

static void
allow(struct serve *s)
{
	result_allow(s->result, LOGIN_ALLOWED, NULL);
}

static void
state_failed(struct serve *s)
{
	say_error((void *)s->env, store_cause(s->store));
	deny(s, SERVE_STATE);
}

/* One line for each change: what was done to whom, and by whom. */
static void
note(const struct serve *s, const char *what)
{
	const struct facts *f = s->env->facts;

	log_notice("twofactl: %s user=%s by uid=%lld%s%s", what,
	    f->user[0] != '\0' ? f->user : "(all)", (long long)f->real_uid,
	    f->ruser[0] != '\0' ? " ruser=" : "", f->ruser);
}

/* The answer as a number of at most max digits. False after denying. */
static bool
ask_number(struct serve *s, const char *prompt, size_t max, int64_t *number)
{
	const struct ui *ui = s->env->ui;
	struct ui_answer a = { 0 };
	enum ui_result r = ui->ask(ui->ctx, prompt, s->env->deadline, NULL, &a);
	size_t len = strspn(a.text, "0123456789");

	if (r != UI_ANSWER) {
		deny(s, SERVE_KEPT);
		return false;
	}
	if (len < 1 || len > max || a.text[len] != '\0') {
		deny(s, SERVE_USAGE);
		return false;
	}
	*number = strtoll(a.text, NULL, 10);
	return true;
}

static void
serve_unlock(struct serve *s)
{
	switch (store_unlock(s->store, s->env->facts->user)) {
	case 1:
		note(s, "unlock");
		allow(s);
		return;
	case 0:
		deny(s, SERVE_NOTHING);
		return;
	}
	state_failed(s);
}

struct codes {
	char code[STORE_RECOVERY_MAX][RECOVERY_LEN + 1];
	const char *list[STORE_RECOVERY_MAX];
};

/* Said first: what twofactl cannot show must not replace what is on paper. It
 * shows them only after ALLOW. */
static int
make_codes(struct serve *s, struct codes *codes, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (recovery_make(codes->code[i]) != 0)
			return -1;
		codes->list[i] = codes->code[i];
	}
	for (unsigned i = 0; i < count; i++)
		say(s->env, ADMIN_CODE, &codes->list[i], NULL);
	return 0;
}

static void
replace_codes(struct serve *s, unsigned count)
{
	struct codes codes = { 0 };

	if (make_codes(s, &codes, count) != 0) {
		say_error((void *)s->env, "the kernel gave no random bytes");
		deny(s, SERVE_STATE);
	} else if (store_recovery_set(
		       s->store, s->env->facts->user, codes.list, count) != 0) {
		state_failed(s);
	} else {
		note(s, "recovery-codes");
		allow(s);
	}
	explicit_bzero(&codes, sizeof(codes));
}

/* The answer 0 ends those that are left. */
static void
serve_recovery_codes(struct serve *s)
{
	int left = store_recovery_left(s->store, s->env->facts->user);
	int64_t count = left;

	if (left < 0) {
		state_failed(s);
		return;
	}
	say(s->env, ADMIN_LEFT, NULL, &count);
	if (!ask_number(s, "count", 2, &count))
		return;
	if (count > STORE_RECOVERY_MAX)
		deny(s, SERVE_USAGE);
	else
		replace_codes(s, (unsigned)count);
}

/* The code that proved the app must not let anybody in as well, and a login
 * that was remembered by the old secret must not last. */
static void
serve_totp(struct serve *s)
{
	const char *user = s->env->facts->user;
	int64_t step;

	if (!ask_number(s, "step", STEP_DIGITS, &step))
		return;
	if (store_totp_renew(
		s->store, user, step, s->env->wall / TOTP_STEP_S) != 0 ||
	    store_grace_forget(s->store, user) < 0) {
		state_failed(s);
		return;
	}
	note(s, "totp");
	allow(s);
}

static void
serve_forget(struct serve *s)
{
	const char *user = s->env->facts->user;
	int64_t count =
	    store_grace_forget(s->store, user[0] != '\0' ? user : NULL);

	if (count < 0) {
		state_failed(s);
		return;
	}
	say(s->env, ADMIN_FORGOT, NULL, &count);
	if (count == 0) {
		deny(s, SERVE_NOTHING);
		return;
	}
	note(s, "forget");
	allow(s);
}

static void
say_status(void *ctx, const struct store_status *row)
{
	const struct serve_admin *env = ctx;
	const char *const text[] = { row->user, row->source };
	const int64_t total[] = { row->wrong, row->locked_s, row->shut,
		row->sends_hour, row->sends_day, row->recovery, row->grace };

	if (row->source[0] == '\0')
		say(env, ADMIN_USER, text, total);
	else
		say(env, ADMIN_SOURCE, text, total);
}

static void
serve_status(struct serve *s)
{
	const char *user = s->env->facts->user;
	unsigned hour = 0, day = 0;
	int64_t spent_day = 0, spent_month = 0;

	if (store_status(s->store, user[0] != '\0' ? user : NULL, s->env->wall,
		(void *)s->env, say_status) != 0 ||
	    store_totals(s->store, s->env->wall, &hour, &day, &spent_day,
		&spent_month) != 0) {
		state_failed(s);
		return;
	}
	if (user[0] == '\0') {
		const int64_t total[] = { hour, day, spent_day, spent_month };

		say(s->env, ADMIN_TOTALS, NULL, total);
	}
	allow(s);
}

static void
dispatch(struct serve *s)
{
	switch (s->env->facts->purpose) {
	case PURPOSE_UNLOCK:
		serve_unlock(s);
		return;
	case PURPOSE_RECOVERY_CODES:
		serve_recovery_codes(s);
		return;
	case PURPOSE_TOTP:
		serve_totp(s);
		return;
	case PURPOSE_FORGET:
		serve_forget(s);
		return;
	case PURPOSE_STATUS:
		serve_status(s);
		return;
	case PURPOSE_LOGIN:
	case PURPOSE_TEST:
	case PURPOSE_ENROL:
	case PURPOSE_LOOKUP:
	case PURPOSE_PUSH:
	case PURPOSE_EXPLAIN:
	case PURPOSE_DOCTOR:
	case PURPOSE_NONE:
		break;
	}
	deny(s, SERVE_USAGE);
}

/* "" stands for everybody where that makes sense. */
static bool
user_fits(const struct facts *f)
{
	bool all = f->purpose == PURPOSE_FORGET || f->purpose == PURPOSE_STATUS;

	return f->user[0] == '\0' ? all : user_name_valid(f->user);
}

static void
serve_with(struct serve *s, const struct config *conf)
{
	char cause[STORE_CAUSE_MAX] = "";

	s->store = store_open(conf->state, s->env->facts->boot_id, cause);
	if (s->store == NULL) {
		say_error((void *)s->env, cause);
		deny(s, SERVE_STATE);
		return;
	}
	dispatch(s);
	store_close(s->store);
}

void
serve_admin(const struct serve_admin *env, struct login_result *result)
{
	const struct config_report report = { .ctx = (void *)env,
		.line = say_error };
	struct serve s = { .env = env, .result = result };
	struct config *conf;

	if (!user_fits(env->facts)) {
		deny(&s, SERVE_USAGE);
		return;
	}
	conf = config_load(env->facts->conf, env->owner, &report);
	if (conf == NULL) {
		deny(&s, SERVE_SETTINGS);
		return;
	}
	serve_with(&s, conf);
	config_free(conf);
}
