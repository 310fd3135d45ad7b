/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/broker/keptbox.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>
#include <liboath/oath.h>

#include "lib/provider_types/provider_types.h"
#include "lib/system/system.h"
#include "lib/wire/wire.h"
#include "tests/support/store_time.h"

#define NOW INT64_C(1000000)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct statebox *kept_box;
struct settings kept_conf;
static struct rule rules[KEPT_RULES];
struct provider_type kept_type;
/* They hold pointers to themselves. */
static struct broker_session sessions[BROKER_REQUESTS_MAX];
static size_t count;
static char users_dir[32];
struct broker_context kept_own;
struct broker_reply kept_got;
int64_t kept_wall, kept_later_ms;
static const char *why;
static sqlite3 *beside; /* who sees each change of the state */

int
clock_gettime(clockid_t id, struct timespec *t)
{
	static int (*real)(clockid_t, struct timespec *);
	int rc;

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	rc = real(id, t);
	if (id == CLOCK_REALTIME && kept_wall != 0)
		t->tv_sec = kept_wall;
	if (id == CLOCK_MONOTONIC)
		t->tv_sec += (time_t)(kept_later_ms / 1000);
	return rc;
}

void
kept_secret_file(const char *path, const char *base32)
{
	FILE *to = fopen(path, "w");

	assert_non_null(to);
	assert_int_equal(fchmod(fileno(to), 0600), 0);
	assert_true(fprintf(to, "%s\n", base32) > 0);
	assert_int_equal(fclose(to), 0);
}

/* The first two steps send a text, the third makes a call. */
static enum method
text_then_call(const struct provider_conf *conf, unsigned sends)
{
	static const enum method steps[] = { METHOD_SMS, METHOD_SMS,
		METHOD_VOICE };

	(void)conf;
	return sends < COUNT(steps) ? steps[sends] : METHOD_NONE;
}

int
kept_set_up(void **state)
{
	assert_int_equal(box_set_up_empty(state), 0);
	kept_box = *state;
	kept_later_ms = 0;
	memset(rules, 0, sizeof(rules));
	for (size_t i = 0; i < KEPT_RULES; i++) {
		rules[i].action = ACTION_REQUIRE;
		rules[i].methods = METHOD_ALL;
	}
	rules[0].remember_minutes = 10;
	rules[1].remember_minutes = KEPT_REMEMBER_S / 60;
	kept_type = vonage_v1_type;
	kept_type.methods = METHOD_ALL;
	kept_type.next_method = text_then_call;
	kept_conf = (struct settings){ .provider_count = 1,
		.remember_idle_days = 7,
		.provider = { { .name = "one",
		    .type = &kept_type,
		    .scheme = "https" } },
		.state = kept_box->path,
		.users_dir = users_dir,
		.owner = geteuid(),
		.sends = { .user_hour = 1000,
		    .user_day = 1000,
		    .number_day = 1000,
		    .number_answered_day = 1000,
		    .source_hour = 1000,
		    .host_hour = 1000,
		    .push_hour = 1000,
		    .spend_day = -1,
		    .spend_month = -1,
		    .price = 5,
		    .other_hour = 1000 },
		.guesses = { 1000, 1000, 900, 0 },
		.wrong_codes_per_login = 5,
		.rule_count = KEPT_RULES,
		.rule = rules };
	snprintf(kept_conf.state_dir, sizeof(kept_conf.state_dir), "%s",
	    kept_box->dir);
	kept_own = (struct broker_context){ .conf = &kept_conf };
	if (box_remote) {
		kept_conf.store.host = STORE_HOST;
		kept_own.server = *postgres_server();
	}
	assert_non_null(mkdtemp(strcpy(users_dir, "/run/keptXXXXXX")));
	count = 0;
	store_time_now(NOW);
	store_time_wall(KEPT_WALL);
	return 0;
}

struct provider_conf *
kept_add_provider(void)
{
	struct provider_conf *two = &kept_conf.provider[1];

	*two = kept_conf.provider[0];
	two->name = "two";
	kept_conf.provider_count = 2;
	return two;
}

void
kept_forget(void)
{
	for (size_t i = 0; i < count; i++) {
		broker_held_note_left(&sessions[i]);
		broker_begin_free(&sessions[i]);
		broker_record_free(&sessions[i]);
	}
	count = 0;
}

int
kept_tear_down(void **state)
{
	char command[sizeof(users_dir) + 16];

	broker_store_close(&kept_own);
	kept_forget();
	PRINT_TO(command, "rm -r %s", users_dir);
	assert_int_equal(system(command), 0);
	sqlite3_close(beside);
	beside = NULL;
	store_set_process_id(0);
	store_set_deadline(0);
	return box_tear_down(state);
}

