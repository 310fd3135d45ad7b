/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes files next to their place and moves them, under a lock. */
#include "twofactl/records/records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define WHOLE_FILE_MAX ((size_t)64 * 1024 * 1024)
#define PLACE_FILE_MODE 0640
#define ATTRIBUTE_MAX 4096
#define LOCK_TRIES 100 /* of 0.1 s */

char *
place_file_read_descriptor(int fd, size_t most, size_t *len)
{
	char *text = malloc(most + 1); /* pages beyond the end stay unused */
	ssize_t n = 1;

	*len = 0;
	while (text != NULL && n > 0 && *len < most) {
		n = TEMP_FAILURE_RETRY(read(fd, text + *len, most - *len));
		*len += n > 0 ? (size_t)n : 0;
	}
	if (text == NULL)
		return NULL;
	text[*len] = '\0';
	if (n == 0)
		return text;
	if (n > 0)
		errno = EFBIG;
	explicit_bzero(text, *len);
	free(text);
	return NULL;
}

int
place_file_read_path_or_stdin(struct trusted_file *f, const char *path)
{
	int fd OWNED(owned_fd) = strcmp(path, "-") == 0
	    ? dup(STDIN_FILENO)
	    : open(path, O_RDONLY | O_CLOEXEC);

	*f = (struct trusted_file){ .text = NULL };
	if (fd >= 0)
		f->text =
		    place_file_read_descriptor(fd, WHOLE_FILE_MAX, &f->len);
	if (f->text == NULL)
		terminal_error("%s: %s", path, strerror(errno));
	return f->text != NULL ? 0 : -1;
}

/* True if fd is still the lock file, as its previous holder removes the name. A
 * file that others could open, by a mode changed by hand, is removed. */
static bool
check_lock(int folder, int fd)
{
	struct stat st, named;

	if (fstat(fd, &st) != 0 ||
	    fstatat(folder, PLACE_FILE_LOCK, &named, AT_SYMLINK_NOFOLLOW) !=
		0 ||
	    st.st_dev != named.st_dev || st.st_ino != named.st_ino)
		return false;
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) == 0)
		return true;
	(void)unlinkat(folder, PLACE_FILE_LOCK, 0);
	return false;
}

/* Returns the lock, or -1 with errno, EAGAIN if it is held. The folder itself
 * is not locked, because every user who may read it could hold that lock. */
static int
try_lock(int folder)
{
	int fd = openat(folder, PLACE_FILE_LOCK,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	int error = EAGAIN;

	if (fd < 0)
		return -1;
	if (check_lock(folder, fd)) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			if (check_lock(folder, fd))
				return fd;
		} else if (errno != EWOULDBLOCK && errno != EINTR) {
			error = errno; /* the file system has no locks */
			(void)unlinkat(folder, PLACE_FILE_LOCK, 0);
		}
	}
	close(fd);
	errno = error;
	return -1;
}

static int
place_file_lock(int folder)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	int fd;

	for (int i = 0; i < LOCK_TRIES; i++) {
		fd = try_lock(folder);
		if (fd >= 0 || errno != EAGAIN)
			return fd;
		nanosleep(&pause, NULL);
	}
	errno = EBUSY;
	return -1;
}

int
place_file_open_folder(
    struct place_file_folder *f, const char *path, uid_t owner)
{
	*f = (struct place_file_folder){ .fd = -1, .lock = -1 };
	if (trusted_file_check_folder(path, owner) != 0)
		return -1;
	f->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->fd >= 0)
		f->lock = place_file_lock(f->fd);
	/* without a lock file, files can still be removed */
	if (f->lock >= 0 ||
	    (f->fd >= 0 &&
		(errno == ENOSPC || errno == EDQUOT || errno == EROFS)))
		return 0;
	PRINT_TO(trusted_file_cause,
	    "the folder %s cannot be opened and locked: %s", path,
	    strerror(errno));
	place_file_close_folder(f);
	return -1;
}

void
place_file_close_folder(struct place_file_folder *f)
{
	if (f->lock >= 0) {
		(void)unlinkat(f->fd, PLACE_FILE_LOCK, 0); /* still locked */
		close(f->lock);
	}
	if (f->fd >= 0)
		close(f->fd);
	*f = (struct place_file_folder){ .fd = -1, .lock = -1 };
}

