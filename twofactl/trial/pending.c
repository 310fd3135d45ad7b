/* SPDX-License-Identifier: BSD-2-Clause */
/* The pending trial, as commands see it. */
#include "twofactl/trial/pending.h"

#include <unistd.h>

#include "twofactl/terminal/terminal.h"
#include "twofactl/trial/change_lock.h"
#include "twofactl/trial/service_change.h"
#include "twofactl/trial/trial_timer.h"

int
pending_find(bool wait, enum trial_stage *stage, struct trial *t)
{
	char cause[TRIAL_CAUSE];
	const int lock = trial_lock(wait, cause);

	*stage = TRIAL_NONE;
	*t = (struct trial){ .files = 0 };
	if (lock >= 0 && trial_read(stage, t, cause) == 0)
		return lock;
	complain("%s", cause);
	if (lock >= 0)
		(void)close(lock);
	return -1;
}

static void
tell_running(const struct trial *t)
{
	char text[TRIAL_TIMER_CLOCK];

	trial_timer_clock(t, text);
	complain("%s is on trial until %s; end that first: %stwofactl rollback",
	    t->service, text, t->rehearsal ? "" : "twofactl confirm, or ");
}

int
pending_lock(enum ctl_exit *status)
{
	char cause[TRIAL_CAUSE];
	enum trial_stage stage;
	struct trial t;
	int lock = pending_find(false, &stage, &t);

	*status = CTL_FAILED;
	if (lock < 0)
		return -1;
	if (stage == TRIAL_RUNS) {
		tell_running(&t);
		*status = CTL_NO;
	} else if (stage == TRIAL_CONFIRMED && trial_tidy(&t, cause) != 0) {
		complain("%s", cause);
	} else {
		*status = CTL_DONE;
	}
	trial_free(&t);
	if (*status == CTL_DONE)
		return lock;
	(void)close(lock);
	return -1;
}

bool
pending_tell_enabled(void)
{
	char cause[TRIAL_CAUSE];
	struct trial t;
	bool found = false;

	for (const char *const *name = service_change_list; *name != NULL;
	     name++) {
		if (trial_read_enabled(*name, &t, cause) <= 0)
			continue;
		complain("%s has been confirmed; to end it run: twofactl "
			 "disable %s",
		    *name, *name);
		trial_free(&t);
		found = true;
	}
	return found;
}
