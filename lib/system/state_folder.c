/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks and opens the folder of the state. */
#include "lib/system/state_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/system/uid_words.h"
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
state_folder_check(
    const char *dir, const char *name, char cause[STATE_FOLDER_CAUSE_MAX])
{
	const size_t max = STATE_FOLDER_CAUSE_MAX;
	char whose[UID_WORDS_MAX], right[UID_WORDS_MAX];
	struct stat st;

	if (stat(dir, &st) != 0)
		snprintf(cause, max,
		    "%s: %s: make it with mode 0700 and let %s own it", name,
		    strerror(errno), uid_words(geteuid(), right));
	else if (!S_ISDIR(st.st_mode))
		snprintf(cause, max, "%s is no folder: move it away", name);
	else if (st.st_uid != geteuid())
		snprintf(cause, max, "%s belongs to %s: chown it to %s", name,
		    uid_words(st.st_uid, whose), uid_words(geteuid(), right));
	else if ((st.st_mode & 07777) != 0700)
		snprintf(cause, max, "%s has mode %04o: chmod 0700", name,
		    (unsigned)st.st_mode & 07777);
	else
		return 0;
	return -1;
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
