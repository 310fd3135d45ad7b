/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A dialogue of the helper's at the terminal: the lines and prompts of a login,
 * answered from stdin. The helper is not trusted: what it sends is shown as
 * plain text, and means nothing until it has ended well.
 */
#ifndef TWOFA_HELPER_DIALOGUE_H
#define TWOFA_HELPER_DIALOGUE_H

#include "lib/records/record.h"
#include "lib/wire/facts.h"
#include "twofactl/arguments/command.h"

struct helper_dialogue {
	/* helper_link_facts, and what the purpose needs */
	const struct facts *facts;
	void *ctx;
	/* the verdict, before the end is seen. NULL: of no interest. */
	void (*verdict)(void *ctx, const struct frame *);
};

/* CTL_DONE: allowed. CTL_NO: denied; the prompts or the verdict say why. Else
 * after complaining: CTL_SETTINGS, CTL_FAILED. */
enum ctl_exit helper_dialogue(
    const struct ctl *, const struct helper_dialogue *);

#endif
