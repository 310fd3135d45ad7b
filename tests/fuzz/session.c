/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: whole logins at one state, driven by bytes: settings, record,
 * what the vendor replies, what the person types and when, and further logins
 * while a prompt is open or a request is on its way. What holds: somebody is
 * let in only when the vendor said yes to the code that was typed, or a code
 * of our own, of the app or for recovery was right; each of them once. Some of
 * the logins ask nothing, and have what stood behind the password.
 */
#include <liboath/oath.h>
#include <pwd.h>
#include <sqlite3.h>

#include "helper/session/session.h"
#include "helper/listener/listener.h"
#include "helper/login/login.h"
#include "helper/store/sqlite/sqlite.h"
#include "helper/store/store.h"
#include "lib/values/values.h"
#include "lib/wire/wire.h"
#include "tests/fuzz/vendor.h"

#define SERVICE_UID 1001 /* it is not root's */
#define LOGINS 12
#define DEPTH 2
#define PROMPTS 40
#define RECORDS 4
#define TOTP_RAW "12345678901234567890"
#define TOTP_TEXT "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

static const char *const recovery[] = { "ABCDEFGH234567AB",
	"ZZZZZZZZ22222222" };
#define RECOVERIES (sizeof(recovery) / sizeof(recovery[0]))

/* What all logins of an input share. */
static struct world {
	struct fuzz_bytes bytes;
	struct vendor vendor;
	struct settings conf;
	struct rule rule;
	char users[128], state[128], user[64];
	int64_t clock, wall;
	unsigned logins, depth;
	bool recovered[RECOVERIES]; /* used */
	int64_t steps[LOGINS];      /* of the app, used */
	unsigned stepped;
	bool passed; /* somebody was let in by a factor */
} w;

/* One login. */
struct fuzzed {
	struct facts facts;
	struct vendor_view view;
	struct login_result result;
	char typed[UI_ANSWER_MAX + 1]; /* at the last prompt */
	int64_t typed_at;
	unsigned prompts;
};

static void run_login(void);

static void
meanwhile(void)
{
	if (w.depth < DEPTH && w.logins < LOGINS &&
	    fuzz_byte(&w.bytes) % 8 == 1)
		run_login();
}

/* The typed code without what is forgiven. */
static const char *
typed_code(const struct fuzzed *l, char out[UI_ANSWER_MAX + 1])
{
	size_t n = 0;

	for (const char *p = l->typed; *p != '\0'; p++)
		if (strchr(" \t-", *p) == NULL)
			out[n++] = *p;
	out[n] = '\0';
	return n > 0 && strspn(out, "0123456789") == n ? out : NULL;
}

/* The word that has something sent; else NONE. */
static enum one_field
field_sends(const struct fuzzed *l)
{
	const enum one_field kind = one_field_kind_of(l->facts.one_field);

	return kind == ONE_FIELD_CODE || kind == ONE_FIELD_RECOVERY
	    ? ONE_FIELD_NONE
	    : kind;
}

static void
world_send(void *ctx, const struct provider_conf *p,
    const struct http_request *req, int64_t deadline, struct http_reply *reply)
{
	static struct http_reply made;
	struct fuzzed *l = ctx;
	char code[UI_ANSWER_MAX + 1];

	(void)deadline;
	must(!req->failed, "a request that was built");
	if (l->facts.one_field != NULL && field_sends(l) == ONE_FIELD_NONE)
		must(vendor_call_of(req) == VENDOR_CHECK,
		    "a code is checked, and no message follows it");
	meanwhile();
	w.clock += fuzz_byte(&w.bytes) * INT64_C(20);
	vendor_answer(&w.vendor, &l->view, w.vendor.of[p - w.conf.provider],
	    req, typed_code(l, code), &made);
	*reply = made;
}

static void
world_say(void *ctx, const char *text)
{
	const struct fuzzed *l = ctx;

	must(l->facts.one_field == NULL, "somebody to show it to");
	must(text[0] != '\0' && strlen(text) <= FRAME_PROMPT_MAX,
	    "a line that fits its frame");
}

