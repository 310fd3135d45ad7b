/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the pending trial, for the commands that end or begin one. */
#include "twofactl/trial/trial_inside.h"
#include <unistd.h>

/* Takes the lock and reads the pending trial. Returns the lock's descriptor, or
 * -1 after printing an error. wait: blocks while another twofactl holds it. */
int
trial_pending_find(bool wait, struct trial *t)
{
	const int lock = trial_lock(wait);

	if (lock >= 0 && trial_read(t) == 0)
		return lock;
	terminal_error("%s", etc_cause);
	if (lock >= 0)
		(void)close(lock);
	return -1;
}

int
trial_pending_lock(enum ctl_exit *status)
{
	char until[TRIAL_TIMER_CLOCK];
	struct trial t OWNED(trial_free) = { .files = 0 };
	int lock = trial_pending_find(false, &t);

	*status = CTL_FAILED;
	if (lock < 0)
		return -1;
	if (t.stage == TRIAL_RUNS) {
		trial_timer_write_end_time(&t, until);
		terminal_error("%s is on trial until %s; end that first: "
			       "%stwofactl rollback",
		    t.service, until,
		    t.rehearsal ? "" : "twofactl confirm, or ");
		*status = CTL_NO;
	} else if (t.stage == TRIAL_CONFIRMED && trial_tidy(&t) != 0) {
		terminal_error("%s", etc_cause);
	} else {
		*status = CTL_DONE;
	}
	if (*status == CTL_DONE)
		return lock;
	(void)close(lock);
	return -1;
}

bool
trial_pending_show_enabled(void)
{
	bool found = false;

	for (const char *const *name = service_change_list; *name != NULL;
	     name++)
		if (trial_enabled(*name, NULL)) {
			terminal_error("%s has been confirmed; to end it run: "
				       "twofactl disable %s",
			    *name, *name);
			found = true;
		}
	return found;
}
