/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulator's one lock, its virtual clock and the firing of timers. */
#include "tests/simulator/core/world.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "tests/simulator/core/provider.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed;
static pthread_t ticker;
static bool ticking;
static bool stopping;
static int stop_fd = -1;

static int64_t epoch_ms;  /* real time when the simulator started ... */
static int64_t start_ms;  /* ... and the monotonic time then */
static int64_t ahead_ms;  /* what tests have added */
static int64_t firing_ms; /* the due time of the timer being fired, or 0 */

static int64_t
clock_ms(clockid_t id)
{
	struct timespec ts = { 0 };

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
world_monotonic(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int
world_init(void)
{
	pthread_condattr_t attr;
	int rc;

	stop_fd = eventfd(0, EFD_CLOEXEC);
	if (stop_fd == -1)
		return -1;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	rc = pthread_cond_init(&changed, &attr);
	pthread_condattr_destroy(&attr);
	if (rc != 0) {
		errno = rc;
		return -1;
	}
	/* A step of the machine's clock must not look like an expiry. */
	epoch_ms = clock_ms(CLOCK_REALTIME);
	start_ms = world_monotonic();
	return 0;
}

void
world_lock(void)
{
	pthread_mutex_lock(&lock);
}

void
world_unlock(void)
{
	pthread_mutex_unlock(&lock);
}

int64_t
world_now(void)
{
	if (firing_ms != 0)
		return firing_ms;
	return epoch_ms + (world_monotonic() - start_ms) + ahead_ms;
}

void
world_iso(int64_t ms, char *out, size_t size)
{
	const time_t s = (time_t)(ms / 1000);
	struct tm tm;

	gmtime_r(&s, &tm);
	strftime(out, size, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

int64_t
world_ahead(void)
{
	return ahead_ms;
}

void
world_rewind(void)
{
	ahead_ms = 0;
	world_changed();
}

void
world_advance(int64_t ms)
{
	ahead_ms += ms;
	world_settle();
	world_changed();
}

/* The provider whose timer is due first, NULL when none is set. */
static const struct sim_provider *
first_due(int64_t *due)
{
	const struct sim_provider *first = NULL;
	int64_t at;

	*due = WORLD_NEVER;
	for (size_t i = 0; sim_providers[i] != NULL; i++) {
		if (sim_providers[i]->next_due == NULL)
			continue;
		at = sim_providers[i]->next_due();
		if (at < *due) {
			*due = at;
			first = sim_providers[i];
		}
	}
	return first;
}

size_t
world_first_due(const int64_t *due, size_t count)
{
	size_t first = 0;

	for (size_t i = 1; i < count; i++)
		if (due[i] < due[first])
			first = i;
	return first;
}

void
world_settle(void)
{
	const int64_t now = world_now();
	const struct sim_provider *p;
	int64_t due;

	while ((p = first_due(&due)) != NULL && due <= now) {
		firing_ms = due;
		p->fire();
		firing_ms = 0;
	}
}

void
world_changed(void)
{
	pthread_cond_broadcast(&changed);
}

bool
world_wait(int64_t until_ms)
{
	const struct timespec ts = {
		.tv_sec = (time_t)(until_ms / 1000),
		.tv_nsec = (long)(until_ms % 1000) * 1000000L,
	};

	if (stopping)
		return false;
	if (pthread_cond_timedwait(&changed, &lock, &ts) == ETIMEDOUT)
		return false;
	return !stopping;
}

static void *
tick(void *unused)
{
	int64_t due;

	(void)unused;
	world_lock();
	while (!stopping) {
		world_settle();
		if (first_due(&due) == NULL)
			pthread_cond_wait(&changed, &lock);
		else
			world_wait(world_monotonic() + due - world_now());
	}
	world_unlock();
	return NULL;
}

int
world_start(void)
{
	int rc = pthread_create(&ticker, NULL, tick, NULL);

	if (rc != 0) {
		errno = rc;
		return -1;
	}
	ticking = true;
	return 0;
}

void
world_stop(void)
{
	const uint64_t one = 1;

	world_lock();
	stopping = true;
	world_changed();
	world_unlock();
	if (write(stop_fd, &one, sizeof(one)) == -1)
		return; /* an eventfd at zero always takes one */
	if (ticking)
		pthread_join(ticker, NULL);
}

int
world_stop_fd(void)
{
	return stop_fd;
}
