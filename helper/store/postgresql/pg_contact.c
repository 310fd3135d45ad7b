/* SPDX-License-Identifier: BSD-2-Clause */
/* The file contact: when a server last accepted this host, and how many
 * connections its processes have. */
#include "helper/store/postgresql/postgresql.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/store/postgresql/postgresql_inside.h"

/* Each connection holds a lock on the first free byte from LOAD_SLOTS on, from
 * before it is made until it has ended. So while a byte beyond LOAD_HIGH is
 * locked, there are more than that. The servers' firewall resets those beyond
 * 60, the role's limit is 50 (twofactl/fleet). */
#define LOAD_TIME ((off_t)sizeof(int64_t))
#define ROUND_TRIP ((off_t)(2 * sizeof(int64_t)))
#define LOAD_SLOTS 1024
#define LOAD_SLOTS_MAX 48

#define CONTACT_MS 3000
/* connections at once that a server on one core answers in time */
#define LOAD_HIGH 32
#define LOAD_RECENT_MS 10000

int
pg_open_state_dir_file(const char *dir, const char *name, int flags)
{
	char path[FOLDER_PATH_MAX + SETTINGS_URL_HOST_MAX + 16];
	struct stat st;
	int fd;

	PRINT_TO(path, "%s/%s", dir, name);
	fd = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	return -1;
}

void
pg_contact_touch(const char *dir, int conn)
{
	const int fd OWNED(owned_fd) =
	    pg_open_state_dir_file(dir, "contact", O_WRONLY | O_CREAT);
	const int64_t now = clock_ms();
	struct tcp_info info;
	socklen_t len = sizeof(info);
	int64_t rtt;

	if (fd < 0)
		return;
	(void)!pwrite(fd, &now, sizeof(now), 0);
	if (getsockopt(conn, IPPROTO_TCP, TCP_INFO, &info, &len) == 0) {
		rtt = info.tcpi_rtt / 1000;
		(void)!pwrite(fd, &rtt, sizeof(rtt), ROUND_TRIP);
	}
}

intmax_t
pg_contact_round_trip(const char *dir)
{
	const int fd OWNED(owned_fd) =
	    pg_open_state_dir_file(dir, "contact", O_RDONLY);
	int64_t rtt;

	return fd >= 0 &&
		pread(fd, &rtt, sizeof(rtt), ROUND_TRIP) == (ssize_t)sizeof(rtt)
	    ? rtt
	    : -1;
}

/* A time in the future is from before the last boot. */
static bool
time_is_recent(int fd, off_t at, int64_t most_ms)
{
	const int64_t now = clock_ms();
	int64_t then = 0;

	return pread(fd, &then, sizeof(then), at) == (ssize_t)sizeof(then) &&
	    then > 0 && then <= now && now - then < most_ms;
}

bool
pg_contact_is_recent(const char *dir)
{
	const int fd OWNED(owned_fd) =
	    pg_open_state_dir_file(dir, "contact", O_RDONLY);

	return fd >= 0 && time_is_recent(fd, 0, CONTACT_MS);
}

static struct flock
slot_lock(off_t first, off_t count)
{
	return (struct flock){ .l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = LOAD_SLOTS + first,
		.l_len = count };
}

bool
pg_connecting_add_self(struct store *s)
{
	const off_t most =
	    s->server->of_caller ? LOAD_SLOTS_MAX / 2 : LOAD_SLOTS_MAX;
	off_t slot = 0;
	struct flock l;

	s->slot = pg_open_state_dir_file(s->keys, "contact", O_RDWR | O_CREAT);
	do
		l = slot_lock(slot, 1);
	while (s->slot >= 0 && fcntl(s->slot, F_OFD_SETLK, &l) != 0 &&
	    ++slot < most);
	s->late = s->slot >= 0 && slot >= LOAD_HIGH;
	return slot < most;
}

void
pg_connecting_remove_self(struct store *s)
{
	if (s->slot >= 0)
		close(s->slot);
	s->slot = -1;
}

bool
pg_connecting_too_many(const struct store *s)
{
	struct flock l = slot_lock(LOAD_HIGH, LOAD_SLOTS_MAX - LOAD_HIGH);
	const int64_t now = clock_ms();

	if (s->slot < 0)
		return false;
	if (s->late ||
	    (fcntl(s->slot, F_OFD_GETLK, &l) == 0 && l.l_type != F_UNLCK)) {
		(void)!pwrite(s->slot, &now, sizeof(now), LOAD_TIME);
		return true;
	}
	return time_is_recent(s->slot, LOAD_TIME, LOAD_RECENT_MS);
}
