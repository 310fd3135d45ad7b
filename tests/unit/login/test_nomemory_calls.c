/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Single functions with each of their requests for memory failing, where
 * test_nomemory.c runs whole logins: none of them takes it for something else.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/login/login.h"
#include "helper/net/net.h"
#include "helper/net/net_inside.h"
#include "helper/control/control.h"
#include "helper/control/control_inside.h"
#include "helper/store/store.h"
#include "lib/items/items.h"
#include "lib/rules/rules.h"
#include "lib/values/values.h"
#include "tests/seams/failalloc.h"
#include "tests/support/posting.h"
#include "tests/support/samples.h"
#include "tests/support/unit_tests.h"

#define REQUESTS_MAX 4000

static const struct facts facts = { .purpose = PURPOSE_DOCTOR,
	.conf = "/etc/twofa/twofa.conf",
	.user = "alice",
	.service = "sudo",
	.tty = "/dev/pts/3",
	.rhost = "",
	.ssh_addr = "",
	.ruser = "alice",
	.session_id = 7,
	.leader_start = 8,
	.leader_tty = 9,
	.boot_id = "boot",
	.auth_info = "" };

/* --- what a login is by --- */

static void
a_binding(void **state)
{
	static const struct user_record record = { .enabled = true };
	static const struct settings none;
	unsigned char whole[STORE_REMEMBERED_LEN], out[STORE_REMEMBERED_LEN];
	unsigned failed = 0;
	long count = 1;

	(void)state;
	assert_true(remembered_login_bind_if_allowed(
	    &none, &facts, "alice", "", false, &record, whole));
	for (long nth = 1; nth <= count; nth++) {
		bool bound;

		failalloc_arm(nth, false);
		bound = remembered_login_bind_if_allowed(
		    &none, &facts, "alice", "", false, &record, out);
		count = failalloc_stop();
		if (bound)
			assert_memory_equal(out, whole, sizeof(whole));
		else
			failed++;
		assert_true(nth < REQUESTS_MAX);
	}
	assert_true(failed > 0);
}

/* root is in root's group: that cannot become "not a member". */
static void
a_group(void **state)
{
	static const char *names[] = { "root" };
	static struct settings conf;
	static struct rule rule;
	struct account account;
	size_t count = 0;
	bool more = true;

	(void)state;
	rule.groups.item = names;
	rule.groups.count = 1;
	conf.rule = &rule;
	conf.rule_count = 1;
	assert_int_equal(accounts_find("root", &account), ACCOUNT_FOUND);
	/* now the name service is loaded, of which libc would lose a part */
	free(accounts_read_group_facts(&conf, &account, &count));
	for (long nth = 1; more; nth++) {
		struct group_fact *fact;

		failalloc_arm(nth, true);
		fact = accounts_read_group_facts(&conf, &account, &count);
		more = failalloc_stop() >= nth;
		if (fact == NULL)
			assert_int_equal(count, 0);
		else if (more)
			assert_int_not_equal(
			    fact->membership, GROUP_NOT_MEMBER);
		else
			assert_int_equal(fact->membership, GROUP_MEMBER);
		free(fact);
		assert_true(nth < REQUESTS_MAX);
	}
}

static void
a_code(void **state)
{
	const struct secret secret = { .b = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
		.len = 32 };
	long count = 1;
	int64_t step = 0;

	(void)state;
	for (long nth = 1; nth <= count; nth++) {
		int match;

		failalloc_arm(nth, false);
		match = totp_match(
		    &secret, &(struct totp_kind){ 0 }, "287082", 59, &step);
		count = failalloc_stop();
		assert_int_not_equal(match, 0); /* not a wrong code */
		assert_true(nth < REQUESTS_MAX);
	}
	failalloc_arm(1, true);
	assert_int_equal(
	    totp_match(&secret, &(struct totp_kind){ 0 }, "287082", 59, &step),
	    -1);
	failalloc_stop();
}

static void
a_state(void **state)
{
	char cause[STORE_CAUSE_MAX] = "";
	const struct store_session nobody = { NULL, 0, "/", 0, NULL, false,
		NULL, NULL };
	struct store *s;

	(void)state;
	failalloc_arm(1, false);
	s = store_open("/no/such/folder/state.db", &nobody, cause);
	failalloc_stop();
	assert_null(s);
	assert_string_equal(cause, "state: out of memory");
}

/* --- requests --- */

static const struct http_peer peer = {
	.base_url = "https://127.0.0.1:1",
	.connect_timeout_ms = 1000,
	.timeout_ms = 1000,
};

/* What it costs to set libcurl up is paid once: in a process of its own. */
static int
open_once(long nth)
{
	struct http *http;
	long count;

	errno = 0;
	failalloc_arm(nth, true);
	http = http_open(&peer);
	count = failalloc_stop();
	if (http != NULL)
		return count < nth ? 1 : 2;
	return errno == ENOMEM || errno == ELIBACC ? 0 : 3;
}

/* What open_once said. 0 also where others' code ends the process: glibc's
 * loader (2.39) with 127, and libcrypto (3.5) waits for itself in its own
 * set-up. The module denies in both cases, at the latest by its clock. */
