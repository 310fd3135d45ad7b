/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * twofactl's helper that cannot be started, given less rights, asked or waited
 * for; and other programs that cannot be run. What fails is told.
 */
#undef _FORTIFY_SOURCE /* its inline functions would be in the way */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/entries.h"
#include "tests/support/printed.h"
#include "tests/support/unit_tests.h"
#include "twofactl/client/client.h"

#define PROGRAM "/usr/bin/getent" /* it is everywhere, root's, and no link */
#define HELPER_FD 3

/* What the kernel does, in us and in what we start. */
static struct {
	uid_t uid; /* of user twofa */
	bool user; /* it is not found */
	int error; /* ... for this reason */
	bool pair, lift, fork, send, pipe, root;
	bool null, sock;      /* of the child's descriptors */
	bool groups;          /* rights are given up */
	bool stays;           /* ... but not those of the group */
	bool caps;            /* ... or the capabilities */
	bool range;           /* close_range */
	bool pidfd;           /* pidfd_open */
	int wait, poll, read; /* the error of the first such call */
	bool waits;           /* ... and of all later ones */
} fails;

static const char *script; /* what a shell does in the program's place */

/* A function and an object pointer are not the same thing in C. */
static void
look_up(const char *call, void *to)
{
	void *found = dlsym(RTLD_NEXT, call);

	memcpy(to, &found, sizeof(found));
}

struct passwd *
getpwnam(const char *name)
{
	static struct passwd pw;

	pw = (struct passwd){ .pw_name = (char *)(uintptr_t)name,
		.pw_uid = fails.uid,
		.pw_gid = 1001 };
	if (!fails.user)
		return &pw;
	errno = fails.error;
	return NULL;
}

int
socketpair(int domain, int type, int protocol, int fd[2])
{
	int (*real)(int, int, int, int[2]);

	look_up("socketpair", &real);
	errno = ENFILE;
	return fails.pair ? -1 : real(domain, type, protocol, fd);
}

int
fcntl(int fd, int command, ...)
{
	int (*real)(int, int, long);
	va_list ap;
	long argument;

	va_start(ap, command);
	argument = va_arg(ap, long);
	va_end(ap);
	look_up("fcntl", &real);
	errno = EMFILE;
	return fails.lift && command == F_DUPFD_CLOEXEC
	    ? -1
	    : real(fd, command, argument);
}

int
lstat(const char *path, struct stat *st)
{
	int (*real)(const char *, struct stat *);

	look_up("lstat", &real);
	errno = EIO;
	return fails.root && strcmp(path, "/") == 0 ? -1 : real(path, st);
}

int
pipe2(int fd[2], int flags)
{
	int (*real)(int[2], int);

	look_up("pipe2", &real);
	errno = EMFILE;
	return fails.pipe ? -1 : real(fd, flags);
}

pid_t
fork(void)
{
	pid_t (*real)(void);

	look_up("fork", &real);
	errno = EAGAIN;
	return fails.fork ? -1 : real();
}

int
dup2(int from, int to)
{
	int (*real)(int, int);

	look_up("dup2", &real);
	return (fails.null && to < HELPER_FD) || (fails.sock && to == HELPER_FD)
	    ? -1
	    : real(from, to);
}

/* Of run_program(). What comes before it is played: nobody needs to be root
 * for it. */
int
setgroups(size_t n, const gid_t *list)
{
	(void)n;
	(void)list;
	return fails.groups ? -1 : 0;
}

int
setresgid(gid_t real, gid_t effective, gid_t saved)
{
	(void)real;
	(void)effective;
	(void)saved;
	return 0;
}

int
setresuid(uid_t real, uid_t effective, uid_t saved)
{
	(void)real;
	(void)effective;
	(void)saved;
	return 0;
}

int
execve(const char *path, char *const argv[], char *const envp[])
{
	static char *const shell[] = { (char *)(uintptr_t) "sh",
		(char *)(uintptr_t) "-c", NULL, NULL };
	char *with[4];
	int (*real)(const char *, char *const[], char *const[]);

	(void)path;
	(void)argv;
	look_up("execve", &real);
	memcpy(with, shell, sizeof(with));
	with[2] = (char *)(uintptr_t)script;
	return script == NULL ? -1 : real("/bin/sh", with, envp);
}

