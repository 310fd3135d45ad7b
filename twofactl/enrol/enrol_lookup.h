/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a provider knows of a phone number before it is enrolled: advice.
 */
#ifndef TWOFA_ENROL_LOOKUP_H
#define TWOFA_ENROL_LOOKUP_H

#include "lib/provider_types/provider_types.h"
#include "twofactl/terminal/terminal.h"

/* phone: E.164. CTL_DONE: lookup is filled (number_advice says what is wrong
 * with the number). CTL_NO: nothing is known; no look-up is set in twofa.conf,
 * or none answered, which is reported. Else after complaining. lookup is empty
 * then. */
enum ctl_exit enrol_lookup(
    const struct ctl *, const char *phone, struct number_facts *);

#endif
