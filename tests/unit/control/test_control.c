/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper's half of twofactl: each purpose, what it says and what changes
 * in the state. */
#include "tests/support/logins/serving.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include "helper/session/session.h"
#include "helper/store/store.h"
#include "helper/store/store_fleet.h"
#include "lib/items/items.h"
#include "lib/rules/rules.h"
#include "lib/values/values.h"
#include "tests/support/plain_claims.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

#define LINES 64

/* The other end: what it answers, and what it heard. */
static struct {
	enum ui_result result;
	const char *answer;
	unsigned said, asked;
	char line[LINES][FRAME_PROMPT_MAX + 1];
	char prompt[64];
} peer;

static void
peer_say(void *ctx, const char *text)
{
	(void)ctx;
	assert_true(peer.said < LINES);
	snprintf(peer.line[peer.said++], sizeof(peer.line[0]), "%s", text);
}

static enum ui_result
peer_ask(void *ctx, const char *prompt, int64_t deadline,
    const struct ui_idle *idle, struct ui_answer *a)
{
	(void)ctx;
	(void)idle;
	assert_true(deadline > 0);
	peer.asked++;
	snprintf(peer.prompt, sizeof(peer.prompt), "%s", prompt);
	if (peer.result == UI_ANSWER) {
		snprintf(a->text, sizeof(a->text), "%s", peer.answer);
		a->typed = strlen(peer.answer);
	}
	return peer.result;
}

static const char *request; /* of the next one */

/* One request. answer NULL: ABORT. The reason, "" when it is done. */
static const char *
serve(enum facts_purpose purpose, const char *user, const char *answer)
{
	const struct ui ui = { .say = peer_say, .ask = peer_ask };

	memset(&peer, 0, sizeof(peer));
	peer.result = answer != NULL ? UI_ANSWER : UI_NO_ANSWER;
	peer.answer = answer;
	return serving_run(purpose, user, request, &ui);
}

static void
test_unlock(void **state)
{
	struct store *s;
	int64_t wait_s;

	(void)state;
	assert_string_equal(serve(PURPOSE_UNLOCK, "alice", NULL), "nothing");
	serving_wrong_codes("alice", "uid:1");
	serving_wrong_codes("bob", "uid:1");
	assert_string_equal(serve(PURPOSE_UNLOCK, "alice", NULL), "");
	assert_int_equal(peer.said + peer.asked, 0);
	assert_string_equal(serve(PURPOSE_UNLOCK, "alice", NULL), "nothing");
	s = serving_state();
	assert_int_equal(
	    at_guess_look(s, "alice", "uid:1", SERVING_WALL, &wait_s),
	    GUESS_OPEN);
	assert_int_equal(
	    at_guess_look(s, "bob", "uid:1", SERVING_WALL, &wait_s),
	    GUESS_LOCKED);
	store_close(s);
}

#define ALICES "+12025550100"

/* A verification of mallory's runs at this number. */
static void
occupied(const char *number, const char *request_id)
{
	const struct store_key key = { "mallory", number, "one", "type",
		{ NULL } };
	struct store *s = serving_state();
	struct store_row row;

	assert_int_equal(at_claim(s, &key, METHOD_ALL, METHOD_SMS, 1,
			     SERVING_NOW, 15000, &row),
	    CLAIM_NEW);
	assert_int_equal(at_started(s, row.id, 1, request_id, METHOD_SMS,
			     SERVING_NOW, SERVING_NOW + 300000, 0),
	    0);
	store_close(s);
}

static void
freed(const char *user, const char *line)
{
	assert_string_equal(serve(PURPOSE_UNLOCK, user, NULL), "");
	assert_int_equal(peer.said, 1);
	assert_string_equal(peer.line[0], line);
	assert_string_equal(serve(PURPOSE_UNLOCK, user, NULL), "nothing");
	assert_int_equal(peer.said, 0);
}

/* Each number of the user's record, and of the people of an account; of nobody
 * else, nor of one whose record another user has. */
