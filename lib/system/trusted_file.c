/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that are read only if no other user can change them. */
#include "lib/system/system.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/wire/wire.h"

static const struct {
	off_t size_max;
	mode_t refused; /* mode bits that must not be set */
} kinds[] = {
	[TRUSTED_FILE_SETTINGS] = { TRUSTED_FILE_SETTINGS_MAX, 022 },
	[TRUSTED_FILE_USER] = { TRUSTED_FILE_USER_MAX, 022 },
	[TRUSTED_FILE_SECRET] = { PEM_MAX, 027 },
};
_Static_assert(COUNT_OF(kinds) == TRUSTED_FILE_SECRET + 1, "each kind");

_Thread_local char trusted_file_cause[TRUSTED_FILE_CAUSE_MAX];

static int __attribute__((format(printf, 1, 2))) explain(const char *fmt, ...)
{
	PRINT_GIVEN(trusted_file_cause, fmt);
	return -1;
}

/* Splits path into folder and name; -1 if it is too long. */
static int
split_path(
    const char *path, char folder[TRUSTED_FILE_PATH_MAX + 1], const char **name)
{
	const char *slash = strrchr(path, '/');
	size_t len;

	*name = slash != NULL ? slash + 1 : path;
	len = slash == NULL ? 0 : (size_t)(slash - path);
	if (len > TRUSTED_FILE_PATH_MAX ||
	    strlen(*name) > TRUSTED_FILE_PATH_MAX)
		return -1;
	if (slash == NULL)
		memcpy(folder, ".", sizeof("."));
	else if (len == 0)
		memcpy(folder, "/", sizeof("/"));
	else
		snprintf(
		    folder, TRUSTED_FILE_PATH_MAX + 1, "%.*s", (int)len, path);
	return 0;
}

/* AWAY for errors of a disk or server: the file itself may be right. */
static enum trusted_file_result
result_from_errno(int error)
{
	return error == EIO || error == ESTALE || error == ETIMEDOUT ||
		error == EHOSTDOWN || error == EHOSTUNREACH ||
		error == ENETUNREACH || error == ENOTCONN ||
		error == ECONNREFUSED
	    ? TRUSTED_FILE_AWAY
	    : TRUSTED_FILE_REFUSED;
}

/* Returns a descriptor of the folder if it passes the checks; else -1 with
 * cause, and with the errno of the call that failed, or 0. */
static int
open_folder(const char *folder, uid_t owner)
{
	char actual[UID_WORDS_MAX], expected[UID_WORDS_MAX];
	struct stat st;
	int fd, error = 0;

	fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		error = errno;
		if (result_from_errno(error) == TRUSTED_FILE_AWAY)
			explain(
			    "the folder %s cannot be opened (%s); look at its "
			    "disk or server",
			    folder, strerror(error));
		else
			explain(
			    "the folder %s cannot be opened (%s); run: install "
			    "-d -o root -g twofa -m 0750 %s",
			    folder, strerror(error), folder);
	} else if (st.st_uid != owner) {
		explain("the folder %s belongs to %s, must belong to %s; run: "
			"chown root:twofa %s",
		    folder, system_uid_text(st.st_uid, actual),
		    system_uid_text(owner, expected), folder);
	} else if ((st.st_mode & 022) != 0) {
		explain(
		    "the folder %s has mode %04o, so others can write to it; "
		    "run: chmod 0750 %s",
		    folder, st.st_mode & 07777, folder);
	} else {
		return fd;
	}
	if (fd >= 0)
		close(fd);
	errno = error;
	return -1;
}

