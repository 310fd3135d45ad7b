/* SPDX-License-Identifier: BSD-2-Clause */
/* Ask a provider about a phone number before it is enrolled. */
#ifndef TWOFA_NUMBER_LOOKUP_H
#define TWOFA_NUMBER_LOOKUP_H

#include <stdbool.h>

#include "helper/dialogue/dialogue.h"
#include "lib/provider_types/provider_types.h"
#include "lib/settings/settings.h"

/*
 * Ask the first look-up provider of the settings about the record's phone.
 * True: lookup holds what it knows. False: nothing is known, and lookup is
 * empty: no look-up is set, the record has no phone, or there was no usable
 * answer (see the log). This never decides a login.
 */
bool number_lookup_run(const struct environment *, const struct user_record *,
    struct number_facts *);

#endif