static void
test_unlock_frees_numbers(void **state)
{
	(void)state;
	confdir_write(&serving, "users.d/alice.conf",
	    "phone = \"" ALICES "\"; email = \"alice@example.com\";\n");
	confdir_write(&serving, "users.d/deploy.conf",
	    "people = ( { name = \"anna\"; phone = \"+12025550101\"; },"
	    " { name = \"ben\"; phone = \"+12025550102\"; },"
	    " { name = \"carl\"; user = \"alice\"; } );\n");
	occupied("+12025550103", "another");
	occupied(ALICES, "a");
	occupied("alice@example.com", "b");
	occupied("push:alice", "c");
	freed("alice", "freed\t3");
	occupied(ALICES, "a");
	occupied("+12025550101", "b");
	occupied("+12025550102", "c");
	freed("deploy//anna", "freed\t1");
	occupied("+12025550101", "b");
	freed("deploy", "freed\t2");
	freed("alice", "freed\t1");
}

static void
take_code(unsigned line, char code[RECOVERY_LEN + 1])
{
	struct item r;

	assert_int_equal(item_read(&r, peer.line[line]), 0);
	assert_int_equal(r.kind, ITEM_CODE);
	assert_true(recovery_code_normalise(r.text[1], code));
}

static void
test_recovery_codes(void **state)
{
	char first[RECOVERY_LEN + 1], second[RECOVERY_LEN + 1];
	unsigned left = 0;
	struct store *s;

	(void)state;
	assert_string_equal(serve(PURPOSE_RECOVERY_CODES, "alice", "3"), "");
	assert_string_equal(peer.prompt, "count");
	assert_int_equal(peer.said, 4);
	assert_string_equal(peer.line[0], "left\t0");
	take_code(1, first);
	take_code(2, second);
	assert_string_not_equal(first, second);
	s = serving_state();
	assert_int_equal(plain_recovery_claim(s, "alice", first, &left), 1);
	assert_int_equal(left, 2);
	store_close(s);

	assert_string_equal(serve(PURPOSE_RECOVERY_CODES, "alice", "20"), "");
	assert_string_equal(peer.line[0], "left\t2");
	s = serving_state();
	assert_int_equal(plain_recovery_claim(s, "alice", second, &left), 0);
	assert_int_equal(store_recovery_count_codes(s, "alice"), 20);
	store_close(s);
}

static void
test_recovery_codes_stay(void **state)
{
	static const char *const bad[] = { "21", "", "x", "1x", "-1", " 1",
		"001", "99999999999" };
	struct store *s;

	(void)state;
	assert_string_equal(serve(PURPOSE_RECOVERY_CODES, "alice", "5"), "");
	assert_string_equal(
	    serve(PURPOSE_RECOVERY_CODES, "alice", NULL), "kept");
	assert_int_equal(peer.said, 1);
	assert_string_equal(peer.line[0], "left\t5");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_string_equal(
		    serve(PURPOSE_RECOVERY_CODES, "alice", bad[i]), "usage");
		assert_int_equal(peer.said, 1);
	}
	s = serving_state();
	assert_int_equal(store_recovery_count_codes(s, "alice"), 5);
	store_close(s);
	assert_string_equal(serve(PURPOSE_RECOVERY_CODES, "alice", "0"), "");
	assert_int_equal(peer.said, 1);
	s = serving_state();
	assert_int_equal(store_recovery_count_codes(s, "alice"), 0);
	store_close(s);
}

static int
totp_claim(const char *user, int64_t step)
{
	struct store *s = serving_state();
	int rc = plain_totp_claim(s, user, NULL, step);

	store_close(s);
	return rc;
}

static void
remember(const char *user, unsigned char byte)
{
	unsigned char binding[STORE_REMEMBERED_LEN];
	struct store *s = serving_state();

	memset(binding, byte, sizeof(binding));
	assert_int_equal(at_remembered_put(s, user, binding, SERVING_WALL,
			     SERVING_WALL + 600),
	    0);
	store_close(s);
}

