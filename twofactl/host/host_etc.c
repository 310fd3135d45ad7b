/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of /etc, or their copies in a folder that shows a future state. */
#include "twofactl/host/host.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
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
host_file_read(int fd, const char **cause)
{
	struct stat st;
	const int rc = fstat(fd, &st);
	size_t len;
	char *text;

	if (rc != 0 || !S_ISREG(st.st_mode)) {
		*cause = rc != 0 ? strerror(errno) : "it is no regular file";
		return NULL;
	}
	text = place_file_read_descriptor(fd, FILE_MAX, &len);
	if (text != NULL && strlen(text) == len)
		return text;
	*cause = text != NULL ? "it has a NUL byte"
	    : errno == EFBIG  ? "it is longer than 64 KB"
			      : strerror(errno);
	free(text);
	return NULL;
}
