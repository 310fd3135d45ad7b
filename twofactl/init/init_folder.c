/* SPDX-License-Identifier: BSD-2-Clause */
/* Stages files and moves them to their places. */
#include "twofactl/init/init_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/system/system.h"
#include "twofactl/terminal/terminal.h"

#define BEFORE ".init-"
#define MODE 0750

static int
failed(const char *path)
{
	complain("%s: %s", shell_word(path), strerror(errno));
	return -1;
}

static void
empty(int fd)
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = own >= 0 ? fdopendir(own) : NULL;
	const struct dirent *entry;

	if (dir == NULL) {
		if (own >= 0)
			close(own);
		return;
	}
	while ((entry = readdir(dir)) != NULL)
		(void)unlinkat(fd, entry->d_name, 0); /* not . and .. */
	closedir(dir);
}

/* Without a lock it is from a run that was killed. True: it is locked. */
static bool
sweep_one(int home, const char *name)
{
	int fd =
	    openat(home, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool held;

	if (fd < 0)
		return false;
	held = flock(fd, LOCK_EX | LOCK_NB) != 0;
	if (!held) {
		empty(fd);
		(void)unlinkat(home, name, AT_REMOVEDIR);
	}
	close(fd);
	return held;
}

/* Remove all but our own. True: another run is active. */
static bool
sweep(int home, const char *own)
{
	int again = openat(home, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = again >= 0 ? fdopendir(again) : NULL;
	const struct dirent *entry;
	bool held = false;

	if (dir == NULL) {
		if (again >= 0)
			close(again);
		return false;
	}
	while ((entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, BEFORE, sizeof(BEFORE) - 1) == 0 &&
		    strcmp(entry->d_name, own) != 0)
			held = sweep_one(home, entry->d_name) || held;
	closedir(dir);
	return held;
}

void
init_folder_sweep(const char *home)
{
	int fd = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)sweep(fd, "");
	close(fd);
}

/* Another run may remove it before it is locked; then no file can be put there,
 * which is reported. */
static int
make(struct init_folder *f)
{
	if (mkdirat(f->home, f->name, 0700) != 0)
		return -1;
	f->fd = openat(
	    f->home, f->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (f->fd >= 0 && flock(f->fd, LOCK_EX | LOCK_NB) == 0 &&
	    fchown(f->fd, f->owner.uid, f->owner.gid) == 0 &&
	    fchmod(f->fd, MODE) == 0)
		return 0;
	return -1;
}

int
init_folder_make(struct init_folder *f, const char *home,
    const struct place_file_owner *owner)
{
	char cause[TRUSTED_FILE_CAUSE_MAX], random[NONCE_LEN + 1];

	*f = (struct init_folder){ .owner = *owner, .home = -1, .fd = -1 };
	if (trusted_file_folder(home, owner->uid, cause) != 0) {
		complain("%s", cause);
		return -1;
	}
	f->home = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->home < 0 || random_name(random) != 0)
		goto fail;
	snprintf(f->name, sizeof(f->name), BEFORE "%s", random);
	snprintf(f->path, sizeof(f->path), "%.400s/%s", home, f->name);
	if (make(f) != 0)
		goto fail;
	if (!sweep(f->home, f->name))
		return 0;
	complain("another twofactl init is under way on this machine; wait "
		 "until that one has ended");
	init_folder_remove(f);
	return -1;
fail:
	(void)failed(f->path[0] != '\0' ? f->path : home);
	init_folder_remove(f);
	return -1;
}

int
init_folder_put(const struct init_folder *f, const char *name,
    const void *bytes, size_t len)
{
	if (place_file_write(f->fd, name, &f->owner, bytes, len) == 0)
		return 0;
	return failed(f->path);
}

int
init_folder_place(const struct init_folder *f, const char *name,
    const char *folder, const char *place, bool (*unchanged)(const void *),
    const void *ctx)
{
	char cause[TRUSTED_FILE_CAUSE_MAX] = "";
	struct place_file_folder to;
	int moved = -1;

	if (place_file_open(&to, folder, f->owner.uid, cause) != 0) {
		complain("%s", cause);
		return -1;
	}
	if (unchanged == NULL || unchanged(ctx)) {
		moved = place_file_move(f->fd, name, to.fd, place);
		if (moved != 0)
			complain("%s/%s: %s", folder, place, strerror(errno));
	}
	place_file_close(&to);
	return moved < 0 ? -1 : 0;
}

void
init_folder_remove(struct init_folder *f)
{
	if (f->fd >= 0)
		empty(f->fd);
	if (f->home >= 0 && f->name[0] != '\0')
		(void)unlinkat(f->home, f->name, AT_REMOVEDIR);
	if (f->fd >= 0)
		close(f->fd);
	if (f->home >= 0)
		close(f->home);
	f->fd = f->home = -1;
}
