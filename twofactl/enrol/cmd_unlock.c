/* SPDX-License-Identifier: BSD-2-Clause */

#include "twofactl/enrol/enrol.h"
#include <stdlib.h>
#include "twofactl/enrol/enrol_inside.h"
#include "twofactl/client/client.h"

/* The account's total over all people: seconds until its lock ends. */
struct account_lock {
	const char *account;
	int64_t wait_s;
	bool shut;
};

static int
cmd_unlock_take(void *ctx, const struct item *r)
{
	struct account_lock *lock = ctx;

	if (r->kind == ITEM_USER && strcmp(r->text[1], lock->account) == 0) {
		lock->wait_s = r->number[3];
		lock->shut = r->number[4] != 0;
	}
	return r->kind == ITEM_USER || r->kind == ITEM_SOURCE ||
		r->kind == ITEM_WAIT || r->kind == ITEM_STORE
	    ? 0
	    : -1;
}

/* Wrong codes of people named at the prompt also count for the account, and its
 * lock concerns all of them. */
static void
tell_account(const struct command_user *c)
{
	struct account_lock lock = { .account = c->target.of_account };
	const struct client_request call = { .purpose = PURPOSE_STATUS,
		.user = c->target.of_account,
		.ctx = &lock,
		.record = cmd_unlock_take };

	if (c->target.of_account[0] != '\0' &&
	    client_request(&c->run, &call) == CTL_DONE &&
	    (lock.shut || lock.wait_s > 0))
		terminal_error(
		    "%s itself is locked for everybody who is named at "
		    "the prompt; to open that lock and those of all "
		    "its people run: twofactl unlock %s",
		    c->target.of_account,
		    terminal_shell_quote(c->target.of_account));
}

/* which: of the locks; NULL: the state's. */
static enum ctl_exit
lost_phone_open(const struct command_user *c, const char *which)
{
	const struct client_request call = { .purpose = PURPOSE_UNLOCK,
		.user = c->target.owner,
		.request = which };

	return client_request(&c->run, &call);
}

static enum ctl_exit
reset_sends(const struct command_user *c)
{
	const enum ctl_exit status = lost_phone_open(c, PURPOSE_UNLOCK_SENDS);

	if (status == CTL_NO)
		command_user_warn(&c->target);
	if (status == CTL_DONE)
		printf("%s can get messages again%s, within the limits of "
		       "source, host and money.\n",
		    command_target_text(&c->target),
		    settings_fleet_words(c->conf));
	else if (status == CTL_NO)
		printf("%s: no message was counted.\n",
		    command_target_text(&c->target));
	return status;
}

/* The lock of an outage, which no server knows. CTL_NO: there is none. */
static enum ctl_exit
unlock_here(const struct command_user *c)
{
	enum ctl_exit status;

	if (!settings_outage_file(c->conf))
		return CTL_NO;
	status = lost_phone_open(c, PURPOSE_UNLOCK_LOCAL);
	if (status == CTL_DONE)
		printf("%s is unlocked on this host (%s), for the time when "
		       "no server of the state can be\nreached.\n",
		    command_target_text(&c->target), c->conf->store.host);
	return status;
}

static void
tell_nothing(const struct target *target, bool local)
{
	command_user_warn(target);
	printf("%s: nothing was locked%s.\n", command_target_text(target),
	    local ? " on this host" : "");
}

static enum ctl_exit
unlock_local(const struct command_user *c)
{
	enum ctl_exit status;

	if (!settings_is_fleet(c->conf))
		return terminal_error_exit(CTL_USAGE,
		    "--local is only for a state at postgresql://: "
		    "leave it out, since all locks are this host's");
	status = unlock_here(c);
	if (status == CTL_NO)
		tell_nothing(&c->target, true);
	return status;
}

static enum ctl_exit
unlock(const struct command_user *c)
{
	/* also when no server answers */
	const enum ctl_exit here = unlock_here(c);
	enum ctl_exit status = lost_phone_open(c, NULL);

	if (status == CTL_DONE)
		printf("%s is unlocked%s.\n", command_target_text(&c->target),
		    settings_fleet_words(c->conf));
	else if (status == CTL_NO && here == CTL_NO)
		tell_nothing(&c->target, false);
	if (status == CTL_NO || (status == CTL_DONE && here != CTL_NO))
		status = here;
	if (status == CTL_DONE || status == CTL_NO)
		tell_account(c);
	return status;
}

enum ctl_exit
cmd_unlock(struct command_user *c, const struct arguments *typed)
{
	if (typed->local && typed->sends)
		return terminal_error_exit(
		    CTL_USAGE, "--local is for a lock: leave --sends out");
	return typed->local ? unlock_local(c)
	    : typed->sends  ? reset_sends(c)
			    : unlock(c);
}
