/* SPDX-License-Identifier: BSD-2-Clause */
/* Folders that only the helper may use, and files in them. */
#include "lib/system/system.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

int
folder_from_path(const char *path, char out[FOLDER_PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);

	if (path[0] != '/' || len == 0 || len >= FOLDER_PATH_MAX) {
		errno = EINVAL;
		return -1;
	}
	memcpy(out, path, len);
	out[len] = '\0';
	return 0;
}

int
folder_check_private(
    const char *dir, const char *name, char cause[FOLDER_CAUSE_MAX])
{
	const size_t max = FOLDER_CAUSE_MAX;
	char actual[UID_WORDS_MAX], expected[UID_WORDS_MAX];
	struct stat st;

	if (stat(dir, &st) != 0)
		snprintf(cause, max,
		    "%s: %s: make it with mode 0700 and let %s own it", name,
		    strerror(errno), system_uid_text(geteuid(), expected));
	else if (!S_ISDIR(st.st_mode))
		snprintf(cause, max, "%s is no folder: move it away", name);
	else if (st.st_uid != geteuid())
		snprintf(cause, max, "%s belongs to %s: chown it to %s", name,
		    system_uid_text(st.st_uid, actual),
		    system_uid_text(geteuid(), expected));
	else if ((st.st_mode & 07777) != 0700)
		snprintf(cause, max, "%s has mode %04o: chmod 0700", name,
		    (unsigned)st.st_mode & 07777);
	else
		return 0;
	return -1;
}

int
folder_open_file(const char *dir, const char *name, int flags)
{
	const int dirfd OWNED(owned_fd) =
	    open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int fd;

	if (dirfd < 0)
		return -1;
	fd = openat(
	    dirfd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && (st.st_mode & 022) == 0)
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}

static int
write_file(int fd, const void *bytes, size_t len)
{
	const ssize_t n = write(fd, bytes, len);

	if (n >= 0 && (size_t)n != len)
		errno = ENOSPC;
	if (n != (ssize_t)len || fchmod(fd, 0600) != 0)
		return -1;
	return fsync(fd);
}

/* Renames other to name; keep: unless name exists. Then other is gone. */
static int
name_file(int dirfd, const char *other, const char *name, bool keep)
{
	if (!keep)
		return renameat(dirfd, other, dirfd, name);
	if (linkat(dirfd, other, dirfd, name, 0) != 0 && errno != EEXIST)
		return -1;
	return unlinkat(dirfd, other, 0);
}

int
folder_replace_file(
    const char *dir, const char *name, const void *bytes, size_t len, bool keep)
{
	char other[64];
	uint64_t unique;
	int dirfd OWNED(owned_fd) = -1, fd OWNED(owned_fd) = -1;
	int saved, rc = -1;

	if (getrandom(&unique, sizeof(unique), 0) != (ssize_t)sizeof(unique))
		return -1;
	PRINT_TO(other, ".%s.%016llx", name, (unsigned long long)unique);
	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return -1;
	fd = openat(dirfd, other,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0)
		rc = write_file(fd, bytes, len);
	if (rc == 0)
		rc = name_file(dirfd, other, name, keep);
	saved = errno;
	if (rc == 0)
		fsync(dirfd);
	else if (fd >= 0)
		unlinkat(dirfd, other, 0);
	errno = saved;
	return rc;
}
