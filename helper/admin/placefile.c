/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing files of the settings. */
#include "helper/admin/placefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_TRIES 100 /* of 0.1 s */

/* The helper's user may hold the lock, too: not to wait for it for ever. */
static int
lock(int fd)
{
	const struct timespec pause = { .tv_nsec = 100000000 };

	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		nanosleep(&pause, NULL);
	}
	errno = EBUSY;
	return -1;
}

int
placefile_folder(const char *path, uid_t owner, char cause[CONFFILE_CAUSE_MAX])
{
	int fd;

	if (conffile_folder(path, owner, cause) != 0)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && lock(fd) == 0)
		return fd;
	snprintf(cause, CONFFILE_CAUSE_MAX,
	    "the folder %s cannot be opened and locked: %s", path,
	    strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static int
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
write_file(int folder, const char *name, const struct placefile_owner *owner,
    const void *bytes, size_t len, bool sync)
{
	int fd, rc, error;

	if (unlinkat(folder, name, 0) != 0 && errno != ENOENT)
		return -1;
	fd = openat(folder, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	rc = write_all(fd, bytes, len);
	if (rc == 0)
		rc = fchown(fd, owner->uid, owner->gid);
	if (rc == 0)
		rc = fchmod(fd, PLACEFILE_MODE);
	if (rc == 0 && sync)
		rc = fsync(fd);
	error = errno;
	if (close(fd) != 0 && rc == 0) {
		rc = -1;
		error = errno;
	}
	if (rc != 0)
		(void)unlinkat(folder, name, 0);
	errno = error;
	return rc;
}

int
placefile_write(int folder, const char *name,
    const struct placefile_owner *owner, const void *bytes, size_t len)
{
	return write_file(folder, name, owner, bytes, len, true);
}

int
placefile_write_later(int folder, const char *name,
    const struct placefile_owner *owner, const void *bytes, size_t len)
{
	return write_file(folder, name, owner, bytes, len, false);
}

int
placefile_move(int from, const char *name, int to, const char *place)
{
	if (renameat(from, name, to, place) != 0)
		return -1;
	return fsync(to) == 0 ? 0 : 1; /* 1: there, but not on the disk yet */
}
