/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A server's addresses. libpq would call getaddrinfo and wait for as long as
 * resolv.conf says.
 *
 * A local user can keep a name from being resolved, so that is no outage. Where
 * it is one of the name service, the addresses of last time are asked, which
 * the file address.NAME in state_dir has: the certificate tells whether it is
 * still that server.
 */
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

static int
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

/* Each wait is a round of this length at most. What takes longer was stopped
 * from outside, as a caller's control group may be, or had no CPU time. The sum
 * counts: many short stops hide as much as a long one. */
static struct {
	int64_t begun, late;
} stall;

void
pg_stall_begin(void)
{
	stall.begun = clock_ms();
	stall.late = 0;
}

int64_t
pg_stall_next_deadline(int64_t deadline)
{
	const int64_t now = clock_ms(), round = frame_clock_ms() + PG_ROUND_MS;

	if (now - stall.begun > PG_ROUND_MS)
		stall.late += now - stall.begun - PG_ROUND_MS;
	stall.begun = now;
	return round < deadline ? round : deadline;
}

/* The kernel knows when it came. A socket that failed has no such time. */
void
pg_stall_note_input(int fd)
{
	struct tcp_info info = { .tcpi_state = TCP_CLOSE };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
	    info.tcpi_state != TCP_ESTABLISHED)
		return;
	stall.late += info.tcpi_last_data_recv;
	stall.begun = clock_ms(); /* it counts once */
}

bool
pg_stall_was_longer(int64_t most_ms)
{
	(void)pg_stall_next_deadline(0);
	return stall.late > most_ms;
}

#define SONAME "libpq.so.5" /* since 2006 */

struct pq pq;
static void *pg_resolve_handle;

/* What a caller's PGHOST, PGSERVICE, PGTZ and the like would change, also those
 * of a later libpq. */
static void
environment_forget(void)
{
	char name[128];
	size_t len;

	for (char **e = environ; e != NULL && *e != NULL;) {
		len = strcspn(*e, "=");
		if (strncmp(*e, "PG", 2) != 0 || len >= sizeof(name)) {
			e++;
			continue;
		}
		memcpy(name, *e, len);
		name[len] = '\0';
		if (unsetenv(name) != 0)
			e++;
	}
}

