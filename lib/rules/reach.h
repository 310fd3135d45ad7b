/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which methods and providers can reach a user: record, rule and settings in,
 * answer out. Pure; allowed is decision.methods.
 */
#ifndef TWOFA_REACH_H
#define TWOFA_REACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/settings/settings.h"
#include "lib/settings/user_record.h"

/* What a code can be brought by at this provider: record, rule and provider
 * have it in common. */
unsigned reach_methods(const struct settings *, const struct user_record *,
    unsigned allowed, const struct provider_conf *);
/* The one of these that the record names first. */
enum method reach_preferred(const struct user_record *, unsigned methods);
/* Some provider brings a code to this record. */
bool reach_by_code(
    const struct settings *, const struct user_record *, unsigned allowed);
/* Who can, in the record's order. How many. */
size_t reach_order(const struct settings *, const struct user_record *,
    unsigned allowed, const struct provider_conf *order[CONFIG_PROVIDERS_MAX]);
/* Those that are passed over, by their place in that order, are asked last. */
void reach_passed_last(const bool passed[CONFIG_PROVIDERS_MAX],
    const struct provider_conf *order[CONFIG_PROVIDERS_MAX], size_t count);

/* What this provider knows the receiver by: its own id, the address, or the
 * number. Two with the same one share a verification there. */
const char *reach_receiver(
    const struct user_record *, const struct provider_conf *, enum method);

/* Who asks this user by a push, in the same order. How many. */
size_t reach_push(const struct settings *, const struct user_record *,
    unsigned allowed, const struct provider_conf *order[CONFIG_PROVIDERS_MAX]);
/* Has this user an authenticator app? *at: the provider that checks its
 * codes; NULL: we do. */
bool reach_app(const struct settings *, const struct user_record *,
    unsigned allowed, const struct provider_conf **at);

/* How long it takes until all who send or ask by these methods have been
 * silent, one after the other. */
int64_t reach_silence_ms(const struct settings *, unsigned allowed);

/* Does the record's list of channels name it? */
bool reach_listed(const struct user_record *, enum method);

#endif
