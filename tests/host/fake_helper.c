/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stand-in for twofa-helper that behaves, or misbehaves, as the name of its
 * own file says: its environment and arguments tell it nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/wire/wire.h"
#include "tests/host/fake_report.h"
#include "tests/host/fake_script.h"
#include "tests/host/fake_spoil.h"

#define SOCK 3
#define WAIT_MS 60000
#define FLOOD_MS 60000
#define KEPT_S 21 /* longer than the module waits in its test */

static struct facts facts;
static unsigned char begin_bytes[FRAME_BEGIN_MAX];
static char **environment;

static void
say(const char *text)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	frame_init(&f, FRAME_SAY, bytes, sizeof(bytes));
	frame_put_text(&f, FIELD_TEXT, text);
	(void)frame_send(SOCK, &f);
}

static void
verdict(enum frame_verdict v)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	frame_init(&f, FRAME_VERDICT, bytes, sizeof(bytes));
	frame_put_number(&f, FIELD_VERDICT, v);
	frame_put_text(&f, FIELD_RULE, "3");
	frame_put_text(&f, FIELD_METHOD, "sms");
	frame_put_text(&f, FIELD_PROVIDER, "vonage");
	frame_put_text(
	    &f, FIELD_OUTCOME, v == VERDICT_ALLOW ? "allowed" : "denied");
	if (v != VERDICT_ALLOW)
		frame_put_text(&f, FIELD_REASON, "fake");
	frame_put_number(&f, FIELD_TRIES, 1);
	frame_put_number(&f, FIELD_START_MS, 212);
	frame_put_number(&f, FIELD_CHECK_MS, 180);
	frame_put_text(&f, FIELD_REQUEST, "3f00");
	(void)frame_send(SOCK, &f);
}

static void
send_bytes(const void *bytes, size_t len)
{
	(void)send(SOCK, bytes, len, MSG_NOSIGNAL);
}

/* A SAY whose bytes the caller spoils. */
static struct frame
raw_frame(enum frame_type type, unsigned char *bytes)
{
	struct frame f;

	frame_init(&f, type, bytes, FRAME_MAX);
	frame_put_text(&f, FIELD_TEXT, "raw");
	return f;
}

static void
ask_send(const char *prompt, int64_t echo)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	frame_init(&f, FRAME_ASK, bytes, sizeof(bytes));
	frame_put_text(&f, FIELD_TEXT, prompt);
	frame_put_number(&f, FIELD_ECHO, echo);
	(void)frame_send(SOCK, &f);
}

/* Wait for the reply to ASK and say what came; true for an answer. */
static bool
reply_say(void)
{
	unsigned char bytes[FRAME_MAX];
	char text[FRAME_PROMPT_MAX];
	int64_t number = -1;
	struct frame f;

	if (frame_recv(SOCK, &f, 1u << FRAME_ANSWER | 1u << FRAME_ABORT, bytes,
		sizeof(bytes), frame_clock_ms() + WAIT_MS) != FRAME_OK)
		exit(9);
	if (f.type == FRAME_ABORT) {
		(void)frame_number(&f, FIELD_ABORT, &number);
		(void)snprintf(text, sizeof(text), "abort %" PRId64, number);
		say(text);
		return false;
	}
	(void)frame_number(&f, FIELD_TYPED, &number);
	(void)snprintf(text, sizeof(text), "typed %" PRId64 " text [%s]",
	    number, frame_text(&f, FIELD_ANSWER));
	say(text);
	return true;
}

static void
do_allow(void)
{
	verdict(VERDICT_ALLOW);
}

static void
do_deny(void)
{
	verdict(VERDICT_DENY);
}

static void
do_maxtries(void)
{
	verdict(VERDICT_MAXTRIES);
}

static void
do_converr(void)
{
	verdict(facts.conversation ? VERDICT_DENY : VERDICT_CONV_ERR);
}

static void
do_ask(void)
{
	ask_send("Code \x1b[2J\xc2\x9b sent: ", 1);
	verdict(reply_say() ? VERDICT_ALLOW : VERDICT_DENY);
}

/* The byte that is CSI to a terminal of 8 bits: alone, as a character, behind
 * the start of one, in overlong ones and surrogates, at the end. Good
 * characters round it, the first and the last with such a byte within. */
static void
do_bytes(void)
{
	say("\x9b"
	    "2J \xc2\x9b \xe1\x9b( \xf1\x9b\x9b( \xe0\x9b\x9b "
	    "\xf0\x80\x9b\x9b \xed\xa0\x9b \xc0\x9b \xf4\x9b\x9b\x9b "
	    "\xff \xc3\x9b \xe2\x9b\x9b \xf0\x9f\x93\xb1 \xc2\xa0 \xe1\x9b");
	verdict(VERDICT_DENY);
}

static void
do_hidden(void)
{
	ask_send("Code: ", 0);
	verdict(reply_say() ? VERDICT_ALLOW : VERDICT_DENY);
}

