/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proof that codes reach a person, before the record counts: one is sent and
 * asked for at the terminal.
 */
#ifndef TWOFA_ENROL_PROOF_H
#define TWOFA_ENROL_PROOF_H

#include "lib/settings/settings.h"
#include "twofactl/arguments/command.h"

/* folder: absolute, with the record of ctl->name as record_file.h makes it
 * (root:twofa 0640); the folder itself is opened to group twofa for it. The
 * code goes out by the first of the record's channels that can deliver. The
 * messages count against the limits. CTL_DONE: proven. CTL_NO: not, as the
 * prompts told. Else after complaining. */
enum ctl_exit enrol_proof(
    const struct ctl *, const struct settings *, const char *folder);

#endif
