/* SPDX-License-Identifier: BSD-2-Clause */
/* Proof that codes reach a person. */
#include "twofactl/enrol/enrol_proof.h"

#include "twofactl/link/helper_dialogue.h"
#include "twofactl/link/helper_link.h"

#define DEADLINE_MS 280000

enum ctl_exit
enrolverify(
    const struct ctl *ctl, const struct config *conf, const char *folder)
{
	struct facts facts = helperlink_facts(ctl, PURPOSE_ENROL);
	const struct helpertalk talk = { .facts = &facts };

	(void)conf; /* the helper reads the settings for itself */
	facts.deadline_ms = DEADLINE_MS;
	facts.conversation = true;
	facts.record_dir = folder;
	return helpertalk(ctl, &talk);
}
