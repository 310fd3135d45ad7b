/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Landlock in the kernel: what changes files outside of the state's folders is
 * refused, what a login does works. Each try is a process of its own.
 */
#include "helper/sandbox/sandbox.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper/sandbox/sandbox_inside.h"
#include "tests/support/unit_tests.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LIMIT_S 20
#define SINCE_TRUNCATE 3
#define SINCE_SCOPES 6
#define SINCE_SOCKETS 9
#define NO_NAMESPACE 77

/* A folder with state/ and apart/, which may be written, link to state/, and
 * other/, which may not. The tests are there. */
static char box[64];

static long
version(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
}

static bool
here(void)
{
	return !SANITIZED && version() > 0;
}

static int
make(const char *path)
{
	const int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0600);

	return fd < 0 ? -1 : close(fd);
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(box, sizeof(box), "/tmp/twofa-landlock.XXXXXX");
	assert_non_null(mkdtemp(box));
	assert_int_equal(chdir(box), 0);
	assert_int_equal(mkdir("state", 0700), 0);
	assert_int_equal(mkdir("apart", 0700), 0);
	assert_int_equal(mkdir("other", 0700), 0);
	assert_int_equal(mkdir("other/folder", 0700), 0);
	assert_int_equal(symlink("state", "link"), 0);
	assert_int_equal(make("other/file"), 0);
	assert_int_equal(make("state/file"), 0);
	return 0;
}

static int
remove_one(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
	(void)st;
	(void)flag;
	(void)walk;
	return remove(path);
}

static int
tear_down(void **state)
{
	(void)state;
	assert_int_equal(chdir("/"), 0);
	return nftw(box, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

struct act {
	const char *folder, *other;
	int (*does)(void);
};

static int
in_a_process(const struct act *act, enum landlock want)
{
	int status = 0;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		alarm(LIMIT_S);
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (landlock_install(act->folder, act->other) != want ||
		    landlock_state() != want)
			_exit(99);
		_exit(act->does());
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static bool
refused(int result)
{
	return result != 0 && (errno == EACCES || errno == EXDEV);
}

static int
opened(const char *path, int flags)
{
	const int fd = open(path, flags, 0600);

	return fd < 0 ? -1 : close(fd);
}

/* 0, or which one went through. */
static int
change_elsewhere(void)
{
	int fd, result = 0;

#define REFUSED(call)                                                          \
	do {                                                                   \
		result++;                                                      \
		if (!refused(call))                                            \
			return result;                                         \
	} while (0)
	REFUSED(opened("other/file", O_WRONLY));
	REFUSED(opened("other/file", O_RDWR));
	REFUSED(opened("other/new", O_CREAT | O_WRONLY));
	REFUSED(unlink("other/file"));
	REFUSED(rename("other/file", "other/moved"));
	REFUSED(rename("state/file", "other/moved"));
	REFUSED(link("state/file", "other/linked"));
	REFUSED(mkdir("other/made", 0700));
	REFUSED(rmdir("other/folder"));
	REFUSED(symlink("file", "other/pointer"));
	REFUSED(mkfifo("other/pipe", 0600));
	REFUSED(mkdir("state/made", 0700));
	REFUSED(symlink("/etc/passwd", "state/pointer"));
	if (version() >= SINCE_TRUNCATE)
		REFUSED(truncate("other/file", 0));
#undef REFUSED
	fd = open("other/file", O_RDONLY);
	return fd >= 0 && opened("/etc/passwd", O_RDONLY) == 0 ? 0 : 98;
}

/* As SQLite and the small files beside it do. */
static int
use_folder(const char *name)
{
	char file[64], temp[64];

	snprintf(file, sizeof(file), "%s/codes.db", name);
	snprintf(temp, sizeof(temp), "%s/.codes.db", name);
	if (make(temp) != 0 || link(temp, file) != 0 || unlink(temp) != 0)
		return 1;
	if (truncate(file, 4096) != 0 || opened(file, O_RDWR | O_TRUNC) != 0)
		return 2;
	return rename(file, temp) == 0 && unlink(temp) == 0 ? 0 : 3;
}

static int
use_state(void)
{
	struct sockaddr_un log = { .sun_family = AF_UNIX,
		.sun_path = "/no/such/socket" };
	const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	if (use_folder("state") != 0 || use_folder("apart") != 0 ||
	    use_folder("link") != 0)
		return 1;
	/* a socket is connected to as before */
	return connect(fd, (struct sockaddr *)&log, sizeof(log)) == -1 &&
		errno == ENOENT
	    ? 0
	    : 2;
}

static void
elsewhere(void **state)
{
	const struct act act = { "state", "apart", change_elsewhere };

	(void)state;
	if (!here())
		skip();
	assert_int_equal(in_a_process(&act, LANDLOCK_ON), 0);
}

static void
folders_of_the_state(void **state)
{
	const struct act both = { "state", "apart", use_state };
	const struct act by_link = { "link", "apart", use_state };

	(void)state;
	if (!here())
		skip();
	assert_int_equal(in_a_process(&both, LANDLOCK_ON), 0);
	assert_int_equal(in_a_process(&by_link, LANDLOCK_ON), 0);
}

/* Whoever opens it tells what is wrong. */
static int
make_missing(void)
{
	return opened("missing/file", O_CREAT | O_WRONLY) == -1 &&
		errno == ENOENT && use_folder("state") == 0
	    ? 0
	    : 1;
}

static void
a_folder_that_is_not_there(void **state)
{
	const struct act act = { "missing", "state", make_missing };

	(void)state;
	if (!here())
		skip();
	assert_int_equal(in_a_process(&act, LANDLOCK_ON), 0);
}

/* Somebody listens there who was there before. */
static struct sockaddr_un nameless = { .sun_family = AF_UNIX };
static socklen_t nameless_len;

static int
reach_a_nameless_socket(void)
{
	const int stream = socket(AF_UNIX, SOCK_STREAM, 0);
	const int own = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(name);

	if (connect(stream, (struct sockaddr *)&nameless, nameless_len) == 0)
		return 1;
	if (errno != EPERM)
		return 2;
	/* one of its own is no matter */
	if (bind(own, (struct sockaddr *)&name, sizeof(name.sun_family)) != 0 ||
	    listen(own, 1) != 0 ||
	    getsockname(own, (struct sockaddr *)&name, &len) != 0)
		return 3;
	return connect(stream, (struct sockaddr *)&name, len) == 0 ? 0 : 4;
}

static void
sockets_without_a_path(void **state)
{
	const struct act act = { "state", "apart", reach_a_nameless_socket };
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	if (!here() || version() < SINCE_SCOPES)
		skip();
	nameless_len = sizeof(nameless);
	assert_int_equal(
	    bind(fd, (struct sockaddr *)&nameless, sizeof(sa_family_t)), 0);
	assert_int_equal(listen(fd, 2), 0);
	assert_int_equal(
	    getsockname(fd, (struct sockaddr *)&nameless, &nameless_len), 0);
	assert_int_equal(in_a_process(&act, LANDLOCK_ON), 0);
	close(fd);
}

static void
listen_at(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(fd, 2) != 0)
		_exit(95);
}

static bool
is_reached(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	const int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&at, sizeof(at)) == 0)
		return true;
	if (errno != EACCES)
		_exit(94);
	return false;
}

