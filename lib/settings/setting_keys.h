/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which keys a group may hold: a table of entries, each with type, range and
 * default. Each table stands next to the code that reads it
 * (settings_sections.h); a provider type's own keys stand with the type.
 */
#ifndef TWOFA_SETTING_KEYS_H
#define TWOFA_SETTING_KEYS_H

#include "lib/settings/setting_read.h"

#define SETTING_NUMBER_MAX 24

/* Macros for the tables. */
#define SETTING_AT(type, member) .offset = offsetof(struct type, member)
#define SETTING_LOWER "abcdefghijklmnopqrstuvwxyz"
#define SETTING_UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SETTING_DIGITS "0123456789"
#define SETTING_TEXT_MAX 255
#define SETTING_ACCOUNT_MAX 64 /* the name of an account, a group */

struct setting_section {
	const struct setting_entry *entry;
	size_t n;
	const char *const *later; /* keys of a later version; NULL: none */
	const struct setting_section *more; /* also accepted; NULL: none */
};

/* The entry for a provider type's own key; number holds the text of its default
 * and must live as long. */
struct setting_entry setting_entry_of_key(
    const struct setting_key *, char number[SETTING_NUMBER_MAX]);

/* Report every key of the group that is neither in the section nor in own (may
 * be NULL). */
void setting_known(struct setting_scope *, const struct config_setting_t *group,
    const struct setting_section *, const struct setting_key *own);

/* Read the group described by e->inside into field and report unknown keys, or
 * a value that is no group. Returns the group; NULL: there is none. */
const struct config_setting_t *setting_section_read(struct setting_scope *,
    const struct setting_entry *e, const struct config_setting_t *s,
    void *field);

#endif
