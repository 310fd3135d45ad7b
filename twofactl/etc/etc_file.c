/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads and replaces files of /etc. */
#include "twofactl/etc/etc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PATH_BYTES 512
#define ATTRIBUTE_MAX 4096
#define SUFFIX ".twofactl"

int
etc_file_say(char cause[ETC_FILE_CAUSE], const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cause, ETC_FILE_CAUSE, fmt, ap);
	va_end(ap);
	return -1;
}

int
etc_file_fail(char cause[ETC_FILE_CAUSE], const char *path, const char *why)
{
	const int error = errno;

	snprintf(cause, ETC_FILE_CAUSE, "%.255s: %s", path,
	    why != NULL ? why : strerror(error));
	errno = error;
	return -1;
}

static int
etc_file_take(
    int fd, const char *path, struct etc_file *f, char cause[ETC_FILE_CAUSE])
{
	struct stat st;
	const char *why;

	if (fstat(fd, &st) != 0)
		return etc_file_fail(cause, path, NULL);
	f->text = host_file_read(fd, &why);
	if (f->text == NULL)
		return etc_file_fail(cause, path, why);
	f->there = true;
	f->uid = st.st_uid;
	f->gid = st.st_gid;
	f->mode = st.st_mode & 07777;
	return 0;
}

int
etc_file_read(const char *path, struct etc_file *f, char cause[ETC_FILE_CAUSE])
{
	const int fd =
	    open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	int rc;

	*f = (struct etc_file){ .there = false };
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return etc_file_fail(cause, path,
		    errno == ELOOP ? "it is a symbolic link; change its "
				     "target by hand, or make it a regular "
				     "file"
				   : NULL);
	rc = etc_file_take(fd, path, f, cause);
	close(fd);
	return rc;
}

void
etc_file_free(struct etc_file *f)
{
	free(f->text);
	*f = (struct etc_file){ .there = false };
}

/* Owner and mode are not everything: SELinux's label and an access control list
 * also decide who can read a file. It is no error if there is none, or if the
 * file system cannot store them. */
static int
copy_attribute(int from, int to, const char *name)
{
	char value[ATTRIBUTE_MAX];
	const ssize_t len = fgetxattr(from, name, value, sizeof(value));

	if (len >= 0)
		return fsetxattr(to, name, value, (size_t)len, 0);
	return errno == ENODATA || errno == ENOTSUP ? 0 : -1;
}

/* Copy them from the replaced file, if there is one. */
static int
copy_attributes(const char *path, int to)
{
	static const char *const names[] = { "security.selinux",
		"system.posix_acl_access" };
	const int from =
	    open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	int rc = 0, error;

	if (from < 0)
		return errno == ENOENT ? 0 : -1;
	for (size_t i = 0; rc == 0 && i < COUNT_OF(names); i++)
		rc = copy_attribute(from, to, names[i]);
	error = errno;
	close(from);
	errno = error;
	return rc;
}

/* Write beside the file's place; root's until it is complete. */
static int
write_beside(const char *beside, const char *like, const struct etc_file *f)
{
	int fd, rc;

	if (unlink(beside) != 0 && errno != ENOENT)
		return -1;
	fd = open(
	    beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	rc = place_file_write_all(fd, f->text, strlen(f->text)) != 0 ||
		fchown(fd, f->uid, f->gid) != 0 || fchmod(fd, f->mode) != 0 ||
		copy_attributes(like, fd) != 0 || fsync(fd) != 0
	    ? -1
	    : 0;
	if (close(fd) != 0 || rc != 0) {
		const int error = errno;

		(void)unlink(beside);
		errno = error;
		return -1;
	}
	return 0;
}

int
etc_file_sync_folder(const char *path)
{
	char folder[PATH_BYTES];
	int fd, rc;

	PRINT_TO(folder, "%.*s", (int)(strrchr(path, '/') - path), path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

/* A name with a dot at the start is ignored by PAM, and by sshd's *.conf. */
static int
replace(const char *path, const char *like, const struct etc_file *f)
{
	const char *name = strrchr(path, '/') + 1;
	char beside[PATH_BYTES];
	const int n = snprintf(beside, sizeof(beside), "%.*s.%s" SUFFIX,
	    (int)(name - path), path, name);

	if (n < 0 || (size_t)n >= sizeof(beside)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (write_beside(beside, like, f) != 0)
		return -1;
	if (rename(beside, path) == 0)
		return 0;
	(void)unlink(beside);
	return -1;
}

int
etc_file_write_like(const char *path, const char *like,
    const struct etc_file *f, char cause[ETC_FILE_CAUSE])
{
	int rc = 0;

	if (f->there)
		rc = replace(path, like, f);
	else if (unlink(path) != 0 && errno != ENOENT)
		rc = -1;
	if (rc != 0 || etc_file_sync_folder(path) != 0)
		return etc_file_fail(cause, path, NULL);
	return 0;
}

int
etc_file_write(
    const char *path, const struct etc_file *f, char cause[ETC_FILE_CAUSE])
{
	return etc_file_write_like(path, path, f, cause);
}

bool
etc_file_same(const struct etc_file *a, const struct etc_file *b)
{
	if (a->there != b->there || !a->there)
		return a->there == b->there;
	return strcmp(a->text, b->text) == 0 && a->uid == b->uid &&
	    a->gid == b->gid && a->mode == b->mode;
}
