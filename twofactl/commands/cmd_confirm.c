/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl confirm */
#include "twofactl/terminal/terminal.h"

#include <stdio.h>
#include <unistd.h>

#include "lib/system/system.h"
#include "twofactl/trial/pending.h"
#include "twofactl/trial/trial_timer.h"
#include "twofactl/trial/who_got_in.h"

static void
tell_nobody(const struct trial *t, const struct who_got_in *in)
{
	if (in->count == 0) {
		complain("nobody has got in by %s with a code since the trial "
			 "began; log in from another terminal first",
		    t->service);
		return;
	}
	for (unsigned i = 0; i < in->count; i++)
		complain("%s has got in by %s with a code, but is in none of "
			 "the groups sudo, wheel, admin",
		    in->who[i].user, t->service);
	complain("let an admin log in first, or add --anyway");
}

/* At least one admin must have logged in, who can help others if something is
 * wrong. */
static enum ctl_exit
check(const struct ctl *ctl, const struct trial *t)
{
	struct who_got_in in;
	enum ctl_exit status;

	if (t->rehearsal) {
		complain("%s is on trial in a rehearsal, which cannot be "
			 "confirmed; end it: twofactl rollback; then set up "
			 "the vendor: twofactl init",
		    t->service);
		return CTL_NO;
	}
	status = who_got_in(ctl, t->service, t->since, &in);
	if (status != CTL_DONE || ctl->anyway)
		return ctl->anyway ? CTL_DONE : status;
	for (unsigned i = 0; i < in.count; i++)
		if (in.who[i].admin)
			return CTL_DONE;
	tell_nobody(t, &in);
	return CTL_NO;
}

static void
tell(const struct ctl *ctl, const struct trial *t)
{
	if (!ctl->json) {
		printf("%s is enabled.\n", t->service);
		return;
	}
	fputs("{\"changed\":true,\"service\":", stdout);
	json_text_print(t->service);
	puts(",\"state\":\"enabled\"}");
}

/* The trial is confirmed. What cannot be removed now is removed by the next
 * command. */
static enum ctl_exit
tidy(const struct ctl *ctl, const struct trial *t)
{
	char cause[TRIAL_CAUSE];

	trial_timer_disarm(t);
	if (trial_tidy(t, cause) != 0)
		complain("%s", cause);
	tell(ctl, t);
	return CTL_DONE;
}

static enum ctl_exit
confirm(const struct ctl *ctl, const struct trial *t)
{
	char cause[TRIAL_CAUSE];
	const enum ctl_exit status = check(ctl, t);

	if (status != CTL_DONE)
		return status;
	if (!ctl->anyway && trial_stands(t, cause) != 0) {
		complain("%s", cause);
		return CTL_NO;
	}
	if (trial_confirm(t, cause) != 0) {
		complain("%s", cause);
		return CTL_FAILED;
	}
	log_notice("enable %s: confirmed", t->service);
	return tidy(ctl, t);
}

enum ctl_exit
cmd_confirm(struct ctl *ctl)
{
	enum ctl_exit status = CTL_NO;
	enum trial_stage stage;
	struct trial t;
	const int lock = pending_find(false, &stage, &t);

	if (lock < 0)
		return CTL_FAILED;
	switch (stage) {
	case TRIAL_NONE:
		complain(
		    "nothing is on trial; it was rolled back, or confirmed "
		    "before: see twofactl doctor");
		break;
	case TRIAL_RUNS:
		status = confirm(ctl, &t);
		break;
	case TRIAL_CONFIRMED: /* twofactl was stopped after that */
		status = tidy(ctl, &t);
		break;
	}
	trial_free(&t);
	(void)close(lock);
	return status;
}