/* Plays those of helper_start_drop_privileges(). */
static long
play_ids(long number, const long a[6])
{
	const bool root = number == SYS_setuid || number == SYS_setgid ||
	    (number == SYS_setresuid && a[1] == 0);

	if (number == SYS_getresuid)
		for (int i = 0; i < 3; i++)
			*(uid_t *)a[i] = fails.uid;
	if (number == SYS_getresgid)
		for (int i = 0; i < 3; i++)
			*(gid_t *)a[i] = fails.stays && i == 2 ? 0 : 1001;
	return root || (fails.groups && number == SYS_setgroups) ? -1 : 0;
}

/* In brackets, since a build that counts lines has a macro of that name. */
long(syscall)(long number, ...)
{
	long (*real)(long, ...);
	long a[6];
	va_list ap;

	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	look_up("syscall", &real);
	errno = ENOSYS;
	if ((fails.caps && number == SYS_capset) ||
	    (fails.range && number == SYS_close_range) ||
	    (fails.pidfd && number == SYS_pidfd_open))
		return -1;
	switch (number) {
	case SYS_setgroups:
	case SYS_setresgid:
	case SYS_setresuid:
	case SYS_getresuid:
	case SYS_getresgid:
	case SYS_getgroups:
	case SYS_setuid:
	case SYS_setgid:
		return play_ids(number, a);
	default:
		break;
	}
	return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

ssize_t
send(int fd, const void *bytes, size_t len, int flags)
{
	ssize_t (*real)(int, const void *, size_t, int);

	look_up("send", &real);
	errno = EPIPE;
	return fails.send ? -1 : real(fd, bytes, len, flags);
}

ssize_t
sendmsg(int fd, const struct msghdr *message, int flags)
{
	ssize_t (*real)(int, const struct msghdr *, int);

	look_up("sendmsg", &real);
	errno = EPIPE;
	return fails.send ? -1 : real(fd, message, flags);
}

/* True for the first call, and when it is so for all. */
static bool
once(int *error)
{
	if (*error == 0)
		return false;
	errno = *error;
	if (!fails.waits)
		*error = 0;
	return true;
}

ssize_t
read(int fd, void *to, size_t len)
{
	ssize_t (*real)(int, void *, size_t);

	look_up("read", &real);
	return once(&fails.read) ? -1 : real(fd, to, len);
}

pid_t
waitpid(pid_t pid, int *status, int options)
{
	pid_t (*real)(pid_t, int *, int);

	look_up("waitpid", &real);
	return once(&fails.wait) ? -1 : real(pid, status, options);
}

/* Without a descriptor to look at nobody waits here for nothing. */
int
poll(struct pollfd *p, nfds_t n, int ms)
{
	int (*real)(struct pollfd *, nfds_t, int);

	look_up("poll", &real);
	if (once(&fails.poll))
		return -1;
	return n == 1 && p->fd < 0 ? 0 : real(p, n, ms);
}

static char told[PRINTED_MAX];

static int
setup(void **state)
{
	(void)state;
	memset(&fails, 0, sizeof(fails));
	fails.uid = 1001;
	script = "exit 0";
	return 0;
}

static unsigned
descriptors(void)
{
	return entries_in("/proc/self/fd");
}

/* Start it and see it end: 0 or -1, and what was told. No descriptor stays. */
static int
run(void)
{
	const unsigned before = descriptors();
	struct helper_process helper;
	struct printed p;
	int rc;

	printed_begin(&p, &stderr);
	rc = helper_process_start(&helper, PROGRAM, 60);
	if (rc == 0)
		rc = helper_process_end(&helper);
	snprintf(told, sizeof(told), "%s", printed_end(&p));
	assert_int_equal(descriptors(), before);
	return rc;
}

static void
assert_told(const char *words)
{
	if (strstr(told, words) == NULL)
		fail_msg("no \"%s\" in: %s", words, told);
}

static void
assert_fails(const char *words)
{
	assert_int_equal(run(), -1);
	assert_told(words);
}

static void
test_well(void **state)
{
	(void)state;
	assert_int_equal(run(), 0);
	assert_string_equal(told, "");
	script = "exit 3";
	assert_fails("the helper ended with status 3: see its own lines");
	script = "kill -9 $$";
	assert_fails("the helper was ended by signal 9; try again");
}

static void
assert_not_started(const char *why)
{
	assert_fails("helper " PROGRAM ": cannot be started: ");
	assert_told(why);
	assert_told("; free memory, processes or descriptors");
}

static void
test_no_user(void **state)
{
	(void)state;
	fails.user = true;
	assert_fails("user twofa: no such user; run: useradd --system ");
	fails.error = EMFILE;
	assert_fails("user twofa: cannot be looked up: Too many open files; "
		     "repair the name service");
	assert_null(strstr(told, "useradd"));
}

static void
test_not_started(void **state)
{
	(void)state;
	fails.uid = 0;
	assert_fails("user twofa has uid 0 and gid 1001, neither may be 0");
	fails.uid = 1001;
	fails.pair = true;
	assert_not_started(strerror(ENFILE));
	fails.pair = false;
	fails.lift = true;
	assert_not_started(strerror(EMFILE));
	fails.lift = false;
	fails.fork = true;
	assert_not_started(strerror(EAGAIN));
}

static void
test_not_run(void **state)
{
	(void)state;
	fails.null = true;
	assert_fails("status 125: its descriptors could not be set up");
	fails.null = false;
	fails.sock = true;
	assert_fails("status 125: its descriptors could not be set up");
	fails.sock = false;
	fails.groups = true;
	assert_fails("status 126: its privileges could not be dropped");
	fails.groups = false;
	fails.stays = true;
	assert_fails("status 126: its privileges could not be dropped");
	fails.stays = false;
	fails.caps = true;
	assert_fails("status 126: its privileges could not be dropped");
	fails.caps = false;
	script = NULL;
	assert_fails("status 123: it could not be executed");
	script = "exit 127"; /* as the dynamic loader ends it */
	assert_fails("status 127: a shared library is missing");
}

/* Before 5.9 descriptors are closed one by one, before 5.3 nobody waits for a
 * helper to end. */
static void
test_old_kernel(void **state)
{
	(void)state;
	assert_int_equal(dup2(STDERR_FILENO, 50), 50);
	fails.range = true;
	script = "test ! -e /proc/$$/fd/50";
	assert_int_equal(run(), 0);
	script = NULL;
	assert_fails("status 123");
	fails.pidfd = true;
	script = "exec sleep 1000";
	assert_fails("the helper was ended by signal 9; try again");
	assert_int_equal(close(50), 0);
}

static void
test_waited_for(void **state)
{
	struct helper_process helper;
	struct printed p;

	(void)state;
	fails.poll = fails.wait = EINTR;
	assert_int_equal(run(), 0);
	fails.wait = ECHILD;
	fails.waits = true;
	assert_fails("how the helper ended is unknown: No child processes");
	fails.wait = 0;
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	/* a path that does not do never comes as far */
	printed_begin(&p, &stderr);
	assert_int_equal(helper_process_start(&helper, "env", 60), -1);
	(void)printed_end(&p);
}

static void
test_not_asked(void **state)
{
	static struct client link;
	static const struct run run = { .conf = "/etc/twofa/twofa.conf",
		.helper = PROGRAM };
	struct facts facts;
	struct printed p;
	int rc;

	(void)state;
	facts = client_facts(&run, "", PURPOSE_STATUS);
	fails.send = true;
	printed_begin(&p, &stderr);
	rc = client_open(&link, &run, &facts);
	snprintf(told, sizeof(told), "%s", printed_end(&p));
	assert_int_equal(rc, -1);
	assert_told("the helper could not be asked: Broken pipe");
	assert_string_equal(client_failure_text(&link, FRAME_TIMEOUT),
	    "did not end in time, and was killed; try again");
}

/* A helper that does nothing by itself, and what it has sent. */
static struct client *
link_to(const char *said, size_t times)
{
	static struct client link;
	unsigned char bytes[FRAME_MAX];
	struct frame f;
	int pair[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	memset(&link, 0, sizeof(link));
	link.run.sock = pair[0];
	link.run.pid = fork();
	if (link.run.pid == 0) {
		(void)alarm(60);
		(void)pause();
		_exit(0);
	}
	link.deadline = frame_clock_ms() + 60000;
	frame_init(&f, said != NULL ? FRAME_SAY : FRAME_ASK, bytes, FRAME_MAX);
	frame_put_text(&f, FIELD_TEXT, said != NULL ? said : "Code: ");
	if (said == NULL)
		frame_put_number(&f, FIELD_ECHO, 1);
	while (times-- > 0)
		assert_int_equal(frame_send(pair[1], &f), 0);
	close(pair[1]);
	return &link;
}

/* Killed, and nothing more is told of it. */
static void
assert_killed(struct client *l, enum frame_result r, const char *why)
{
	struct printed p;
	int rc;

	assert_non_null(strstr(client_failure_text(l, r), why));
	assert_true(l->run.killed);
	printed_begin(&p, &stderr);
	rc = helper_process_end(&l->run);
	assert_string_equal(printed_end(&p), "");
	assert_int_equal(rc, -1);
}

/* What waits to be read does not put the deadline off. */
static void
test_deadline(void **state)
{
	struct client *l = link_to("error\tx", 2);
	struct frame f;

	(void)state;
	assert_int_equal(client_receive(l, &f), FRAME_OK);
	l->deadline = frame_clock_ms();
	assert_int_equal(client_receive(l, &f), FRAME_TIMEOUT);
	assert_killed(l, FRAME_TIMEOUT, "did not end in time, and was killed");
}

static void
assert_most(const char *said, bool row)
{
	const size_t most = row ? CLIENT_ROWS : CLIENT_LINES;
	struct client *l = link_to(said, 2);
	size_t *seen = row ? &l->rows : &l->lines;
	struct item r;
	struct frame f;

	*seen = most - 1;
	assert_int_equal(client_receive(l, &f), FRAME_OK);
	if (said != NULL)
		assert_int_equal(client_read_item(l, &f, &r), 0);
	assert_int_equal(*seen, most);
	assert_false(l->run.killed);
	assert_int_equal(
	    client_receive(l, &f), said != NULL ? FRAME_OK : FRAME_BAD);
	if (said != NULL)
		assert_int_equal(client_read_item(l, &f, &r), -1);
	assert_killed(l, FRAME_BAD, "sent more than any request needs");
}

static void
test_flood(void **state)
{
	(void)state;
	assert_most("error\tx", false);
	assert_most("say\tx", false);
	assert_most("problem\tx\ty", false);
	assert_most(NULL, false);
	assert_most("held\tx\t1", true);
	assert_most("source\tx\ty\t0\t0", true);
	assert_most("user\tx\t0\t0\t0\t0\t0\t0\t0", true);
}

static void
test_paths(void **state)
{
	static const struct {
		const char *path, *want;
	} rows[] = {
		{ "/usr", "/usr is not a regular file; install twofa-helper" },
		{ PROGRAM "/x", PROGRAM " is not a folder; correct" },
		{ "usr", "give an absolute path" },
		{ "/", "give an absolute path" },
	};
	struct printed p;
	int rc;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		printed_begin(&p, &stderr);
		rc = client_check_helper(rows[i].path);
		snprintf(told, sizeof(told), "%s", printed_end(&p));
		assert_int_equal(rc, -1);
		assert_told(rows[i].want);
	}
	fails.root = true;
	assert_fails("helper " PROGRAM ": /: Input/output error; install it");
}

static int
other(void)
{
	const char *const argv[] = { PROGRAM, NULL };
	const struct program p = {
		.argv = argv, .uid = 1001, .gid = 1001, .timeout_s = 20
	};
	const unsigned before = descriptors();
	char out[64];
	const int status = run_program(&p, out, sizeof(out));

	assert_int_equal(descriptors(), before);
	return status;
}

static void
test_other_programs(void **state)
{
	(void)state;
	script = "exit 3";
	assert_int_equal(other(), 3);
	fails.groups = true;
	assert_int_equal(other(), 126);
	fails.groups = false;
	fails.pipe = true;
	assert_int_equal(other(), PROGRAM_FAILED);
	fails.pipe = false;
	fails.fork = true;
	assert_int_equal(other(), PROGRAM_FAILED);
	fails.fork = false;
	fails.read = EIO;
	assert_int_equal(other(), PROGRAM_KILLED);
	fails.read = EINTR;
	assert_int_equal(other(), 3);
	fails.wait = EINTR;
	assert_int_equal(other(), 3);
	fails.wait = ECHILD;
	assert_int_equal(other(), PROGRAM_FAILED);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
}

UNIT_TESTS(test_helper_process)
{
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(test_well),
		TEST(test_no_user),
		TEST(test_not_started),
		TEST(test_not_run),
		TEST(test_old_kernel),
		TEST(test_waited_for),
		TEST(test_not_asked),
		TEST(test_deadline),
		TEST(test_flood),
		TEST(test_paths),
		TEST(test_other_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
