/* SPDX-License-Identifier: BSD-2-Clause */
/* Holds back signals that end a program. */
#include "twofactl/trial/break_signals.h"

#include <stddef.h>
#include <time.h>

static const int numbers[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static volatile sig_atomic_t came;

static void
note(int number)
{
	(void)number;
	came = 1;
}

void
break_signals_hold(struct break_signals *b)
{
	const struct sigaction noting = { .sa_handler = note };
	sigset_t held;

	came = 0;
	sigemptyset(&held);
	for (size_t i = 0; i < NUMBERS; i++)
		(void)sigaddset(&held, numbers[i]);
	(void)sigprocmask(SIG_BLOCK, &held, &b->before);
	for (size_t i = 0; i < NUMBERS; i++) {
		(void)sigaction(numbers[i], NULL, &b->action[i]);
		/* ignored, as by nohup: it stays so */
		if (b->action[i].sa_handler != SIG_IGN)
			(void)sigaction(numbers[i], &noting, NULL);
	}
}

int
break_signals_poll(const struct break_signals *b, struct pollfd *p,
    nfds_t count, int64_t timeout_ms)
{
	const struct timespec timeout = { .tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000 };

	return ppoll(p, count, &timeout, &b->before);
}

bool
break_signals_came(void)
{
	return came != 0;
}

void
break_signals_release(const struct break_signals *b)
{
	sigset_t now;

	/* those that are still waiting go to note and are done */
	(void)sigprocmask(SIG_SETMASK, &b->before, &now);
	for (size_t i = 0; i < NUMBERS; i++)
		(void)sigaction(numbers[i], &b->action[i], NULL);
}
