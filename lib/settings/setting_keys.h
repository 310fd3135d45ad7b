/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key table: every key that twofa.conf and a user's file may hold, with
 * its type, range and default. twofa.conf(5) and the sample are tested
 * against it. A provider type's own keys stand in its provider_ops.
 */
#ifndef TWOFA_SETTING_KEYS_H
#define TWOFA_SETTING_KEYS_H

#include "lib/settings/setting_read.h"

#define CONFKEYS_NUMBER_MAX 24

/* All entries, those of a section side by side. */
const struct conf_entry *conf_table(size_t *n);
/* Those of one section. */
const struct conf_entry *conf_section(enum conf_section, size_t *n);

/* The entry that a provider type's own key amounts to; number holds the text
 * of its default and must live as long. */
struct conf_entry conf_entry_of_key(
    const struct conf_key *, char number[CONFKEYS_NUMBER_MAX]);

/* Report every key of the group that neither the section nor own (may be
 * NULL) knows. */
void conf_known(struct conf_scope *, const struct config_setting_t *group,
    enum conf_section, const struct conf_key *own);

/* Readers of single keys, beside what their section needs. The field is the
 * section's whole struct. */
/* settings_limits.c */
conf_reader conf_read_limits;
conf_reader conf_read_waits;
conf_reader conf_read_prefixes;
conf_reader conf_read_lock_minutes;
conf_reader conf_read_price;
conf_reader conf_read_spend;
/* settings_rules.c */
conf_reader conf_read_rules;
conf_reader conf_read_from;
conf_reader conf_read_console;
conf_reader conf_read_methods;
conf_reader conf_read_rule_outage;
/* settings_providers.c */
conf_reader conf_read_providers;
conf_reader conf_read_type;
conf_reader conf_read_base_url;
conf_reader conf_read_ca_file;
conf_reader conf_read_ca_path;
conf_reader conf_read_code_length;
conf_reader conf_read_expiry;
/* user_record.c */
conf_reader conf_read_phone;
conf_reader conf_read_email;
conf_reader conf_read_copy; /* char[max + 1] */
conf_reader conf_read_sid;  /* char[CONFIG_SID_LEN + 1] */
conf_reader conf_read_totp;
conf_reader conf_read_channels;
conf_reader conf_read_preferred;

#endif