static void
app_code(int64_t offset, char out[16])
{
	int64_t at = w.wall + w.clock / 1000 + offset;

	must(oath_totp_generate(TOTP_RAW, strlen(TOTP_RAW), (time_t)at, 30, 0,
		 6, out) == OATH_OK,
	    "a code of the app");
}

static void
choose(char out[UI_ANSWER_MAX + 1])
{
	static const char keys[] = "rvwepq t";
	unsigned char how = fuzz_byte(&w.bytes);
	unsigned n = how >> 4;
	const struct vendor *v = &w.vendor;

	switch (how % 10) {
	case 0:
	case 1:
	case 2:
		snprintf(out, UI_ANSWER_MAX, "%s", VENDOR_CODE);
		break;
	case 3:
		snprintf(out, UI_ANSWER_MAX, "%s",
		    v->owns > n ? v->own[v->owns - 1 - n] : "222222");
		break;
	case 4:
		snprintf(out, UI_ANSWER_MAX, "111111");
		break;
	case 5:
		(void)fuzz_take(&w.bytes, out, UI_ANSWER_MAX);
		out[strcspn(out, "\b")] = '\0';
		break;
	case 6:
	case 7:
		out[0] = keys[n % 8];
		out[1] = '\0';
		break;
	case 8:
		snprintf(out, UI_ANSWER_MAX, "%s", recovery[n % RECOVERIES]);
		break;
	default:
		app_code(((int)n - 4) * 30, out);
		break;
	}
}

/* What goes on while the prompt is open. */
static void
idle_run(const struct ui_idle *idle, int64_t ms)
{
	int64_t end = w.clock + ms, due = -1;

	if (idle != NULL)
		due = idle->tick(idle->ctx);
	for (int i = 0; i < 100 && due >= 0 && w.clock + due <= end; i++) {
		w.clock += due > 0 ? due : 1;
		due = idle->tick(idle->ctx);
	}
	if (w.clock < end)
		w.clock = end;
}

static enum ui_result
world_ask(void *ctx, const char *prompt, int64_t deadline,
    const struct ui_idle *idle, struct ui_answer *answer)
{
	struct fuzzed *l = ctx;
	unsigned char how = fuzz_byte(&w.bytes);

	(void)deadline;
	must(l->facts.one_field == NULL, "somebody to ask");
	must(prompt[0] != '\0' && strlen(prompt) <= FRAME_PROMPT_MAX,
	    "a prompt that fits its frame");
	must(++l->prompts <= PROMPTS, "prompts come to an end");
	l->typed[0] = '\0';
	idle_run(idle, (how >> 3) * INT64_C(4000));
	meanwhile();
	if (how % 8 == 7 || w.bytes.left == 0)
		return (enum ui_result)(fuzz_byte(&w.bytes) % 5) == UI_ANSWER
		    ? UI_GONE
		    : UI_TIMEOUT;
	choose(l->typed);
	l->typed_at = w.wall + w.clock / 1000;
	l->view.yes = false;
	answer->typed = strlen(l->typed);
	memcpy(answer->text, l->typed, answer->typed + 1);
	return UI_ANSWER;
}

static int64_t
world_now(void *ctx)
{
	(void)ctx;
	return w.clock;
}

static int64_t
world_wall(void *ctx)
{
	(void)ctx;
	return w.wall + w.clock / 1000;
}

/* The state looks at the same clocks. */
static int64_t
state_now(void)
{
	return world_now(NULL);
}

static int64_t
state_wall(void)
{
	return world_wall(NULL);
}

static void
state_boot(char id[BOOT_ID_MAX + 1])
{
	snprintf(id, BOOT_ID_MAX + 1, "boot-1");
}

static struct store *
state_open(void)
{
	const struct store_session nobody = { STORE_HOST, 0, w.conf.state_dir,
		0, NULL, false, NULL, NULL };
	char cause[STORE_CAUSE_MAX] = "";

	sqlite_clock =
	    (struct sqlite_clock){ state_now, state_wall, state_boot };
	return store_open(w.state, &nobody, cause);
}