int
pg_libpq_load(void)
{
	static bool loaded;

	environment_forget();
	if (loaded)
		return 0;
	pg_resolve_handle = dlopen(SONAME, RTLD_LAZY | RTLD_LOCAL);
	if (pg_resolve_handle == NULL)
		return -1;
#define EACH(name)                                                             \
	if ((*(void **)&pq.name = dlsym(pg_resolve_handle, #name)) == NULL)    \
		return -1;
	PQ_FUNCTIONS(EACH)
#undef EACH
	loaded = true;
	return 0;
}

void *
pg_libpq_symbol(const char *name)
{
	return pg_resolve_handle == NULL ? NULL
					 : dlsym(pg_resolve_handle, name);
}

static bool
is_answered(const struct name_query *q, int64_t deadline)
{
	bool come;

	do
		come = name_query_wait(q, pg_stall_next_deadline(deadline));
	while (!come && frame_clock_ms() < deadline);
	return come;
}

/* Those of last time, or none; or keep these for another time. */
static void
known_addresses(
    const char *dir, const char *name, bool keep, struct pg_addresses *a)
{
	char file[SETTINGS_URL_HOST_MAX + 16];
	ssize_t len = -1;
	int fd;

	if (!keep)
		memset(a, 0, sizeof(*a));
	snprintf(file, sizeof(file), "address.%s", name);
	fd = pg_contact_open_file(
	    dir, file, keep ? O_WRONLY | O_CREAT : O_RDONLY);
	if (fd < 0)
		return;
	if (keep)
		(void)!pwrite(fd, a->text, sizeof(a->text), 0);
	else
		len = pread(fd, a->text, sizeof(a->text), 0);
	close(fd);
	while (len == (ssize_t)sizeof(a->text) && a->count < PG_ADDRESSES &&
	    a->text[a->count][0] != '\0')
		a->text[a->count++][PG_ADDRESS_MAX - 1] = '\0';
}

static void
pg_resolve_take(const struct addrinfo *found, struct pg_addresses *out)
{
	memset(out, 0, sizeof(*out));
	for (; found != NULL; found = found->ai_next) {
		name_query_note(&out->asked, found->ai_addr, found->ai_addrlen);
		if (out->count < PG_ADDRESSES &&
		    getnameinfo(found->ai_addr, found->ai_addrlen,
			out->text[out->count], PG_ADDRESS_MAX, NULL, 0,
			NI_NUMERICHOST) == 0)
			out->count++;
	}
}

static bool
pg_resolve_is_address(const char *name, struct addrinfo **found)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST };

	return getaddrinfo(name, NULL, &hints, found) == 0;
}

/* Those of last time, in their order, behind the half that came now. */
static enum pg_failure
take_known(const struct pg_addresses *known, struct pg_addresses *out)
{
	const unsigned now = out->asked.seen;
	struct addrinfo *found;

	out->half = true;
	if (known->count > 0 && out->count == PG_ADDRESSES)
		out->count--;
	for (size_t i = 0; i < known->count && out->count < PG_ADDRESSES; i++) {
		if (!pg_resolve_is_address(known->text[i], &found))
			continue;
		if ((now & ASKED_BIT(found->ai_family)) == 0) {
			name_query_note(
			    &out->asked, found->ai_addr, found->ai_addrlen);
			memcpy(out->text[out->count++], known->text[i],
			    PG_ADDRESS_MAX);
			out->half = false;
		}
		freeaddrinfo(found);
	}
	return out->count > 0 ? PG_FINE : PG_BUSY;
}

/* What is kept is whole: so is what has each family that is kept. */
static bool
is_whole(const char *name, const struct pg_addresses *known,
    const struct pg_addresses *a, int64_t deadline)
{
	unsigned kept = 0;

	for (size_t i = 0; i < known->count; i++)
		kept |= ASKED_BIT(
		    strchr(known->text[i], ':') != NULL ? AF_INET6 : AF_INET);
	return (a->count > 0 && kept != 0 && (kept & ~a->asked.seen) == 0) ||
	    name_query_is_complete(name, a->asked.seen, deadline, is_answered);
}

static int64_t
half_of(int64_t deadline)
{
	const int64_t now = frame_clock_ms();

	return now + (deadline - now) / 2;
}

/* By a name service; what it has is kept for another time. */
static enum pg_failure
pg_resolve_look(const char *dir, const char *name, int64_t deadline,
    struct pg_addresses *out, const char **why)
{
	struct name_query *q = name_query_start(name, AF_UNSPEC);
	struct pg_addresses known;

	known_addresses(dir, name, false, &known);
	*why = "no thread could be started to look it up";
	if (q == NULL)
		return take_known(&known, out);
	*why = "the name service has no address of it";
	if (!is_answered(q, known.count > 0 ? half_of(deadline) : deadline))
		*why = "no answer in time from the name service";
	else if (q->error == 0)
		pg_resolve_take(q->found, out);
	else
		*why = q->error == EAI_SYSTEM
		    ? "the name service cannot be asked"
		    : gai_strerror(q->error);
	name_query_abandon(q);
	if (!is_whole(name, &known, out, half_of(deadline)))
		return take_known(&known, out);
	if (memcmp(known.text, out->text, sizeof(known.text)) != 0)
		known_addresses(dir, name, true, out);
	return PG_FINE;
}

enum pg_failure
pg_resolve(const char *dir, const char *name, int64_t deadline,
    struct pg_addresses *out, const char **why)
{
	struct addrinfo *found;

	memset(out, 0, sizeof(*out));
	if (!pg_resolve_is_address(name, &found))
		return pg_resolve_look(dir, name, deadline, out, why);
	pg_resolve_take(found, out);
	freeaddrinfo(found);
	return PG_FINE;
}
