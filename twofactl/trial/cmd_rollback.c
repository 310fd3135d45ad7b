/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl rollback: ends a trial by command, timer or at boot. */
#include "twofactl/trial/trial_inside.h"

#define RETRY_MS (60 * INT64_C(1000))

static enum ctl_exit
end_trial(
    const struct run *run, const char *timer, bool boot, const struct trial *t)
{
	const enum roll_back_reason reason = timer != NULL ? ROLL_BACK_TIMEOUT
	    : boot                                         ? ROLL_BACK_BOOT
							   : ROLL_BACK_HAND;
	char now[BOOT_ID_MAX + 1];
	int left;

	system_boot_id(now);
	/* a timer of another trial, or a boot that preceded this trial */
	if ((timer != NULL && strcmp(timer, t->id) != 0) ||
	    (boot && now[0] != '\0' && strcmp(now, t->boot) == 0))
		return CTL_DONE;
	left = roll_back(t, reason);
	if (left < 0)
		return terminal_error_status(CTL_FAILED, "%s", etc_cause);
	trial_pending_print_end(
	    run, t->service, true, "rolled-back", "is as it was before");
	return left > 0 ? CTL_FAILED : CTL_DONE;
}

static enum ctl_exit
roll_back_once(const struct run *run, const char *timer, bool boot)
{
	struct trial t OWNED(trial_free) = { .files = 0 };
	/* nothing repeats the run of a timer or a boot */
	const bool wait = timer != NULL || boot;
	const int lock OWNED(owned_fd) = trial_pending_find(wait, &t);

	if (lock < 0)
		return CTL_FAILED;
	if (t.stage == TRIAL_RUNS)
		return end_trial(run, timer, boot, &t);
	if (t.stage == TRIAL_CONFIRMED && trial_tidy(&t) != 0)
		return terminal_error_status(CTL_FAILED, "%s", etc_cause);
	if (wait)
		return CTL_DONE;
	if (t.stage == TRIAL_CONFIRMED)
		return terminal_error_status(CTL_NO,
		    "%s has been confirmed; to end it run: twofactl "
		    "disable %s",
		    t.service, t.service);
	if (run->json)
		terminal_json("{changed:%d}\n", false);
	else
		puts("Nothing is on trial.");
	/* an admin may have meant a service that is enabled */
	return trial_pending_show_enabled() ? CTL_NO : CTL_DONE;
}

/* A timer fires only once, so retry: a full disk, for example, may pass. */
enum ctl_exit
cmd_rollback(const struct arguments *typed)
{
	int64_t next_ms = clock_ms() + RETRY_MS;
	enum ctl_exit status =
	    roll_back_once(&typed->run, typed->timer, typed->boot);

	while (status == CTL_FAILED && typed->timer != NULL) {
		trial_timer_wait(next_ms);
		next_ms = clock_ms() + RETRY_MS;
		status = roll_back_once(&typed->run, typed->timer, typed->boot);
	}
	return status;
}
