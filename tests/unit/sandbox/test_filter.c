/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter of system calls in the kernel: each call of its list is tried
 * behind it, and what a login does need works. Each try is a process of its
 * own.
 */
#include "helper/sandbox/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netdb.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "helper/sandbox/sandbox_inside.h"
#include "lib/settings/settings.h"
#include "tests/support/refused_calls.h"
#include "lib/system/system.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LIMIT_S 20
#define NAMES_MAX 700
#define NO_FILTER 77
#define X32 0x40000000
#define I386_GETPID 20

/* The tests' own process has no filter. */
static bool
built_with_one(void)
{
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
	return false;
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
	return false;
#elif defined(__x86_64__) || defined(__aarch64__)
	return true;
#else
	return false;
#endif
}

static enum filter
shut(void)
{
	const struct rlimit no_core = { 0, 0 };

	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL); /* cmocka has handlers */
	alarm(LIMIT_S);
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return filter_install();
}

/* How a process ends that does this behind the filter. */
static int
status_of(int (*act)(const void *), const void *arg)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(shut() == FILTER_ON ? act(arg) : NO_FILTER);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
in_a_process(const char *name, int (*act)(const void *), const void *arg)
{
	const int status = status_of(act, arg);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("%s: %s %d", name,
		    WIFEXITED(status) ? "exit status" : "signal",
		    WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

/* It came back with this error, and is all that was noted. */
static int
is_refused(const void *arg)
{
	const struct refused_call *c = arg;
	const long *a = c->args;
	char names[NAMES_MAX];
	size_t found;

	errno = 0;
	if (syscall(c->number, a[0], a[1], a[2], a[3], a[4], a[5]) != -1)
		return 1;
	if (errno != c->error)
		return 2;
	found = refused_calls_text(names, sizeof(names));
	if (!c->noted)
		return found == 0 ? 0 : 3;
	return found == 1 && strcmp(names, c->name) == 0 ? 0 : 4;
}

static void
each_call_is_refused_and_noted(void **state)
{
	(void)state;
	if (!built_with_one())
		skip();
	for (size_t i = 0; i < COUNT(refused_calls); i++)
		in_a_process(
		    refused_calls[i].name, is_refused, &refused_calls[i]);
}

/* No row is forgotten above: what the filter names, by what is tried. */
static void
each_name_is_tried(void **state)
{
	const struct sandbox_program *const all[] = {
#ifdef __x86_64__ /* arm64 never had some of its calls */
		&sandbox_x86_64,
#endif
		&sandbox_arm64,
	};

	(void)state;
	for (size_t p = 0; p < COUNT(all); p++)
		for (size_t i = 0; i < all[p]->count; i++) {
			const char *name = all[p]->calls[i].name;
			bool tried = strstr(name, "fork") != NULL;

			for (size_t t = 0; t < COUNT(refused_calls); t++)
				tried |=
				    strcmp(refused_calls[t].name, name) == 0;
			if (!tried)
				fail_msg("%s is not tried", name);
		}
}

#if defined(__x86_64__)
static long
i386_getpid(void)
{
	long done = -1;

	__asm__ volatile("int $0x80"
			 : "=a"(done)
			 : "a"(I386_GETPID)
			 : "memory");
	return done;
}
#endif

/* A kernel without them ends the process by SIGSEGV. */
static bool
kernel_has_32_bit_calls(void)
{
	int status = 0;
#if defined(__x86_64__)
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		signal(SIGSEGV, SIG_DFL); /* cmocka has a handler */
		_exit(i386_getpid() > 0 ? 0 : 1);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
#endif
	return WIFEXITED(status);
}

static int
thirty_two_bits(const void *arg)
{
	char names[NAMES_MAX];

#if defined(__x86_64__)
	errno = 0;
	if (syscall(X32 | SYS_getpid) != -1 || errno != EPERM)
		return 1;
	if (*(const bool *)arg && i386_getpid() != -EPERM)
		return 2;
	refused_calls_text(names, sizeof(names));
	return strcmp(names, "32-bit calls") == 0 ? 0 : 3;
#else
	(void)names;
	(void)arg;
	return 0;
#endif
}

static void
calls_of_other_programs(void **state)
{
	const bool has = kernel_has_32_bit_calls();

	(void)state;
	if (!built_with_one())
		skip();
	in_a_process("32-bit calls", thirty_two_bits, &has);
}

/* All in one, in their order, the socket's name once. */
static int
two_names(const void *arg)
{
	char names[NAMES_MAX], few[12];

	(void)arg;
	syscall(SYS_socket, AF_UNSPEC, 0, 0);
	syscall(SYS_keyctl, 0, 0, 0, 0, 0);
	syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
	syscall(SYS_socket, AF_UNSPEC, 0, 0);
	if (refused_calls_text(names, sizeof(names)) != 3 ||
	    strcmp(names, "ptrace, keyctl, socket") != 0)
		return 1;
	if (refused_calls_text(few, sizeof(few)) != 3 || strlen(few) != 11)
		return 2;
	return 0;
}

static void
names_are_listed(void **state)
{
	(void)state;
	if (!built_with_one())
		skip();
	in_a_process("names", two_names, NULL);
}

static void *
refused_thread(void *arg)
{
	int *error = arg;

	errno = 0;
	syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0);
	*error = errno;
	return NULL;
}

static bool
family_works(int family)
{
	const int fd = socket(family, SOCK_DGRAM, 0);

	if (fd < 0)
		return errno == EAFNOSUPPORT; /* such as IPv6 switched off */
	return close(fd) == 0;
}

/* What libcurl, SQLite, OpenSSL, libc and name services do. */
static int
a_login_goes_on(const void *arg)
{
	struct addrinfo *found = NULL;
	struct rlimit limit;
	pthread_t thread;
	char names[NAMES_MAX];
	int error = 0, ends[2], fd;
	cpu_set_t cpus;

	(void)arg;
	if (pthread_create(&thread, NULL, refused_thread, &error) != 0 ||
	    pthread_join(thread, NULL) != 0 || error != EPERM)
		return 1;
	if (refused_calls_text(names, sizeof(names)) != 1)
		return 2;
	if (getaddrinfo("localhost", "443", NULL, &found) != 0)
		return 3;
	freeaddrinfo(found);
	if (kill(getpid(), 0) != 0 || kill(0, 0) != 0)
		return 4;
	if (!family_works(AF_UNIX) || !family_works(AF_INET) ||
	    !family_works(AF_INET6))
		return 5;
	fd = socket(AF_NETLINK, SOCK_RAW, 0);
	if (fd < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
		return 6;
	if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || ioctl(fd, FIONBIO, ends))
		return 7;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    setrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 8;
	if (sched_getaffinity(0, sizeof(cpus), &cpus) != 0 ||
	    sched_setaffinity(0, sizeof(cpus), &cpus) != 0 ||
	    setpriority(PRIO_PROCESS, 0, 19) != 0)
		return 9;
	syslog(LOG_DEBUG, "the filter is tried");
	return refused_calls_text(names, sizeof(names)) == 1 ? 0 : 10;
}

static void
what_a_login_needs(void **state)
{
	(void)state;
	if (!built_with_one())
		skip();
	in_a_process("a login", a_login_goes_on, NULL);
}

static void *
wait_for_end(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}

/* libc blocks all signals for some of these. */
static int
libc_is_told_no(const void *arg)
{
	static char *const none[] = { NULL };
	pthread_t thread;
	FILE *pipe;
	pid_t pid;

	(void)arg;
	if (fork() != -1 || errno != EPERM)
		return 1;
	if (posix_spawn(&pid, a_program[0], NULL, NULL, a_program, none) !=
	    EPERM)
		return 2;
	pipe = popen("true", "r");
	if (pipe != NULL || system("true") == 0)
		return 3;
	if (pthread_create(&thread, NULL, wait_for_end, NULL) != 0)
		return 4;
	if (pthread_kill(thread, SIGUSR1) != EPERM)
		return 5;
	if (raise(SIGTERM) == 0)
		return 6;
	if (daemon(0, 0) != -1)
		return 7;
	return 0;
}

static void
no_call_of_libc_ends_a_login(void **state)
{
	(void)state;
	if (!built_with_one())
		skip();
	in_a_process("libc", libc_is_told_no, NULL);
}

/* All that somebody who has taken it over may try. */
static int
clings_to_life(const void *arg)
{
	const struct itimerspec never = { 0 };
	sigset_t all;

	(void)arg;
	sandbox_end_after(
	    LIMIT_S * INT64_C(1000), false); /* too late: a second it is */
	(void)syscall(SYS_timer_settime, 0, 0, &never, NULL);
	(void)syscall(SYS_timer_delete, 0);
	(void)alarm(LIMIT_S);
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_IGN);
	(void)sleep(LIMIT_S / 2);
	return 0;
}

