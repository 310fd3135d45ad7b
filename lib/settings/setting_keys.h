/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key table: every key that twofa.conf and a user's file may hold, with
 * its type, range and default. twofa.conf(5) and the sample are tested
 * against it. A provider type's own keys stand in its provider_ops.
 */
#ifndef TWOFA_SETTING_KEYS_H
#define TWOFA_SETTING_KEYS_H

#include "lib/settings/setting_read.h"

#define SETTING_NUMBER_MAX 24

/* All entries, those of a section side by side. */
const struct setting_entry *setting_table(size_t *n);
/* Those of one section. */
const struct setting_entry *setting_section(enum setting_section, size_t *n);

/* The entry that a provider type's own key amounts to; number holds the text
 * of its default and must live as long. */
struct setting_entry setting_entry_of_key(
    const struct setting_key *, char number[SETTING_NUMBER_MAX]);

/* Report every key of the group that neither the section nor own (may be
 * NULL) knows. */
void setting_known(struct setting_scope *, const struct config_setting_t *group,
    enum setting_section, const struct setting_key *own);

/* Readers of single keys, beside what their section needs. The field is the
 * section's whole struct. */
/* settings_limits.c */
setting_reader conf_read_limits;
setting_reader conf_read_waits;
setting_reader conf_read_prefixes;
setting_reader conf_read_lock_minutes;
setting_reader conf_read_price;
setting_reader conf_read_spend;
/* settings_rules.c */
setting_reader conf_read_rules;
setting_reader conf_read_from;
setting_reader conf_read_console;
setting_reader conf_read_methods;
setting_reader conf_read_rule_outage;
/* settings_providers.c */
setting_reader conf_read_providers;
setting_reader conf_read_type;
setting_reader conf_read_base_url;
setting_reader conf_read_ca_file;
setting_reader conf_read_ca_path;
setting_reader conf_read_code_length;
setting_reader conf_read_expiry;
/* user_record.c */
setting_reader conf_read_phone;
setting_reader conf_read_email;
setting_reader conf_read_copy; /* char[max + 1] */
setting_reader conf_read_sid;  /* char[CONFIG_SID_LEN + 1] */
setting_reader conf_read_totp;
setting_reader conf_read_channels;
setting_reader conf_read_preferred;

#endif
