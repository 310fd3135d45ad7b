/* SPDX-License-Identifier: BSD-2-Clause */

#include "helper/store/postgresql/postgresql.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "helper/store/postgresql/postgresql_inside.h"

#define PG_CONTACT_MS 3000
#define PG_CROWD 32 /* at once: a server on one core answers these in time */
#define PG_CROWD_MS 10000
#define PG_ROUND_MS 250

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