static int
said(int status)
{
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
		return 0;
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 127 ? 0 : WEXITSTATUS(status);
}

static void
a_connection(void **state)
{
	int status = 0;

	(void)state;
	for (long nth = 1; status == 0; nth += nth < 20 ? 1 : nth / 8) {
		const pid_t pid = fork();

		if (pid == 0) {
			/* GnuTLS says so each time */
			if (freopen("/dev/null", "w", stderr) == NULL)
				_exit(4);
			alarm(2);
			_exit(open_once(nth));
		}
		assert_true(pid > 0);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		status = said(status);
		assert_true(nth < 100000);
	}
	assert_int_equal(status, 1);
}

/* What the loader keeps of libcurl lies where LeakSanitizer does not look. */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static struct http *
open_first(void)
{
	struct http *http;

	if (__lsan_disable != NULL)
		__lsan_disable();
	http = http_open(&peer);
	if (__lsan_enable != NULL)
		__lsan_enable();
	return http;
}

static void
an_exchange(void **state)
{
	struct http *http = open_first();
	unsigned ours = 0;
	long count = 1;

	(void)state;
	assert_non_null(http);
	http_put_path(&req, "/verify/json");
	http_put_form(&req, "code", "123456");
	for (long nth = 1; nth <= count; nth++) {
		failalloc_arm(nth, false);
		post_and_wait(http, frame_clock_ms() + 5000);
		count = failalloc_stop();
		/* nobody listens there: an outage, or our own shortage */
		if (reply.fate != HTTP_NOT_SENT && reply.fate != HTTP_LOCAL)
			fail_msg("request %ld: fate %d", nth, (int)reply.fate);
		ours += reply.fate == HTTP_LOCAL;
		assert_true(nth < REQUESTS_MAX);
	}
	assert_true(ours > 0);
	http_close(http);
	http_close(NULL);
	for (long nth = 1; nth <= 2; nth++) { /* ours, and libcurl's */
		errno = 0;
		failalloc_arm(nth, true);
		http = http_open(&peer);
		failalloc_stop();
		assert_null(http);
		assert_int_equal(errno, ENOMEM);
	}
}

static void
a_block(void **state)
{
	char *p = wiping_memory_malloc(8);
	char *same = p;

	(void)state;
	memcpy(p, "secret!", 8);
	failalloc_arm(1, true);
	assert_null(wiping_memory_realloc(p, 100));
	failalloc_stop();
	assert_string_equal(same, "secret!");
	p = wiping_memory_realloc(
	    same, 0); /* as libcurl means it: a small one */
	assert_non_null(p);
	secret_free(p);
}

/* --- twofactl's --- */

static char told[2048];

static void
say(void *ctx, const char *line)
{
	const size_t len = strlen(told);

	(void)ctx;
	snprintf(told + len, sizeof(told) - len, "%s\n", line);
}

static int64_t
now(void *ctx)
{
	(void)ctx;
	return 1000;
}

static void
serve(long nth, const struct facts *f, struct login_result *result)
{
	static const struct ui ui = { .say = say };
	static struct settings conf;
	const struct environment env = { .facts = f,
		.conf = &conf,
		.ui = &ui,
		.deadline = frame_clock_ms() + 1000,
		.now = now,
		.wall = now };

	conf.state = "/no/such/folder/state.db";
	strcpy(conf.state_dir, "/no/such/folder");
	sample_conf(sample_of_type("twilio-lookup"), &conf.provider[0]);
	conf.provider[0].name = "names";
	/* doctor would ask it wherever there is memory */
	conf.provider_count = f->purpose == PURPOSE_DOCTOR ? 0 : 1;
	told[0] = '\0';
	login_result_init(result);
	failalloc_arm(nth, false);
	control_run(&env, result);
	failalloc_stop();
}

static void
a_doctor(void **state)
{
	struct login_result result;

	(void)state;
	/* the name service takes some as well */
	for (long nth = 1;
	     strstr(told, "no memory to ask the providers") == NULL; nth++) {
		assert_true(nth < REQUESTS_MAX);
		serve(nth, &facts, &result);
		assert_int_equal(result.verdict, VERDICT_ALLOW);
	}
}

static void
a_lookup_and_a_push(void **state)
{
	struct facts f = facts;
	struct login_result result;

	(void)state;
	f.purpose = PURPOSE_LOOKUP;
	f.request = SAMPLE_PHONE;
	serve(1, &f, &result);
	assert_int_equal(result.verdict, VERDICT_DENY);
	assert_string_equal(reason_word(result.reason), "nothing");
	f.purpose = PURPOSE_PUSH;
	serve(1, &f, &result);
	assert_int_equal(result.verdict, VERDICT_DENY);
}

UNIT_TESTS(test_nomemory_calls)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection),
		cmocka_unit_test(a_binding),
		cmocka_unit_test(a_group),
		cmocka_unit_test(a_code),
		cmocka_unit_test(a_state),
		cmocka_unit_test(an_exchange),
		cmocka_unit_test(a_block),
		cmocka_unit_test(a_doctor),
		cmocka_unit_test(a_lookup_and_a_push),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
