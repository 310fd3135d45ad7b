/* SPDX-License-Identifier: BSD-2-Clause */
/* Replaces files of secrets in two steps: a new file, then a rename. */

#include "twofactl/fleet/fleet_inside.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define ROOT_FILE_PATH_MAX 4096

static const char *
secrets_beside(const char *path)
{
	static char name[ROOT_FILE_PATH_MAX];

	if (PRINT_FITS(name, "%s.new", path))
		return name;
	errno = ENAMETOOLONG;
	return NULL;
}

static int
secrets_failed(const char *path)
{
	return terminal_error(
	    "%s cannot be written: %s; look at its folder and disk", path,
	    strerror(errno));
}

int
fleet_root_file_prepare(
    const char *path, mode_t mode, gid_t gid, const void *bytes, size_t len)
{
	const struct place_file_owner owner = {
		.uid = geteuid(), .gid = gid, .mode = mode
	};
	const char *name = secrets_beside(path);

	return name != NULL &&
		place_file_write(AT_FDCWD, name, &owner, bytes, len) == 0
	    ? 0
	    : secrets_failed(path);
}

int
fleet_root_file_place(const char *path)
{
	const char *name = secrets_beside(path);

	return name != NULL && place_file_rename(name, path) == 0
	    ? 0
	    : secrets_failed(path);
}

void
fleet_root_file_drop(const char *path)
{
	const char *name = secrets_beside(path);

	if (name != NULL)
		(void)unlink(name);
}
