/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter of a process that is alone, in the kernel: what such a copy does
 * works behind it, and nothing else. Each try is a process of its own.
 */
#include "helper/sandbox/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "helper/sandbox/sandbox_inside.h"
#include "lib/settings/settings.h"
#include "tests/support/alone_calls.h"
#include "tests/support/refused_calls.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LIMIT_S 20
#define NAMES_MAX 700
#define LARGE ((size_t)1 << 20)

/* A sanitizer's build has no filter. */
static bool
alone_is_built(void)
{
#if defined(__x86_64__) || defined(__aarch64__)
	return !SANITIZED;
#else
	return false;
#endif
}

static void
be_alone(bool alone)
{
	const struct settings conf = { .state_dir = "/no/such" };
	const struct rlimit no_core = { 0, 0 };

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL); /* cmocka has handlers */
	alarm(LIMIT_S);
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	(void)filter_install();
	confine_process(&conf, alone);
}

/* How a process ends that does this behind both filters. */
static int
alone_status(int (*act)(const void *), const void *arg)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		be_alone(true);
		_exit(act(arg));
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
alone_does(const char *name, int (*act)(const void *), const void *arg)
{
	const int status = alone_status(act, arg);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("%s: %s %d", name,
		    WIFEXITED(status) ? "exit status" : "signal",
		    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

static int
alone_call(long number, const long *a, int error)
{
	errno = 0;
	if (syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]) != -1)
		return 1;
	return errno == error ? 0 : 2;
}

/* EPERM, and its name alone is noted. */
static int
is_not_let(const void *arg)
{
	const struct alone_call *c = arg;
	const int wrong = alone_call(c->number, c->args, EPERM);
	char names[NAMES_MAX];

	if (wrong != 0)
		return wrong;
	if (refused_calls_text(names, sizeof(names)) != 1)
		return 3;
	return strcmp(names, c->name) == 0 ? 0 : 4;
}

static void
nothing_else_is_let(void **state)
{
	(void)state;
	if (!alone_is_built())
		skip();
	for (size_t i = 0; i < COUNT(alone_calls); i++)
		alone_does(alone_calls[i].name, is_not_let, &alone_calls[i]);
}

/* What the first filter refuses stays so, with its error. */
static int
is_refused_still(const void *arg)
{
	const struct refused_call *c = arg;
	char names[NAMES_MAX];

	if (alone_call(c->number, c->args, c->error) != 0)
		return 1;
	return refused_calls_text(names, sizeof(names)) == c->noted ? 0 : 2;
}

static void
nothing_is_let_again(void **state)
{
	(void)state;
	if (!alone_is_built())
		skip();
	for (size_t i = 0; i < COUNT(refused_calls); i++)
		alone_does(
		    refused_calls[i].name, is_refused_still, &refused_calls[i]);
}

static int alone_pair[2], alone_file;
static pthread_once_t alone_once = PTHREAD_ONCE_INIT;

static void
do_nothing(void)
{
}

