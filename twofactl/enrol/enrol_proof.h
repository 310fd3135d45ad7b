/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Proof that codes reach a person, before the record is used: a code is sent
 * and asked for at the terminal.
 */
#ifndef TWOFA_ENROL_PROOF_H
#define TWOFA_ENROL_PROOF_H

#include "twofactl/terminal/terminal.h"

/* record: the text for ctl->name, from records.h. The first of the record's
 * channels that can deliver sends the code. Messages count in the limits.
 * CTL_DONE: proven. CTL_NO: not proven; the prompts said so. Else after
 * complaining. */
enum ctl_exit enrol_proof(const struct ctl *, const char *record);

#endif
