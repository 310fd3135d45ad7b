/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the state lives. */
#include "lib/system/state_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int
state_folder_of(const char *path, char out[STATE_FOLDER_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t len = slash == NULL ? 0 : (size_t)(slash - path);

	if (path[0] != '/' || len == 0 || len >= STATE_FOLDER_MAX) {
		errno = EINVAL;
		return -1;
	}
	memcpy(out, path, len);
	out[len] = '\0';
	return 0;
}

int
state_folder_file(const char *dir, const char *name, int flags)
{
	struct stat st;
	int dirfd, fd;

	dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dirfd < 0)
		return -1;
	fd = openat(
	    dirfd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	close(dirfd);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && (st.st_mode & 022) == 0)
		return fd;
	close(fd);
	errno = EPERM;
	return -1;
}