/* A /run of the process's own; 0, or which socket is wrong. */
static int
reach_paths(void)
{
	static const struct {
		const char *path;
		bool reached;
	} sockets[] = {
		{ "/run/dbus/bus", false },
		{ "/run/user/bus", false },
		{ "/run/systemd/io.systemd.Manager", false },
		{ "/run/systemd/journal/dev-log", true },
		{ "/run/nscd/socket", true },
		{ "/run/direct", true },
		{ "/run/.hidden", true },
		{ "/tmp/twofa-reach", true },
	};

	if (unshare(CLONE_NEWNS | (getuid() != 0 ? CLONE_NEWUSER : 0)) != 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", "/run", "tmpfs", 0, NULL) != 0 ||
	    mount("none", "/tmp", "tmpfs", 0, NULL) != 0 ||
	    mkdir("/run/dbus", 0700) != 0 || mkdir("/run/user", 0700) != 0 ||
	    mkdir("/run/systemd", 0700) != 0 ||
	    mkdir("/run/systemd/journal", 0700) != 0 ||
	    mkdir("/run/nscd", 0700) != 0 || symlink("dbus", "/run/link") != 0)
		return NO_NAMESPACE;
	for (size_t i = 0; i < COUNT(sockets); i++)
		listen_at(sockets[i].path);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (landlock_install("/var", "/var") != LANDLOCK_ON)
		return 96;
	for (size_t i = 0; i < COUNT(sockets); i++)
		if (is_reached(sockets[i].path) != sockets[i].reached)
			return (int)i + 1;
	return is_reached("/run/link/bus") ? 93 : 0;
}

static void
sockets_with_a_path(void **state)
{
	int status = 0;
	pid_t pid;

	(void)state;
	if (!here() || version() < SINCE_SOCKETS)
		skip();
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(reach_paths());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_NAMESPACE)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* The kernel answers this call so, whatever it is asked for. */
static void
kernel_answers(unsigned call, unsigned error)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		    offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { COUNT(code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
		_exit(97);
}

static void
other_kernels(void **state)
{
	static const struct {
		unsigned call, error;
		enum landlock want;
	} kernels[] = {
		{ SYS_landlock_create_ruleset, ENOSYS, LANDLOCK_MISSING },
		{ SYS_landlock_create_ruleset, EOPNOTSUPP, LANDLOCK_MISSING },
		{ SYS_landlock_add_rule, ENOMEM, LANDLOCK_REFUSED },
		{ SYS_landlock_restrict_self, E2BIG, LANDLOCK_REFUSED },
		{ SYS_openat, EMFILE, LANDLOCK_REFUSED },
	};

	(void)state;
	if (!here())
		skip();
	for (size_t i = 0; i < COUNT(kernels); i++) {
		int status = 0;
		pid_t pid;

		fflush(NULL);
		pid = fork();
		if (pid == 0) {
			kernel_answers(kernels[i].call, kernels[i].error);
			_exit(landlock_install("state", "apart") ==
					kernels[i].want &&
				    (kernels[i].call == SYS_openat ||
					opened("other/file", O_WRONLY) == 0)
				? 0
				: 1);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (status != 0)
			fail_msg("kernel %zu: %d", i, status);
	}
}

/* A build with a sanitizer asks for none, and doctor has nothing to note. */
static void
a_build_without(void **state)
{
	(void)state;
	if (SANITIZED)
		assert_int_equal(
		    landlock_install("state", "apart"), LANDLOCK_OFF);
	assert_int_equal(landlock_state(), LANDLOCK_OFF);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

UNIT_TESTS(test_landlock)
{
	const struct CMUnitTest tests[] = {
		TEST(elsewhere),
		TEST(folders_of_the_state),
		TEST(a_folder_that_is_not_there),
		TEST(sockets_without_a_path),
		TEST(sockets_with_a_path),
		TEST(other_kernels),
		TEST(a_build_without),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
