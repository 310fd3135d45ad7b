/* SPDX-License-Identifier: BSD-2-Clause */
/* One question, asked of two helpers: what only the one that listens cannot use
 * is its unit's fault. What it says is its own word. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/wire/wire.h"
#include "tests/support/printed.h"
#include "tests/support/unit_tests.h"
#include "twofactl/check/check.h"
#include "twofactl/client/client.h"

#define SAYS_MAX 40
#define READ(path) "problem\tread\t" path ": Permission denied"
#define WRITE(path) "problem\twrite\t" path ": Read-only file system"
#define HIDES                                                                  \
	"the listener's unit hides what logins need; run: "                    \
	"systemctl edit twofa-helper.service, [Service], "

/* What a helper answers. */
struct init_answer {
	const char *says[SAYS_MAX]; /* records */
	enum reason denies;         /* REASON_NONE: it allows */
	bool dies;                  /* without a verdict */
};

static struct {
	bool exists;
	const char *why; /* it cannot be reached; NULL: it can */
	struct init_answer listens, starts;
	unsigned asked, started;
} there;

static char told[2 * PRINTED_MAX];

static void
send_frame(int fd, enum frame_type type, const char *text, enum reason reason)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	frame_init(&f, type, bytes, sizeof(bytes));
	if (type == FRAME_SAY)
		frame_put_text(&f, FIELD_TEXT, text);
	if (type == FRAME_VERDICT) {
		frame_put_number(&f, FIELD_VERDICT,
		    reason == REASON_NONE ? VERDICT_ALLOW : VERDICT_DENY);
		frame_put_text(&f, FIELD_REASON, reason_word(reason));
	}
	(void)frame_send(fd, &f);
}

static _Noreturn void
answer(int fd, const struct init_answer *a, bool ends)
{
	static unsigned char begin[FRAME_BEGIN_MAX];

	(void)recv(fd, begin, sizeof(begin), 0);
	for (size_t i = 0; i < SAYS_MAX && a->says[i] != NULL; i++)
		send_frame(fd, FRAME_SAY, a->says[i], REASON_NONE);
	if (!a->dies)
		send_frame(fd, FRAME_VERDICT, NULL, a->denies);
	if (!a->dies && ends)
		send_frame(fd, FRAME_END, NULL, REASON_NONE);
	_exit(0);
}

/* Our end of a socket to it. */
static int
helper(const struct init_answer *a, bool ends)
{
	int pair[2];
	pid_t child;

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(pair[0]);
		answer(pair[1], a, ends);
	}
	close(pair[1]);
	return pair[0];
}

/* In the place of helper_process.c. */
const char *
client_socket_path(void)
{
	return "/there";
}

bool
client_socket_exists(void)
{
	return there.exists;
}

int
client_socket_open(const char **why)
{
	there.asked++;
	*why = there.why;
	return there.why != NULL ? -1 : helper(&there.listens, true);
}

/* In the place of helper_process.c. */
int
helper_process_start(
    struct helper_process *run, const char *path, unsigned alarm_s)
{
	(void)path;
	(void)alarm_s;
	there.started++;
	*run =
	    (struct helper_process){ helper(&there.starts, false), 1, false };
	return 0;
}

void
helper_process_kill(struct helper_process *run)
{
	run->killed = true;
}

int
helper_process_end(struct helper_process *run)
{
	close(run->sock);
	return run->killed ? -1 : 0;
}

static void
take(void *ctx, const char *line)
{
	const size_t used = strlen(told);

	(void)ctx;
	(void)snprintf(told + used, sizeof(told) - used, "%s\n", line);
}

/* Lines, and behind them what is complained of. */
static void
assert_tells(const char *conf, const char *want)
{
	const struct run run = { .conf = conf, .helper = "/x" };
	const struct settings_report to = { .line = take };
	struct printed p;

	told[0] = '\0';
	printed_begin(&p, &stderr);
	check_hidden_paths(&run, &to, true);
	take(NULL, printed_end(&p));
	assert_string_equal(told, want);
	while (wait(NULL) > 0)
		continue;
}

