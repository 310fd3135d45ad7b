/* SPDX-License-Identifier: BSD-2-Clause */
/* The copy of a file that is being edited, and the file's replacement. */
#include "twofactl/check/check_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Names that no user has; commands that change records remove such files. */
#define PREFIX ".twofactl."
#define SUFFIX ".edit"

static int
name_paths(struct edit_copy *e)
{
	const int len = (int)(e->name - e->path); /* with its slash */

	if (strlen(e->name) > EDIT_NAME_MAX ||
	    (size_t)len + 2 * strlen(e->name) + sizeof(PREFIX SUFFIX "/") >
		EDIT_PATH_MAX)
		return terminal_error(
		    "%s: its path is too long", terminal_shell_quote(e->path));
	PRINT_TO(e->folder, "%.*s", len - 1, e->path);
	PRINT_TO(e->copy, "%.*s" PREFIX "%s" SUFFIX, len, e->path, e->name);
	PRINT_TO(e->place, "%.*s" PREFIX "%s" SUFFIX "/%s", len, e->path,
	    e->name, e->name);
	PRINT_TO(e->staged, "%.*s" PREFIX "%s", len, e->path, e->name);
	return 0;
}

/* The new file gets group and mode of the old one, if user twofa can read
 * that. */
static int
read_before(struct edit_copy *e)
{
	struct stat st;

	if (trusted_file_read(e->path, e->kind, e->owner.uid, &e->before) !=
	    TRUSTED_FILE_OK)
		return terminal_error("%s: %s", terminal_shell_quote(e->path),
		    trusted_file_cause);
	if (stat(e->path, &st) != 0)
		return terminal_error_file(e->path);
	if ((st.st_mode & (st.st_gid == e->owner.gid ? S_IRGRP : S_IROTH)) !=
	    0) {
		e->owner.gid = st.st_gid;
		e->owner.mode = st.st_mode & 0777;
	}
	e->owner.like = e->path;
	return 0;
}

/* Makes and locks the folder, which only root can open. */
static int
lock_copy(struct edit_copy *e)
{
	e->fd = place_file_open_private(AT_FDCWD, e->copy, e->owner.uid, 0700);
	if (e->fd >= 0)
		return 0;
	if (errno != EAGAIN && errno != EPERM)
		return terminal_error_file(e->folder);
	return terminal_error(
	    "%s is being edited by another twofactl; wait until it has ended",
	    terminal_shell_quote(e->path));
}

static int
write_copy(const struct edit_copy *e)
{
	/* only for root: O_EXCL, and 0600 by twofactl's umask */
	const struct place_file_owner root = {
		.uid = e->owner.uid, .gid = (gid_t)-1, .mode = 0600
	};

	/* leftovers of editors or a killed process */
	place_file_sweep(e->fd, "", "");
	if (place_file_write(
		e->fd, e->name, &root, e->before.text, e->before.len) == 0)
		return 0;
	return terminal_error_file(e->place);
}

int
edit_copy_begin(struct edit_copy *e, const char *path,
    enum trusted_file_kind kind, const struct place_file_owner *owner)
{
	*e = (struct edit_copy){ .path = path,
		.name = strrchr(path, '/') + 1,
		.kind = kind,
		.owner = *owner,
		.staging = { -1, -1 },
		.fd = -1 };
	if (name_paths(e) == 0 && read_before(e) == 0 && lock_copy(e) == 0 &&
	    write_copy(e) == 0)
		return 0;
	edit_copy_end(e, false);
	return -1;
}

/* Reads only a regular file of the maximum size of settings: the editor may
 * have replaced the file. */
int
edit_copy_read(const struct edit_copy *e, struct trusted_file *f)
{
	const int fd OWNED(owned_fd) = openat(
	    e->fd, e->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	*f = (struct trusted_file){ .text = NULL };
	if (fd < 0)
		return terminal_error_file(e->place);
	errno = EFBIG;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		f->text = place_file_read_descriptor(
		    fd, TRUSTED_FILE_SETTINGS_MAX + 1, &f->len);
	if (f->text != NULL || errno != EFBIG)
		return f->text != NULL ? 0 : terminal_error_file(e->place);
	return terminal_error("%s: is no file of at most %d bytes any more",
	    terminal_shell_quote(e->place), TRUSTED_FILE_SETTINGS_MAX);
}

int
edit_copy_stage(struct edit_copy *e, const struct trusted_file *text)
{
	const char *name = strrchr(e->staged, '/') + 1;

	if (place_file_open_folder(&e->staging, e->folder, e->owner.uid) != 0)
		return terminal_error("%s", trusted_file_cause);
	if (e->staging.lock >= 0 &&
	    place_file_write(
		e->staging.fd, name, &e->owner, text->text, text->len) == 0)
		return 0;
	terminal_error_file(e->staged);
	edit_copy_unstage(e);
	return -1;
}

void
edit_copy_unstage(struct edit_copy *e)
{
	if (e->staging.fd < 0)
		return;
	(void)unlinkat(e->staging.fd, strrchr(e->staged, '/') + 1, 0);
	place_file_close_folder(&e->staging);
}

int
edit_copy_commit(struct edit_copy *e)
{
	int moved;

	/* the lock of e->staging excludes other changes by twofactl */
	if (!place_file_is_unchanged(
		e->path, e->kind, e->owner.uid, &e->before))
		return terminal_error(
		    "%s has been changed by somebody else meanwhile, so it was "
		    "left as it is; merge the two texts and edit it again",
		    terminal_shell_quote(e->path));
	moved = place_file_move(
	    e->staging.fd, strrchr(e->staged, '/') + 1, e->staging.fd, e->name);
	if (moved < 0)
		return terminal_error_file(e->path);
	if (moved > 0)
		terminal_error(
		    "%s: changed, but a power cut may undo it: check its disk",
		    terminal_shell_quote(e->path));
	return 0;
}

void
edit_copy_end(struct edit_copy *e, bool keep)
{
	edit_copy_unstage(e);
	place_file_close_private(AT_FDCWD, e->copy, e->fd, keep);
	trusted_file_free(&e->before);
}