static bool
world_dead(void *ctx, int64_t number)
{
	(void)ctx;
	(void)number;
	return fuzz_byte(&w.bytes) % 4 == 1;
}

static bool
world_pause(void *ctx, int64_t ms)
{
	(void)ctx;
	must(ms >= 0, "time goes forward");
	w.clock += ms > 0 ? ms : 1;
	return fuzz_byte(&w.bytes) % 16 != 1;
}

static void
world_report(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
	must(false, "the record has no errors");
}

/* --- what must hold of a yes --- */

static void
app_yes(const struct fuzzed *l)
{
	char code[16], typed[UI_ANSWER_MAX + 1];
	int64_t step = -1;

	must(typed_code(l, typed) != NULL, "a code was typed");
	for (int i = -1; i <= 1; i++) {
		must(oath_totp_generate(TOTP_RAW, strlen(TOTP_RAW),
			 (time_t)(l->typed_at + i * 30), 30, 0, 6,
			 code) == OATH_OK,
		    "a code of the app");
		if (strcmp(code, typed) == 0)
			step = l->typed_at / 30 + i;
	}
	must(step >= 0, "the app's code was right");
	for (unsigned i = 0; i < w.stepped; i++)
		must(w.steps[i] != step, "a step of the app serves once");
	w.steps[w.stepped++] = step;
}

static void
recovery_yes(const struct fuzzed *l)
{
	char code[RECOVERY_LEN + 1];

	must(recovery_code_normalise(l->typed, code),
	    "a recovery code was typed");
	for (size_t i = 0; i < RECOVERIES; i++)
		if (strcmp(code, recovery[i]) == 0) {
			must(!w.recovered[i], "a recovery code serves once");
			w.recovered[i] = true;
			return;
		}
	must(false, "the recovery code was right");
}

static void
own_yes(const struct fuzzed *l)
{
	char typed[UI_ANSWER_MAX + 1];
	struct vendor *v = &w.vendor;

	must(typed_code(l, typed) != NULL, "a code was typed");
	for (unsigned i = 0; i < v->owns; i++)
		if (strcmp(v->own[i], typed) == 0) {
			v->own[i][0] = '\0';
			return;
		}
	must(false, "a code of our own was right, for the first time");
}

static void
vendor_said_yes(const struct fuzzed *l)
{
	struct vendor *v = &w.vendor;

	must(l->view.yes, "the vendor said yes to what was typed");
	for (unsigned i = 0; i < v->count; i++)
		if (strcmp(v->ids[i].id, l->view.yes_id) == 0) {
			must(
			    !v->ids[i].admitted, "a verification lets in once");
			v->ids[i].admitted = true;
		}
}

static void
factor_yes(const struct fuzzed *l)
{
	switch (l->result.method) {
	case METHOD_TOTP:
		app_yes(l);
		break;
	case METHOD_RECOVERY:
		recovery_yes(l);
		break;
	case METHOD_PAGE:
	case METHOD_PUSH:
		must(l->view.pushed, "the phone said yes");
		break;
	case METHOD_SMS:
	case METHOD_VOICE:
	case METHOD_WHATSAPP:
	case METHOD_EMAIL:
		if (strcmp(l->result.provider, "own") == 0)
			own_yes(l);
		else
			vendor_said_yes(l);
		break;
	case METHOD_NONE:
	case METHOD_BYPASS: /* none is made here */
	case METHOD_COUNT:
		must(false, "let in by nothing");
	}
	w.passed = true;
}

static void
end_look(const struct fuzzed *l)
{
	const struct login_result *r = &l->result;

	if (r->verdict != VERDICT_ALLOW) {
		must(r->reason != REASON_NONE && r->outcome == LOGIN_DENIED,
		    "a denial has a reason");
		return;
	}
	must(l->facts.first_factor != FIRST_NONE, "a first factor");
	must(r->outcome == LOGIN_ALLOWED, "nobody is skipped");
	if (r->reason != REASON_NONE &&
	    strcmp(reason_word(r->reason), "grace") == 0) {
		must(w.rule.remember_minutes > 0 && w.passed &&
			l->facts.socket_uid == 0,
		    "remembered is who was let in, by a service of root's");
		return;
	}
	must(l->facts.conversation || l->facts.one_field != NULL,
	    "somebody to ask, or something that was typed");
	if (r->reason == REASON_NONE)
		factor_yes(l);
	else
		must(strcmp(reason_word(r->reason), "outage") == 0 &&
			w.conf.on_outage == OUTAGE_ALLOW && !l->view.answered &&
			l->facts.socket_uid == 0,
		    "an outage is one of all, for root's services");
}

