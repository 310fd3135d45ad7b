/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Measures for how long this process was stopped while it connected.
 *
 * If it was stopped, the server may be fine, and anybody who stopped it must
 * not choose which state decides. A process can be stopped again and again,
 * each time for less than a round.
 */
#include "helper/store/postgresql/postgresql.h"

#include <netinet/tcp.h>

#include "helper/store/postgresql/postgresql_inside.h"

#define ROUND_MS 250

/* Each wait is a round of ROUND_MS at most. If one takes longer, the process
 * was stopped from outside, as its caller's cgroup may be, or had no CPU time.
 * The sum counts: many short stops are as bad as a long one. */
static _Thread_local struct {
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
	const int64_t now = clock_ms(), round = frame_clock_ms() + ROUND_MS;

	if (now - stall.begun > ROUND_MS)
		stall.late += now - stall.begun - ROUND_MS;
	stall.begun = now;
	return round < deadline ? round : deadline;
}

/* The kernel knows when data came. A socket that failed has no such time. */
void
pg_stall_note_input(int fd)
{
	struct tcp_info info = { .tcpi_state = TCP_CLOSE };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
	    info.tcpi_state != TCP_ESTABLISHED)
		return;
	stall.late += info.tcpi_last_data_recv;
	stall.begun = clock_ms();
}

bool
pg_stall_of_process_exceeds(int64_t most_ms)
{
	(void)pg_stall_next_deadline(0);
	return stall.late > most_ms;
}