static int
trusted_check_file(const char *path, enum trusted_file_kind kind, uid_t owner,
    const struct stat *st)
{
	char actual[UID_WORDS_MAX], expected[UID_WORDS_MAX];

	if (!S_ISREG(st->st_mode))
		return explain("is not a regular file; put the text itself "
			       "there");
	if (st->st_uid != owner)
		return explain(
		    "belongs to %s, must belong to %s; run: chown root:twofa "
		    "%s; chmod 0640 %s",
		    system_uid_text(st->st_uid, actual),
		    system_uid_text(owner, expected), path, path);
	if ((st->st_mode & kinds[kind].refused) != 0)
		return explain(
		    "has mode %04o, so others can %s it; run: chown root:twofa "
		    "%s; chmod 0640 %s",
		    st->st_mode & 07777,
		    (st->st_mode & 022) != 0 ? "write to" : "read", path, path);
	if (st->st_size > kinds[kind].size_max)
		return explain("has %lld bytes, allowed: at most %lld",
		    (long long)st->st_size, (long long)kinds[kind].size_max);
	return 0;
}

/* Reads exactly size bytes: the whole file that was checked. */
static enum trusted_file_result
read_all(int fd, size_t size, struct trusted_file *f)
{
	ssize_t n = 0;
	int error = 0;

	f->len = 0;
	f->text = malloc(size + 2);
	if (f->text == NULL) {
		explain("out of memory");
		return TRUSTED_FILE_REFUSED;
	}
	while (f->len <= size) {
		n = read(fd, f->text + f->len, size + 1 - f->len);
		error = n < 0 ? errno : 0;
		if (error == EINTR)
			continue;
		if (n <= 0)
			break;
		f->len += (size_t)n;
	}
	if (n == 0 && f->len == size) {
		memset(f->text + size, 0, 2);
		return TRUSTED_FILE_OK;
	}
	if (error != 0)
		explain("cannot be read: %s; look at its disk or server",
		    strerror(error));
	else
		explain("changed while it was read; try again");
	f->len = size + 1; /* wipes the whole buffer */
	trusted_file_free(f);
	return result_from_errno(error);
}

static enum trusted_file_result
read_open(int fd, const char *path, enum trusted_file_kind kind, uid_t owner,
    struct trusted_file *f)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		const int error = errno;

		explain(
		    "fstat: %s; look at its disk or server", strerror(error));
		return result_from_errno(error);
	}
	if (trusted_check_file(path, kind, owner, &st) != 0)
		return TRUSTED_FILE_REFUSED;
	f->changed_ns =
	    st.st_ctim.tv_sec * INT64_C(1000000000) + st.st_ctim.tv_nsec;
	return read_all(fd, (size_t)st.st_size, f);
}

/* twofactl init makes the settings; the admin makes the files that they name.
 */
static void
explain_absent(const char *path, enum trusted_file_kind kind)
{
	if (kind != TRUSTED_FILE_SETTINGS)
		explain(
		    "is not there; write it, then run: chown root:twofa %s; "
		    "chmod 0640 %s",
		    path, path);
	else if (strcmp(path, MODULE_ARGUMENTS_CONF) == 0)
		explain("is not there; run: twofactl init, which makes it");
	else
		explain(
		    "is not there; run: twofactl --config %s init, which makes "
		    "it",
		    path);
}

/* True if it is the folder that keeps the file from being opened. Of the file
 * itself SELinux may refuse this as well. */
static bool
folder_hides(int dirfd)
{
	struct stat st;

	return fstatat(dirfd, ".", &st, 0) != 0 && errno == EACCES;
}

/* A folder may be for another group, like /etc/ssl/private. */
static void
explain_folder(int dirfd, const char *folder, enum trusted_file_kind kind)
{
	char who[UID_WORDS_MAX];
	struct stat st;
	const bool shared = kind == TRUSTED_FILE_SECRET &&
	    fstat(dirfd, &st) == 0 && st.st_gid != 0 &&
	    (st.st_mode & S_IXGRP) != 0;

	explain("the folder %s cannot be read by %s; %srun: chgrp twofa %s; "
		"chmod 0750 %s",
	    folder, system_uid_text(geteuid(), who),
	    shared ? "move the file to a folder of group twofa or, if no other "
		     "program needs this one, "
		   : "",
	    folder, folder);
}

