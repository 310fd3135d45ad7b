/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts of the settings; each part's keys stand next to the code that reads
 * it. twofa.conf(5) and the samples are tested against these tables.
 */
#ifndef TWOFA_SETTINGS_SECTIONS_H
#define TWOFA_SETTINGS_SECTIONS_H

#include "lib/settings/setting_keys.h"

extern const struct setting_section settings_keys; /* into struct settings */
extern const struct setting_section settings_limits_keys;   /* the same */
extern const struct setting_section settings_store_keys;    /* the same */
extern const struct setting_section settings_rule_keys;     /* struct rule */
extern const struct setting_section settings_provider_keys; /* provider_conf */
extern const struct setting_section user_record_keys;       /* user_record */
/* For a file with people, and for one of them; user_record_keys are allowed
 * there as well. */
extern const struct setting_section user_people_keys;
extern const struct setting_section user_person_keys; /* user_person */

/* For the key on_outage, in twofa.conf itself and in a rule. */
extern const struct setting_choice settings_outages[];

/* Read a group, or a list of groups, with the keys of e->inside, and check what
 * depends on more than one key. The field is the whole struct settings. */
setting_reader settings_limits_read;
/* Into a struct network_list. */
setting_reader settings_networks_read;
setting_reader settings_store_read;
setting_reader settings_rules_read;
setting_reader settings_providers_read;

#endif
