/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes files of the settings. */
#include "twofactl/records/records.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include "lib/system/system.h"
#include "twofactl/terminal/terminal.h"

#define WHOLE_FILE_MAX ((size_t)64 * 1024 * 1024)

#define FIRST 65536

static int
grow(struct whole_file *f, size_t *cap)
{
	size_t want = *cap == 0 ? FIRST : 2 * *cap;
	char *more;

	if (want > WHOLE_FILE_MAX) {
		errno = EFBIG;
		return -1;
	}
	more = realloc(f->bytes, want);
	if (more == NULL)
		return -1;
	f->bytes = more;
	*cap = want;
	return 0;
}

static int
read_all(struct whole_file *f, int fd)
{
	size_t cap = 0;
	ssize_t n;

	for (;;) {
		if (f->len + 1 >= cap && grow(f, &cap) != 0)
			return -1;
		n = read(fd, f->bytes + f->len, cap - f->len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		f->len += (size_t)n;
		f->bytes[f->len] = '\0';
		if (n == 0)
			return 0;
	}
}

int
whole_file_read(struct whole_file *f, const char *path)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO)
					: open(path, O_RDONLY | O_CLOEXEC);
	int rc;

	*f = (struct whole_file){ .bytes = NULL };
	rc = fd < 0 ? -1 : read_all(f, fd);
	if (rc != 0) {
		complain("%s: %s", path, strerror(errno));
		whole_file_free(f);
	}
	if (fd >= 0)
		close(fd);
	return rc;
}

void
whole_file_free(struct whole_file *f)
{
	if (f->bytes != NULL)
		explicit_bzero(f->bytes, f->len);
	free(f->bytes);
	*f = (struct whole_file){ .bytes = NULL };
}

#define PLACE_FILE_MODE 0640

#define LOCK_TRIES 100 /* of 0.1 s */

/* Is it still the file of that name, and only root's? The previous holder
 * removes the name; its mode may have been changed by hand. */
static bool
is_lock(int folder, int fd)
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

/* The folder itself is not locked, because every user who may read it could
 * hold that lock. The lock, or -1 with errno; EAGAIN: not yet. */
static int
try_lock(int folder)
{
	int fd = openat(folder, PLACE_FILE_LOCK,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	int error = EAGAIN;

	if (fd < 0)
		return -1;
	if (is_lock(folder, fd)) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			if (is_lock(folder, fd))
				return fd;
		} else if (errno != EWOULDBLOCK && errno != EINTR) {
			error = errno; /* no process can hold one here */
			(void)unlinkat(folder, PLACE_FILE_LOCK, 0);
		}
	}
	close(fd);
	errno = error;
	return -1;
}

static int
lock(int folder)
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
place_file_open(struct place_file_folder *f, const char *path, uid_t owner,
    char cause[TRUSTED_FILE_CAUSE_MAX])
{
	*f = (struct place_file_folder){ .fd = -1, .lock = -1 };
	if (trusted_file_folder(path, owner, cause) != 0)
		return -1;
	f->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->fd >= 0)
		f->lock = lock(f->fd);
	/* where no file can be made, existing ones may still be removed */
	if (f->lock >= 0 ||
	    (f->fd >= 0 &&
		(errno == ENOSPC || errno == EDQUOT || errno == EROFS)))
		return 0;
	snprintf(cause, TRUSTED_FILE_CAUSE_MAX,
	    "the folder %s cannot be opened and locked: %s", path,
	    strerror(errno));
	place_file_close(f);
	return -1;
}

void
place_file_unlock(struct place_file_folder *f)
{
	if (f->lock < 0)
		return;
	(void)unlinkat(f->fd, PLACE_FILE_LOCK, 0); /* while it is held */
	close(f->lock);
	f->lock = -1;
}

void
place_file_close(struct place_file_folder *f)
{
	place_file_unlock(f);
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

static int
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
write_file(int folder, const char *name, const struct place_file_owner *owner,
    const void *bytes, size_t len, bool sync)
{
	int fd, rc, error;

	if (unlinkat(folder, name, 0) != 0 && errno != ENOENT)
		return -1;
	fd = openat(folder, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	rc = write_all(fd, bytes, len);
	if (rc == 0)
		rc = fchown(fd, owner->uid, owner->gid);
	if (rc == 0)
		rc = fchmod(fd, PLACE_FILE_MODE);
	if (rc == 0 && sync)
		rc = fsync(fd);
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
place_file_write(int folder, const char *name,
    const struct place_file_owner *owner, const void *bytes, size_t len)
{
	return write_file(folder, name, owner, bytes, len, true);
}

int
place_file_write_later(int folder, const char *name,
    const struct place_file_owner *owner, const void *bytes, size_t len)
{
	return write_file(folder, name, owner, bytes, len, false);
}

int
place_file_move(int from, const char *name, int to, const char *place)
{
	if (renameat(from, name, to, place) != 0)
		return -1;
	return fsync(to) == 0 ? 0 : 1; /* 1: there, but not on the disk yet */
}

static bool
has_ends(const char *name, const char *head, const char *tail)
{
	const size_t before = strlen(head), behind = strlen(tail);
	const size_t len = strlen(name);

	return len > before + behind && strncmp(name, head, before) == 0 &&
	    strcmp(name + len - behind, tail) == 0;
}

/* A second descriptor, since a DIR closes its own. */
void
place_file_sweep(
    const struct place_file_folder *folder, const char *head, const char *tail)
{
	int fd = openat(
	    folder->fd, ".", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		if (has_ends(entry->d_name, head, tail))
			(void)unlinkat(folder->fd, entry->d_name, 0);
	closedir(dir);
}
