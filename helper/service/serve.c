/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper's half of twofactl: what needs the state. */
#include "helper/service/serve.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/service/serve_explain.h"
#include "helper/service/serve_shape.h"
#include "helper/service/serve_status.h"
#include "helper/state/store.h"
#include "lib/settings/settings.h"
#include "lib/system/log.h"
#include "lib/values/recovery_code.h"
#include "lib/values/totp.h"
#include "lib/values/user_name.h"

#define STEP_DIGITS 12

struct serve {
	const struct serve_request *env;
	const struct settings *conf;
	struct store *store;
	struct login_result *result;
};

/* For the log, and for the person at the terminal. */
static void
say_error(void *ctx, const char *line)
{
	const struct serve_request *env = ctx;

	log_mend("%s", line);
	serve_say(env, ADMIN_ERROR, &line, NULL);
}

static void
deny(struct serve *s, enum reason why)
{
	result_deny(s->result, VERDICT_DENY, why);
}

static void
allow(struct serve *s)
{
	result_allow(s->result, LOGIN_ALLOWED, REASON_NONE);
}

static void
state_failed(struct serve *s)
{
	serve_state_failed(s->env, s->store, s->result);
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
		deny(s, REASON_KEPT);
		return false;
	}
	if (len < 1 || len > max || a.text[len] != '\0') {
		deny(s, REASON_USAGE);
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
		deny(s, REASON_NOTHING);
		return;
	}
	state_failed(s);
}

struct codes {
	char code[RECOVERY_MAX][RECOVERY_LEN + 1];
	const char *list[RECOVERY_MAX];
};

/* Said first: what twofactl cannot show must not replace what is on paper. It
 * shows them only after ALLOW. */
static int
make_codes(struct serve *s, struct codes *codes, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (recovery_code_make(codes->code[i]) != 0)
			return -1;
		codes->list[i] = codes->code[i];
	}
	for (unsigned i = 0; i < count; i++)
		serve_say(s->env, ADMIN_CODE, &codes->list[i], NULL);
	return 0;
}

static void
replace_codes(struct serve *s, unsigned count)
{
	struct codes codes = { 0 };

	if (make_codes(s, &codes, count) != 0) {
		say_error((void *)s->env, "the kernel gave no random bytes");
		deny(s, REASON_STATE);
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
	serve_say(s->env, ADMIN_LEFT, NULL, &count);
	if (!ask_number(s, "count", 2, &count))
		return;
	if (count > RECOVERY_MAX)
		deny(s, REASON_USAGE);
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
	if (store_totp_renew(s->store, user, step) != 0 ||
	    store_remembered_forget(s->store, user) < 0) {
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
	    store_remembered_forget(s->store, user[0] != '\0' ? user : NULL);

	if (count < 0) {
		state_failed(s);
		return;
	}
	serve_say(s->env, ADMIN_FORGOT, NULL, &count);
	if (count == 0) {
		deny(s, REASON_NOTHING);
		return;
	}
	note(s, "forget");
	allow(s);
}

static void
say_status(struct serve *s)
{
	serve_status(s->env, s->conf, s->store, s->result);
}

static void
say_explain(struct serve *s)
{
	serve_explain(s->env, s->conf, s->store, s->result);
}

static void
keep_shape(struct serve *s)
{
	serve_shape(s->env, s->conf, s->store, s->result);
}

/* What is served here; serve_providers.c has the rest. */
static const struct purpose {
	void (*serve)(struct serve *);
	bool all; /* no user: everybody */
} purposes[PURPOSE_COUNT] = {
	[PURPOSE_UNLOCK] = { serve_unlock, false },
	[PURPOSE_RECOVERY_CODES] = { serve_recovery_codes, false },
	[PURPOSE_TOTP] = { serve_totp, false },
	[PURPOSE_FORGET] = { serve_forget, true },
	[PURPOSE_STATUS] = { say_status, true },
	[PURPOSE_EXPLAIN] = { say_explain, false },
	[PURPOSE_SHAPE] = { keep_shape, true },
};

/* NULL: the purpose is not served here, or not for such a user. */
static const struct purpose *
purpose_of(const struct facts *f)
{
	const struct purpose *p = &purposes[PURPOSE_NONE];

	if (f->purpose < PURPOSE_COUNT)
		p = &purposes[f->purpose];
	if (p->serve == NULL ||
	    !(f->user[0] == '\0' ? p->all : user_name_valid(f->user)))
		return NULL;
	return p;
}

static void
serve_with(struct serve *s, const struct purpose *purpose)
{
	char cause[STORE_CAUSE_MAX] = "";

	if (settings_state_dir_check(s->conf, cause) == 0)
		s->store = store_open(s->conf->state,
		    &(struct store_session){
			STORE_HOST, 0, s->conf->state_dir },
		    cause);
	if (s->store == NULL) {
		say_error((void *)s->env, cause);
		deny(s, REASON_STATE);
		return;
	}
	purpose->serve(s);
	store_close(s->store);
}

void
serve_request(const struct serve_request *env, struct login_result *result)
{
	const struct settings_report report = { .ctx = (void *)env,
		.line = say_error };
	struct serve s = { .env = env, .result = result };
	const struct purpose *purpose = purpose_of(env->facts);
	struct settings *conf;

	if (purpose == NULL) {
		deny(&s, REASON_USAGE);
		return;
	}
	conf = settings_load(env->facts->conf, env->owner, &report);
	if (conf == NULL) {
		deny(&s, REASON_SETTINGS);
		return;
	}
	s.conf = conf;
	serve_with(&s, purpose);
	settings_free(conf);
}
