/* SPDX-License-Identifier: BSD-2-Clause */
/* The last contact, how many of this host connect at once, and whether this
 * process was stopped, by a clock that cannot be set. */
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "helper/state/postgresql/pg.h"
#include "lib/wire/wire.h"

int
pg_file_open(const char *dir, const char *name, int flags)
{
	char path[STATE_FOLDER_MAX + STORE_URL_HOST_MAX + 16];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	return -1;
}

static int64_t
now_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_BOOTTIME, &now) != 0)
		return 0;
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

void
pg_contact_keep(const char *dir)
{
	const int fd = pg_file_open(dir, "contact", O_WRONLY | O_CREAT);
	const int64_t now = now_ms();

	if (fd < 0)
		return;
	(void)!pwrite(fd, &now, sizeof(now), 0);
	close(fd);
}

/* One of the future is of before the machine was booted. */
static bool
recent(int fd, off_t at, int64_t most_ms)
{
	const int64_t now = now_ms();
	int64_t then = 0;

	return pread(fd, &then, sizeof(then), at) == (ssize_t)sizeof(then) &&
	    then > 0 && then <= now && now - then < most_ms;
}

bool
pg_contact_recent(const char *dir)
{
	const int fd = pg_file_open(dir, "contact", O_RDONLY);
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

	crowd.fd = pg_file_open(dir, "contact", O_RDWR | O_CREAT);
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
pg_crowded(void)
{
	struct flock l = places(PG_CROWD, CROWD_MOST - PG_CROWD);
	const int64_t now = now_ms();

	if (crowd.fd < 0)
		return false;
	if (crowd.late ||
	    (fcntl(crowd.fd, F_OFD_GETLK, &l) == 0 && l.l_type != F_UNLCK)) {
		(void)!pwrite(crowd.fd, &now, sizeof(now), CROWD_TIME);
		return true;
	}
	return recent(crowd.fd, CROWD_TIME, PG_CROWD_MS);
}

/* Each wait is a round of this length at most. What takes longer was stopped
 * from outside, as a caller's control group may be, or had no CPU time. The sum
 * counts: many short stops hide as much as a long one. */
static struct {
	int64_t begun, late;
} stall;

void
pg_stall_begin(void)
{
	stall.begun = now_ms();
	stall.late = 0;
}

int64_t
pg_stall_round(int64_t deadline)
{
	const int64_t now = now_ms(), round = frame_clock_ms() + PG_ROUND_MS;

	if (now - stall.begun > PG_ROUND_MS)
		stall.late += now - stall.begun - PG_ROUND_MS;
	stall.begun = now;
	return round < deadline ? round : deadline;
}

/* The kernel knows when it came. A socket that failed has no such time. */
void
pg_stall_came(int fd)
{
	struct tcp_info info = { .tcpi_state = TCP_CLOSE };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
	    info.tcpi_state != TCP_ESTABLISHED)
		return;
	stall.late += info.tcpi_last_data_recv;
	stall.begun = now_ms(); /* it counts once */
}

bool
pg_stalled(int64_t most_ms)
{
	(void)pg_stall_round(0);
	return stall.late > most_ms;
}
