/* SPDX-License-Identifier: BSD-2-Clause */
/* twofa-simulator: the order of start-up and of the end. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/simulator/args.h"
#include "tests/simulator/server/certificate.h"
#include "tests/simulator/server/control.h"
#include "tests/simulator/core/creds.h"
#include "tests/simulator/core/provider.h"
#include "tests/simulator/core/random.h"
#include "tests/simulator/core/screen.h"
#include "tests/simulator/core/world.h"
#include "tests/simulator/faults/clash.h"
#include "tests/simulator/server/server.h"
#include "tests/simulator/vendors.h"

static int
failed(const char *what)
{
	fprintf(stderr, "twofa-simulator: %s: %s\n", what, strerror(errno));
	return -1;
}

/* Blocked in all threads, so that only main's sigwait sees them. */
static void
block_signals(sigset_t *ends)
{
	sigemptyset(ends);
	sigaddset(ends, SIGTERM);
	sigaddset(ends, SIGINT);
	sigaddset(ends, SIGHUP);
	sigprocmask(SIG_BLOCK, ends, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int
prepare(const struct args *a)
{
	const char *bad;

	sim_providers = sim_vendors;
	if (clash_check(sim_providers) == -1)
		return -1;
	if (a->credentials != NULL && creds_load(a->credentials) == -1)
		return -1;
	if (random_init(a->seeded ? &a->seed : NULL) == -1)
		return failed("random numbers");
	if (world_init() == -1)
		return failed("clock");
	screen_init(a->screen);
	bad = control_defaults(a->settings);
	if (bad != NULL) {
		fprintf(stderr,
		    "twofa-simulator: --set %s: no such setting, or out of "
		    "its range: see twofa-simulator(1)\n",
		    bad);
		return -1;
	}
	control_reset();
	return 0;
}

/* A signal, or the end of --for. */
static void
wait_for_end(const sigset_t *ends, unsigned long long for_s)
{
	const struct timespec most = { .tv_sec = (time_t)for_s };
	int sig;

	if (for_s == 0)
		(void)sigwait(ends, &sig);
	else
		while (sigtimedwait(ends, NULL, &most) < 0 && errno == EINTR)
			;
}

int
main(int argc, char **argv)
{
	struct args a = { 0 };
	sigset_t ends;

	args_parse(&a, argc, argv);
	block_signals(&ends);
	if (a.own_certificate && certificate_make(&a.server) == -1)
		return 1;
	if (a.no_control)
		control_off();
	if (prepare(&a) == -1)
		return 1;
	if (world_start() == -1) {
		failed("thread");
		return 1;
	}
	if (server_start(&a.server) == -1)
		return 1;
	if (a.own_certificate)
		fputs(a.server.cert, stdout);
	printf("listening on %s:%u\n", a.host, server_port());
	fflush(stdout);
	wait_for_end(&ends, a.for_s);
	world_stop();
	server_stop();
	args_free(&a);
	return 0;
}
