/* SPDX-License-Identifier: BSD-2-Clause */
/* Logins on a script. */
#include "tests/support/logins/scripted.h"

#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <liboath/oath.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/providers/providers.h"
#include "helper/control/control.h"
#include "helper/store/sqlite/sqlite.h"
#include "helper/store/store.h"
#include "lib/provider_types/provider_types.h"
#include "tests/support/samples.h"
#include "tests/support/state/first_state.h"

struct run {
	struct scripted *s;
	struct script *script;
	const char *last; /* body of a reply to what was no answer */
};

static void
script_send(void *ctx, const struct provider_conf *p,
    const struct http_request *req, int64_t deadline, struct http_reply *reply)
{
	struct run *run = ctx;
	unsigned n = run->script->requests++;
	const struct script_reply *r = &run->script->reply[n];

	assert_true(deadline > 0);
	if (run->s->answer != NULL) {
		run->s->answer(run->s, p, req, reply);
		return;
	}
	assert_true(n < SCRIPT_MAX);
	assert_true(
	    (size_t)snprintf(run->script->sent[n], SCRIPT_SENT, "%s %.*s",
		req->path, (int)req->body_len, req->body) < SCRIPT_SENT);
	if (r->path == NULL)
		fail_msg(
		    "request %u was not expected: %s", n, run->script->sent[n]);
	assert_string_equal(req->path, r->path);
	if (r->meanwhile != NULL)
		r->meanwhile();
	memset(reply, 0, sizeof(*reply));
	reply->fate = r->fate;
	reply->status = r->status;
	reply->retry_after_s = 2;
	snprintf(reply->cause, sizeof(reply->cause), "scripted");
	if (r->body != NULL) {
		reply->len = strlen(r->body);
		memcpy(reply->body, r->body, reply->len + 1);
	}
	/* as net.h has it, over one connection */
	reply->again = req->answer && run->last != NULL && r->body != NULL &&
	    strcmp(run->last, r->body) == 0;
	if (!req->answer)
		run->last = r->body;
}

static void
script_say(void *ctx, const char *text)
{
	struct script *script = ((struct run *)ctx)->script;

	assert_true(script->said < SCRIPT_MAX);
	snprintf(
	    script->line[script->said++], sizeof(script->line[0]), "%s", text);
}

/* What goes on at a prompt while the person takes so long. */
static void
script_idle(struct run *run, const struct ui_idle *idle, int64_t after_ms)
{
	int64_t end = run->s->clock + after_ms, due = -1;

	if (idle != NULL)
		due = idle->tick(idle->ctx);
	while (due >= 0 && run->s->clock + due <= end) {
		run->s->clock += due;
		due = idle->tick(idle->ctx);
	}
	run->s->clock = end;
}

static enum ui_result
script_ask(void *ctx, const char *prompt, int64_t deadline,
    const struct ui_idle *idle, struct ui_answer *answer)
{
	struct run *run = ctx;
	unsigned n = run->script->prompts++;
	const struct script_answer *a = &run->script->answer[n];

	(void)deadline;
	assert_true(n < SCRIPT_MAX);
	snprintf(run->script->prompt[n], sizeof(run->script->prompt[n]), "%s",
	    prompt);
	script_idle(run, idle, a->after_ms);
	if (a->meanwhile != NULL)
		a->meanwhile();
	if (a->result == UI_ANSWER) {
		answer->typed = strlen(a->text);
		if (answer->typed <= UI_ANSWER_MAX)
			memcpy(answer->text, a->text, answer->typed + 1);
	}
	return a->result;
}

static int64_t
script_now(void *ctx)
{
	return ((struct run *)ctx)->s->clock;
}

/* Both clocks move together. */
static int64_t
script_wall(void *ctx)
{
	struct scripted *s = ((struct run *)ctx)->s;

	return s->wall + s->clock / 1000;
}

/* The store looks at the clocks of the script that runs. */
static const struct scripted *timed;

static int64_t
timed_now(void)
{
	return timed->clock;
}

static int64_t
timed_wall(void)
{
	return timed->wall + timed->clock / 1000;
}

static void
timed_boot(char id[BOOT_ID_MAX + 1])
{
	snprintf(id, BOOT_ID_MAX + 1, "%s", timed->facts.boot_id);
}

void
scripted_time(const struct scripted *s)
{
	timed = s;
	sqlite_clock =
	    (struct sqlite_clock){ timed_now, timed_wall, timed_boot };
}

