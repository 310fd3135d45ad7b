/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl confirm: makes a trial permanent once an admin has logged in. */
#include "twofactl/trial/trial_inside.h"

/* Requires that an admin has logged in during the trial: an admin can still
 * help the other users if something is wrong. */
static enum ctl_exit
trial_end_check(const struct run *run, bool anyway, const struct trial *t)
{
	struct trial_find_logins in;
	enum ctl_exit status;

	if (t->rehearsal)
		return terminal_error_status(CTL_NO,
		    "%s is on trial in a rehearsal, which cannot be "
		    "confirmed; end it: twofactl rollback; then set up "
		    "the vendor: twofactl init",
		    t->service);
	status = trial_find_logins(run, t->service, t->since, &in);
	if (status != CTL_DONE || anyway)
		return anyway ? CTL_DONE : status;
	if (in.admin)
		return CTL_DONE;
	if (in.count == 0)
		return terminal_error_status(CTL_NO,
		    "nobody has logged in through %s with a code since the "
		    "trial began; log in from another terminal first",
		    t->service);
	for (unsigned i = 0; i < in.count; i++)
		terminal_error("%s has logged in through %s with a code, but "
			       "is in none of the groups sudo, wheel and admin",
		    in.user[i], t->service);
	return terminal_error_status(
	    CTL_NO, "let an admin log in first, or add --anyway");
}

/* state is for --json; words follow the service's name in plain output. */
void
trial_pending_print_end(const struct run *run, const char *service,
    bool changed, const char *state, const char *words)
{
	if (run->json)
		terminal_json("{changed:%d,service:%s,state:%s}\n", changed,
		    service, state);
	else
		printf("%s %s.\n", service, words);
}

/* A failure to tidy is only reported: the next command tries again. */
static enum ctl_exit
cmd_confirm_tidy(const struct run *run, const struct trial *t)
{
	trial_timer_disarm(t);
	if (trial_tidy(t) != 0)
		terminal_error("%s", etc_cause);
	trial_pending_print_end(run, t->service, true, "enabled", "is enabled");
	return CTL_DONE;
}

static enum ctl_exit
trial_end_confirm(const struct run *run, bool anyway, const struct trial *t)
{
	const enum ctl_exit status = trial_end_check(run, anyway, t);

	if (status != CTL_DONE)
		return status;
	if (!anyway && trial_check(t, true) != 0)
		return terminal_error_status(CTL_NO, "%s", etc_cause);
	if (trial_confirm(t) != 0)
		return terminal_error_status(CTL_FAILED, "%s", etc_cause);
	client_audit(
	    EVENT_TRIAL_CONFIRMED, NULL, "enable %s: confirmed", t->service);
	return cmd_confirm_tidy(run, t);
}

enum ctl_exit
cmd_confirm(const struct arguments *typed)
{
	struct trial t OWNED(trial_free) = { .files = 0 };
	const int lock OWNED(owned_fd) = trial_pending_find(false, &t);

	if (lock < 0)
		return CTL_FAILED;
	if (t.stage == TRIAL_NONE)
		return terminal_error_status(CTL_NO,
		    "nothing is on trial; it was rolled back, or confirmed "
		    "before: see twofactl doctor");
	if (t.stage == TRIAL_CONFIRMED) /* an earlier one was interrupted */
		return cmd_confirm_tidy(&typed->run, &t);
	return trial_end_confirm(&typed->run, typed->anyway, &t);
}
