/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl recovery-codes */
#include "twofactl/terminal/terminal.h"

#include <stdio.h>
#include <string.h>

#include "lib/settings/settings.h"
#include "lib/values/values.h"
#include "twofactl/enrol/new_codes.h"
#include "twofactl/records/records.h"

static enum ctl_exit
print_left(const struct ctl *ctl, int64_t left)
{
	if (ctl->json)
		printf("{\"left\":%lld}\n", (long long)left);
	else
		printf("%s: %lld recovery code%s left.\n", ctl->shown,
		    (long long)left, left == 1 ? "" : "s");
	return left > 0 ? CTL_DONE : CTL_NO;
}

static enum ctl_exit
confirm(const struct ctl *ctl, int64_t left)
{
	char question[320];

	if (left == 0 || ctl->yes)
		return CTL_DONE;
	if (!terminal_is_there()) {
		complain("%s has %lld recovery code%s left, which new ones "
			 "would replace; add --yes",
		    ctl->shown, (long long)left, left == 1 ? "" : "s");
		return CTL_USAGE;
	}
	snprintf(question, sizeof(question),
	    "Replace the %lld recovery code%s that %s has left? [y/N] ",
	    (long long)left, left == 1 ? "" : "s", ctl->shown);
	if (terminal_yes(question))
		return CTL_DONE;
	puts("Nothing was changed.");
	return CTL_NO;
}

/* Codes that cannot be shown must not replace those on paper, so the text
 * before them is written first. */
static enum ctl_exit
print_head(const struct ctl *ctl)
{
	if (ctl->json)
		fputs("{\"codes\":[", stdout);
	else
		printf("%s codes of %s:\n\n",
		    ctl->local ? "Break-glass" : "Recovery", ctl->shown);
	if (fflush(stdout) == 0)
		return CTL_DONE;
	complain("standard output cannot be written: nothing was changed");
	return CTL_FAILED;
}

static void
print_codes(const struct ctl *ctl, const struct new_codes *codes)
{
	char text[RECOVERY_TEXT + 1];

	for (unsigned i = 0; i < codes->count; i++) {
		recovery_code_text(codes->code[i], text);
		if (ctl->json)
			printf("%s\"%s\"", i > 0 ? "," : "", text);
		else
			puts(text);
	}
	explicit_bzero(text, sizeof(text));
	if (ctl->json) {
		printf("],\"replaced\":%lld}\n", (long long)codes->left);
		return;
	}
	printf("\nEach of them lets %s in once, also without a phone. Keep "
	       "them on paper, in a\nsafe place: they are not shown again.\n",
	    ctl->shown);
	if (ctl->local)
		puts("They are good on this host alone, while no server of "
		     "the state can be reached.");
	if (codes->left > 0)
		printf("%lld older code%s replaced and of no use any more.\n",
		    (long long)codes->left,
		    codes->left == 1 ? " was" : "s were");
}

/* Only a state that can be away has any use for them. */
static bool
fits(const struct settings *conf)
{
	if (!store_url_is(conf->state))
		complain("--local is for a state at postgresql:// alone: leave "
			 "it out, since recovery codes are on this host");
	else if (conf->store.on_outage != OUTAGE_OFFLINE)
		complain("on_store_outage in store = { } is \"deny\", so "
			 "--local codes would let nobody in: set \"offline\" "
			 "first");
	else
		return true;
	return false;
}

static enum ctl_exit
renew(const struct ctl *ctl, const struct settings *conf)
{
	enum ctl_exit status;
	struct new_codes codes;

	if (ctl->local && !fits(conf))
		return CTL_USAGE;
	status = new_codes_left(ctl, &codes.left);
	if (status != CTL_DONE)
		return status;
	if (ctl->left)
		return print_left(ctl, codes.left);
	status = confirm(ctl, codes.left);
	if (status != CTL_DONE)
		return status;
	status = print_head(ctl);
	if (status != CTL_DONE)
		return status;
	status = new_codes_make(ctl, ctl->count, &codes);
	if (status == CTL_DONE)
		print_codes(ctl, &codes);
	explicit_bzero(&codes, sizeof(codes));
	return status;
}

enum ctl_exit
cmd_recovery_codes(struct ctl *ctl)
{
	return command_user_run(ctl, true, 0, renew);
}
