/* SPDX-License-Identifier: BSD-2-Clause */
/* Ask a provider about a phone number, before it is enrolled. */
#ifndef TWOFA_NUMBER_LOOKUP_H
#define TWOFA_NUMBER_LOOKUP_H

#include <stdbool.h>

#include "helper/base/environment.h"
#include "lib/providers/number_facts.h"
#include "lib/settings/settings.h"
#include "lib/settings/user_record.h"

/*
 * Ask the first look-up among the providers of the settings about the record's
 * phone. True: lookup holds what it knows. False: nothing is known (no look-up
 * is set, the record has no phone, or there was no usable answer, which the log
 * tells of), and lookup is empty. Neither lets anybody in or keeps them out.
 */
bool number_lookup_run(const struct environment *, const struct user_record *,
    struct number_facts *);

#endif
