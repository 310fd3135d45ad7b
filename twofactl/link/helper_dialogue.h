/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The helper's dialogue at the terminal: lines and prompts of a login, answered
 * from stdin. The helper is not trusted: its text is shown as plain text, and
 * its verdict counts only after a clean end.
 */
#ifndef TWOFA_HELPER_DIALOGUE_H
#define TWOFA_HELPER_DIALOGUE_H

#include "lib/items/items.h"
#include "lib/wire/wire.h"
#include "twofactl/terminal/terminal.h"

struct helper_dialogue {
	/* helper_link_facts, and what the purpose needs */
	const struct facts *facts;
	void *ctx;
	/* called with the verdict, before the end. NULL: not needed. */
	void (*verdict)(void *ctx, const struct frame *);
};

/* CTL_DONE: allowed. CTL_NO: denied; the prompts or the verdict say why. Else
 * after complaining: CTL_SETTINGS, CTL_FAILED. */
enum ctl_exit helper_dialogue(
    const struct ctl *, const struct helper_dialogue *);

#endif