/* Whatever the module replies. */
static void
do_stubborn(void)
{
	ask_send("Code: ", 1);
	(void)reply_say();
	verdict(VERDICT_ALLOW);
}

static void
do_ask_after_abort(void)
{
	ask_send("Code: ", 1);
	if (!reply_say())
		ask_send("Code: ", 1);
	verdict(VERDICT_ALLOW);
}

/* Its own deadline passes at the prompt. */
static void
do_deadline(void)
{
	ask_send("Code: ", 1);
	verdict(VERDICT_DENY);
}

static void
do_crash_before(void)
{
	abort();
}

static void
do_crash_after(void)
{
	verdict(VERDICT_ALLOW);
	abort();
}

static void
do_kill_after(void)
{
	verdict(VERDICT_ALLOW);
	(void)kill(getpid(), SIGKILL);
}

static void
do_exit_after(void)
{
	verdict(VERDICT_ALLOW);
	exit(1);
}

static void
do_silent(void)
{
}

static void
do_close(void)
{
	(void)close(SOCK);
	pause();
}

static void
do_hang_after(void)
{
	verdict(VERDICT_ALLOW);
	pause();
}

static void
do_hang(void)
{
	pause();
}

/* A child keeps the socket: its end never shows. */
static void
do_kept_socket(void)
{
	verdict(VERDICT_ALLOW);
	if (fork() == 0) {
		(void)alarm(KEPT_S);
		pause();
	}
}

static void
do_stop(void)
{
	(void)kill(getpid(), SIGSTOP);
}

static void
do_stop_after(void)
{
	ask_send("Code: ", 1);
	(void)reply_say();
	(void)kill(getpid(), SIGSTOP);
	verdict(VERDICT_ALLOW);
}

static void
do_empty(void)
{
	send_bytes("", 0);
	verdict(VERDICT_ALLOW);
}

static void
do_garbage(void)
{
	send_bytes("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 35);
	verdict(VERDICT_ALLOW);
}

static void
do_truncated(void)
{
	unsigned char bytes[FRAME_MAX];
	const struct frame f = raw_frame(FRAME_SAY, bytes);

	send_bytes(bytes, f.len - 1);
	verdict(VERDICT_ALLOW);
}

static void
do_trailing(void)
{
	unsigned char bytes[FRAME_MAX] = { 0 };
	const struct frame f = raw_frame(FRAME_SAY, bytes);

	send_bytes(bytes, f.len + 1);
	verdict(VERDICT_ALLOW);
}

static void
do_oversized(void)
{
	unsigned char bytes[FRAME_MAX + 4096] = { 0 };

	(void)raw_frame(FRAME_SAY, bytes);
	send_bytes(bytes, sizeof(bytes));
	verdict(VERDICT_ALLOW);
}

static void
do_version(void)
{
	unsigned char bytes[FRAME_MAX];
	const struct frame f = raw_frame(FRAME_SAY, bytes);

	bytes[4] = FRAME_VERSION + 1;
	send_bytes(bytes, f.len);
	verdict(VERDICT_ALLOW);
}

static void
do_order(void)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	frame_init(&f, FRAME_ANSWER, bytes, sizeof(bytes));
	frame_put_text(&f, FIELD_ANSWER, "123456");
	frame_put_number(&f, FIELD_TYPED, 6);
	(void)frame_send(SOCK, &f);
	verdict(VERDICT_ALLOW);
}

static void
do_double_field(void)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	frame_init(&f, FRAME_VERDICT, bytes, sizeof(bytes));
	frame_put_number(&f, FIELD_VERDICT, VERDICT_DENY);
	frame_put_number(&f, FIELD_VERDICT, VERDICT_ALLOW);
	(void)frame_send(SOCK, &f);
}

static void
do_no_field(void)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	frame_init(&f, FRAME_VERDICT, bytes, sizeof(bytes));
	frame_put_text(&f, FIELD_OUTCOME, "allowed");
	(void)frame_send(SOCK, &f);
}

static void
do_range(void)
{
	verdict((enum frame_verdict)(VERDICT_ALLOW + 1));
}

static void
do_echo_range(void)
{
	ask_send("Code: ", 2);
	verdict(VERDICT_ALLOW);
}

static void
do_two_verdicts(void)
{
	verdict(VERDICT_ALLOW);
	verdict(VERDICT_ALLOW);
}

static void
do_say_after(void)
{
	verdict(VERDICT_ALLOW);
	say("more");
}

static void
do_empty_after(void)
{
	verdict(VERDICT_ALLOW);
	send_bytes("", 0);
}

static void
do_report(void)
{
	fake_report_process(say, environment);
	verdict(VERDICT_ALLOW);
}

static void
do_facts(void)
{
	fake_report_facts(say, &facts);
	verdict(VERDICT_ALLOW);
}

