/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of /etc, or their copies in a folder that shows a future state. */
#include "twofactl/host/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_MAX (64 * 1024)

static const char *etc_folder;

void
host_etc_set_folder(const char *folder)
{
	etc_folder = folder;
}

const char *
host_etc_path(const char *path, char out[HOST_ETC_PATH])
{
	int n;

	if (etc_folder == NULL)
		return path;
	n = snprintf(out, HOST_ETC_PATH, "%s%s", etc_folder, path);
	return n > 0 && n < HOST_ETC_PATH && access(out, F_OK) == 0 ? out
								    : path;
}

void
host_etc_restore_paths(char *text, const char *folder)
{
	const size_t len = strlen(folder);

	while ((text = strstr(text, folder)) != NULL)
		memmove(text, text + len, strlen(text + len) + 1);
}

char *
host_file_load(
    const char *path, int flags, size_t most, struct stat *st, size_t *len)
{
	const int fd OWNED(owned_fd) =
	    open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);

	if (fd < 0 || fstat(fd, st) != 0)
		return NULL;
	if (S_ISREG(st->st_mode))
		return place_file_read_descriptor(
		    fd, most != 0 ? most : (size_t)st->st_size + 1, len);
	errno = 0;
	return NULL;
}

char *
host_file_read(const char *path, int flags, struct stat *st, const char **cause)
{
	size_t len;
	char *text = host_file_load(path, flags, FILE_MAX, st, &len);

	if (text != NULL && strlen(text) == len)
		return text;
	*cause = text != NULL ? "it has a NUL byte"
	    : errno == 0      ? "it is no regular file"
	    : errno == EFBIG  ? "it is longer than 64 KB"
			      : strerror(errno);
	if (text != NULL) {
		free(text);
		errno = EINVAL;
	}
	return NULL;
}
