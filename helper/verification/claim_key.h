/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The store's key for a verification, and where a running one can be joined.
 * Pure.
 */
#ifndef TWOFA_CLAIM_KEY_H
#define TWOFA_CLAIM_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/dialogue/dialogue.h"
#include "helper/store/store.h"
#include "lib/settings/settings.h"

/* The key for a verification by this method at this provider; it points into
 * all of these. For a made-up person it uses only the name, because the number
 * could be a real person's. */
struct store_key claim_key(
    const struct login *, const struct provider_conf *, enum method);

/* The provider of a row of this user; NULL when it is no longer in the
 * settings. */
const struct provider_conf *claim_key_provider(
    const struct settings *, const struct store_row *);

/* May no code be checked in that row, since another host began or last changed
 * it? A stolen one may have put the id of another phone's there. */
bool claim_key_foreign(const struct provider_type *, const struct store_row *);

/* May the login join the row there? allowed: decision.methods. */
bool claim_key_joins(const struct settings *, const struct user_record *,
    unsigned allowed, const struct store_row *);

#endif
