/* SPDX-License-Identifier: BSD-2-Clause */
/* What is the same for all steps of this process: its number, by which rows are
 * its own, its deadline, and how long it waited. */
#include "helper/store/store.h"

#include <errno.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/store/store_backend.h"

#define PID_BITS 22 /* PID_MAX_LIMIT of the kernel */
/* The kernel gives the lowest free number, so a few bits are enough to tell the
 * namespaces of a host apart. */
#define SPACE_BITS 16
#define BITS(n) ((UINT64_C(1) << (n)) - 1)

/* Our pid namespace; 0: /proc does not show it. */
static uint64_t
own_space(void)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) != 0)
		return 0;
	return (uint64_t)st.st_ino & BITS(SPACE_BITS);
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
store_session_process(void)
{
	return store_session_process_of(getpid());
}

int64_t
store_session_process_of(pid_t pid)
{
	const int64_t random = store_session_id_new();
	uint64_t bits = (uint64_t)random << SPACE_BITS | own_space();

	bits = bits << PID_BITS | (uint64_t)pid;
	return random < 0 ? -1 : (int64_t)(bits & INT64_MAX);
}

bool
store_session_process_is_dead(int64_t process)
{
	const uint64_t bits = (uint64_t)process;
	const uint64_t space = bits >> PID_BITS & BITS(SPACE_BITS);
	const pid_t pid = (pid_t)(bits & BITS(PID_BITS));

	/* EPERM: another user's process has that pid now */
	return pid > 0 && space != 0 && space == own_space() &&
	    kill(pid, 0) != 0 && (errno == ESRCH || errno == EPERM);
}

/* What is the same for all steps of this process. */
static int64_t wait_until, this_process;

void
store_set_deadline(int64_t deadline)
{
	wait_until = deadline;
}

int64_t
store_deadline(void)
{
	return wait_until;
}

void
store_set_process(int64_t number)
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
hears_nothing(void)
{
}

void (*store_waiting)(void) = hears_nothing;

/* Of the process, which serves one login. */
static struct store_wait_times spent = { .ms = -1 };
static int store_process_host_len;

const struct store_wait_times *
store_wait_times(void)
{
	return &spent;
}

void
store_wait_times_begin(const char *host)
{
	spent.ms = 0;
	store_process_host_len = (int)strlen(host);
	snprintf(spent.where, sizeof(spent.where), "%s@-", host);
}

void
store_wait_times_add(const char *server, int64_t ms)
{
	if (spent.ms < 0)
		return;
	spent.ms += ms;
	if (server != NULL)
		snprintf(spent.where + store_process_host_len,
		    sizeof(spent.where) - (size_t)store_process_host_len, "@%s",
		    server);
}
