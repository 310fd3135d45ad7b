/* SPDX-License-Identifier: BSD-2-Clause */
/* Sockets that root makes for a helper without rights. */
#include "helper/warm/listen_bind.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "helper/warm/listen_sockets.h"
#include "helper/warm/own_file.h"
#include "lib/wire/wire.h"

#define BACKLOG_ROOT 1024
#define BACKLOG_USER 128
#define FD_HIGH 16 /* above the numbers that the sockets get later */

static int
failed(const char *path, const char *what)
{
	fprintf(stderr, "twofa-helper: %s: %s\n", path, what);
	return -1;
}

static int
address_of(struct sockaddr_un *at, const char *path)
{
	*at = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(at->sun_path))
		return failed(path, "too long for a socket");
	memcpy(at->sun_path, path, strlen(path) + 1);
	return 0;
}

/* Needed because /run is empty after a boot. */
static int
make_folder(const char *path)
{
	char folder[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *slash;

	(void)snprintf(folder, sizeof(folder), "%s", path);
	slash = strrchr(folder, '/');
	*slash = '\0';
	(void)umask(022);
	if (folder[0] == '\0' || mkdir(folder, 0755) == 0 || errno == EEXIST)
		return 0;
	return failed(folder, strerror(errno));
}

/* Remove a file in the way only if it is the socket of a process that has
 * ended. */
static int
make_room(int fd, const struct sockaddr_un *at)
{
	struct stat st;

	if (lstat(at->sun_path, &st) != 0)
		return 0;
	if (!S_ISSOCK(st.st_mode))
		return failed(at->sun_path, "it exists, and is no socket");
	if (connect(fd, (const struct sockaddr *)at, sizeof(*at)) == 0 ||
	    errno != ECONNREFUSED)
		return failed(at->sun_path, "another process listens there");
	if (unlink(at->sun_path) != 0)
		return failed(at->sun_path, strerror(errno));
	return 0;
}

/* A listening socket with a high number, or -1. */
static int
make_socket(const char *path, mode_t mode, int backlog)
{
	const int kind = SOCK_SEQPACKET | SOCK_NONBLOCK;
	struct sockaddr_un at;
	int low, fd, probe;

	if (address_of(&at, path) != 0 || make_folder(path) != 0)
		return -1;
	probe = socket(AF_UNIX, kind, 0);
	low = socket(AF_UNIX, kind, 0);
	fd = fcntl(low, F_DUPFD, FD_HIGH);
	if (fd < 0 || probe < 0)
		return failed(path, strerror(errno));
	if (make_room(probe, &at) != 0)
		return -1;
	(void)umask(0777 & ~mode);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0 ||
	    listen(fd, backlog) != 0)
		return failed(path, strerror(errno));
	(void)close(probe);
	(void)close(low);
	return fd;
}

/* Put them where systemd would. */
static int
place_sockets(struct listen_sockets *s, int root, int user)
{
	s->root = dup2(root, LISTEN_SOCKETS_FIRST);
	s->user = -1;
	if (user >= 0)
		s->user = dup2(user, LISTEN_SOCKETS_FIRST + 1);
	if (s->root < 0 || (user >= 0 && s->user < 0))
		return failed("descriptors", strerror(errno));
	(void)close_range(LISTEN_SOCKETS_FIRST + 1 + (user >= 0), ~0u, 0);
	return 0;
}

/* True when the helper's user can read the program: then the memory of its
 * process would be open to that user. */
static bool
is_readable(const struct stat *st, const struct passwd *pw)
{
	return st->st_uid == pw->pw_uid || (st->st_mode & S_IROTH) != 0 ||
	    (st->st_gid == pw->pw_gid && (st->st_mode & S_IRGRP) != 0);
}

/* Give up all rights; the program started next verifies it. */
static int
give_up_rights(const struct passwd *pw)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	const struct __user_cap_data_struct none[2] = { { 0 } };

	if (setgroups(0, NULL) != 0 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) != 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) != 0 ||
	    syscall(SYS_capset, &head, none) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return failed("privileges", strerror(errno));
	return 0;
}

static int
make_sockets(struct listen_sockets *s, const struct warm_arguments *a)
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
	return place_sockets(s, root, user);
}

int
listen_bind(const struct warm_arguments *a, char *const argv[])
{
	const struct passwd *pw = getpwnam(HELPER_USER);
	struct listen_sockets sockets;
	struct own_file file;

	if (pw == NULL || pw->pw_uid == 0 || pw->pw_gid == 0)
		(void)failed("user " HELPER_USER,
		    "there is none, or with uid or gid 0; "
		    "run: " HELPER_USER_ADD);
	else if (own_file_find(&file) != 0)
		(void)failed("/proc/self/exe", strerror(errno));
	else if (is_readable(&file.running, pw))
		(void)failed(file.path,
		    "user " HELPER_USER " can read it, and "
		    "so look into its process; run: chmod "
		    "0711");
	else if (make_sockets(&sockets, a) == 0 && give_up_rights(pw) == 0) {
		listen_sockets_pass(&sockets, file.path, argv, "", "");
		(void)failed(file.path, strerror(errno));
	}
	return LISTEN_EXIT;
}
