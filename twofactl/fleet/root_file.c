/* SPDX-License-Identifier: BSD-2-Clause */
/* A secret of the fleet in a file of root's. */
#include "twofactl/fleet/root_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twofactl/terminal/terminal.h"

static const char *
beside(const char *path)
{
	static char name[ROOT_FILE_PATH_MAX];

	if (snprintf(name, sizeof(name), "%s.new", path) < (int)sizeof(name))
		return name;
	errno = ENAMETOOLONG;
	return NULL;
}

static int
failed(const char *path)
{
	complain("%s cannot be written: %s; look at its folder and disk", path,
	    strerror(errno));
	return -1;
}

int
root_file_prepare(
    const char *path, mode_t mode, gid_t gid, const void *bytes, size_t len)
{
	const char *name = beside(path);
	int fd = -1, error;

	if (name != NULL && (unlink(name) == 0 || errno == ENOENT))
		fd = open(name,
		    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return failed(path);
	errno = ENOSPC;
	if (write(fd, bytes, len) == (ssize_t)len &&
	    fchown(fd, geteuid(), gid) == 0 && fchmod(fd, mode) == 0 &&
	    fsync(fd) == 0 && close(fd) == 0)
		return 0;
	error = errno;
	close(fd);
	(void)unlink(name);
	errno = error;
	return failed(path);
}

int
root_file_place(const char *path)
{
	const char *name = beside(path);
	const char *slash = strrchr(path, '/');
	char folder[ROOT_FILE_PATH_MAX];
	int fd;

	if (name == NULL || rename(name, path) != 0)
		return failed(path);
	snprintf(folder, sizeof(folder), "%.*s",
	    slash == NULL ? 1 : (int)(slash - path) + 1,
	    slash == NULL ? "." : path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		(void)fsync(fd);
		close(fd);
	}
	return 0;
}

void
root_file_drop(const char *path)
{
	const char *name = beside(path);

	if (name != NULL)
		(void)unlink(name);
}