/* What stands behind the password: a word, or what somebody might type. */
static void
field_choose(struct fuzzed *l)
{
	static const char *const words[] = { "", "sms", "call", "push" };
	const unsigned char how = fuzz_byte(&w.bytes);

	if (how % 4 == 0)
		snprintf(l->typed, sizeof(l->typed), "%s", words[how / 4 % 4]);
	else
		choose(l->typed);
	if (one_field_kind_of(l->typed) == ONE_FIELD_NONE)
		l->typed[0] = '\0';
	l->typed_at = w.wall + w.clock / 1000;
	l->facts.one_field = l->typed;
}

static void
facts_choose(struct fuzzed *l)
{
	unsigned char how = fuzz_byte(&w.bytes);

	l->facts = (struct facts){ .purpose = PURPOSE_LOGIN,
		.conf = "/unused",
		.deadline_ms = 90000,
		.user = w.user,
		.service = (how & 1) != 0 ? "sudo" : "sshd",
		.tty = "ssh",
		.rhost = "192.0.2.7",
		.ssh_addr = (how & 2) != 0 ? "192.0.2.7" : "198.51.100.9",
		.ruser = "",
		.session_id = 7,
		.boot_id = "boot-1",
		.conversation = how >= 4 && (how & 0xfc) != 0xc4,
		.first_factor =
		    (how & 0x30) == 0x30 ? FIRST_NONE : FIRST_SSH_METHODS,
		.auth_info = "publickey ssh-ed25519 AAAA\n" };
	if (!l->facts.conversation)
		field_choose(l);
	if ((how & 0xc0) == 0xc0) {
		l->facts.first_factor = FIRST_PASSWORD_SEEN;
		(void)admission_filter_facts(&l->facts, SERVICE_UID);
	}
}

static void
run_login(void)
{
	struct fuzzed l = { .prompts = 0 };
	const struct ui ui = { &l, world_say, world_ask };
	const struct connection connection = { &l, world_send };
	const struct settings_report report = { .ctx = NULL,
		.line = world_report };
	const struct environment env = { .facts = &l.facts,
		.conf = &w.conf,
		.ui = &ui,
		.connection = &connection,
		.report = &report,
		.deadline = frame_clock_ms() + 90000,
		.store_session_id_new = ++w.logins,
		.now = world_now,
		.wall = world_wall,
		.dead = world_dead,
		.pause = world_pause };

	w.depth++;
	facts_choose(&l);
	login_result_init(&l.result);
	login_run(&env, &l.result);
	end_look(&l);
	w.depth--;
}

/* --- settings and state --- */

static void
provider_add(size_t which)
{
	const struct vendor_type *t = &vendor_types[which % VENDOR_TYPES];
	size_t n = w.conf.provider_count++;
	struct provider_conf *p = &w.conf.provider[n];

	sample_conf(sample_of_type(t->type), p);
	p->name = p->type->own_code ? "own" : t->type;
	p->connect_timeout_ms = 3000;
	p->timeout_ms = 10000;
	w.vendor.of[n] = t;
}

