/* SPDX-License-Identifier: BSD-2-Clause */

#include "helper/store/postgresql/postgresql.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "helper/store/postgresql/postgresql_inside.h"

/* The last contact, how many of this host connect at once, and whether this
 * process was stopped, by a clock that cannot be set. */

#define PG_CONTACT_MS 3000
#define PG_CROWD 32 /* at once: a server on one core answers these in time */
#define PG_CROWD_MS 10000
#define PG_ROUND_MS 250

int pg_contact_open_file(const char *dir, const char *name, int flags);

int
pg_contact_open_file(const char *dir, const char *name, int flags)
{
	char path[FOLDER_PATH_MAX + SETTINGS_URL_HOST_MAX + 16];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	return -1;
}

void
pg_contact_touch(const char *dir)
{
	const int fd = pg_contact_open_file(dir, "contact", O_WRONLY | O_CREAT);
	const int64_t now = clock_ms();

	if (fd < 0)
		return;
	(void)!pwrite(fd, &now, sizeof(now), 0);
	close(fd);
}

/* One of the future is of before the machine was booted. */
static bool
recent(int fd, off_t at, int64_t most_ms)
{
	const int64_t now = clock_ms();
	int64_t then = 0;

	return pread(fd, &then, sizeof(then), at) == (ssize_t)sizeof(then) &&
	    then > 0 && then <= now && now - then < most_ms;
}

bool
pg_contact_is_recent(const char *dir)
{
	const int fd = pg_contact_open_file(dir, "contact", O_RDONLY);
	bool result;

	if (fd < 0)
		return false;
	result = recent(fd, 0, PG_CONTACT_MS);
	close(fd);
	return result;
}

/* Who connects holds the first byte behind the times, which no one else holds.
 * So while one beyond PG_CROWD is held, so many connect. */
#define CROWD_TIME ((off_t)sizeof(int64_t))
#define CROWD_PLACES 1024
#define CROWD_MOST 4096

static struct {
	int fd;
	bool late; /* so many were there before */
} crowd = { .fd = -1 };

static struct flock
places(off_t first, off_t count)
{
	return (struct flock){ .l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = CROWD_PLACES + first,
		.l_len = count };
}

void
pg_crowd_begin(const char *dir)
{
	off_t place = 0;
	struct flock l;

	crowd.fd = pg_contact_open_file(dir, "contact", O_RDWR | O_CREAT);
	do
		l = places(place, 1);
	while (crowd.fd >= 0 && fcntl(crowd.fd, F_OFD_SETLK, &l) != 0 &&
	    ++place < CROWD_MOST);
	crowd.late = crowd.fd >= 0 && place >= PG_CROWD;
}

void
pg_crowd_end(void)
{
	if (crowd.fd >= 0)
		close(crowd.fd);
	crowd.fd = -1;
}

bool
pg_crowd_is_present(void)
{
	struct flock l = places(PG_CROWD, CROWD_MOST - PG_CROWD);
	const int64_t now = clock_ms();

	if (crowd.fd < 0)
		return false;
	if (crowd.late ||
	    (fcntl(crowd.fd, F_OFD_GETLK, &l) == 0 && l.l_type != F_UNLCK)) {
		(void)!pwrite(crowd.fd, &now, sizeof(now), CROWD_TIME);
		return true;
	}
	return recent(crowd.fd, CROWD_TIME, PG_CROWD_MS);
}
