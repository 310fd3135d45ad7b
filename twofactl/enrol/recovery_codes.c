/* SPDX-License-Identifier: BSD-2-Clause */
/* Recovery codes from the helper. */
#include "twofactl/enrol/enrol_inside.h"

#include <signal.h>

static int
new_codes_take(void *ctx, const struct item *r)
{
	struct new_codes *codes = ctx;

	if (r->kind == ITEM_CODE && codes->count < RECOVERY_MAX &&
	    recovery_code_normalise(r->text[1], codes->code[codes->count])) {
		codes->count++;
		return 0;
	}
	if (r->kind == ITEM_BYPASS) {
		codes->number = r->number[5];
		return 0;
	}
	if (r->kind != ITEM_LEFT || codes->left >= 0)
		return -1;
	codes->left = r->number[1];
	return 0;
}

enum ctl_exit
recovery_codes_request(const struct run *run, const char *owner,
    const char *request, const char *answer, unsigned wanted,
    struct new_codes *codes)
{
	const struct client_request call = { .purpose = PURPOSE_RECOVERY_CODES,
		.user = owner,
		.request = request,
		.answer = answer,
		.ctx = codes,
		.record = new_codes_take };
	enum ctl_exit status;

	*codes = (struct new_codes){ .left = -1 };
	if (wanted > 0) /* what cannot be printed is noticed, and ended */
		(void)signal(SIGPIPE, SIG_IGN);
	status = client_request(run, &call);
	if (status != CTL_DONE)
		return status;
	if (codes->left >= 0 && codes->count == wanted)
		return CTL_DONE;
	return terminal_error_status(CTL_FAILED,
	    "the helper left codes out; install the same version of "
	    "twofactl and twofa-helper");
}

enum ctl_exit
recovery_codes_make(const struct run *run, const char *owner, bool local,
    unsigned count, struct new_codes *codes)
{
	const bool counts = count == RECOVERY_CODES_COUNT;
	char text[16];

	PRINT_TO(text, "%u", count);
	return recovery_codes_request(run, owner,
	    local ? PURPOSE_RECOVERY_LOCAL : NULL, counts ? NULL : text,
	    counts ? 0 : count, codes);
}
