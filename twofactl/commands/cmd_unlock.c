/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl unlock */
#include "twofactl/terminal/terminal.h"

#include <stdio.h>
#include <string.h>

#include "lib/settings/settings.h"
#include "twofactl/link/link.h"
#include "twofactl/records/records.h"

/* The account's total over all people: seconds until its lock ends. */
struct account_lock {
	const char *account;
	int64_t wait_s;
	bool shut;
};

static int
take(void *ctx, const struct record *r)
{
	struct account_lock *lock = ctx;

	if (r->kind == ADMIN_USER && strcmp(r->text[1], lock->account) == 0) {
		lock->wait_s = r->number[3];
		lock->shut = r->number[4] != 0;
	}
	return r->kind == ADMIN_USER || r->kind == ADMIN_SOURCE ||
		r->kind == ADMIN_WAIT || r->kind == ADMIN_STORE
	    ? 0
	    : -1;
}

/* Wrong codes of people named at the prompt also count for the account, and its
 * lock concerns all of them. */
static void
tell_account(const struct ctl *ctl)
{
	struct ctl account = *ctl;
	struct account_lock lock = { .account = ctl->of_account };
	const struct helper_request call = {
		.purpose = PURPOSE_STATUS, .ctx = &lock, .record = take
	};

	snprintf(account.kept, sizeof(account.kept), "%s", ctl->of_account);
	if (ctl->of_account[0] != '\0' &&
	    helper_request(&account, &call) == CTL_DONE &&
	    (lock.shut || lock.wait_s > 0))
		complain("%s itself is locked for everybody who is named at "
			 "the prompt; to open that and all its people's locks "
			 "run: twofactl unlock %s",
		    ctl->of_account, shell_word(ctl->of_account));
}

static enum ctl_exit
reset_sends(const struct ctl *ctl, const struct settings *conf)
{
	struct facts facts = helper_link_facts(ctl, PURPOSE_UNLOCK);
	const struct helper_request call = { .facts = &facts };
	enum ctl_exit status;

	facts.request = UNLOCK_SENDS;
	status = helper_request(ctl, &call);
	if (status == CTL_NO)
		command_user_warn(ctl);
	if (status == CTL_DONE)
		printf("%s may have messages again%s, within the limits of "
		       "source, host and money.\n",
		    ctl->shown, settings_fleet_words(conf));
	else if (status == CTL_NO)
		printf("%s: no message was counted.\n", ctl->shown);
	return status;
}

/* The lock of an outage, which no server knows of yet. CTL_NO: there is none.
 */
static enum ctl_exit
unlock_here(const struct ctl *ctl, const struct settings *conf)
{
	struct facts facts = helper_link_facts(ctl, PURPOSE_UNLOCK);
	const struct helper_request call = { .facts = &facts };
	enum ctl_exit status;

	if (!settings_outage_file(conf))
		return CTL_NO;
	facts.request = UNLOCK_LOCAL;
	status = helper_request(ctl, &call);
	if (status == CTL_DONE)
		printf("%s is unlocked on this host (%s), for the time when "
		       "no server of the state can be\nreached.\n",
		    ctl->shown, conf->store.host);
	return status;
}

static void
tell_nothing(const struct ctl *ctl)
{
	command_user_warn(ctl);
	printf("%s: nothing was locked%s.\n", ctl->shown,
	    ctl->local ? " on this host" : "");
}

static enum ctl_exit
unlock_local(const struct ctl *ctl, const struct settings *conf)
{
	enum ctl_exit status;

	if (ctl->sends) {
		complain("--local is for a lock: leave --sends out");
		return CTL_USAGE;
	}
	if (!store_url_is(conf->state)) {
		complain("--local is for a state at postgresql:// alone: leave "
			 "it out, since all locks are this host's");
		return CTL_USAGE;
	}
	status = unlock_here(ctl, conf);
	if (status == CTL_NO)
		tell_nothing(ctl);
	return status;
}

static enum ctl_exit
unlock(const struct ctl *ctl, const struct settings *conf)
{
	const struct helper_request call = { .purpose = PURPOSE_UNLOCK };
	enum ctl_exit status, here;

	if (ctl->local)
		return unlock_local(ctl, conf);
	if (ctl->sends)
		return reset_sends(ctl, conf);
	here = unlock_here(ctl, conf); /* also when no server answers */
	status = helper_request(ctl, &call);
	if (status == CTL_DONE)
		printf("%s is unlocked%s.\n", ctl->shown,
		    settings_fleet_words(conf));
	else if (status == CTL_NO && here == CTL_NO)
		tell_nothing(ctl);
	if (status == CTL_NO || (status == CTL_DONE && here != CTL_NO))
		status = here;
	if (status == CTL_DONE || status == CTL_NO)
		tell_account(ctl);
	return status;
}

enum ctl_exit
cmd_unlock(struct ctl *ctl)
{
	return command_user_run(
	    ctl, false, COMMAND_GONE | COMMAND_WHOLE, unlock);
}