static bool
script_dead(void *ctx, int64_t number)
{
	const struct scripted *s = ((struct run *)ctx)->s;

	if (s->at_look != NULL)
		s->at_look();
	return number != 0 && number == s->dead;
}

static bool
script_pause(void *ctx, int64_t ms)
{
	struct run *run = ctx;
	const int64_t leaves = run->script->leaves_ms;

	run->s->clock += ms;
	run->script->paused += ms;
	return leaves == 0 || run->script->paused < leaves;
}

static void
script_report(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

void
scripted_run(struct scripted *s, struct script *script, int64_t n,
    struct login_result *result)
{
	struct run run = { s, script, NULL };
	const struct ui ui = { &run, script_say, script_ask };
	const struct connection connection = { &run, script_send };
	const struct settings_report report = { .ctx = NULL,
		.line = script_report };
	const struct environment env = { .facts = &s->facts,
		.conf = &s->conf,
		.ui = &ui,
		.connection = &connection,
		.report = &report,
		.deadline = frame_clock_ms() + s->left_ms,
		.store_session_id_new = n,
		.ctx = &run,
		.now = script_now,
		.wall = script_wall,
		.dead = script_dead,
		.pause = script_pause };

	if (strcmp(s->facts.service, "sshd") != 0)
		s->facts.ssh_addr = ""; /* only sshd names it */
	scripted_time(s);
	login_result_init(result);
	if (s->facts.purpose > PURPOSE_LOGIN)
		control_run(&env, result);
	else
		login_run(&env, result);
}

static void
set_provider(struct scripted *s)
{
	struct provider_conf *p = &s->conf.provider[0];

	s->first = p;
	s->conf.provider_count = 1;
	p->name = "vonage";
	p->type = provider_type_find("vonage-verify");
	assert_non_null(p->type);
	snprintf(p->scheme, sizeof(p->scheme), "https");
	p->base_url = "https://localhost";
	p->connect_timeout_ms = 3000;
	p->timeout_ms = 10000;
	p->code_length = 6;
	p->expiry_ms = 300000;
	p->text[0] = "abcd1234";
	snprintf(p->secret[0].b, sizeof(p->secret[0].b), "hush");
	p->secret[0].len = 4;
	p->number[0] = 6;
}

static void
set_conf(struct scripted *s)
{
	struct settings *c = &s->conf;

	c->brand = "ACME";
	c->language = "en";
	c->users_dir = s->users;
	c->owner = getuid();
	c->state = s->state;
	assert_int_equal(folder_from_path(s->state, c->state_dir), 0);
	c->unenrolled_text = "";
	c->on_outage = OUTAGE_OFFLINE;
	c->failover_after_unknown = true;
	c->resend_waits = 2;
	c->resend_wait[0] = 30;
	c->resend_wait[1] = 60;
	c->wrong_codes_per_login = 3;
	c->remember_idle_days = 7;
	c->prompts_per_login = 10;
	c->sends = (struct limits_of_sends){ .user_hour = 5,
		.user_day = 15,
		.number_day = 15,
		.number_answered_day = 60,
		.source_hour = 30,
		.host_hour = 300,
		.push_hour = 5,
		.other_hour = 3,
		.spend_day = -1,
		.spend_month = -1 };
	c->guesses = (struct limits_of_guesses){ 6, 30, 900, 100 };
	c->tell_locked = true;
	c->rule = s->rule;
	set_provider(s);
}

void
scripted_unlimited(struct scripted *s)
{
	s->conf.sends = (struct limits_of_sends){ .user_hour = 1000,
		.user_day = 1000,
		.number_day = 1000,
		.number_answered_day = 1000,
		.source_hour = 1000,
		.host_hour = 1000,
		.spend_day = -1,
		.spend_month = -1 };
	s->conf.guesses = (struct limits_of_guesses){ 100, 100, 900, 100 };
}

static void
set_facts(struct scripted *s)
{
	s->facts = (struct facts){ .purpose = PURPOSE_LOGIN,
		.conf = "/unused",
		.deadline_ms = 90000,
		.user = s->user,
		.service = "sshd",
		.tty = "ssh",
		.rhost = "192.0.2.7",
		.ssh_addr = "192.0.2.7",
		.ruser = "",
		.boot_id = "boot-1",
		.conversation = true,
		.first_factor = FIRST_PASSWORD_SEEN,
		.auth_info = "" };
}

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0640), 0);
}

void
scripted_user(const struct scripted *s, const char *text)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s.conf", s->users, s->user);
	write_file(path, text);
}

/* RFC 6238 appendix B */
#define RAW "12345678901234567890"
#define SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

