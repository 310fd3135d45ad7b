/* SPDX-License-Identifier: BSD-2-Clause */
/* Ids of sessions and processes, the deadline of this process's operations, and
 * how long it waited. */
#include "helper/store/store.h"

#include <errno.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/store/store_backend.h"

#define PID_BITS 22 /* PID_MAX_LIMIT of the kernel */
/* The kernel assigns the lowest free number, so a few bits suffice to
 * distinguish a host's namespaces. */
#define NAMESPACE_BITS 16
#define BITS(n) ((UINT64_C(1) << (n)) - 1)

/* Returns this process's pid namespace, or 0 if /proc does not show it. */
static uint64_t
own_pid_namespace(void)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) != 0)
		return 0;
	return (uint64_t)st.st_ino & BITS(NAMESPACE_BITS);
}

int64_t
store_session_id_new(void)
{
	uint64_t bits = 0;

	if (getrandom(&bits, sizeof(bits), 0) != (ssize_t)sizeof(bits))
		return -1;
	return (int64_t)(bits & INT64_MAX);
}

int64_t
store_process_id_new(pid_t pid)
{
	const int64_t random = store_session_id_new();
	uint64_t bits =
	    (uint64_t)random << NAMESPACE_BITS | own_pid_namespace();

	bits = bits << PID_BITS | (uint64_t)pid;
	return random < 0 ? -1 : (int64_t)(bits & INT64_MAX);
}

bool
store_process_is_dead(int64_t process)
{
	const uint64_t bits = (uint64_t)process;
	const uint64_t ns = bits >> PID_BITS & BITS(NAMESPACE_BITS);
	const pid_t pid = (pid_t)(bits & BITS(PID_BITS));

	/* EPERM: a process of another user has that pid now */
	return pid > 0 && ns != 0 && ns == own_pid_namespace() &&
	    kill(pid, 0) != 0 && (errno == ESRCH || errno == EPERM);
}

/* of this thread: the state broker has several (broker_lanes.c) */
static _Thread_local int64_t wait_deadline, this_process;

void
store_set_deadline(int64_t deadline)
{
	wait_deadline = deadline;
}

int64_t
store_deadline(void)
{
	return wait_deadline;
}

void
store_set_process_id(int64_t number)
{
	this_process = number;
}

int64_t
store_process(const struct store *s)
{
	const struct store_head *head = (const void *)s;

	return this_process != 0 ? this_process : head->session;
}

static void
do_nothing(void)
{
}

static void
wait_alone(bool waits)
{
	(void)waits;
}

void (*store_waiting)(void) = do_nothing;
void (*store_wait)(bool waits) = wait_alone;

static _Thread_local struct store_wait_times wait_times = { .ms = -1 };
static _Thread_local int wait_host_len;

const struct store_wait_times *
store_wait_times(void)
{
	return &wait_times;
}

void
store_wait_times_begin(const char *host)
{
	wait_times.ms = 0;
	wait_host_len = (int)strlen(host);
	PRINT_TO(wait_times.where, "%s@-", host);
}

void
store_wait_times_add(const char *server, int64_t ms)
{
	if (wait_times.ms < 0)
		return;
	wait_times.ms += ms;
	if (server != NULL)
		snprintf(wait_times.where + wait_host_len,
		    sizeof(wait_times.where) - (size_t)wait_host_len, "@%s",
		    server);
}