static void
do_nasty(void)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	frame_init(&f, FRAME_VERDICT, bytes, sizeof(bytes));
	frame_put_number(&f, FIELD_VERDICT, VERDICT_DENY);
	frame_put_text(&f, FIELD_PROVIDER, "a b\" outcome=allowed\n\x1b\xc3\\");
	frame_put_text(&f, FIELD_OUTCOME, "allowed");
	frame_put_text(&f, FIELD_REASON, "");
	(void)frame_send(SOCK, &f);
}

static void
do_skipped(void)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	frame_init(&f, FRAME_VERDICT, bytes, sizeof(bytes));
	frame_put_number(&f, FIELD_VERDICT, VERDICT_ALLOW);
	frame_put_text(&f, FIELD_RULE, "default");
	frame_put_text(&f, FIELD_OUTCOME, "skipped");
	(void)frame_send(SOCK, &f);
}

/* It says the same as fast as it can, and its alarm is off: until nobody
 * listens, or for FLOOD_MS. */
static void
flood(const char *text)
{
	const int64_t end = frame_clock_ms() + FLOOD_MS;
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	(void)alarm(0);
	frame_init(&f, FRAME_SAY, bytes, sizeof(bytes));
	frame_put_text(&f, FIELD_TEXT, text);
	while (frame_clock_ms() < end &&
	    send(SOCK, f.bytes, f.len, MSG_NOSIGNAL) > 0)
		continue;
	verdict(VERDICT_ALLOW);
}

static void
do_flood_error(void)
{
	flood("error\tFlood");
}

static void
do_flood_say(void)
{
	flood("say\tFlood");
}

static void
do_flood_note(void)
{
	flood("note\tspace\tFlood");
}

static void
do_flood_user(void)
{
	flood("user\tflood\t0\t0\t0\t0\t0\t0\t0");
}

static void
do_flood_held(void)
{
	flood("held\tflood\t1");
}

/* Without a pause, and without waiting for an answer. */
static void
do_flood_ask(void)
{
	const int64_t end = frame_clock_ms() + FLOOD_MS;

	(void)alarm(0);
	while (frame_clock_ms() < end) {
		errno = 0;
		ask_send("Flood: ", 1);
		if (errno == EPIPE)
			return;
	}
}

static const struct {
	const char *name;
	void (*act)(void);
} acts[] = {
	{ "allow", do_allow },
	{ "deny", do_deny },
	{ "maxtries", do_maxtries },
	{ "converr", do_converr },
	{ "ask", do_ask },
	{ "bytes", do_bytes },
	{ "hidden", do_hidden },
	{ "stubborn", do_stubborn },
	{ "ask-after-abort", do_ask_after_abort },
	{ "deadline", do_deadline },
	{ "crash-before", do_crash_before },
	{ "crash-after", do_crash_after },
	{ "kill-after", do_kill_after },
	{ "exit-after", do_exit_after },
	{ "silent", do_silent },
	{ "close", do_close },
	{ "hang-after", do_hang_after },
	{ "hang", do_hang },
	{ "kept-socket", do_kept_socket },
	{ "stop", do_stop },
	{ "stop-after", do_stop_after },
	{ "empty", do_empty },
	{ "garbage", do_garbage },
	{ "truncated", do_truncated },
	{ "trailing", do_trailing },
	{ "oversized", do_oversized },
	{ "version", do_version },
	{ "order", do_order },
	{ "double-field", do_double_field },
	{ "no-field", do_no_field },
	{ "range", do_range },
	{ "echo-range", do_echo_range },
	{ "two-verdicts", do_two_verdicts },
	{ "say-after", do_say_after },
	{ "empty-after", do_empty_after },
	{ "report", do_report },
	{ "facts", do_facts },
	{ "nasty", do_nasty },
	{ "skipped", do_skipped },
	{ "flood-error", do_flood_error },
	{ "flood-say", do_flood_say },
	{ "flood-note", do_flood_note },
	{ "flood-user", do_flood_user },
	{ "flood-held", do_flood_held },
	{ "flood-ask", do_flood_ask },
};

int
main(int argc, char **argv, char **envp)
{
	char path[PATH_MAX] = "";
	const char *name;
	struct frame begin;

	if (argc > 1 && strcmp(argv[1], "--version") == 0) {
		puts("twofa-helper " TWOFA_VERSION);
		(void)fflush(stdout);
		quick_exit(0); /* a build that counts lines would say more */
	}
	environment = envp;
	if (readlink("/proc/self/exe", path, sizeof(path) - 1) < 0)
		return 8;
	name = strrchr(path, '/') + 1;
	if (frame_recv(SOCK, &begin, 1u << FRAME_BEGIN, begin_bytes,
		sizeof(begin_bytes), frame_clock_ms() + WAIT_MS) != FRAME_OK ||
	    facts_get(&begin, &facts) != 0)
		return 9;
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (strcmp(name, acts[i].name) == 0) {
			acts[i].act();
			return 0;
		}
	}
	return fake_script(path, SOCK) || fake_spoil(name) ? 0 : 10;
}
