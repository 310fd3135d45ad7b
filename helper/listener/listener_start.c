/* SPDX-License-Identifier: BSD-2-Clause */
/* The listener's start: its arguments, its sockets, its executable. */
#include "helper/listener/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "helper/broker/broker.h"
#include "helper/listener/listener_inside.h"

#define LISTEN "--listen"
#define USER "--user="

#define LISTEN_SOCKETS_FIRST 3 /* their first descriptor */
#define LISTEN_SOCKETS_MAX 2
#define NAME_USER "user"
#define NAME_ROOT "helper"
#define COPIES "TWOFA_COPIES"
#define LIMITS "TWOFA_LIMITS"
#define BROKERS "TWOFA_BROKERS"
/* The name before 1.0, read and written for one release: an upgrade or a way
 * back re-executes the listener with logins at the prompt. */
#define BROKERS_FORMER "TWOFA_KEEPER"

#define SELF "/proc/self/exe"
#define GONE " (deleted)" /* appended by the kernel once it is replaced */
#define BACKLOG_ROOT 1024
#define BACKLOG_USER 128
#define FD_HIGH 16 /* above the sockets' final descriptors */

bool
listener_is_requested(int argc, char *const argv[])
{
	const char *rest = argc > 1 ? argv[1] : "";

	return text_take(&rest, LISTEN);
}

int
listener_arguments_read(
    struct listener_arguments *a, int argc, char *const argv[])
{
	const char *rest = argc > 1 ? argv[1] : "";

	*a = (struct listener_arguments){ 0 };
	if (!text_take(&rest, LISTEN))
		return -1;
	if (rest[0] == '\0')
		return argc == 2 ? 0 : -1;
	if (rest[0] != '=' || rest[1] != '/' || argc > 3)
		return -1;
	a->path = rest + 1;
	if (argc == 2)
		return 0;
	a->user_path = argv[2];
	return text_take(&a->user_path, USER) && a->user_path[0] == '/' ? 0
									: -1;
}

static bool
option_is(int fd, int option, int wanted)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) == 0 &&
	    value == wanted;
}

static const char *
take_one(struct listener_sockets *s, int fd, const char *name)
{
	int *place = strcmp(name, NAME_USER) == 0 ? &s->user : &s->root;

	if (!option_is(fd, SO_DOMAIN, AF_UNIX) ||
	    !option_is(fd, SO_TYPE, SOCK_SEQPACKET) ||
	    !option_is(fd, SO_ACCEPTCONN, 1))
		return "a socket that was passed does not listen, or is not of "
		       "the kind ListenSequentialPacket=";
	if (*place != -1)
		return "two sockets of one name: set FileDescriptorName=user "
		       "for the one of user.sock";
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
		return "a socket that was passed cannot be set up";
	broker_control_take_no_fds(fd);
	*place = fd;
	return NULL;
}

static const char *
take_all(struct listener_sockets *s, const char *count, const char *names)
{
	const int fds =
	    count != NULL && strlen(count) == 1 ? count[0] - '0' : 0;
	char text[256], *rest = text;
	const char *wrong = NULL;

	if (fds < 1 || fds > LISTEN_SOCKETS_MAX)
		return "LISTEN_FDS is not 1 or 2";
	PRINT_TO(text, "%s", names != NULL ? names : "");
	/* missing names are "" */
	for (int i = 0; i < fds && wrong == NULL; i++)
		wrong = take_one(s, LISTEN_SOCKETS_FIRST + i,
		    rest != NULL ? strsep(&rest, ":") : "");
	return wrong;
}

/* Copies the variable to buffer and wipes it. Returns buffer, or NULL if unset.
 */
static char *
take_kept(const char *name, char *buffer, size_t size)
{
	char *kept = getenv(name);

	if (kept == NULL)
		return NULL;
	(void)snprintf(buffer, size, "%s", kept);
	explicit_bzero(kept, strlen(kept)); /* BROKERS contains keys */
	return buffer;
}

