/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads files of /etc and replaces them atomically, by renaming. */
#include "twofactl/etc/etc.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define PATH_BYTES 512
#define SUFFIX ".twofactl"

char etc_cause[ETC_FILE_CAUSE];

int
etc_file_fail(const char *fmt, ...)
{
	PRINT_GIVEN(etc_cause, fmt);
	return -1;
}

int
etc_file_fail_with_path(const char *path, const char *why)
{
	const int error = errno;
	char text[ETC_FILE_CAUSE]; /* why may be an earlier cause */

	PRINT_TO(text, "%.255s: %s", path, why != NULL ? why : strerror(error));
	memcpy(etc_cause, text, sizeof(text));
	errno = error;
	return -1;
}

int
etc_file_read(const char *path, struct etc_file *f)
{
	const char *why;
	struct stat st;
	char *text = host_file_read(path, O_NOFOLLOW, &st, &why);

	*f = (struct etc_file){ .text = NULL };
	if (text == NULL && errno == ENOENT)
		return 0;
	if (text == NULL)
		return etc_file_fail_with_path(path,
		    errno == ELOOP ? "it is a symbolic link; change its "
				     "target by hand, or make it a regular "
				     "file"
				   : why);
	*f = (struct etc_file){ .text = text,
		.uid = st.st_uid,
		.gid = st.st_gid,
		.mode = st.st_mode & 07777 };
	return 0;
}

void
etc_file_free(struct etc_file *f)
{
	free(f->text);
	*f = (struct etc_file){ .text = NULL };
}

/* PAM and sshd's *.conf ignore the temporary file, as its name has a dot first.
 */
static int
replace(const char *path, const struct etc_file *f)
{
	/* with the file type, so that mode 0 counts as a given mode */
	const struct place_file_owner owner = { .uid = f->uid,
		.gid = f->gid,
		.mode = S_IFREG | f->mode,
		.like = f->like != NULL ? f->like : path };
	const char *name = strrchr(path, '/') + 1;
	char beside[PATH_BYTES];
	int error;

	if (!PRINT_FITS(
		beside, "%.*s.%s" SUFFIX, (int)(name - path), path, name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (place_file_write(
		AT_FDCWD, beside, &owner, f->text, strlen(f->text)) != 0)
		return -1;
	if (place_file_rename(beside, path) == 0)
		return 0;
	error = errno;
	(void)unlink(beside);
	errno = error;
	return -1;
}

int
etc_file_write(const char *path, const struct etc_file *f)
{
	if (f->text != NULL ? replace(path, f) != 0
			    : (unlink(path) != 0 && errno != ENOENT) ||
		    place_file_sync_folder(path) != 0)
		return etc_file_fail_with_path(path, NULL);
	return 0;
}

bool
etc_file_equals(const struct etc_file *a, const struct etc_file *b)
{
	if (a->text == NULL || b->text == NULL)
		return a->text == b->text;
	return strcmp(a->text, b->text) == 0 && a->uid == b->uid &&
	    a->gid == b->gid && a->mode == b->mode;
}