void
scripted_totp(const struct scripted *s, const char *text)
{
	char path[256], record[512];

	snprintf(path, sizeof(path), "%s/totp", s->dir);
	write_file(path, SECRET "\n");
	snprintf(record, sizeof(record), "%s totp_secret_file = \"%s\";\n",
	    text, path);
	scripted_user(s, record);
}

void
scripted_totp_code(const struct scripted *s, int64_t offset_s, char code[7])
{
	assert_int_equal(
	    oath_totp_generate(RAW, sizeof(RAW) - 1,
		(time_t)(s->wall + s->clock / 1000 + offset_s), 30, 0, 6, code),
	    OATH_OK);
}

void
scripted_provider(
    struct scripted *s, unsigned n, const char *type, const char *name)
{
	struct provider_conf *p = &s->conf.provider[n];

	sample_conf(sample_of_type(type), p);
	p->name = name;
	p->timeout_ms = 10000;
	if (s->conf.provider_count <= n)
		s->conf.provider_count = n + 1;
}

struct store *
scripted_store_as(const struct scripted *s, int64_t session)
{
	char cause[STORE_CAUSE_MAX] = "";
	const struct store_session me = { s->conf.store.host, session,
		s->conf.state_dir, s->facts.socket_uid, NULL, false,
		settings_fleet_key(&s->conf), NULL };
	struct store *store;

	scripted_time(s);
	store = store_open(s->state, &me, cause);

	if (store == NULL)
		fail_msg("%s", cause);
	return store;
}

struct store *
scripted_store(const struct scripted *s)
{
	return scripted_store_as(s, 0);
}

static int64_t
scripted_number(const struct scripted *s, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int64_t number = 0;
	sqlite3 *db;

	if (sqlite3_open_v2(s->state, &db, SQLITE_OPEN_READWRITE, NULL) ==
		SQLITE_OK &&
	    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) ==
		SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		number = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return number;
}

int64_t
scripted_pending(const struct scripted *s)
{
	return scripted_number(s,
	    "SELECT (SELECT count(*) FROM send) + (SELECT count(*) FROM"
	    " verification WHERE state = 'starting')");
}

int64_t
scripted_newest(const struct scripted *s)
{
	return scripted_number(s, "SELECT max(id) FROM verification");
}

void
scripted_recovery(const struct scripted *s)
{
	static const char *const codes[] = { SCRIPT_RECOVERY };
	struct store *store = scripted_store(s);

	assert_int_equal(store_recovery_set(store, s->user, codes, 1, NULL), 0);
	store_close(store);
}

int
scripted_setup(void **state)
{
	struct scripted *s = calloc(1, sizeof(*s));
	const struct passwd *pw = getpwuid(getuid());

	assert_non_null(s);
	assert_non_null(pw);
	snprintf(s->user, sizeof(s->user), "%s", pw->pw_name);
	snprintf(s->dir, sizeof(s->dir), "/tmp/twofa-session-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	snprintf(s->users, sizeof(s->users), "%s/users.d", s->dir);
	assert_int_equal(mkdir(s->users, 0750), 0);
	snprintf(s->state, sizeof(s->state), "%s/state.db", s->dir);
	s->clock = 1000000;
	s->wall = 1800000000;
	s->left_ms = 90000;
	set_conf(s);
	set_facts(s);
	scripted_user(
	    s, "phone = \"+447700900123\"; channels = [\"sms\", \"voice\"];\n");
	scripted_time(s);
	first_state(s->state);
	*state = s;
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

int
scripted_teardown(void **state)
{
	struct scripted *s = *state;

	nftw(s->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(s);
	return 0;
}

void
scripted_expect(struct scripted *s, struct script *script,
    enum frame_verdict verdict, const char *reason, struct login_result *result)
{
	scripted_run(s, script, 1, result);
	if (reason == NULL)
		assert_int_equal(result->reason, REASON_NONE);
	else if (result->reason == REASON_NONE ||
	    strcmp(reason_word(result->reason), reason) != 0)
		fail_msg("reason %s, not %s",
		    result->reason == REASON_NONE ? "(none)"
						  : reason_word(result->reason),
		    reason);
	assert_int_equal(result->verdict, verdict);
}

void
script_prompt(const struct script *script, unsigned n, const char *words)
{
	assert_true(n < script->prompts);
	if (strstr(script->prompt[n], words) == NULL)
		fail_msg(
		    "prompt %u: '%s' has no '%s'", n, script->prompt[n], words);
}
