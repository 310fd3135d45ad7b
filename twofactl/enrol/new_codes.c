/* SPDX-License-Identifier: BSD-2-Clause */
/* Recovery codes, from the helper. */
#include "twofactl/enrol/new_codes.h"

#include <stdio.h>
#include <string.h>

#include "twofactl/link/link.h"
#include "twofactl/terminal/terminal.h"

static int
take_code(struct new_codes *codes, const char *text)
{
	if (codes->count >= RECOVERY_MAX ||
	    !recovery_code_normalise(text, codes->code[codes->count]))
		return -1;
	codes->count++;
	return 0;
}

static int
take(void *ctx, const struct record *r)
{
	struct new_codes *codes = ctx;

	if (r->kind == ADMIN_CODE)
		return take_code(codes, r->text[1]);
	if (r->kind != ADMIN_LEFT || codes->left >= 0)
		return -1;
	codes->left = r->number[1];
	return 0;
}

/* answer NULL: only find out how many are left. */
static enum ctl_exit
call_helper(const struct ctl *ctl, const char *answer, unsigned wanted,
    struct new_codes *codes)
{
	struct facts facts = helper_link_facts(ctl, PURPOSE_RECOVERY_CODES);
	const struct helper_request call = {
		.facts = &facts, .answer = answer, .ctx = codes, .record = take
	};
	enum ctl_exit status;

	if (ctl->local)
		facts.request = RECOVERY_LOCAL;
	*codes = (struct new_codes){ .left = -1 };
	status = helper_request(ctl, &call);
	if (status != CTL_DONE)
		return status;
	if (codes->left >= 0 && codes->count == wanted)
		return CTL_DONE;
	complain("the helper left codes out; install twofactl and "
		 "twofa-helper of one version");
	return CTL_FAILED;
}

enum ctl_exit
new_codes_left(const struct ctl *ctl, int64_t *left)
{
	struct new_codes codes;
	const enum ctl_exit status = call_helper(ctl, NULL, 0, &codes);

	*left = codes.left;
	return status;
}

enum ctl_exit
new_codes_make(const struct ctl *ctl, unsigned count, struct new_codes *codes)
{
	char text[8];

	snprintf(text, sizeof(text), "%u", count);
	return call_helper(ctl, text, count, codes);
}