const char *
listener_sockets_take(struct listener_sockets *s)
{
	static char copies[LISTENER_WORKERS_TEXT_MAX],
	    limits[LISTENER_TEXT_MAX];
	static char brokers[BROKER_TEXT_MAX];
	const char *pid = getenv("LISTEN_PID");
	char *now, own[16];
	const char *wrong = "no socket was passed (LISTEN_PID, LISTEN_FDS); "
			    "start it by twofa-helper.socket, or as root with "
			    "--listen=PATH";

	*s = (struct listener_sockets){ .root = -1, .user = -1 };
	PRINT_TO(own, "%d", (int)getpid());
	if (pid != NULL && strcmp(pid, own) == 0)
		wrong =
		    take_all(s, getenv("LISTEN_FDS"), getenv("LISTEN_FDNAMES"));
	s->copies = take_kept(COPIES, copies, sizeof(copies));
	s->limits = take_kept(LIMITS, limits, sizeof(limits));
	s->brokers = take_kept(BROKERS_FORMER, brokers, sizeof(brokers));
	now = take_kept(BROKERS, brokers, sizeof(brokers));
	if (now != NULL)
		s->brokers = now;
	(void)clearenv();
	return wrong;
}

static void
keep_over_exec(const struct listener_sockets *s, int flags)
{
	if (s->root >= 0)
		(void)fcntl(s->root, F_SETFD, flags);
	if (s->user >= 0)
		(void)fcntl(s->user, F_SETFD, flags);
}

void
listener_sockets_pass(const struct listener_sockets *s, const char *path,
    char *const argv[], const char *copies, const char *limits)
{
	static char kept[LISTENER_WORKERS_TEXT_MAX + sizeof(COPIES "=")];
	static char counted[LISTENER_TEXT_MAX + sizeof(LIMITS "=")];
	const int first = s->user == LISTEN_SOCKETS_FIRST;
	const int two = s->user >= 0 && s->root >= 0;
	char pid[32], fds[32], names[64];
	char brokers[BROKER_TEXT_MAX + sizeof(BROKERS "=")];
	char former[BROKER_TEXT_MAX + sizeof(BROKERS_FORMER "=")];
	char *envp[] = { pid, fds, names, kept, counted, brokers, former,
		NULL };
	int error;

	PRINT_TO(pid, "LISTEN_PID=%d", (int)getpid());
	PRINT_TO(fds, "LISTEN_FDS=%d", 1 + two);
	PRINT_TO(names, "LISTEN_FDNAMES=%s%s%s", first ? NAME_USER : NAME_ROOT,
	    two ? ":" : "",
	    !two        ? ""
		: first ? NAME_ROOT
			: NAME_USER);
	PRINT_TO(kept, COPIES "=%s", copies);
	PRINT_TO(counted, LIMITS "=%s", limits);
	PRINT_TO(brokers, BROKERS "=%s", s->brokers != NULL ? s->brokers : "");
	PRINT_TO(
	    former, BROKERS_FORMER "=%s", s->brokers != NULL ? s->brokers : "");
	keep_over_exec(s, 0);
	(void)execve(path, argv, envp);
	error = errno;
	/* workers would inherit the keys */
	explicit_bzero(brokers, sizeof(brokers));
	explicit_bzero(former, sizeof(former));
	keep_over_exec(s, FD_CLOEXEC);
	errno = error;
}

int
listener_executable_find(struct listener_file *f)
{
	ssize_t len = readlink(SELF, f->path, sizeof(f->path) - 1);
	char *end;

	if (len < 0 || stat(SELF, &f->running) != 0)
		return -1;
	f->path[len] = '\0';
	end = strrchr(f->path, '/');
	end = end != NULL ? strstr(end, GONE) : NULL;
	if (end != NULL && end[strlen(GONE)] == '\0')
		*end = '\0';
	return 0;
}

bool
listener_executable_was_replaced(const struct listener_file *f)
{
	struct stat st;

	if (stat(f->path, &st) != 0)
		return false;
	return st.st_dev != f->running.st_dev ||
	    st.st_ino != f->running.st_ino ||
	    st.st_mode != f->running.st_mode ||
	    st.st_size != f->running.st_size ||
	    st.st_mtim.tv_sec != f->running.st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != f->running.st_mtim.tv_nsec;
}

static int
report_failure(const char *path, const char *what)
{
	fprintf(stderr, "twofa-helper: %s: %s\n", path, what);
	return -1;
}

