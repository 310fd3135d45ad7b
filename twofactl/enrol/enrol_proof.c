/* SPDX-License-Identifier: BSD-2-Clause */
/* Proof that codes reach a person. */
#include "twofactl/enrol/enrol_proof.h"

#include <string.h>

#include "lib/wire/wire.h"
#include "twofactl/link/link.h"
#include "twofactl/terminal/terminal.h"

enum ctl_exit
enrol_proof(const struct ctl *ctl, const char *record)
{
	struct facts facts = helper_link_facts(ctl, PURPOSE_ENROL);
	const struct helper_dialogue talk = { .facts = &facts };
	enum ctl_exit status;
	bool own;

	if (strlen(record) > FRAME_RECORD_MAX) {
		complain("the record of %s has more than %d bytes, too many "
			 "for a code to be tried; shorten its comments, or add "
			 "--no-verify",
		    ctl->shown, FRAME_RECORD_MAX);
		return CTL_SETTINGS;
	}
	facts.deadline_ms = module_arguments_deadline(facts.service) * 1000;
	facts.conversation = true;
	facts.record = record;
	/* Ctrl-C ends the code as well: else it keeps the number busy */
	own = terminal_end() < 0 && terminal_hold_end() == 0;
	status = helper_dialogue(ctl, &talk);
	if (own)
		terminal_let_end();
	return status;
}