static bool
talks(void)
{
	struct pollfd p = { .fd = alone_pair[1], .events = POLLIN };
	const int on = 1;
	char got[4];
	struct iovec part = { got, sizeof(got) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	return send(alone_pair[0], "abc", 4, MSG_NOSIGNAL) == 4 &&
	    send(alone_pair[0], "def", 4, MSG_NOSIGNAL) == 4 &&
	    poll(&p, 1, 1000) == 1 &&
	    setsockopt(
		alone_pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0 &&
	    recv(alone_pair[1], got, sizeof(got), MSG_DONTWAIT) == 4 &&
	    recvmsg(alone_pair[1], &message, MSG_DONTWAIT) == 4 &&
	    strcmp(got, "def") == 0 && shutdown(alone_pair[0], SHUT_RDWR) == 0;
}

static bool
notes_a_time(void)
{
	char got[4];
	const int fd = dup(alone_file);

	return fd >= 0 && pwrite(fd, "abc", 4, 0) == 4 &&
	    pread(fd, got, 4, 0) == 4 && ftruncate(fd, 4) == 0 &&
	    close(fd) == 0;
}

/* The heap grows and shrinks, by brk, mmap and mremap. */
static bool
has_memory(void)
{
	char *small[64], *large = malloc(LARGE), *larger;

	for (size_t i = 0; i < COUNT(small); i++)
		if ((small[i] = malloc(LARGE / 16)) == NULL)
			return false;
		else
			memset(small[i], 1, LARGE / 16);
	for (size_t i = 0; i < COUNT(small); i++)
		free(small[i]);
	if (large == NULL || (larger = realloc(large, 8 * LARGE)) == NULL)
		return false;
	memset(larger, 1, 8 * LARGE);
	free(larger);
	return madvise(alone_room, sizeof(alone_room), MADV_DONTNEED) == 0 &&
	    mprotect(alone_room, sizeof(alone_room), PROT_READ) == 0;
}

/* Where the kernel's page does not answer, these are calls. */
static bool
knows_the_time(void)
{
	struct timespec now;
	char random[8];

	return syscall(SYS_clock_gettime, CLOCK_BOOTTIME, &now) == 0 &&
	    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now) == 0 &&
#ifdef SYS_time
	    syscall(SYS_time, NULL) > 0 &&
#endif
	    syscall(SYS_gettimeofday, NULL, NULL) == 0 &&
	    getrandom(random, sizeof(random), 0) == sizeof(random);
}

/* Where memory runs out, the kernel ends who has most by its count: memory that
 * stays behind without being counted would have it end the brokers. */
static int
hides_memory(const void *arg)
{
	char *m = mmap(NULL, LARGE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	(void)arg;
	if (m == MAP_FAILED)
		return errno == EPERM ? 0 : 1;
	memset(m, 1, LARGE);
	if (madvise(m, LARGE, MADV_DONTNEED) != 0)
		return 2;
	return m[LARGE - 1] == 1 ? 3 : 4; /* 3: it is still there */
}

static void
all_memory_is_counted(void **state)
{
	(void)state;
	if (!alone_is_built())
		skip();
	alone_does("hidden memory", hides_memory, NULL);
}

static int
goes_on_alone(const void *arg)
{
	char names[NAMES_MAX];

	(void)arg;
	if (!talks())
		return 1;
	if (!notes_a_time())
		return 2;
	if (!has_memory())
		return 3;
	if (!knows_the_time())
		return 4;
	if (pthread_once(&alone_once, do_nothing) != 0)
		return 5;
	syslog(LOG_DEBUG, "the filter of who is alone is tried");
	return refused_calls_text(names, sizeof(names)) == 0 ? 0 : 6;
}

/* As in a copy: the log is connected, and the zone read. */
static void
what_a_copy_needs(void **state)
{
	(void)state;
	if (!alone_is_built())
		skip();
	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, alone_pair),
	    0);
	alone_file = memfd_create("times", MFD_CLOEXEC);
	assert_true(alone_file >= 0);
	openlog("test_filter_alone", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
	tzset();
	if (access("/dev/log", W_OK) != 0)
		setlogmask(LOG_UPTO(LOG_ERR)); /* it is not connected */
	alone_does("a copy", goes_on_alone, NULL);
	setlogmask(LOG_UPTO(LOG_DEBUG));
	closelog();
	close(alone_file);
	close(alone_pair[0]);
	close(alone_pair[1]);
}

static int
aborts(const void *arg)
{
	(void)arg;
	abort();
}

/* Also where its signal to itself is refused, and by no wait for an alarm. */
static void
who_is_broken_ends(void **state)
{
	int status;

	(void)state;
	if (!alone_is_built())
		skip();
	status = alone_status(aborts, NULL);
	assert_true(WIFSIGNALED(status));
	assert_int_not_equal(WTERMSIG(status), SIGALRM);
}

static int
opens(const void *arg)
{
	const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)arg;
	return fd >= 0 ? 0 : 1;
}

/* The kernel takes the first one alone: the login goes on. */
static int
goes_on_with_one(const void *arg)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOMEM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog no_more = { COUNT(code), code };
	const struct settings conf = { .state_dir = "/no/such" };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &no_more) != 0)
		return 1;
	confine_process(&conf, true);
	return opens(arg);
}

static void
a_kernel_that_takes_one(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
	if (!alone_is_built())
		skip();
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		be_alone(false);
		_exit(goes_on_with_one(NULL));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Not told to, or where the settings switch all off. */
static void
only_when_told(void **state)
{
	const struct settings off = { .sandbox_off = true,
		.state_dir = "/no/such" };
	int status = 0;
	pid_t pid;

	(void)state;
	if (!alone_is_built())
		skip();
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		be_alone(false);
		confine_process(&off, true);
		_exit(opens(NULL));
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_not_equal(alone_status(opens, NULL), 0);
}

UNIT_TESTS(test_filter_alone)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_else_is_let),
		cmocka_unit_test(nothing_is_let_again),
		cmocka_unit_test(all_memory_is_counted),
		cmocka_unit_test(what_a_copy_needs),
		cmocka_unit_test(who_is_broken_ends),
		cmocka_unit_test(a_kernel_that_takes_one),
		cmocka_unit_test(only_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
