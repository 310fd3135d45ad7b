/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proof that codes reach a person, before the record counts: one is sent and
 * asked for at the terminal.
 */
#ifndef TWOFA_ENROL_PROOF_H
#define TWOFA_ENROL_PROOF_H

#include "twofactl/arguments/command.h"

/* record: the text of ctl->name's, as record_file.h makes it. The code goes out
 * by the first of the record's channels that can deliver. The messages count
 * against the limits. CTL_DONE: proven. CTL_NO: not, as the prompts told. Else
 * after complaining. */
enum ctl_exit enrol_proof(const struct ctl *, const char *record);

#endif