static int
set_up(void **state)
{
	(void)state;
	memset(&there, 0, sizeof(there));
	there.exists = true;
	return 0;
}

static void
all_is_well(void **state)
{
	(void)state;
	assert_tells(MODULE_ARGUMENTS_CONF, "\n");
	assert_int_equal(there.asked, 1);
	assert_int_equal(there.started, 0);
}

static void
nobody_to_ask(void **state)
{
	(void)state;
	there.why = "is no helper";
	assert_tells(MODULE_ARGUMENTS_CONF, "/there is no helper\n\n");
	there.exists = false;
	assert_tells(MODULE_ARGUMENTS_CONF, "\n");
	assert_int_equal(there.asked, 1);
	assert_int_equal(there.started, 0);
}

static void
other_settings(void **state)
{
	(void)state;
	assert_tells("/etc/twofa/other.conf", "\n");
	assert_int_equal(there.asked, 0);
}

static void
hidden(void **state)
{
	(void)state;
	there.listens.says[0] = READ("/a");
	there.listens.says[1] = WRITE("/b");
	there.listens.says[2] = READ("/c");
	there.starts.says[0] = READ("/c"); /* no matter of the unit */
	assert_tells(MODULE_ARGUMENTS_CONF,
	    HIDES "BindReadOnlyPaths=, then systemctl restart twofa-helper; "
		  "the helper says: /a: Permission denied\n" HIDES
		  "ReadWritePaths=, then systemctl restart twofa-helper; "
		  "the helper says: /b: Read-only file system\n\n");
}

static void
missing_for_both(void **state)
{
	(void)state;
	there.listens.says[0] = there.starts.says[0] = READ("/a");
	assert_tells(MODULE_ARGUMENTS_CONF, "\n");
	there.starts.says[1] = READ("/b"); /* for that one alone */
	assert_tells(MODULE_ARGUMENTS_CONF, "\n");
}

static void
hidden_settings(void **state)
{
	(void)state;
	there.listens.denies = REASON_SETTINGS;
	assert_tells(MODULE_ARGUMENTS_CONF,
	    "the listener cannot read the settings, or what they name, "
	    "although another helper can: its unit hides it; run: systemctl "
	    "edit twofa-helper.service, [Service], BindReadOnlyPaths=, then "
	    "systemctl restart twofa-helper\n\n");
	there.starts.denies = REASON_SETTINGS;
	assert_tells(MODULE_ARGUMENTS_CONF, "\n");
}

/* It has said something, but that is worth nothing without a clean end. */
static void
it_dies(void **state)
{
	(void)state;
	there.listens =
	    (struct init_answer){ .says = { READ("/a") }, .dies = true };
	assert_tells(MODULE_ARGUMENTS_CONF,
	    "twofactl: the helper ended without a verdict; see: "
	    "journalctl -t twofa-helper\n\n");
	there.listens.dies = false;
	there.starts.dies = true;
	assert_tells(MODULE_ARGUMENTS_CONF,
	    "twofactl: the helper ended without a verdict; see: "
	    "journalctl -t twofa-helper\n\n");
}

static void
it_talks_too_much(void **state)
{
	(void)state;
	for (size_t i = 0; i < 33; i++)
		there.listens.says[i] = READ("/a");
	assert_tells(MODULE_ARGUMENTS_CONF,
	    "twofactl: the helper sent what this version does not know; "
	    "install the same version of twofactl and twofa-helper\n\n");
	there.listens = (struct init_answer){ .says = { "held\talice\t1" } };
	assert_tells(MODULE_ARGUMENTS_CONF,
	    "twofactl: the helper sent what this version does not know; "
	    "install the same version of twofactl and twofa-helper\n\n");
}

UNIT_TESTS(test_hidden_paths)
{
#define TEST(f) cmocka_unit_test_setup(f, set_up)
	const struct CMUnitTest tests[] = {
		TEST(all_is_well),
		TEST(nobody_to_ask),
		TEST(other_settings),
		TEST(hidden),
		TEST(missing_for_both),
		TEST(hidden_settings),
		TEST(it_dies),
		TEST(it_talks_too_much),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