/* Changes by others as this connection has counted them; 0: no state
 * yet, or one at a server. */
static int64_t
changes(void)
{
	sqlite3_stmt *st;
	int64_t version;

	if (box_remote || access(kept_box->path, F_OK) != 0)
		return 0;
	if (beside == NULL) {
		assert_int_equal(
		    sqlite3_open(kept_box->path, &beside), SQLITE_OK);
		sqlite3_db_config(
		    beside, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	}
	assert_int_equal(
	    sqlite3_prepare_v2(beside, "PRAGMA data_version", -1, &st, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	version = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return version;
}

/* One act. */

/* Each answer can cross, whatever was asked. */
static void
answered(enum broker_op act)
{
	static struct broker_frame frame;
	static struct broker_reply read;

	if (!broker_reply_write(&frame, act, &kept_got) ||
	    !broker_reply_read(&frame, act, &read))
		fail_msg("%s: no answer", broker_op_name(act));
	free(read.text);
	assert_int_equal(read.result, kept_got.result);
}

/* What of a question crosses for this act; all else is zero there. */
static const struct broker_request *
crossed(enum broker_op act, const struct broker_request *ask)
{
	static struct broker_frame frame;
	static struct broker_request read;

	if (!broker_request_write(&frame, act, ask) ||
	    broker_request_read(&frame, &read) != act)
		fail_msg("%s: no question", broker_op_name(act));
	return &read;
}

int64_t
kept_does(struct broker_session *s, enum broker_op act,
    const struct broker_request *ask)
{
	if (!broker_op_run(
		&kept_own, s, act, crossed(act, ask), &kept_got, &why))
		fail_msg("%s: %s", broker_op_name(act), why);
	assert_null(why);
	answered(act);
	return kept_got.result;
}

void
kept_refused(struct broker_session *s, enum broker_op act,
    const struct broker_request *ask, const char *words)
{
	const uint64_t before = kept_own.refused;
	const int64_t state = changes();

	if (broker_op_run(
		&kept_own, s, act, crossed(act, ask), &kept_got, &why))
		fail_msg(
		    "%s: done, %d", broker_op_name(act), (int)kept_got.result);
	assert_string_equal(why, words);
	assert_int_equal(kept_own.refused, before + 1);
	assert_int_equal(changes(), state);
}

struct broker_request
kept_any_ask(void)
{
	return (struct broker_request){ .id = 1,
		.request_id = "r",
		.number = KEPT_NUMBER,
		.user = "alice",
		.where = kept_box->path,
		.ms = 60000,
		.remembered = true,
		.claim = { { NULL, KEPT_NUMBER, "one", kept_type.name,
			       { NULL } },
		    METHOD_ALL, METHOD_SMS, 15000 },
		.started = { .id = 1,
		    .request_id = "r",
		    .method = METHOD_SMS,
		    .life_ms = 300000 },
		.message = { .counted_as = KEPT_NUMBER },
		.tries = 1,
		.provider = "one" };
}

struct broker_request
kept_call(enum provider_call_kind kind, enum method method, const char *id)
{
	struct broker_request ask = kept_any_ask();

	ask.call = (struct broker_call){
		.kind = kind, .ctx.method = method, .provider = ask.provider
	};
	PRINT_TO(ask.call.ctx.request_id, "%s", id);
	return ask;
}

struct broker_request
kept_receipt(const struct broker_session *s, const struct broker_request *call,
    unsigned receipt, const char *id)
{
	struct broker_request ask = *call;
	struct broker_call c = call->call;
	const size_t of =
	    broker_handle_find_provider(&kept_conf, call->provider);

	c.serial = s->serial;
	c.provider = call->provider;
	assert_in_range(of, 0, SETTINGS_PROVIDERS_MAX - 1);
	broker_ticket_digest_call(s, kept_own.conf, c.ctx.phone_at, of,
	    c.ctx.event != EVENT_NONE, c.to);
	PRINT_TO(c.ctx.request_id, "%s", id);
	broker_receipt_make(
	    kept_own.key[of], s->peer.login, &c, receipt, ask.call.mac);
	PRINT_TO(ask.call.ctx.request_id, "%s", id);
	ask.tries = receipt;
	return ask;
}

/* Logins. */

struct facts
kept_facts(const char *user)
{
	return (struct facts){ .purpose = PURPOSE_LOGIN,
		.conf = MODULE_ARGUMENTS_CONF,
		.deadline_ms = 60000,
		.user = user,
		.service = "sshd",
		.tty = "ssh",
		.rhost = KEPT_ADDRESS,
		.ssh_addr = KEPT_ADDRESS,
		.ruser = "",
		.boot_id = "",
		.conversation = true,
		.first_factor = FIRST_SSH_METHODS,
		.auth_info = "publickey ssh-ed25519 AAAA" };
}

void
kept_says(struct broker_session *s, const struct facts *facts)
{
	static unsigned char bytes[FRAME_BEGIN_MAX];
	struct frame f;

	frame_init(&f, FRAME_BEGIN, bytes, sizeof(bytes));
	facts_put(&f, facts);
	assert_false(f.failed);
	broker_begin_free(s);
	assert_true(broker_begin_set(s, &kept_conf, bytes, f.len));
}

static bool
is_written(const char *path, const char *text)
{
	char found[512] = "";
	FILE *from = fopen(path, "r");

	if (from == NULL)
		return false;
	(void)!fread(found, 1, sizeof(found) - 1, from);
	assert_int_equal(fclose(from), 0);
	return strcmp(found, text) == 0;
}

void
kept_record(const char *user, const char *text)
{
	static const char usual[] =
	    "phone = \"" KEPT_NUMBER "\"; channels = [\"sms\", \"voice\"]; "
	    "push_identity = \"a1b2c3d4e5f6\"; "
	    "push_factor = \"" KEPT_FACTOR "\"; totp_factor = \"" KEPT_FACTOR
	    "\";";
	char path[sizeof(users_dir) + USER_NAME_MAX + 8];
	FILE *to;

	PRINT_TO(path, "%s/%s.conf", users_dir, user);
	if (text[0] == '\0' && is_written(path, usual))
		return;
	to = fopen(path, "w");
	assert_non_null(to);
	assert_int_equal(fchmod(fileno(to), 0600), 0);
	fputs(text[0] != '\0' ? text : usual, to);
	assert_int_equal(fclose(to), 0);
}

void
kept_reaches(struct broker_session *s, const char *phone, const char *factor)
{
	PRINT_TO(s->record.phone, "%s", phone);
	if (factor[0] != '\0')
		PRINT_TO(s->record.totp_factor, "%s", factor);
	PRINT_TO(s->record.receiver, "%s", KEPT_NUMBER);
}

void
kept_app(struct broker_session *s, char code[8])
{
	static const char raw[10]; /* as bad as that of decoys */

	s->record.app[0].secret = (struct secret){ "AAAAAAAAAAAAAAAA", 16 };
	s->record.app[0].kind = (struct totp_kind){ .period = TOTP_STEP_S };
	assert_int_equal(oath_totp_generate(raw, sizeof(raw),
			     (time_t)clock_wall_s(), TOTP_STEP_S, 0, 6, code),
	    OATH_OK);
}

struct broker_session *
kept_connected(void)
{
	static int64_t logins = INT64_C(0x7000000000000000);
	struct broker_session *s = &sessions[count++];
	const struct facts facts = kept_facts("alice");

	assert_true(count <= COUNT(sessions));
	*s = (struct broker_session){ .number = store_session_id_new(),
		.peer = { .login = logins++,
		    .began = frame_clock_ms(),
		    .module = -1,
		    .process = store_process_id_new(getpid()) } };
	kept_says(s, &facts);
	return s;
}

struct broker_session *
kept_opened(void)
{
	struct broker_session *s = kept_connected();
	const struct broker_request ask = kept_any_ask();

	assert_int_equal(kept_does(s, BROKER_OPEN, &ask), 0);
	return s;
}

struct broker_session *
kept_bound(const char *user)
{
	struct broker_session *s = kept_opened();
	const struct facts facts = kept_facts(user);
	struct broker_request ask = kept_any_ask();

	kept_says(s, &facts);
	if (user_name_is_valid(user))
		kept_record(user, "");
	ask.user = user;
	ask.ms = 600000;
	assert_int_equal(kept_does(s, BROKER_BIND, &ask), 0);
	return s;
}

enum store_claim
kept_begin(struct broker_session *s, const char *number)
{
	struct broker_request ask = { .begin = { .count = 1,
					  .candidate[0] = kept_any_ask().claim,
					  .message.counted_as = number } };

	kept_reaches(s, number, ""); /* its record has this number, too */
	ask.begin.candidate[0].key.receiver = number;
	assert_int_equal(kept_does(s, BROKER_BEGIN, &ask), 0);
	return kept_got.begun.claim;
}

struct broker_request
kept_running(struct broker_session *s, const char *number, const char *request)
{
	struct broker_request ask = kept_any_ask();

	assert_int_equal(kept_begin(s, number), CLAIM_NEW);
	assert_int_equal(kept_got.begun.sent, SEND_TAKEN);
	ask.id = ask.started.id = kept_got.begun.row.id;
	ask.started.send = kept_got.begun.send;
	ask.request_id = ask.started.request_id = request;
	kept_called(s, CALL_START, METHOD_SMS, "", request);
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	return ask;
}

void
kept_sends_code(struct broker_session *s, unsigned phone,
    struct broker_request *ask, char code[PROVIDER_CODE_MAX + 1])
{
	struct broker_request call = kept_call(CALL_START, METHOD_SMS, "");

	call.message.counted_as = user_record_phone(&s->record, phone);
	call.call.ctx.phone_at = phone;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &call), SEND_TAKEN);
	assert_int_equal(kept_does(s, BROKER_TICKET, &call), 1);
	memcpy(code, s->own_code, sizeof(s->own_code));
	ask->started.request_id = ask->request_id = ".chosen";
	ask->started.code = "";
	assert_int_equal(kept_does(s, BROKER_STARTED, ask), 0);
}

void
kept_pushes(struct broker_session *s, const char *id)
{
	broker_handle_allow_verification(s, 0, id, METHOD_NONE);
	broker_handle_find_verification(s, 0, id)->polled = true;
}

void
kept_called(struct broker_session *s, enum provider_call_kind kind,
    enum method method, const char *asked, const char *id)
{
	struct broker_request ask = kept_call(kind, method, asked);

	assert_int_equal(kept_does(s, BROKER_TICKET, &ask), 1);
	ask = kept_receipt(s, &ask, BROKER_DONE, id);
	assert_int_equal(kept_does(s, BROKER_RECEIPT, &ask), 0);
}

int64_t
kept_tries(struct broker_session *s, int64_t row)
{
	const struct broker_request ask = { .id = row, .tries = 3 };

	assert_int_equal(kept_does(s, BROKER_ATTEMPT, &ask), 1);
	return kept_got.guess;
}

struct broker_request
kept_verified(struct broker_session *s, const char *number, const char *id)
{
	struct broker_request ask = kept_any_ask();

	ask.claim.key.receiver = ask.message.counted_as = number;
	ask.number = ask.started.number = number;
	ask.request_id = ask.started.request_id = id;
	assert_int_equal(kept_does(s, BROKER_CLAIM, &ask), CLAIM_NEW);
	ask.id = ask.started.id = kept_got.row.id;
	assert_int_equal(kept_does(s, BROKER_SEND_TAKE, &ask), SEND_TAKEN);
	kept_called(s, CALL_START, METHOD_SMS, "", id);
	assert_int_equal(kept_does(s, BROKER_STARTED, &ask), 0);
	(void)kept_tries(s, ask.id);
	kept_called(s, CALL_CHECK, METHOD_SMS, id, id);
	return ask;
}

void
kept_proves(struct broker_session *s, const char *number, const char *id)
{
	const struct broker_request ask = kept_verified(s, number, id);

	assert_int_equal(kept_does(s, BROKER_FINISH, &ask), 1);
}

int64_t
kept_enrol_open(struct broker_session *s, const char *number)
{
	const struct broker_request ask = { .number = number };

	return kept_does(s, BROKER_ENROL_OPEN, &ask);
}

int64_t
kept_enrol_secret(struct broker_session *s, struct secret *secret)
{
	const struct broker_request none = { .id = 0 };
	const int64_t result = kept_does(s, BROKER_ENROL_SECRET, &none);

	secret->len = strlen(kept_got.secret);
	memcpy(secret->b, kept_got.secret, sizeof(kept_got.secret));
	return result;
}

int
kept_enrol_code(
    struct broker_session *s, const struct secret *secret, int64_t steps_on)
{
	struct broker_request ask = { .number = "" };
	char *raw = NULL, code[8];
	size_t len = 0;

	assert_int_equal(
	    oath_base32_decode(secret->b, secret->len, &raw, &len), OATH_OK);
	assert_int_equal(
	    oath_totp_generate(raw, len,
		(time_t)(clock_wall_s() + 30 * steps_on), 30, 0, 6, code),
	    OATH_OK);
	free(raw);
	ask.number = code;
	assert_int_equal(kept_does(s, BROKER_TOTP, &ask), GUESS_OPEN);
	return kept_got.claimed;
}

int64_t
kept_enrol_commit(struct broker_session *s, int64_t uid)
{
	const struct broker_request ask = { .uid = uid };

	return kept_does(s, BROKER_ENROL_COMMIT, &ask);
}

int64_t
kept_enrolled(void)
{
	return box_sql(kept_box, "SELECT count(*) FROM enrolled");
}