static void
conf_choose(void)
{
	unsigned char a = fuzz_byte(&w.bytes), b = fuzz_byte(&w.bytes);
	struct settings *c = &w.conf;

	*c = (struct settings){ .brand = "ACME",
		.language = "en",
		.users_dir = w.users,
		.owner = getuid(),
		.state = w.state,
		.unenrolled_text = "",
		.on_outage = (enum on_outage)(a % 3),
		.failover_after_unknown = (a & 4) != 0,
		.tell_locked = (a & 8) != 0,
		.resend_waits = 1,
		.resend_wait = { 5 },
		.wrong_codes_per_login = 1 + (a >> 4) % 5,
		.prompts_per_login = 10,
		.sends = { .user_hour = 5,
		    .user_day = 15,
		    .number_day = 15,
		    .number_answered_day = 60,
		    .source_hour = 30,
		    .host_hour = 300,
		    .push_hour = 5,
		    .other_hour = 3,
		    .spend_day = -1,
		    .spend_month = -1 },
		.guesses = { 6, 30, 900, 100 },
		.rule_count = 1,
		.rule = &w.rule };
	w.rule = (struct rule){ .action = ACTION_REQUIRE,
		.methods = METHOD_ALL,
		.on_outage = OUTAGE_UNSET,
		.push_blind = (a & 64) != 0,
		.remember_minutes = (a & 128) != 0 ? 10 : 0 };
	must(folder_from_path(w.state, c->state_dir) == 0, "a folder");
	snprintf(
	    w.users, sizeof(w.users), "%s/users%u", fuzz_folder, b % RECORDS);
	provider_add(b >> 2);
	if ((b & 128) != 0)
		provider_add(b >> 4);
}

static void
record_text(unsigned n, const char *text)
{
	char path[160], name[128];

	snprintf(path, sizeof(path), "%s/users%u", fuzz_folder, n);
	must(mkdir(path, 0750) == 0, "a folder of records");
	snprintf(name, sizeof(name), "users%u/%s.conf", n, w.user);
	fuzz_write(name, text, strlen(text));
}

/* As at the beginning: no rows but the recovery codes. */
static void
state_reset(void)
{
	static const char *const tables[] = { "verification", "send", "spend",
		"guess", "recovery", "totp", "code_used", "grace",
		"passed_over", "passed", "used" };
	char sql[96];
	struct store *s;
	sqlite3 *db;

	must(sqlite3_open(w.state, &db) == SQLITE_OK, "the state opens");
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		snprintf(sql, sizeof(sql), "DELETE FROM %s", tables[i]);
		must(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK,
		    "the state empties");
	}
	sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	sqlite3_close(db);
	s = state_open();
	must(s != NULL &&
		store_recovery_set(s, w.user, recovery, RECOVERIES, NULL) == 0,
	    "codes for recovery");
	store_close(s);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const struct passwd *pw = getpwuid(getuid());
	char text[512];

	(void)argc;
	(void)argv;
	must(pw != NULL, "an account");
	snprintf(w.user, sizeof(w.user), "%s", pw->pw_name);
	fuzz_enter();
	snprintf(w.state, sizeof(w.state), "%s/state.db", fuzz_folder);
	store_close(state_open());
	fuzz_write("totp", TOTP_TEXT "\n", strlen(TOTP_TEXT) + 1);
	record_text(0, "phone = \"" SAMPLE_PHONE "\";\n");
	record_text(1,
	    "phone = \"" SAMPLE_PHONE "\"; channels = [\"push\", \"sms\", "
	    "\"voice\"]; push_identity = \"" SAMPLE_IDENTITY
	    "\"; push_factor = \"" SAMPLE_FACTOR "\";\n");
	snprintf(text, sizeof(text),
	    "phone = \"" SAMPLE_PHONE
	    "\"; channels = [\"sms\", \"totp\", \"voice\"];"
	    "totp_secret_file = \"%s/totp\";\n",
	    fuzz_folder);
	record_text(2, text);
	snprintf(text, sizeof(text), "totp_secret_file = \"%s/totp\";\n",
	    fuzz_folder);
	record_text(3, text);
	return 0;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	w.bytes = (struct fuzz_bytes){ data, size };
	memset(&w.vendor, 0, sizeof(w.vendor));
	w.vendor.bytes = &w.bytes;
	w.clock = 1000000;
	w.wall = 1800000000;
	w.logins = w.depth = w.stepped = 0;
	w.passed = false;
	memset(w.recovered, 0, sizeof(w.recovered));
	state_reset();
	conf_choose();
	while (w.bytes.left > 0 && w.logins < LOGINS)
		run_login();
	return 0;
}