/* How it ends when the kernel is to end it, which was told twice. */
static int
status_in_time(int (*act)(const void *))
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		sandbox_end_after(LIMIT_S * INT64_C(1000), false);
		sandbox_end_after(-9000, false);
		_exit(shut() == FILTER_ON ? act(NULL) : NO_FILTER);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

/* A name service has timers of its own, beside that one. */
static int
uses_a_timer(const void *arg)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	const struct itimerspec soon = { .it_value.tv_sec = 1 };
	char names[NAMES_MAX];
	timer_t own;

	(void)arg;
	if (timer_create(CLOCK_MONOTONIC, &event, &own) != 0 ||
	    timer_settime(own, 0, &soon, NULL) != 0 || timer_delete(own) != 0)
		return 1;
	return refused_calls_text(names, sizeof(names)) == 0 ? 0 : 2;
}

static void
a_process_ends_in_time(void **state)
{
	int status;

	(void)state;
	if (!built_with_one())
		skip();
	status = status_in_time(clings_to_life);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void
other_timers_work(void **state)
{
	(void)state;
	if (!built_with_one())
		skip();
	assert_int_equal(status_in_time(uses_a_timer), 0);
}

static int
stops_by_abort(const void *arg)
{
	(void)arg;
	abort();
}

void __stack_chk_fail(void);

static int
stops_by_stack(const void *arg)
{
	(void)arg;
	__stack_chk_fail();
	return 0;
}

/* Its signal to itself is refused; the process ends all the same, at once. */
static void
a_broken_process_ends(void **state)
{
	int (*const how[])(const void *) = { stops_by_abort, stops_by_stack };

	(void)state;
	if (!built_with_one())
		skip();
	for (size_t i = 0; i < COUNT(how); i++) {
		const int status = status_of(how[i], NULL);

		assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
		if (WIFSIGNALED(status)) {
			assert_int_not_equal(WTERMSIG(status), SIGALRM);
			print_message("ended by signal %d\n", WTERMSIG(status));
		}
	}
}

/* SIGSYS that somebody sent is no refusal. */
static void
a_sent_sigsys(void **state)
{
	char names[NAMES_MAX];

	(void)state;
	assert_int_equal(refused_calls_catch(&sandbox_x86_64), 0);
	assert_int_equal(raise(SIGSYS), 0);
	assert_int_equal(refused_calls_text(names, sizeof(names)), 0);
	assert_string_equal(names, "");
	signal(SIGSYS, SIG_DFL);
}

static bool
kernel_refuses(unsigned call, unsigned error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { COUNT(code), code };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

static int
goes_on_without(unsigned error)
{
	if (!kernel_refuses(SYS_seccomp, error))
		return 1;
	if (filter_state() != FILTER_OFF || shut() != FILTER_REFUSED ||
	    filter_state() != FILTER_REFUSED)
		return 2;
	return syscall(SYS_userfaultfd, -1) == -1 && errno == EINVAL ? 0 : 3;
}

static void
a_kernel_without_filters(void **state)
{
	const unsigned errors[] = { ENOSYS, EINVAL };

	(void)state;
	if (!built_with_one())
		skip();
	for (size_t i = 0; i < COUNT(errors); i++) {
		int status = 0;
		pid_t pid;

		fflush(NULL);
		pid = fork();
		if (pid == 0)
			_exit(goes_on_without(errors[i]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

static sem_t filtered;

static void *
thread_of_its_own(void *arg)
{
	(void)arg;
	if (!kernel_refuses(SYS_keyctl, EPERM))
		_exit(5);
	sem_post(&filtered);
	return wait_for_end(NULL);
}

/* Such a thread cannot be shut as well, so none is. */
static int
another_filter(void)
{
	pthread_t thread;

	sem_init(&filtered, 0, 0);
	if (pthread_create(&thread, NULL, thread_of_its_own, NULL) != 0)
		return 1;
	sem_wait(&filtered);
	if (shut() != FILTER_REFUSED)
		return 2;
	return syscall(SYS_userfaultfd, -1) == -1 && errno == EINVAL ? 0 : 3;
}

static void
a_thread_with_another_filter(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
	if (!built_with_one())
		skip();
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(another_filter());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* A build with a sanitizer says so. */
static void
a_build_without_one(void **state)
{
	(void)state;
	if (built_with_one())
		return;
	assert_int_not_equal(filter_install(), FILTER_ON);
	assert_int_not_equal(filter_state(), FILTER_REFUSED);
}

/* No socket by which the log is written, and all others. Returns 0, or what is
 * wrong. */
static int
makes_no_log_socket(const void *arg)
{
	const int other =
	    system_nsswitch_has_only("hosts", "files dns myhostname") ? EPERM
								      : 0;
	const struct {
		int family, type, error;
	} row[] = { { AF_UNIX, SOCK_DGRAM, EPERM },
		{ AF_UNIX, SOCK_RAW, EPERM },
		{ AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, EPERM },
		{ AF_UNIX, SOCK_STREAM, other },
		{ AF_UNIX, SOCK_SEQPACKET, other },
		{ AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0 },
		{ AF_NETLINK, SOCK_RAW, 0 } };
	const struct settings conf = { .state_dir = "/no/such" };
	char names[NAMES_MAX];
	int pair[2];

	(void)arg;
	confine_from_log(&conf);
	for (size_t i = 0; i < COUNT(row); i++) {
		errno = 0;
		(void)socket(row[i].family, row[i].type, 0);
		if (errno != row[i].error)
			return 10 + (int)i;
	}
	if (refused_calls_text(names, sizeof(names)) != 1 ||
	    strcmp(names, "socket") != 0)
		return 1;
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0 || errno != EPERM)
		return 2;
	return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 ? 0 : 3;
}

static void
no_socket_to_the_log(void **state)
{
	(void)state;
	if (!built_with_one())
		skip();
	in_a_process("socket", makes_no_log_socket, NULL);
}

UNIT_TESTS(test_filter)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_is_refused_and_noted),
		cmocka_unit_test(each_name_is_tried),
		cmocka_unit_test(calls_of_other_programs),
		cmocka_unit_test(names_are_listed),
		cmocka_unit_test(what_a_login_needs),
		cmocka_unit_test(no_call_of_libc_ends_a_login),
		cmocka_unit_test(a_process_ends_in_time),
		cmocka_unit_test(other_timers_work),
		cmocka_unit_test(a_broken_process_ends),
		cmocka_unit_test(a_sent_sigsys),
		cmocka_unit_test(a_kernel_without_filters),
		cmocka_unit_test(a_thread_with_another_filter),
		cmocka_unit_test(a_build_without_one),
		cmocka_unit_test(no_socket_to_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
