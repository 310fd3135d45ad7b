/* SPDX-License-Identifier: BSD-2-Clause */
/* A trial ends: twofactl confirm, rollback, disable. */
#include "twofactl/trial/trial.h"

#include <unistd.h>

#include "twofactl/client/client.h"
#include "twofactl/trial/trial_inside.h"

/* Take the lock and read the pending trial, for confirm and rollback; *stage is
 * NONE when there is none. wait: for another twofactl. The descriptor, or -1
 * after complaining. */
static int
trial_pending_find(bool wait, enum trial_stage *stage, struct trial *t)
{
	const int lock = trial_lock(wait);

	*stage = TRIAL_NONE;
	*t = (struct trial){ .files = 0 };
	if (lock >= 0 && trial_read(stage, t) == 0)
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
	enum trial_stage stage;
	struct trial t;
	int lock = trial_pending_find(false, &stage, &t);

	*status = CTL_FAILED;
	if (lock < 0)
		return -1;
	if (stage == TRIAL_RUNS) {
		trial_timer_clock(&t, until);
		terminal_error("%s is on trial until %s; end that first: "
			       "%stwofactl rollback",
		    t.service, until,
		    t.rehearsal ? "" : "twofactl confirm, or ");
		*status = CTL_NO;
	} else if (stage == TRIAL_CONFIRMED && trial_tidy(&t) != 0) {
		terminal_error("%s", etc_cause);
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
trial_pending_show_enabled(void)
{
	bool found = false;

	for (const char *const *name = service_change_list; *name != NULL;
	     name++)
		if (trial_enabled(*name)) {
			terminal_error("%s has been confirmed; to end it run: "
				       "twofactl disable %s",
			    *name, *name);
			found = true;
		}
	return found;
}

static void
trial_pending_print_none(
    const struct trial *t, const struct trial_find_logins *in)
{
	if (in->count == 0) {
		terminal_error(
		    "nobody has logged in through %s with a code since "
		    "the trial began; log in from another terminal "
		    "first",
		    t->service);
		return;
	}
	for (unsigned i = 0; i < in->count; i++)
		terminal_error(
		    "%s has logged in through %s with a code, but is "
		    "in none of the groups sudo, wheel and admin",
		    in->who[i].user, t->service);
	terminal_error("let an admin log in first, or add --anyway");
}

/* At least one admin must have logged in, who can help others if something is
 * wrong. */
static enum ctl_exit
trial_end_check(const struct run *run, bool anyway, const struct trial *t)
{
	struct trial_find_logins in;
	enum ctl_exit status;

	if (t->rehearsal)
		return terminal_error_exit(CTL_NO,
		    "%s is on trial in a rehearsal, which cannot be "
		    "confirmed; end it: twofactl rollback; then set up "
		    "the vendor: twofactl init",
		    t->service);
	status = trial_find_logins(run, t->service, t->since, &in);
	if (status != CTL_DONE || anyway)
		return anyway ? CTL_DONE : status;
	for (unsigned i = 0; i < in.count; i++)
		if (in.who[i].admin)
			return CTL_DONE;
	trial_pending_print_none(t, &in);
	return CTL_NO;
}

/* words follow the service's name, for people. */
static void
trial_pending_print_end(const struct run *run, const char *service,
    bool changed, const char *state, const char *words)
{
	if (run->json)
		terminal_json("{changed:%d,service:%s,state:%s}\n", changed,
		    service, state);
	else
		printf("%s %s.\n", service, words);
}

/* Confirmed. What cannot be removed now the next command removes. */
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
		return terminal_error_exit(CTL_NO, "%s", etc_cause);
	if (trial_confirm(t) != 0)
		return terminal_error_exit(CTL_FAILED, "%s", etc_cause);
	client_audit(
	    EVENT_TRIAL_CONFIRMED, NULL, "enable %s: confirmed", t->service);
	return cmd_confirm_tidy(run, t);
}

enum ctl_exit
cmd_confirm(const struct arguments *typed)
{
	const struct run run = options_run(typed);
	enum ctl_exit status = CTL_NO;
	enum trial_stage stage;
	struct trial t;
	const int lock = trial_pending_find(false, &stage, &t);

	if (lock < 0)
		return CTL_FAILED;
	switch (stage) {
	case TRIAL_NONE:
		terminal_error(
		    "nothing is on trial; it was rolled back, or confirmed "
		    "before: see twofactl doctor");
		break;
	case TRIAL_RUNS:
		status = trial_end_confirm(&run, typed->anyway, &t);
		break;
	case TRIAL_CONFIRMED: /* twofactl was stopped after that */
		status = cmd_confirm_tidy(&run, &t);
		break;
	}
	trial_free(&t);
	(void)close(lock);
	return status;
}

static enum ctl_exit
disable(const struct run *run, const char *service)
{
	struct trial t;
	const int found = trial_read_enabled(service, &t);
	int rc = found;

	if (found > 0)
		rc = trial_restore(&t, true);
	trial_free(&t);
	if (rc < 0 || (found > 0 && rc > 0))
		terminal_error("%s", etc_cause);
	if (rc < 0)
		return CTL_FAILED;
	if (found > 0) {
		if (strcmp(service, "sshd") == 0 &&
		    sshd_reload(etc_cause) == SSHD_RELOAD_FAILED)
			terminal_error("%s; correct that, then run: systemctl "
				       "restart ssh",
			    etc_cause);
		trial_step("reloaded");
		client_audit(EVENT_DISABLED, NULL, "disable %s", service);
		if (trial_forget_enabled(service) != 0)
			terminal_error("%s", etc_cause);
	}
	trial_pending_print_end(run, service, found > 0, "disabled",
	    found > 0 ? "is disabled" : "was not enabled");
	return CTL_DONE;
}

static enum ctl_exit
disable_all(const struct run *run)
{
	enum ctl_exit worst = CTL_DONE;

	for (const char *const *name = service_change_list; *name != NULL;
	     name++) {
		const enum ctl_exit status = disable(run, *name);

		if (status != CTL_DONE)
			worst = status;
	}
	return worst;
}

enum ctl_exit
cmd_disable(const struct arguments *typed)
{
	const struct run run = options_run(typed);
	const char *service = typed->operand[0];
	enum ctl_exit status;
	int lock;

	if ((service == NULL) != typed->all)
		return terminal_error_exit(
		    CTL_USAGE, "name a service, or write --all");
	if (service != NULL && !text_is_one_of(service, service_change_list))
		return terminal_error_exit(CTL_USAGE,
		    "disable knows %s, not \"%.40s\"", service_change_names,
		    service);
	lock = trial_pending_lock(&status);
	if (lock < 0)
		return status;
	rehearsal_stop();
	status = typed->all ? disable_all(&run) : disable(&run, service);
	(void)close(lock);
	return status;
}

_Static_assert(SSHD_RELOAD_CAUSE == TRIAL_CAUSE, "one buffer");

#define RETRY_MS (60 * INT64_C(1000))

static enum ctl_exit
end_trial(
    const struct run *run, const char *timer, bool boot, const struct trial *t)
{
	const enum roll_back_reason reason = timer != NULL ? ROLL_BACK_TIMEOUT
	    : boot                                         ? ROLL_BACK_BOOT
							   : ROLL_BACK_HAND;
	char now[BOOT_ID_MAX + 1];

	system_boot_id(now);
	/* another trial's timer, or a boot before the trial began */
	if ((timer != NULL && strcmp(timer, t->id) != 0) ||
	    (boot && now[0] != '\0' && strcmp(now, t->boot) == 0))
		return CTL_DONE;
	if (roll_back(t, reason) != 0)
		return terminal_error_exit(CTL_FAILED, "%s", etc_cause);
	trial_pending_print_end(
	    run, t->service, true, "rolled-back", "is as it was before");
	return CTL_DONE;
}

/* The trial was confirmed. */
static enum ctl_exit
cmd_rollback_tidy(bool by_itself, const struct trial *t)
{
	if (trial_tidy(t) != 0)
		return terminal_error_exit(CTL_FAILED, "%s", etc_cause);
	if (by_itself)
		return CTL_DONE;
	return terminal_error_exit(CTL_NO,
	    "%s has been confirmed; to end it run: twofactl disable %s",
	    t->service, t->service);
}

/* An admin who runs this by hand wants to end a trial. */
static enum ctl_exit
tell_none(const struct run *run, bool by_itself)
{
	if (by_itself)
		return CTL_DONE;
	if (run->json)
		terminal_json("{changed:%d}\n", false);
	else
		puts("Nothing is on trial.");
	return trial_pending_show_enabled() ? CTL_NO : CTL_DONE;
}

static enum ctl_exit
roll_back_once(const struct run *run, const char *timer, bool boot)
{
	enum ctl_exit status = CTL_DONE;
	enum trial_stage stage;
	struct trial t;
	/* these run only once */
	const bool wait = timer != NULL || boot;
	const int lock = trial_pending_find(wait, &stage, &t);

	if (lock < 0)
		return CTL_FAILED;
	switch (stage) {
	case TRIAL_NONE:
		status = tell_none(run, wait);
		break;
	case TRIAL_RUNS:
		status = end_trial(run, timer, boot, &t);
		break;
	case TRIAL_CONFIRMED:
		status = cmd_rollback_tidy(wait, &t);
		break;
	}
	trial_free(&t);
	(void)close(lock);
	return status;
}

/* A timer runs only once, and what blocks it may pass, like a full disk. */
enum ctl_exit
cmd_rollback(const struct arguments *typed)
{
	const struct run run = options_run(typed);
	int64_t next_ms = clock_ms() + RETRY_MS;
	enum ctl_exit status = roll_back_once(&run, typed->timer, typed->boot);

	while (status == CTL_FAILED && typed->timer != NULL) {
		trial_timer_wait(next_ms);
		next_ms = clock_ms() + RETRY_MS;
		status = roll_back_once(&run, typed->timer, typed->boot);
	}
	return status;
}
