/* SPDX-License-Identifier: BSD-2-Clause */
/* The marks' files. */
#include "helper/outage/outage_mark.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/system/system.h"

#define MARK_PATH_MAX (STATE_FOLDER_MAX + 16)

static void
path_of(const char *dir, const char *name, char out[MARK_PATH_MAX])
{
	snprintf(out, MARK_PATH_MAX, "%s/outage.%s", dir, name);
}

int
outage_mark(const char *dir)
{
	char path[MARK_PATH_MAX];
	int fd;

	path_of(dir, "unsent", path);
	fd = open(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -1 : close(fd);
}

bool
outage_mark_take(const char *dir)
{
	char unsent[MARK_PATH_MAX], sending[MARK_PATH_MAX];

	path_of(dir, "unsent", unsent);
	path_of(dir, "sending", sending);
	/* one that is there already was left by somebody who died at it, or
	 * who is at it still: told twice it counts once */
	return rename(unsent, sending) == 0 || access(sending, F_OK) == 0;
}

void
outage_mark_done(const char *dir)
{
	char path[MARK_PATH_MAX];

	path_of(dir, "sending", path);
	(void)unlink(path);
}