static void
explain_open(const char *path, enum trusted_file_kind kind, int error)
{
	char who[UID_WORDS_MAX];

	if (result_from_errno(error) == TRUSTED_FILE_AWAY)
		explain("cannot be opened (%s); look at its disk or server",
		    strerror(error));
	else if (error == ELOOP)
		explain(
		    "is a symbolic link, which is refused; put the file itself "
		    "there");
	else if (error == ENOENT)
		explain_absent(path, kind);
	else
		explain(
		    "cannot be opened by %s (%s); run: chown root:twofa %s; "
		    "chmod 0640 %s",
		    system_uid_text(geteuid(), who), strerror(error), path,
		    path);
}

void (*trusted_file_opens)(const char *path);

enum trusted_file_result
trusted_file_read(const char *path, enum trusted_file_kind kind, uid_t owner,
    struct trusted_file *f)
{
	char folder[TRUSTED_FILE_PATH_MAX + 1];
	const char *name;
	int dirfd OWNED(owned_fd) = -1, fd OWNED(owned_fd) = -1, error;

	if (trusted_file_opens != NULL)
		trusted_file_opens(path);
	f->text = NULL;
	if (split_path(path, folder, &name) != 0) {
		explain("its path is too long, allowed: %d bytes",
		    TRUSTED_FILE_PATH_MAX);
		return TRUSTED_FILE_REFUSED;
	}
	dirfd = open_folder(folder, owner);
	if (dirfd < 0)
		return result_from_errno(errno);
	/* NONBLOCK: opening a FIFO or a device must not hang a login. */
	fd = openat(dirfd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd >= 0)
		return read_open(fd, path, kind, owner, f);
	error = errno;
	if (error == EACCES && folder_hides(dirfd))
		explain_folder(dirfd, folder, kind);
	else
		explain_open(path, kind, error);
	return error == ENOENT ? TRUSTED_FILE_ABSENT : result_from_errno(error);
}

void
trusted_file_free(struct trusted_file *f)
{
	if (f->text != NULL)
		explicit_bzero(f->text, f->len); /* 0 if it need not be wiped */
	free(f->text);
	f->text = NULL;
}

int
trusted_file_read_secret(const char *path, uid_t owner, struct secret *secret)
{
	return trusted_file_read_dated_secret(
	    path, owner, secret, &(int64_t){ 0 });
}

int
trusted_file_read_dated_secret(
    const char *path, uid_t owner, struct secret *secret, int64_t *changed_ns)
{
	struct trusted_file f OWNED(trusted_file_free);
	size_t len;

	if (trusted_file_read(path, TRUSTED_FILE_SECRET, owner, &f) !=
	    TRUSTED_FILE_OK)
		return -1;
	len = f.len;
	while (len > 0 && f.text[len - 1] == '\n')
		len--;
	if (len < 1 || len > SECRET_MAX) {
		explain("holds a secret of %zu bytes, allowed: 1 to %d", len,
		    SECRET_MAX);
		return -1;
	}
	for (size_t i = 0; i < len; i++) {
		if (f.text[i] < 0x20 || f.text[i] > 0x7e) {
			explain(
			    "has a byte that is not printable ASCII; write the "
			    "secret alone, on one line");
			return -1;
		}
	}
	memcpy(secret->b, f.text, len);
	secret->b[len] = '\0';
	secret->len = len;
	*changed_ns = f.changed_ns;
	return 0;
}

int
trusted_file_read_key(
    const char *path, uid_t owner, unsigned char *key, size_t len)
{
	struct trusted_file f OWNED(trusted_file_free);

	if (trusted_file_read(path, TRUSTED_FILE_SECRET, owner, &f) !=
	    TRUSTED_FILE_OK)
		return -1;
	if (f.len != len) {
		explain(
		    "has %zu bytes, must have %zu; if no other host has one, "
		    "run: head -c %zu /dev/urandom > %s",
		    f.len, len, len, path);
		return -1;
	}
	memcpy(key, f.text, len);
	return 0;
}

int
trusted_file_check_folder(const char *path, uid_t owner)
{
	const int fd OWNED(owned_fd) = open_folder(path, owner);

	return fd < 0 ? -1 : 0;
}