/* Makes the socket's folder, since /run is empty after a boot. */
static int
make_folder(const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *slash;

	PRINT_TO(folder, "%s", path);
	slash = strrchr(folder, '/');
	*slash = '\0';
	(void)umask(022);
	if (folder[0] == '\0' || mkdir(folder, 0755) == 0 || errno == EEXIST)
		return 0;
	return report_failure(folder, strerror(errno));
}

/* Removes an existing file, but only a socket at which no process listens. */
static int
make_room(int fd, const struct sockaddr_un *at)
{
	struct stat st;

	if (lstat(at->sun_path, &st) != 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return report_failure(
		    at->sun_path, "it exists, and is no socket");
	if (connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 ||
	    errno != ECONNREFUSED)
		return report_failure(
		    at->sun_path, "another process listens there");
	if (unlink(at->sun_path) != 0)
		return report_failure(at->sun_path, strerror(errno));
	return 0;
}

/* Returns a listening socket with a high descriptor, or -1. */
static int
make_socket(const char *path, mode_t mode, int backlog)
{
	const int kind = SOCK_SEQPACKET | SOCK_NONBLOCK;
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int low, fd, probe;

	if (strlen(path) >= sizeof(at.sun_path))
		return report_failure(path, "too long for a socket");
	memcpy(at.sun_path, path, strlen(path) + 1);
	if (make_folder(path) != 0)
		return -1;
	probe = socket(AF_UNIX, kind, 0);
	low = socket(AF_UNIX, kind, 0);
	fd = fcntl(low, F_DUPFD, FD_HIGH);
	if (fd < 0 || probe < 0)
		return report_failure(path, strerror(errno));
	if (make_room(probe, &at) != 0)
		return -1;
	(void)umask(0777 & ~mode);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(fd, backlog) != 0)
		return report_failure(path, strerror(errno));
	(void)close(probe);
	(void)close(low);
	return fd;
}

static int
make_sockets(struct listener_sockets *s, const struct listener_arguments *a)
{
	const int root = make_socket(a->path, 0600, BACKLOG_ROOT);
	int user = -1;

	if (root < 0)
		return -1;
	if (a->user_path != NULL) {
		user = make_socket(a->user_path, 0666, BACKLOG_USER);
		if (user < 0)
			return -1;
	}
	/* the descriptors that systemd would use */
	s->root = dup2(root, LISTEN_SOCKETS_FIRST);
	s->user = user >= 0 ? dup2(user, LISTEN_SOCKETS_FIRST + 1) : -1;
	if (s->root < 0 || (user >= 0 && s->user < 0))
		return report_failure("descriptors", strerror(errno));
	(void)close_range(LISTEN_SOCKETS_FIRST + 1 + (user >= 0), ~0u, 0);
	return 0;
}

/* True if the helper's user can read the program, and thus its memory. */
static bool
is_readable(const struct stat *st, const struct passwd *pw)
{
	return st->st_uid == pw->pw_uid || (st->st_mode & S_IROTH) != 0 ||
	    (st->st_gid == pw->pw_gid && (st->st_mode & S_IRGRP) != 0);
}

int
listener_bind_and_exec(const struct listener_arguments *a, char *const argv[])
{
	const struct passwd *pw = getpwnam(HELPER_USER);
	struct listener_sockets sockets = { 0 };
	struct listener_file file;

	if (pw == NULL || pw->pw_uid == 0 || pw->pw_gid == 0)
		(void)report_failure("user " HELPER_USER,
		    "no such user, or its uid or gid is 0; "
		    "run: " HELPER_USER_ADD);
	else if (listener_executable_find(&file) != 0)
		(void)report_failure("/proc/self/exe", strerror(errno));
	else if (is_readable(&file.running, pw))
		(void)report_failure(file.path,
		    "user " HELPER_USER " can read it, and so look into its "
		    "process; run: chmod 0711");
	else if (make_sockets(&sockets, a) != 0)
		return LISTENER_EXIT;
	/* The listener proper, which is executed below, checks once more that
	 * it has no privileges. */
	else if (!helper_start_drop_privileges(pw->pw_uid, pw->pw_gid) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		(void)report_failure("privileges", strerror(errno));
	else {
		listener_sockets_pass(&sockets, file.path, argv, "", "");
		(void)report_failure(file.path, strerror(errno));
	}
	return LISTENER_EXIT;
}
