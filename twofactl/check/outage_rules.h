/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where on_outage = "allow" stands in the settings and can never let in. An
 * admin who relies on it learns so before the outage.
 */
#ifndef TWOFA_OUTAGE_RULES_H
#define TWOFA_OUTAGE_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/settings/settings.h"

#define OUTAGE_RULES_LINE_MAX 320

/* It is such a rule, since it names services alone that run as their caller
 * (sudo, su). */
bool outage_rules_idle(const struct rule *);

/* Each of those: its line goes to told. */
void outage_rules_callers(const struct settings *, void *ctx,
    void (*told)(void *ctx, const char *line));

/* The same for what this service's deadline leaves no time for: before
 * "allow" holds, each provider is given its whole timeout_ms. */
void outage_rules_deadline(const struct settings *, const char *service,
    int64_t deadline_ms, void *ctx, void (*told)(void *ctx, const char *line));

/* And for the deadlines that the module has by itself at sshd and login;
 * elsewhere it is longer than all providers' longest times. */
void outage_rules_defaults(const struct settings *, void *ctx,
    void (*told)(void *ctx, const char *line));

#endif
