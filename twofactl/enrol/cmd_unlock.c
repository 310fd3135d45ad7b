/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl unlock: ends a user's locks and resets the counts. */
#include "twofactl/enrol/enrol.h"

struct account_lock {
	const char *account;
	bool locked;
};

static int
take_account_lock(void *ctx, const struct item *r)
{
	struct account_lock *lock = ctx;

	if (r->kind == ITEM_USER && strcmp(r->text[1], lock->account) == 0)
		lock->locked = r->number[3] > 0 || r->number[4] != 0;
	return r->kind == ITEM_USER || r->kind == ITEM_SOURCE ||
		r->kind == ITEM_WAIT || r->kind == ITEM_STORE
	    ? 0
	    : -1;
}

/* Reports a lock of the account: wrong codes of people named at the prompt
 * count for it too, and it concerns all of them. */
static void
report_account_lock(const struct command_user *c)
{
	struct account_lock lock = { .account = c->target.of_account };
	const struct client_request call = { .purpose = PURPOSE_STATUS,
		.user = c->target.of_account,
		.ctx = &lock,
		.record = take_account_lock };

	if (c->target.of_account[0] != '\0' &&
	    client_request(&c->run, &call) == CTL_DONE && lock.locked)
		terminal_error("%s itself is locked for everybody who is named "
			       "at the prompt; to end that lock and those of "
			       "all its people run: twofactl unlock %s",
		    c->target.of_account,
		    terminal_shell_quote(c->target.of_account));
}

/* Requests an unlock. which is PURPOSE_UNLOCK_SENDS, PURPOSE_UNLOCK_LOCAL, or
 * NULL for the locks and numbers in the state. */
static enum ctl_exit
request_unlock(const struct command_user *c, const char *which)
{
	int64_t freed = 0;
	const struct client_request call = { .purpose = PURPOSE_UNLOCK,
		.user = c->target.owner,
		.request = which,
		.count = &freed,
		.counts = ITEM_FREED };
	const enum ctl_exit status = client_request(&c->run, &call);

	if (freed > 0)
		printf("Ended at the numbers of %s: %lld verification%s.\n",
		    command_target_text(&c->target), (long long)freed,
		    freed == 1 ? "" : "s");
	return status;
}

static enum ctl_exit
reset_sends(const struct command_user *c)
{
	const enum ctl_exit status = request_unlock(c, PURPOSE_UNLOCK_SENDS);

	if (status == CTL_NO)
		command_user_warn_unknown(&c->target);
	if (status == CTL_DONE)
		printf("%s can get messages again%s, within the limits of "
		       "source, host and money.\n",
		    command_target_text(&c->target),
		    settings_on_all_hosts_text(c->conf));
	else if (status == CTL_NO)
		printf("%s: no message was counted.\n",
		    command_target_text(&c->target));
	return status;
}

/* Ends the lock of an outage, which no server has. Returns CTL_NO if no such
 * lock exists. */
static enum ctl_exit
unlock_outage(const struct command_user *c)
{
	enum ctl_exit status;

	if (!settings_has_outage_file(c->conf))
		return CTL_NO;
	status = request_unlock(c, PURPOSE_UNLOCK_LOCAL);
	if (status == CTL_DONE)
		printf("%s is unlocked on this host (%s), for the time when no "
		       "state server can be\nreached.\n",
		    command_target_text(&c->target), c->conf->store.host);
	return status;
}

static void
print_nothing_locked(const struct target *target, bool local)
{
	command_user_warn_unknown(target);
	printf("%s: nothing was locked%s.\n", command_target_text(target),
	    local ? " on this host" : "");
}

static enum ctl_exit
unlock(const struct command_user *c)
{
	/* also if no server answers */
	const enum ctl_exit here = unlock_outage(c);
	enum ctl_exit status = request_unlock(c, NULL);

	if (status == CTL_DONE)
		printf("%s is unlocked%s.\n", command_target_text(&c->target),
		    settings_on_all_hosts_text(c->conf));
	else if (status == CTL_NO && here == CTL_NO)
		print_nothing_locked(&c->target, false);
	if (status == CTL_NO || (status == CTL_DONE && here != CTL_NO))
		status = here;
	if (status == CTL_DONE || status == CTL_NO)
		report_account_lock(c);
	return status;
}

enum ctl_exit
cmd_unlock(struct command_user *c, const struct arguments *typed)
{
	enum ctl_exit status;

	if (typed->local && typed->sends)
		return terminal_error_status(
		    CTL_USAGE, "--local is for a lock: leave --sends out");
	if (!typed->local)
		return typed->sends ? reset_sends(c) : unlock(c);
	if (!settings_is_fleet(c->conf))
		return terminal_error_status(CTL_USAGE,
		    "--local is only for a state at postgresql://: leave it "
		    "out, since all locks are this host's");
	status = unlock_outage(c);
	if (status == CTL_NO)
		print_nothing_locked(&c->target, true);
	return status;
}
