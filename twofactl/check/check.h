/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settings and records judged: those that are there (twofactl check), and
 * those that are being edited (twofactl edit).
 */
#ifndef TWOFA_CHECK_H
#define TWOFA_CHECK_H

#include "twofactl/records/records.h"

/* Paths that the listening helper cannot use although a helper started for a
 * login can: its unit hides them. */

/* Ask both helpers, if there is a socket at the usual place. Each line is "what
 * is wrong; remedy": for hidden paths, and, if wanted, for a helper that cannot
 * be asked. The socket only serves the usual settings. */
void check_hidden_paths(
    const struct run *, const struct settings_report *, bool unasked);

/* Has on_outage = "allow" no effect in this rule, since it names only services
 * that run as their caller (sudo, su)? */
bool check_outage_is_idle(const struct rule *);

/* Report each of those rules. */
void check_outage_callers(
    const struct settings *, const struct settings_report *);

/* The same for a service whose deadline leaves too little time: "allow" needs
 * each provider's whole timeout_ms first. */
void check_outage_deadline(const struct settings *, const char *service,
    int64_t deadline_ms, const struct settings_report *);

/* The same for the module's default deadlines at sshd and login; for other
 * services the default is longer than all providers' longest times. */
void check_outage_defaults(
    const struct settings *, const struct settings_report *);

/* What "allow" means where a provider is named by a name: said once. */
void check_outage_names(
    const struct settings *, const struct settings_report *);

/*
 * Finds rules for members of a group that come before a rule that lets in
 * without a code: a user who is missing in the directory falls through to it.
 */

#define CHECK_RULE_ORDER_MAX 300

/* A warning about rule i (from 0), with the remedy; "" when there is none. */
void check_rule_order(
    const struct settings *, size_t i, char out[CHECK_RULE_ORDER_MAX]);

#define CHECK_HOURS_MAX (CONDITION_TEXT_MAX + 32)

/* Names the first rule whose hours are unknown now, in the words of the log,
 * and the remedy; "" when there is none. */
void check_hours(const struct settings *, char out[CHECK_HOURS_MAX]);

#define CHECK_ACCOUNT (PATH_MAX + 512)

/* Does the account of this file exist, and is that its own name? listed: by
 * name_list_accounts. False with the problem. */
bool check_account(const struct name_list *listed, const char *path,
    const char *name, char problem[CHECK_ACCOUNT]);

#endif
