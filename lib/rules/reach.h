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

/* The methods that record, rule and provider have in common. */
unsigned reach_methods(const struct settings *, const struct user_record *,
    unsigned allowed, const struct provider_conf *);
/* Of these methods, the first one in the record. */
enum method reach_preferred(const struct user_record *, unsigned methods);
/* True when at least one provider can bring a code to this record. */
bool reach_by_code(
    const struct settings *, const struct user_record *, unsigned allowed);
/* The providers that can, in the record's order. Returns their number. */
size_t reach_order(const struct settings *, const struct user_record *,
    unsigned allowed, const struct provider_conf *order[CONFIG_PROVIDERS_MAX]);
/* Move providers that are marked as passed, by their place in that order, to
 * the end. */
void reach_passed_last(const bool passed[CONFIG_PROVIDERS_MAX],
    const struct provider_conf *order[CONFIG_PROVIDERS_MAX], size_t count);

/* How this provider identifies the receiver: by its own id, the address, or the
 * number. Two users with the same one share a verification there. */
const char *reach_receiver(
    const struct user_record *, const struct provider_conf *, enum method);

/* The providers that can send this user a push, in the same order. Returns
 * their number. */
size_t reach_push(const struct settings *, const struct user_record *,
    unsigned allowed, const struct provider_conf *order[CONFIG_PROVIDERS_MAX]);
/* True when the user has an authenticator app. *at: the provider that checks
 * its codes; NULL: we do. */
bool reach_app(const struct settings *, const struct user_record *,
    unsigned allowed, const struct provider_conf **at);

/* The longest time until all providers of these methods have timed out, one
 * after the other. */
int64_t reach_silence_ms(const struct settings *, unsigned allowed);

/* True when the record's list of channels has this method. */
bool reach_listed(const struct user_record *, enum method);

#endif