/* SERVING_WALL's own step */
#define STEP (SERVING_WALL / 30)

static void
test_totp(void **state)
{
	(void)state;
	assert_int_equal(totp_claim("alice", STEP - 1), 1);
	assert_string_equal(serve(PURPOSE_TOTP, "alice", NULL), "kept");
	assert_int_equal(totp_claim("alice", STEP - 1), 0);
	/* the step that proved the app is used up */
	assert_string_equal(serve(PURPOSE_TOTP, "alice", "59666666"), "");
	assert_true(STEP == 59666666);
	assert_string_equal(peer.prompt, "step");
	assert_int_equal(totp_claim("alice", STEP), 0);
	assert_int_equal(totp_claim("alice", STEP + 1), 1);
	/* without proof none opens again: the record may fail to be placed */
	assert_string_equal(serve(PURPOSE_TOTP, "alice", "0"), "");
	assert_int_equal(totp_claim("alice", STEP + 1), 0);
	/* but one that a clock ahead used up */
	assert_int_equal(totp_claim("alice", STEP + 1000), 1);
	assert_string_equal(serve(PURPOSE_TOTP, "alice", "0"), "");
	assert_int_equal(totp_claim("alice", 1), 1);
	assert_string_equal(serve(PURPOSE_TOTP, "alice", "x"), "usage");
}

