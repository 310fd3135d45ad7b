/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks of installed settings and records (twofactl check), and of those that
 * are being edited (twofactl edit). */
#ifndef TWOFA_CHECK_H
#define TWOFA_CHECK_H

#include "twofactl/records/records.h"

/* check_files.c */

/* Returns NULL if the account of this file exists, and name is its own name;
 * else the problem, valid until the next call. */
const char *check_account(const char *path, const char *name);

/* check_hidden_paths.c: paths that the unit of the listener hides from it, so
 * that only a helper started for one login can use them. */

/* Asks both helpers, if the listener's socket exists and the settings are the
 * usual ones, which it serves. Reports "what is wrong; remedy" for each hidden
 * path, and, if unasked, for a listener that cannot be asked. */
void check_hidden_paths(
    const struct run *, const struct settings_report *, bool unasked);

/* check_rules.c */

/* True if on_outage = "allow" has no effect in this rule, since it names only
 * services that run as their caller (sudo, su). */
bool check_outage_is_idle(const struct rule *);

/* Reports each rule for which check_outage_is_idle. */
void check_outage_idle_rules(
    const struct settings *, const struct settings_report *);

/* Reports each "allow" that has no effect at this service, as its deadline is
 * too short: "allow" first needs the whole timeout_ms of each provider. */
void check_outage_deadline(const struct settings *, const char *service,
    int64_t deadline_ms, const struct settings_report *);

/* Reports once if the URL of a provider has a host name: "allow" does not apply
 * while it cannot be resolved. */
void check_outage_host_names(
    const struct settings *, const struct settings_report *);

/* A warning with the remedy if rule i (from 0) is for members of a group and a
 * later rule admits without a code: users who are missing in the directory
 * reach that one. NULL otherwise. */
const char *check_rule_order(const struct settings *, size_t i);

/* Names the first rule whose hours are unknown now, in the words of the log,
 * and the remedy; NULL if no rule has unknown hours. */
const char *check_unknown_hours(const struct settings *);

/* cmd_edit.c */

/* Replaces the settings, whose text was this, by a new text if that is valid
 * and denies nobody who can log in now, but for those named. Prints what
 * `twofactl check` says of the new one alone. CTL_DONE, or after an error
 * message CTL_SETTINGS, CTL_NO, or CTL_FAILED. */
enum ctl_exit check_change_settings(const struct run *, const char *was,
    const char *text, const struct name_list *named);

#endif