/* Also after a signal. Returns 0, or -1 with errno. */
static int
write_bytes(int fd, const void *bytes, size_t len)
{
	const char *at = bytes;

	while (len > 0) {
		const ssize_t n = TEMP_FAILURE_RETRY(write(fd, at, len));

		if (n < 0)
			return -1;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Copies SELinux's label and the access control list, which also decides who
 * can read a file, of the file at path, if it exists. No error if it has none,
 * or if the file system cannot store them. */
static int
copy_attributes(const char *path, int to)
{
	static const char *const names[] = { "security.selinux",
		"system.posix_acl_access" };
	const int from OWNED(owned_fd) =
	    open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	char value[ATTRIBUTE_MAX];
	int rc = 0;

	if (from < 0)
		return errno == ENOENT ? 0 : -1;
	for (size_t i = 0; rc == 0 && i < COUNT_OF(names); i++) {
		const ssize_t len =
		    fgetxattr(from, names[i], value, sizeof(value));

		if (len >= 0)
			rc = fsetxattr(to, names[i], value, (size_t)len, 0);
		else if (errno != ENODATA && errno != ENOTSUP)
			rc = -1;
	}
	return rc;
}

int
place_file_write(int folder, const char *name,
    const struct place_file_owner *owner, const void *bytes, size_t len)
{
	int fd, rc, error;

	if (unlinkat(folder, name, 0) != 0 && errno != ENOENT)
		return -1;
	fd = openat(folder, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	rc = write_bytes(fd, bytes, len) != 0 ||
		fchown(fd, owner->uid, owner->gid) != 0 ||
		fchmod(fd, owner->mode != 0 ? owner->mode : PLACE_FILE_MODE) !=
		    0 ||
		(owner->like != NULL &&
		    copy_attributes(owner->like, fd) != 0) ||
		(!owner->unsynced && fsync(fd) != 0)
	    ? -1
	    : 0;
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
place_file_sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[CTL_PATH_MAX];
	int fd OWNED(owned_fd) = -1;

	PRINT_TO(folder, "%.*s", slash == NULL ? 1 : (int)(slash - path) + 1,
	    slash == NULL ? "." : path);
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 ? fsync(fd) : -1;
}

int
place_file_rename(const char *from, const char *to)
{
	return rename(from, to) == 0 ? place_file_sync_folder(to) : -1;
}

int
place_file_open_private(int home, const char *name, uid_t owner, mode_t mode)
{
	struct stat st, named;
	int fd = -1, error;

	if (mkdirat(home, name, 0700) == 0 || errno == EEXIST)
		fd = openat(home, name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, &st) != 0 ||
	    fstatat(home, name, &named, AT_SYMLINK_NOFOLLOW) != 0 ||
	    st.st_dev != named.st_dev || st.st_ino != named.st_ino)
		error = EAGAIN; /* the last holder of the lock removes it */
	else if (st.st_uid != owner || (st.st_mode & 077 & ~mode) != 0)
		error = EPERM;
	else
		return fd;
	close(fd);
	errno = error;
	return -1;
}

void
place_file_close_private(int home, const char *name, int fd, bool keep)
{
	if (fd < 0)
		return;
	if (!keep) {
		place_file_sweep(fd, "", "");
		(void)unlinkat(home, name, AT_REMOVEDIR);
	}
	close(fd);
}

int
place_file_move(int from, const char *name, int to, const char *place)
{
	if (renameat(from, name, to, place) != 0)
		return -1;
	return fsync(to) == 0 ? 0 : 1;
}

bool
place_file_is_unchanged(const char *path, enum trusted_file_kind kind,
    uid_t owner, const struct trusted_file *then)
{
	struct trusted_file now OWNED(trusted_file_free) = { .text = NULL };
	const enum trusted_file_result found =
	    trusted_file_read(path, kind, owner, &now);

	if (found != TRUSTED_FILE_OK)
		return found == TRUSTED_FILE_ABSENT && then->text == NULL;
	return then->text != NULL && now.len == then->len &&
	    memcmp(now.text, then->text, now.len) == 0;
}

static bool
has_ends(const char *name, const char *head, const char *tail)
{
	const size_t first = strlen(head), last = strlen(tail);
	const size_t len = strlen(name);

	return len > first + last && strncmp(name, head, first) == 0 &&
	    strcmp(name + len - last, tail) == 0;
}

/* Opens the folder again, since closedir closes the descriptor. */
void
place_file_sweep(int folder, const char *head, const char *tail)
{
	int fd = openat(
	    folder, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir OWNED(owned_folder) = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (dir == NULL) {
		owned_fd(&fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (has_ends(entry->d_name, head, tail) &&
		    unlinkat(folder, entry->d_name, 0) != 0)
			(void)unlinkat(folder, entry->d_name, AT_REMOVEDIR);
}