/* By its number in the record; never back. */
static void
test_counter(void **state)
{
	static const char record[] =
	    "totp_secret_file = \"@D/two\"; tokens = ( { secret_file = "
	    "\"@D/one\"; type = \"hotp\"; } );";
	static const char *const none[] = { "0", "1", "3", "-1", "x" };

	(void)state;
	confdir_write(&serving, "one", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
	confdir_write(&serving, "two", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJA");
	confdir_write(&serving, "users.d/alice.conf", record);
	request = PURPOSE_TOTP_KNOWN;
	assert_string_equal(serve(PURPOSE_TOTP, "alice", NULL), "nothing");
	assert_string_equal(serve(PURPOSE_TOTP, "bob", NULL), "usage");
	request = "2";
	assert_string_equal(serve(PURPOSE_TOTP, "alice", NULL), "kept");
	assert_string_equal(peer.prompt, "counter");
	assert_string_equal(serve(PURPOSE_TOTP, "alice", "-1"), "usage");
	assert_string_equal(
	    serve(PURPOSE_TOTP, "alice", "1000000000"), "usage");
	assert_string_equal(serve(PURPOSE_TOTP, "alice", "7"), "");
	assert_string_equal(serve(PURPOSE_TOTP, "alice", "6"), "nothing");
	assert_string_equal(serve(PURPOSE_TOTP, "alice", "7"), "");
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		request = none[i];
		assert_string_equal(serve(PURPOSE_TOTP, "alice", "8"), "usage");
	}
	request = PURPOSE_TOTP_KNOWN;
	assert_string_equal(serve(PURPOSE_TOTP, "alice", NULL), "");
	request = NULL;
}

/* A new secret may leave the record as it is. */
static void
test_totp_ends_grace(void **state)
{
	(void)state;
	remember("alice", 1);
	remember("alice", 2);
	remember("bob", 3);
	assert_string_equal(serve(PURPOSE_TOTP, "alice", NULL), "kept");
	assert_string_equal(serve(PURPOSE_TOTP, "alice", "x"), "usage");
	assert_string_equal(serve(PURPOSE_FORGET, "alice", NULL), "");
	assert_string_equal(peer.line[0], "forgot\t2");
	remember("alice", 1);
	assert_string_equal(serve(PURPOSE_TOTP, "alice", "0"), "");
	assert_string_equal(serve(PURPOSE_FORGET, "alice", NULL), "nothing");
	assert_string_equal(serve(PURPOSE_FORGET, "bob", NULL), "");
}

static void
test_forget(void **state)
{
	(void)state;
	assert_string_equal(serve(PURPOSE_FORGET, "alice", NULL), "nothing");
	remember("alice", 1);
	remember("alice", 2);
	remember("bob", 3);
	assert_string_equal(serve(PURPOSE_FORGET, "alice", NULL), "");
	assert_string_equal(peer.line[0], "forgot\t2");
	remember("alice", 1);
	assert_string_equal(serve(PURPOSE_FORGET, "", NULL), "");
	assert_string_equal(peer.line[0], "forgot\t2");
}

static void
test_status(void **state)
{
	(void)state;
	assert_string_equal(serve(PURPOSE_STATUS, "", NULL), "");
	assert_int_equal(peer.said, 2);
	assert_string_equal(peer.line[0], "totals\t0\t0\t0\t0");
	assert_string_equal(peer.line[1], "passed\tvonage\t0");
	serving_wrong_codes("alice", "192.0.2.0/24");
	remember("bob", 1);
	assert_string_equal(serve(PURPOSE_STATUS, "", NULL), "");
	assert_int_equal(peer.said, 5);
	assert_string_equal(peer.line[0], "user\talice\t2\t0\t0\t0\t0\t0\t0");
	assert_string_equal(
	    peer.line[1], "source\talice\t192.0.2.0/24\t2\t900");
	assert_string_equal(peer.line[2], "user\tbob\t0\t0\t0\t0\t0\t0\t1");
	assert_string_equal(serve(PURPOSE_STATUS, "bob", NULL), "");
	assert_int_equal(peer.said, 2);
	assert_string_equal(peer.line[1], "wait\t0\t");
}

/* Providers, and when each factor let somebody in last. */
static void
test_status_of_the_host(void **state)
{
	struct store *s = serving_state();

	(void)state;
	at_pass_over(s, "vonage", SERVING_NOW + 41000);
	at_passed(s, "sshd", "alice", METHOD_VOICE, "vonage", SERVING_WALL);
	at_passed(s, "sshd", "alice", METHOD_TOTP, "", SERVING_WALL - 5);
	store_close(s);
	assert_string_equal(serve(PURPOSE_STATUS, "", NULL), "");
	assert_int_equal(peer.said, 4);
	assert_string_equal(peer.line[1], "passed\tvonage\t41");
	assert_string_equal(peer.line[2], "success\t\ttotp\t1789999995");
	assert_string_equal(peer.line[3], "success\tvonage\tvoice\t1790000000");
}

/* Of the host; whatever lies there in its place is no error. */
static void
test_status_of_a_broker(void **state)
{
	char line[96];

	(void)state;
	snprintf(line, sizeof(line), "broker\t1\t1\t%lld\t3\t4\t5\t6",
	    (long long)clock_wall_s() + 1000);
	confdir_write(&serving, "broker", line);
	confdir_mode(&serving, "broker", 0600);
	assert_string_equal(serve(PURPOSE_STATUS, "", NULL), "");
	assert_int_equal(peer.said, 3);
	assert_string_equal(peer.line[1], "broker\tended\t1\t0\t0\t4\t5\t6");
	confdir_write(&serving, "broker", "garbage");
	assert_string_equal(serve(PURPOSE_STATUS, "", NULL), "");
	assert_string_equal(peer.line[1], "broker\tunknown\t0\t0\t0\t0\t0\t0");
	assert_string_equal(serve(PURPOSE_STATUS, "bob", NULL), "");
	for (unsigned i = 0; i < peer.said; i++)
		assert_null(strstr(peer.line[i], "broker"));
}

static void
test_users_are_checked(void **state)
{
	static const enum facts_purpose needs[] = { PURPOSE_UNLOCK,
		PURPOSE_RECOVERY_CODES, PURPOSE_TOTP };
	static const enum facts_purpose all[] = { PURPOSE_UNLOCK,
		PURPOSE_RECOVERY_CODES, PURPOSE_TOTP, PURPOSE_FORGET,
		PURPOSE_STATUS, PURPOSE_SHAPE };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(serve(needs[i], "", "1"), "usage");
	for (size_t i = 0; i < 6; i++) {
		assert_string_equal(serve(all[i], "../x", "1"), "usage");
		assert_string_equal(serve(all[i], "a b", "1"), "usage");
		assert_string_equal(serve(all[i], "deploy//", "1"), "usage");
		assert_string_equal(serve(all[i], "//anna", "1"), "usage");
		assert_string_equal(
		    serve(all[i], "deploy//anna/enrolment", "1"), "usage");
		assert_int_equal(peer.said, 0);
	}
}

/* One of the people of an account, in what is kept of persons. */
static void
test_people(void **state)
{
	(void)state;
	serving_wrong_codes("deploy//anna", "uid:1");
	remember("deploy//anna", 1);
	remember("deploy//ben", 2);
	remember("deploy", 3);
	remember("deployer", 4);
	assert_string_equal(serve(PURPOSE_STATUS, "deploy//ben", NULL), "");
	assert_int_equal(peer.said, 2);
	assert_string_equal(
	    peer.line[0], "user\tdeploy//ben\t0\t0\t0\t0\t0\t0\t1");
	assert_string_equal(serve(PURPOSE_STATUS, "deploy", NULL), "");
	assert_int_equal(peer.said, 5);
	assert_string_equal(peer.line[0], "user\tdeploy\t0\t0\t0\t0\t0\t0\t1");
	assert_string_equal(
	    peer.line[1], "user\tdeploy//anna\t2\t0\t0\t0\t0\t0\t1");
	assert_string_equal(
	    peer.line[2], "source\tdeploy//anna\tuid:1\t2\t900");
	assert_string_equal(serve(PURPOSE_UNLOCK, "deploy//anna", NULL), "");
	assert_string_equal(
	    serve(PURPOSE_UNLOCK, "deploy//anna", NULL), "nothing");
	assert_string_equal(
	    serve(PURPOSE_RECOVERY_CODES, "deploy//anna", "2"), "");
	assert_string_equal(serve(PURPOSE_TOTP, "deploy//anna", "0"), "");
	assert_string_equal(
	    serve(PURPOSE_FORGET, "deploy//anna", NULL), "nothing");
	/* a user at an account where he is one of the people */
	remember("carl//=deploy", 5);
	remember("carl", 6);
	request = "deploy";
	assert_string_equal(serve(PURPOSE_FORGET, "carl", NULL), "");
	assert_string_equal(peer.line[0], "forgot\t1");
	assert_string_equal(serve(PURPOSE_FORGET, "carl", NULL), "nothing");
	request = "deploy//x";
	assert_string_equal(serve(PURPOSE_FORGET, "carl", NULL), "usage");
	request = "";
	assert_string_equal(serve(PURPOSE_FORGET, "deploy//ben", NULL), "");
	assert_string_equal(peer.line[0], "forgot\t1");
}

static const char *
shape_after(const char *wanted)
{
	static char shape[DECOY_SHAPE_MAX];

	request = wanted;
	assert_string_equal(serve(PURPOSE_SHAPE, "", NULL), "");
	assert_int_equal(decoy_shape_read(serving.path, shape), 0);
	return shape;
}

/* Recovery codes are the state's to know: more than half must have some. */
static void
test_shape(void **state)
{
	static const char *const codes[] = { "AAAAAAAAAAAAAAAA" };
	static const char *const bad[] = { "", "1", "1 ",
		"x " DECOY_SHAPE_DEFAULT, " " DECOY_SHAPE_DEFAULT,
		"1 channels=sms", "1 " DECOY_SHAPE_DEFAULT "\n",
		"1234567890 " DECOY_SHAPE_DEFAULT };
	struct store *s = serving_state();

	(void)state;
	assert_int_equal(store_recovery_set(s, "alice", codes, 1, NULL), 0);
	assert_int_equal(store_recovery_count_users(s), 1);
	store_close(s);
	assert_string_equal(shape_after("2 channels=totp,sms keys=phone,totp"),
	    "channels=totp,sms keys=phone,totp");
	assert_string_equal(
	    shape_after("1 channels=sms keys=phone provider=one"),
	    "channels=sms keys=phone,recovery provider=one");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		request = bad[i];
		assert_string_equal(serve(PURPOSE_SHAPE, "", NULL), "usage");
	}
	assert_string_equal(
	    shape_after("2 " DECOY_SHAPE_DEFAULT), DECOY_SHAPE_DEFAULT);
}

