/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl rollback */
#include "twofactl/terminal/terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/system/system.h"
#include "twofactl/trial/change_lock.h"
#include "twofactl/trial/pending.h"
#include "twofactl/trial/roll_back.h"
#include "twofactl/trial/trial_timer.h"

#define RETRY_MS (60 * INT64_C(1000))

/* False for another trial's timer, or for a boot before the trial began. */
static bool
is_meant(const struct ctl *ctl, const struct trial *t)
{
	char boot[TRIAL_BOOT], cause[TRIAL_CAUSE];

	if (ctl->timer != NULL && strcmp(ctl->timer, t->id) != 0)
		return false;
	return !ctl->boot || trial_boot(boot, cause) != 0 ||
	    strcmp(boot, t->boot) != 0;
}

static enum ctl_exit
run(const struct ctl *ctl, const struct trial *t)
{
	const enum roll_back_reason reason = ctl->timer != NULL
	    ? ROLL_BACK_TIMEOUT
	    : ctl->boot ? ROLL_BACK_BOOT
			: ROLL_BACK_HAND;
	char cause[TRIAL_CAUSE];

	if (!is_meant(ctl, t))
		return CTL_DONE;
	if (roll_back(t, reason, cause) != 0) {
		complain("%s", cause);
		return CTL_FAILED;
	}
	if (ctl->json)
		printf("{\"changed\":true,\"service\":\"%s\",\"state\":"
		       "\"rolled-back\"}\n",
		    t->service);
	else
		printf("%s is as it was before.\n", t->service);
	return CTL_DONE;
}

/* The trial was confirmed. */
static enum ctl_exit
tidy(const struct ctl *ctl, const struct trial *t)
{
	char cause[TRIAL_CAUSE];

	if (trial_tidy(t, cause) != 0) {
		complain("%s", cause);
		return CTL_FAILED;
	}
	if (ctl->boot || ctl->timer != NULL)
		return CTL_DONE;
	complain("%s has been confirmed; to end it run: twofactl disable %s",
	    t->service, t->service);
	return CTL_NO;
}

/* An admin who runs this by hand wants to end a trial. */
static enum ctl_exit
tell_none(const struct ctl *ctl)
{
	if (ctl->timer != NULL || ctl->boot)
		return CTL_DONE;
	if (ctl->json)
		puts("{\"changed\":false}");
	else
		puts("Nothing is on trial.");
	return pending_tell_enabled() ? CTL_NO : CTL_DONE;
}

static enum ctl_exit
roll_back_once(const struct ctl *ctl)
{
	enum ctl_exit status = CTL_DONE;
	enum trial_stage stage;
	struct trial t;
	/* these run only once */
	const bool wait = ctl->timer != NULL || ctl->boot;
	const int lock = pending_find(wait, &stage, &t);

	if (lock < 0)
		return CTL_FAILED;
	switch (stage) {
	case TRIAL_NONE:
		status = tell_none(ctl);
		break;
	case TRIAL_RUNS:
		status = run(ctl, &t);
		break;
	case TRIAL_CONFIRMED:
		status = tidy(ctl, &t);
		break;
	}
	trial_free(&t);
	(void)close(lock);
	return status;
}

/* A timer runs only once, and what blocks it may pass, like a full disk. */
enum ctl_exit
cmd_rollback(struct ctl *ctl)
{
	int64_t next_ms = clock_ms() + RETRY_MS;
	enum ctl_exit status = roll_back_once(ctl);

	while (status == CTL_FAILED && ctl->timer != NULL) {
		trial_timer_wait(next_ms);
		next_ms = clock_ms() + RETRY_MS;
		status = roll_back_once(ctl);
	}
	return status;
}
