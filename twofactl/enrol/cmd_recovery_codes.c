/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl recovery-codes: makes, shows and counts recovery codes. */
#include "twofactl/enrol/enrol.h"

static enum ctl_exit
print_left(const struct command_user *c, int64_t left)
{
	if (c->run.json)
		terminal_json("{left:%jd}\n", left);
	else
		printf("%s: %lld recovery code%s left.\n",
		    command_target_text(&c->target), (long long)left,
		    left == 1 ? "" : "s");
	return left > 0 ? CTL_DONE : CTL_NO;
}

static enum ctl_exit
confirm_replacement(const struct target *target, int64_t left)
{
	char question[320];

	if (left == 0)
		return CTL_DONE;
	PRINT_TO(question,
	    "Replace the %lld recovery code%s that %s has left? [y/N] ",
	    (long long)left, left == 1 ? "" : "s", command_target_text(target));
	return terminal_confirm_or(question,
	    "%s has %lld recovery code%s left, which new ones would replace; "
	    "add --yes",
	    command_target_text(target), (long long)left, left == 1 ? "" : "s");
}

/* Codes may be printed before their user is enrolled or enabled, but who
 * gets them must know that no login takes them until then. */
static void
warn_unusable(const struct command_user *c)
{
	struct user_record record OWNED(user_record_wipe);
	const enum user_result found = command_user_record(c, NULL, &record);
	const char *name = command_target_text(&c->target);

	if (found == USER_ABSENT)
		terminal_error(
		    "warning: %s is not enrolled: until that changes no "
		    "login takes these codes; run: %s",
		    name,
		    settings_enrol_command(
			c->conf, terminal_shell_quote(c->target.account)));
	else if (found == USER_FOUND && !record.enabled)
		terminal_error("warning: %s is disabled: until that changes no "
			       "login takes these codes; run: twofactl edit %s",
		    name, terminal_shell_quote(c->target.account));
}

/* Prints the text before the codes: if it cannot be written, the old codes
 * stay. */
static enum ctl_exit
print_head(const struct command_user *c, bool local)
{
	if (c->run.json)
		terminal_json("{codes:[");
	else
		printf("%s codes of %s:\n\n",
		    local ? "Break-glass" : "Recovery",
		    command_target_text(&c->target));
	if (fflush(stdout) == 0)
		return CTL_DONE;
	return terminal_error_status(CTL_FAILED,
	    "standard output cannot be written: nothing was changed");
}

static void
print_codes(
    const struct command_user *c, bool local, const struct new_codes *codes)
{
	char text[RECOVERY_TEXT + 1];

	for (unsigned i = 0; i < codes->count; i++) {
		text_in_fours(text, sizeof(text), codes->code[i], '-');
		if (c->run.json)
			terminal_json(",%s", text);
		else
			puts(text);
	}
	explicit_bzero(text, sizeof(text));
	if (c->run.json) {
		terminal_json("],replaced:%jd}\n", codes->left);
		return;
	}
	printf("\nEach is valid for one login of %s, even without a phone. "
	       "Keep them on paper,\nin a safe place: they are not shown "
	       "again.\n",
	    command_target_text(&c->target));
	if (local)
		puts("They are valid only on this host, while no state "
		     "server can be reached.");
	if (codes->left > 0)
		printf("%lld older code%s replaced and no longer valid.\n",
		    (long long)codes->left,
		    codes->left == 1 ? " was" : "s were");
}

enum ctl_exit
cmd_recovery_codes(struct command_user *c, const struct arguments *typed)
{
	struct new_codes codes;
	enum ctl_exit status;

	/* break-glass codes need a state server that can be unreachable */
	if (typed->local && !settings_is_fleet(c->conf))
		return terminal_error_status(CTL_USAGE,
		    "--local is only for a state at postgresql://: leave it "
		    "out, since recovery codes are on this host");
	if (typed->local && c->conf->store.on_outage != OUTAGE_OFFLINE)
		return terminal_error_status(CTL_USAGE,
		    "--local codes need on_store_outage = \"offline\" in "
		    "store = { }; it is \"deny\"");
	status = recovery_codes_make(&c->run, c->target.owner, typed->local,
	    RECOVERY_CODES_COUNT, &codes);
	if (status == CTL_DONE && typed->left)
		return print_left(c, codes.left);
	if (status == CTL_DONE && !typed->local)
		status = client_admin_check(c->run.conf, c->conf);
	if (status == CTL_DONE)
		status = record_owner_refuse(c->conf, c->target.account, NULL);
	if (status == CTL_DONE && !typed->yes)
		status = confirm_replacement(&c->target, codes.left);
	if (status == CTL_DONE)
		status = print_head(c, typed->local);
	if (status == CTL_DONE)
		status = recovery_codes_make(&c->run, c->target.owner,
		    typed->local, typed->count, &codes);
	if (status == CTL_DONE) {
		print_codes(c, typed->local, &codes);
		/* local ones are for any state of the record */
		if (!typed->local && !c->run.json)
			warn_unusable(c);
	}
	explicit_bzero(&codes, sizeof(codes));
	return status;
}