/* A login never gets an ALLOW here. */
static void
test_no_other_purpose(void **state)
{
	(void)state;
	assert_string_equal(serve(PURPOSE_LOGIN, "alice", "1"), "usage");
	assert_string_equal(serve(PURPOSE_NONE, "alice", "1"), "usage");
}

static void
test_settings_errors_are_said(void **state)
{
	(void)state;
	confdir_write(
	    &serving, "twofa.conf", CONFDIR_BASE "foo = 1;\nbar = 2;\n");
	assert_string_equal(serve(PURPOSE_UNLOCK, "alice", NULL), "settings");
	assert_int_equal(peer.said, 2);
	assert_non_null(strstr(peer.line[0], "error\t"));
	assert_non_null(strstr(peer.line[0], "twofa.conf:4: foo: unknown key"));
	assert_non_null(strstr(peer.line[1], "twofa.conf:5: bar: unknown key"));
}

static void
test_state_errors_are_said(void **state)
{
	(void)state;
	confdir_write(&serving, "twofa.conf",
	    CONFDIR_BASE "state = \"@D/nowhere/state.db\";\n");
	assert_string_equal(serve(PURPOSE_STATUS, "", NULL), "state");
	assert_int_equal(peer.said, 1);
	assert_non_null(strstr(peer.line[0], "error\t"));
	assert_non_null(strstr(peer.line[0], "/nowhere"));
	confdir_write(&serving, "twofa.conf",
	    CONFDIR_BASE "state = \"@D/state.db\"; state_dir = \"@D/no\";\n");
	assert_string_equal(serve(PURPOSE_STATUS, "", NULL), "state");
	assert_int_equal(peer.said, 1);
	assert_non_null(strstr(peer.line[0], "error\tstate_dir /"));
	assert_non_null(strstr(peer.line[0], "/no: No such file"));
}

