/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a verification is claimed by in the store, and where one that runs there
 * can be joined. Pure.
 */
#ifndef TWOFA_CLAIM_KEY_H
#define TWOFA_CLAIM_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/dialogue/login_context.h"
#include "helper/state/store.h"
#include "lib/settings/settings.h"
#include "lib/settings/user_record.h"

/* What a verification by this method there is claimed by; it points into all of
 * these. Of a person who is made up it is the name alone: the number could be
 * somebody's. */
struct store_key claim_key(
    const struct login *, const struct provider_conf *, enum method);

/* Where a row of this user runs: NULL when the settings have no such provider
 * any more. */
const struct provider_conf *claim_key_provider(
    const struct settings *, const struct store_row *);

/* May the login join it there? allowed: decision.methods. */
bool claim_key_joins(const struct settings *, const struct user_record *,
    unsigned allowed, const struct store_row *);

#endif
