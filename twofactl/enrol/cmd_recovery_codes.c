/* SPDX-License-Identifier: BSD-2-Clause */
/* Help for who lost a phone: recovery codes, one with an end, locks, remembered
 * logins (twofactl recovery-codes, code, unlock, forget). */

#include "twofactl/enrol/enrol.h"
#include <stdlib.h>
#include "twofactl/enrol/enrol_inside.h"
#include "twofactl/client/client.h"

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
cmd_recovery_codes_confirm(const struct target *target, int64_t left)
{
	char question[320];

	if (left == 0)
		return CTL_DONE;
	if (!terminal_is_open())
		return terminal_error_exit(CTL_USAGE,
		    "%s has %lld recovery code%s left, which new ones "
		    "would replace; add --yes",
		    command_target_text(target), (long long)left,
		    left == 1 ? "" : "s");
	PRINT_TO(question,
	    "Replace the %lld recovery code%s that %s has left? [y/N] ",
	    (long long)left, left == 1 ? "" : "s", command_target_text(target));
	return terminal_confirm(question);
}

/* Codes that cannot be shown must not replace those on paper, so the text
 * before them is written first. */
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
	return terminal_error_exit(CTL_FAILED,
	    "standard output cannot be written: nothing was changed");
}

static void
print_codes(
    const struct command_user *c, bool local, const struct new_codes *codes)
{
	char text[RECOVERY_TEXT + 1];

	for (unsigned i = 0; i < codes->count; i++) {
		recovery_code_text(codes->code[i], text);
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
	printf("\nEach of them lets %s in once, even without a phone. Keep "
	       "them on paper, in a\nsafe place: they are not shown again.\n",
	    command_target_text(&c->target));
	if (local)
		puts("They are valid only on this host, while no server of "
		     "the state can be reached.");
	if (codes->left > 0)
		printf("%lld older code%s replaced and no longer valid.\n",
		    (long long)codes->left,
		    codes->left == 1 ? " was" : "s were");
}

/* Only a state that can be away has any use for them. */
static bool
lost_phone_fits(const struct settings *conf)
{
	if (!settings_is_fleet(conf))
		terminal_error("--local is only for a state at postgresql://: "
			       "leave it out, since recovery codes are on this "
			       "host");
	else if (conf->store.on_outage != OUTAGE_OFFLINE)
		terminal_error(
		    "on_store_outage in store = { } is \"deny\", so "
		    "--local codes would let nobody in: set \"offline\" "
		    "first");
	else
		return true;
	return false;
}

static enum ctl_exit
lost_phone_renew(const struct command_user *c, bool local, unsigned count,
    struct new_codes *codes)
{
	enum ctl_exit status = print_head(c, local);

	if (status == CTL_DONE)
		status = recovery_codes_make(
		    &c->run, c->target.owner, local, count, codes);
	if (status == CTL_DONE)
		print_codes(c, local, codes);
	explicit_bzero(codes, sizeof(*codes));
	return status;
}

enum ctl_exit
cmd_recovery_codes(struct command_user *c, const struct arguments *typed)
{
	struct new_codes codes;
	enum ctl_exit status;

	if (typed->local && !lost_phone_fits(c->conf))
		return CTL_USAGE;
	status = recovery_codes_left(
	    &c->run, c->target.owner, typed->local, &codes.left);
	if (status == CTL_DONE && typed->left)
		return print_left(c, codes.left);
	if (status == CTL_DONE && !typed->yes)
		status = cmd_recovery_codes_confirm(&c->target, codes.left);
	return status == CTL_DONE
	    ? lost_phone_renew(c, typed->local, typed->count, &codes)
	    : status;
}