#define MANY 3000

static void
read_all(int fd)
{
	unsigned char bytes[FRAME_MAX];
	unsigned n = 0;
	struct frame f;

	while (frame_recv(fd, &f, 1u << FRAME_SAY, bytes, sizeof(bytes),
		   frame_clock_ms() + 20000) == FRAME_OK)
		n++;
	_exit(n == MANY ? 0 : 1);
}

/* More lines than the socket holds arrive all the same. */
static void
test_many_lines(void **state)
{
	struct ui_frames p;
	int pair[2], status = -1;
	struct ui ui;
	pid_t pid;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(pair[0]);
		read_all(pair[1]);
	}
	close(pair[1]);
	ui_frames_init(&p, pair[0], frame_clock_ms() + 20000, &ui);
	for (unsigned i = 0; i < MANY; i++)
		ui.say(ui.ctx, "user\tsomebody\t0\t0\t0\t0\t0\t0\t0");
	ui_frames_drain(&p);
	assert_false(p.gone);
	close(pair[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Whoever reads nothing holds nobody up beyond the deadline. */
static void
test_nobody_reads(void **state)
{
	struct ui_frames p;
	struct ui ui;
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	ui_frames_init(&p, pair[0], frame_clock_ms() + 200, &ui);
	for (unsigned i = 0; i < MANY; i++)
		ui.say(ui.ctx, "left\t1");
	assert_true(p.gone);
	close(pair[0]);
	close(pair[1]);
}

#define SERVERS                                                                \
	CONFDIR_BASE "state = \"postgresql://db/twofa\"; state_dir = \"@D\";"  \
		     "store = { host = \"a\"; ca_file = \"/c\"; "              \
		     "password_file = \"/p\"; };"

static const enum facts_purpose of_servers[] = { PURPOSE_IMPORT,
	PURPOSE_RECORDS, PURPOSE_RECORD_PUT, PURPOSE_RECORD_REMOVE,
	PURPOSE_REKEY };

static void
nothing_of_servers(void)
{
	for (size_t i = 0; i < sizeof(of_servers) / sizeof(*of_servers); i++)
		assert_string_equal(
		    serve(of_servers[i], "alice", NULL), "usage");
}

static void
test_a_file_has_nothing_of_servers(void **state)
{
	char path[512];

	(void)state;
	nothing_of_servers();
	request = PURPOSE_UNLOCK_LOCAL;
	assert_string_equal(serve(PURPOSE_UNLOCK, "alice", NULL), "state");
	request = NULL;
	assert_non_null(strstr(peer.line[0], "postgresql:// alone"));
	snprintf(path, sizeof(path), "%s/outage.db", serving.path);
	assert_int_equal(access(path, F_OK), -1);
}

/* What a login with servers needs is not there: then nothing is opened. */
static void
test_servers_without_their_room(void **state)
{
	(void)state;
	confdir_write(&serving, "twofa.conf", SERVERS);
	nothing_of_servers();
	assert_string_equal(serve(PURPOSE_UNLOCK, "alice", NULL), "state");
	assert_non_null(strstr(peer.line[0], "supports a file only"));
	request = PURPOSE_UNLOCK_LOCAL;
	assert_string_equal(serve(PURPOSE_UNLOCK, "alice", NULL), "state");
	request = NULL;
}

static unsigned begun, lent; /* of a room's records */

static void
room_begin(struct settings *conf, const struct facts *facts, int64_t session)
{
	(void)conf;
	(void)facts;
	(void)session;
	begun++;
}

static void
room_end(struct settings *conf)
{
	(void)conf;
	begun--;
}

static struct store *
room_kept(const struct settings *conf)
{
	(void)conf;
	return serving_state();
}

static void
room_lend(const struct settings *conf, struct store *store)
{
	(void)conf;
	lent += store != NULL;
}

static enum reason
room_records(const struct environment *r)
{
	(void)r;
	assert_int_equal(begun, 1);
	return REASON_NONE;
}

static void
test_servers_by_their_table(void **state)
{
	static const struct store_fleet room = { .records_begin = room_begin,
		.records_end = room_end,
		.records_kept = room_kept,
		.records_lend = room_lend,
		.serve = { [PURPOSE_RECORDS] = room_records } };

	(void)state;
	confdir_write(&serving, "twofa.conf", SERVERS);
	store_set_fleet(&room);
	assert_string_equal(serve(PURPOSE_RECORDS, "alice", NULL), "");
	assert_string_equal(serve(PURPOSE_REKEY, "alice", NULL), "usage");
	store_set_fleet(NULL);
	assert_int_equal(begun, 0);
	assert_int_equal(lent, 1);
}

UNIT_TESTS(test_control)
{
#define TEST(f)                                                                \
	cmocka_unit_test_setup_teardown(f, serving_setup, serving_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_unlock),
		TEST(test_unlock_frees_numbers),
		TEST(test_recovery_codes),
		TEST(test_recovery_codes_stay),
		TEST(test_totp),
		TEST(test_counter),
		TEST(test_totp_ends_grace),
		TEST(test_forget),
		TEST(test_status),
		TEST(test_status_of_the_host),
		TEST(test_status_of_a_broker),
		TEST(test_people),
		TEST(test_shape),
		TEST(test_users_are_checked),
		TEST(test_no_other_purpose),
		TEST(test_settings_errors_are_said),
		TEST(test_state_errors_are_said),
		TEST(test_a_file_has_nothing_of_servers),
		TEST(test_servers_without_their_room),
		TEST(test_servers_by_their_table),
		cmocka_unit_test(test_many_lines),
		cmocka_unit_test(test_nobody_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
