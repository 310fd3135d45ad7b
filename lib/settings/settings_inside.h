/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which keys a group may hold: a table of entries, each with type, range and
 * default. Each table stands next to the code that reads it
 * (settings_inside.h); a provider type's own keys stand with the type.
 */
#ifndef TWOFA_SETTINGS_INSIDE_H
#define TWOFA_SETTINGS_INSIDE_H

#include "lib/settings/settings.h"

#define SETTING_NUMBER_MAX 24

/* Macros for the tables. */
#define SETTING_AT(type, member) .offset = offsetof(struct type, member)
#define SETTING_LOWER "abcdefghijklmnopqrstuvwxyz"
#define SETTING_UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SETTING_DIGITS "0123456789"
#define SETTING_TEXT_MAX 255

/* Rows of them. A number of its own range; false for the first of two words,
 * which is the default, true for the other; a last day; a file's path. */
#define SETTING_UNSIGNED(name, type, member, least, most, preset)              \
	{                                                                      \
		(name), setting_read_unsigned, SETTING_AT(type, member),       \
		    .min = (least), .max = (most), .dflt = (preset)            \
	}
#define SETTING_EITHER(name, type, member, first, second)                      \
	{                                                                      \
		(name), setting_read_either, SETTING_AT(type, member),         \
		    .max = SETTING_TEXT_MAX, .dflt = (first),                  \
		    .choice = (const struct setting_choice[])                  \
		{                                                              \
			{ (first), false }, { (second), true },                \
			{                                                      \
				0                                              \
			}                                                      \
		}                                                              \
	}
#define SETTING_DAY(name, type, member)                                        \
	{                                                                      \
		(name), setting_read_day, SETTING_AT(type, member),            \
		    .max = SETTING_TEXT_MAX,                                   \
		    .allowed = "a day such as \"2027-01-31\", up to " DAY_LAST \
	}
#define SETTING_PATH(name, type, member)                                       \
	{                                                                      \
		(name), setting_read_path, SETTING_AT(type, member),           \
		    .min = 2, .max = TRUSTED_FILE_PATH_MAX                     \
	}

/* settings_error about this setting, or about a key of a group. */
#define setting_error(v, ...)                                                  \
	settings_error(                                                        \
	    (v)->scope, setting_line((v)->s), (v)->e->key, __VA_ARGS__)
#define setting_error_of(scope, group, key, ...)                               \
	settings_error(scope, setting_line_of(group, key), key, __VA_ARGS__)

struct setting_section {
	const struct setting_entry *entry;
	size_t n;
	const struct setting_section *more; /* also accepted; NULL: none */
};

/* All of a table, and what is accepted as well. */
#define SETTING_SECTION(table, others)                                         \
	{                                                                      \
		(table), COUNT_OF(table), (others)                             \
	}

/* The entry for a provider type's own key; number holds the text of its default
 * and must live as long. */
struct setting_entry setting_entry_of_key(
    const struct setting_key *, char number[SETTING_NUMBER_MAX]);

/* Report every key of the group that is neither in the section nor in own (may
 * be NULL). */
void setting_check_known(struct setting_scope *,
    const struct config_setting_t *group, const struct setting_section *,
    const struct setting_key *own);

/* Read the group described by e->inside into field and report unknown keys, or
 * a value that is no group. Returns the group; NULL: there is none. */
const struct config_setting_t *setting_section_read(
    const struct setting *, void *field);

/*
 * A settings file as a libconfig document: it is checked for trust, then for
 * text that libconfig silently reads differently from what the writer meant,
 * then parsed.
 */

struct config_t;

/* Read scope->file into doc, and the SHA-256 of its bytes into digest (NULL:
 * not wanted). Every error is reported, except that a user's file is absent. On
 * OK the caller destroys doc; else there is nothing to destroy. */
enum trusted_file_result settings_document_read(struct setting_scope *,
    enum trusted_file_kind, struct config_t *doc,
    unsigned char digest[SETTINGS_DIGEST_LEN]);

/* The same for text[len] of a file that does not exist yet: OK or REFUSED. */
enum trusted_file_result settings_document_parse(struct setting_scope *,
    enum trusted_file_kind, const char *text, size_t len, struct config_t *doc,
    unsigned char digest[SETTINGS_DIGEST_LEN]);

/*
 * The parts of the settings; each part's keys stand next to the code that reads
 * it. twofa.conf(5) and the samples are tested against these tables.
 */

extern const struct setting_section settings_keys; /* into struct settings */
extern const struct setting_section settings_limits_keys;   /* the same */
extern const struct setting_section settings_store_keys;    /* the same */
extern const struct setting_section settings_rule_keys;     /* struct rule */
extern const struct setting_section settings_action_keys;   /* the same */
extern const struct setting_section settings_provider_keys; /* provider_conf */
extern const struct setting_section user_record_keys;       /* user_record */
/* For a file with people, and for one of them; user_record_keys are allowed
 * there as well. */
extern const struct setting_section user_people_keys;
extern const struct setting_section user_person_keys; /* user_person */

/* For the key language, in twofa.conf and in a user's file. */
extern const struct setting_choice settings_languages[];

/* For the key on_outage, in twofa.conf itself and in a rule. */
extern const struct setting_choice settings_outages[];

/* Read a group, or a list of groups, with the keys of e->inside, and check what
 * depends on more than one key. The field is the whole struct settings. */
setting_reader settings_limits_read;
setting_reader settings_store_read;
setting_reader settings_rules_read;
setting_reader settings_providers_read;

/* Call them before and after each call of libconfig that needs memory. In
 * between, a crash or an exit writes the line and gives an exit status that is
 * not 0. Afterwards a crash is handled as before. */
void crash_guard_begin(void);
void crash_guard_end(void);

/* What the entry allows, as errors and the manual say it. */
void setting_allowed_text(
    const struct setting_entry *, char out[SETTING_ALLOWED_MAX]);

/* Copy the text of a file that passes the checks for secrets (system.h)
 * and holds such a key. 0, or -1 with cause; pem is empty then. The caller
 * wipes. */
int rsa_key_read_file(const char *path, uid_t owner, struct pem *pem,
    char cause[TRUSTED_FILE_CAUSE_MAX]);

#endif
