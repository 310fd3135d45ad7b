/* SPDX-License-Identifier: BSD-2-Clause */
/* Proof that codes reach a person. */
#include "twofactl/enrol/enrol_proof.h"

#include "lib/wire/module_arguments.h"
#include "twofactl/link/helper_dialogue.h"
#include "twofactl/link/helper_link.h"

enum ctl_exit
enrol_proof(
    const struct ctl *ctl, const struct settings *conf, const char *folder)
{
	struct facts facts = helper_link_facts(ctl, PURPOSE_ENROL);
	const struct helper_dialogue talk = { .facts = &facts };

	(void)conf; /* the helper reads the settings for itself */
	facts.deadline_ms = module_arguments_deadline(facts.service) * 1000;
	facts.conversation = true;
	facts.record_dir = folder;
	return helper_dialogue(ctl, &talk);
}
