/* SPDX-License-Identifier: BSD-2-Clause */
/* twofa-simulator: the order of start-up and of the end. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

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

/* A file on standard input holds the account, and whoever put it there has
 * taken it away again. */
static bool
account_is_gone(const struct args *a)
{
	struct stat st;

	return a->credentials != NULL && strcmp(a->credentials, "-") == 0 &&
	    fstat(STDIN_FILENO, &st) == 0 && st.st_nlink == 0;
}

/* A signal, the end of --for, or of the account. */
static void
wait_for_end(const struct args *a, const sigset_t *ends)
{
	const struct timespec step = { .tv_nsec = 100 * 1000 * 1000 };
	const int64_t until = world_monotonic() + (int64_t)(a->for_s * 1000);

	while (sigtimedwait(ends, NULL, &step) < 0)
		if ((a->for_s > 0 && world_monotonic() >= until) ||
		    account_is_gone(a))
			return;
}

/* Goes on in a child; the caller ends once that listens, with 0, or has
 * failed. The descriptor to close then; -1: no child was wanted. */
static int
detach(const struct args *a)
{
	char byte;
	int p[2];

	if (!a->detach)
		return -1;
	if (pipe2(p, O_CLOEXEC) != 0)
		exit(1);
	switch (fork()) {
	case -1:
		exit(1);
	case 0:
		close(p[0]);
		(void)setsid();
		return p[1];
	default:
		close(p[1]);
		_exit(read(p[0], &byte, 1) == 1 ? 0 : 1);
	}
}

int
main(int argc, char **argv)
{
	struct args a = { 0 };
	sigset_t ends;
	int listens;

	args_parse(&a, argc, argv);
	listens = detach(&a);
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
	if (listens >= 0 && (write(listens, "", 1) != 1 || close(listens) != 0))
		return 1;
	wait_for_end(&a, &ends);
	world_stop();
	server_stop();
	args_free(&a);
	return 0;
}
