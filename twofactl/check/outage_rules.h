/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds on_outage = "allow" where it has no effect, so that an admin who relies
 * on it learns this before an outage.
 */
#ifndef TWOFA_OUTAGE_RULES_H
#define TWOFA_OUTAGE_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/settings/settings.h"

#define OUTAGE_RULES_LINE_MAX 320

/* True for such a rule: it names only services that run as their caller (sudo,
 * su). */
bool outage_rules_idle(const struct rule *);

/* Report each of those rules to told. */
void outage_rules_callers(const struct settings *, void *ctx,
    void (*told)(void *ctx, const char *line));

/* The same for a service whose deadline leaves too little time: "allow" needs
 * each provider's whole timeout_ms first. */
void outage_rules_deadline(const struct settings *, const char *service,
    int64_t deadline_ms, void *ctx, void (*told)(void *ctx, const char *line));

/* The same for the module's default deadlines at sshd and login; for other
 * services the default is longer than all providers' longest times. */
void outage_rules_defaults(const struct settings *, void *ctx,
    void (*told)(void *ctx, const char *line));

/* What "allow" means where a provider is named by a name: said once. */
void outage_rules_names(const struct settings *, void *ctx,
    void (*told)(void *ctx, const char *line));

#endif
