/* SPDX-License-Identifier: BSD-2-Clause */
/* How settings are read: tables of the keys that a group may hold, each entry
 * with type, range and default. Each table is next to the code that reads it;
 * a provider type's own keys are defined with the type. */
#ifndef TWOFA_SETTINGS_INSIDE_H
#define TWOFA_SETTINGS_INSIDE_H

#include "lib/settings/settings.h"

#define SETTING_NUMBER_MAX 24
#define SETTING_ALLOWED_MAX 512

struct config_setting_t;
struct config_t;
struct setting_section;

/* The file being read, and the receiver of its errors. */
struct setting_scope {
	const char *file;
	uid_t owner;
	const struct settings_report *report;
	/* for a user's record, else NULL or false */
	const struct settings *settings;
	const char *user;
	const char *owner_name; /* name under which the state counts */
	bool in_state;          /* the record is in the state, for all hosts */
	bool no_secrets;        /* do not read secrets that it names */
	bool preloads, preloaded; /* of settings_preload(); it has the doc */
	unsigned errors;
};

/* A setting being read. */
struct setting {
	struct setting_scope *scope;
	const struct setting_entry *e;
	const struct config_setting_t *s; /* NULL if the key is absent */
};

/* Reads the setting, or the entry's default without one, into field. */
typedef void setting_reader(const struct setting *, void *field);

struct setting_choice {
	const char *name; /* NULL ends the list */
	int value;
};

struct setting_entry {
	const char *key;
	setting_reader *read;
	size_t offset; /* of the field in the section's struct */
	bool required;
	long min, max;       /* of a number; of the length of a text */
	const char *charset; /* of a text; NULL: printable ASCII */
	bool (*valid)(const char *text); /* of a copied text; NULL: any text */
	const char *wrong; /* message if not valid; NULL: quote the text */
	const struct setting_choice *choice;
	const char *allowed; /* NULL: made from min, max and choice */
	const char *dflt;    /* as in the sample, or NULL */
	/* for a group and for a list of groups; NULL: a value */
	const struct setting_section *inside;
};

struct setting_section {
	const struct setting_entry *entry;
	size_t n;
	const struct setting_section *more; /* also accepted, or NULL */
};

/* Macros for the tables. */
#define SETTING_AT(type, member) .offset = offsetof(struct type, member)
#define SETTING_TEXT_MAX 255

/* Entries for: a number; true or false; a choice of two words, of which the
 * first is the default and false; a last day; a file's path. */
#define SETTING_UNSIGNED(name, type, member, least, most, preset)              \
	{                                                                      \
		(name), setting_read_unsigned, SETTING_AT(type, member),       \
		    .min = (least), .max = (most), .dflt = (preset)            \
	}
#define SETTING_BOOL(name, type, member, preset)                               \
	{                                                                      \
		(name), setting_read_bool, SETTING_AT(type, member),           \
		    .dflt = (preset)                                           \
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

/* Report an error of this setting, or of a key of a group. */
#define setting_error(v, ...)                                                  \
	settings_error(                                                        \
	    (v)->scope, setting_line_number((v)->s), (v)->e->key, __VA_ARGS__)
#define setting_error_at(scope, group, key, ...)                               \
	settings_error(                                                        \
	    scope, setting_key_line_number(group, key), key, __VA_ARGS__)

/* A whole table, and a section that is also accepted. */
#define SETTING_SECTION(table, others)                                         \
	{                                                                      \
		(table), COUNT_OF(table), (others)                             \
	}

/* The keys of each part, in the files that read them. twofa.conf(5) and the
 * samples are tested against these tables. */
/* For struct ... */
extern const struct setting_section settings_keys;          /* settings */
extern const struct setting_section settings_limits_keys;   /* settings */
extern const struct setting_section settings_store_keys;    /* settings */
extern const struct setting_section settings_rule_keys;     /* rule */
extern const struct setting_section settings_action_keys;   /* rule */
extern const struct setting_section settings_provider_keys; /* provider_conf */
extern const struct setting_section user_record_keys;       /* user_record */
/* For one of a user's accounts at identity providers. */
extern const struct setting_section user_account_keys; /* user_subject */
/* For a file with people, and for one of them; both also accept
 * user_record_keys. */
extern const struct setting_section user_people_keys;
extern const struct setting_section user_person_keys; /* user_person */
extern const struct setting_section user_phone_keys;  /* user_phone */
extern const struct setting_section user_app_keys;    /* user_app */
extern const struct setting_section user_token_keys;  /* user_app */

/* user_apps.c: the keys of apps and tokens, also in a record itself. */
setting_reader user_app_read_secret; /* into a struct secret */
/* Decrypts a secret of this record that is sealed for all hosts. */
bool user_app_unseal(
    const struct setting_scope *, const char *text, struct secret *);
setting_reader user_app_read_either; /* unsigned; the least or the most */
/* Into a struct user_record. */
setting_reader user_apps_read, user_tokens_read;
extern const struct setting_choice user_app_hashes[];
#define USER_APP_SECRET                                                        \
	.min = 2, .max = TRUSTED_FILE_PATH_MAX, .allowed = "an absolute path"
#define USER_APP_PERIOD                                                        \
	.min = TOTP_STEP_S, .max = TOTP_LONG_S, .dflt = "30",                  \
	.allowed = "30 or 60"
#define USER_APP_HASH                                                          \
	.dflt = "SHA1", .max = SETTING_TEXT_MAX, .choice = user_app_hashes

/* For the key language, in twofa.conf and in a user's file. */
extern const struct setting_choice settings_languages[];

/* For the key on_outage, in twofa.conf itself and in a rule. */
extern const struct setting_choice settings_outages[];

/* crash_guard.c */

/* Call before and after each call of libconfig that allocates. In between, a
 * crash or an exit writes the line and exits with a status other than 0. */
void crash_guard_begin(void);
void crash_guard_end(void);

/* private_key.c */

/* Reads a file that passes the checks for secrets (system.h) and holds an RSA
 * key. 0, or -1 with cause; pem is empty then. The caller wipes. */
int private_key_read_file(
    const char *path, uid_t owner, bool elliptic, struct pem *pem);

/* setting_read.c: from a libconfig setting to a checked value in a struct. Each
 * error is reported and counted, and reading goes on, so that an administrator
 * sees all errors at once. */

/* The entry for a provider type's own key; number holds the text of its default
 * and must live as long. */
struct setting_entry setting_entry_from_key(
    const struct setting_key *, char number[SETTING_NUMBER_MAX]);

/* Reports every key of the group that is neither in the section nor in own (may
 * be NULL). */
void setting_check_known(struct setting_scope *,
    const struct config_setting_t *group, const struct setting_section *,
    const struct setting_key *own);

/* Reads the group described by e->inside into field; reports unknown keys, or
 * a value that is no group. Returns the group, or NULL if absent or wrong. */
const struct config_setting_t *setting_section_read(
    const struct setting *, void *field);

/* The form that the entry expects, in the words of errors and the manual. */
void setting_expected_form_text(
    const struct setting_entry *, char out[SETTING_ALLOWED_MAX]);

/* Reports "FILE:LINE: key: text; expected FORM". */
void setting_reject(const struct setting *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* The line of s, at least 1. NULL: the document. */
unsigned setting_line_number(const struct config_setting_t *s);

/* The line of a group's key, or of the group without that key. */
unsigned setting_key_line_number(
    const struct config_setting_t *group, const char *key);

/* True if the setting is a group; reports it otherwise. */
bool setting_is_group(const struct setting *);

/* Reads all n entries of a group (NULL: an absent one) into base. Does not
 * check for unknown keys: setting_check_known does. */
void setting_group_read(struct setting_scope *, const struct setting_entry *,
    size_t n, const struct config_setting_t *group, void *base);

/* The checked text; the default without the key; NULL after reporting. */
const char *setting_text(const struct setting *);
/* The checked number: 0, or -1 after reporting. */
int setting_number(const struct setting *, long *out);

/* The number of elements of a list or array, 1 to most; 0 without the key, or
 * after reporting. items is the word for too many. */
size_t setting_list_len(const struct setting *, size_t most, const char *items);
/* True if the key is absent, or its list has no element, which is an error to
 * setting_list_len(). */
bool setting_list_is_empty(const struct setting *);
/* Allocates an item of this size for each of the *n elements. NULL with *n 0
 * without the key, or after reporting. */
void *setting_list_alloc(const struct setting *, size_t most, const char *items,
    size_t size, size_t *n);
/* The ith element of the list. */
struct setting setting_item(const struct setting *list, size_t i);

setting_reader setting_read_text;     /* const char * */
setting_reader setting_read_phrase;   /* const char *; UTF-8 too */
setting_reader setting_read_path;     /* const char *; absolute */
setting_reader setting_read_bool;     /* bool */
setting_reader setting_read_long;     /* long */
setting_reader setting_read_unsigned; /* unsigned */
setting_reader setting_read_choice;   /* an enum */
setting_reader setting_read_either;   /* bool, by choice */
setting_reader setting_read_word;     /* const char *, by choice */
setting_reader setting_read_day;      /* unsigned */
/* char[] of max + 1 bytes, or enough for valid texts; unchanged without a key
 */
setting_reader setting_read_copy;
setting_reader setting_read_names;    /* struct text_list */
setting_reader setting_read_networks; /* struct network_list */

/* Frees the lists of names and networks that were read into base. */
void setting_lists_free(const struct setting_section *, void *base);

/* settings_document.c: a settings file as a libconfig document, after checks of
 * its trust and of text that libconfig silently misreads. */

/* Reads text[len], which is in no file yet (then OK or REFUSED), or with NULL
 * scope->file into doc, and into digest (may be NULL) the SHA-256 of the bytes,
 * with the time at which the file was changed. Reports every error, except that
 * a user's file is absent. On OK the caller destroys doc, unless
 * scope->preloaded; else there is nothing to destroy. */
enum trusted_file_result settings_document_read(struct setting_scope *,
    enum trusted_file_kind, const char *text, size_t len, struct config_t *doc,
    unsigned char digest[SETTINGS_DIGEST_LEN]);
/* Makes a number part of a digest: the digest of a record is another one after
 * the user's own change of the phones or of the app, and after each change of
 * the file. */
enum settings_digest_part {
	SETTINGS_DIGEST_PHONES,
	SETTINGS_DIGEST_APP,
	SETTINGS_DIGEST_FILE,
};
void settings_digest_mix(unsigned char digest[SETTINGS_DIGEST_LEN],
    enum settings_digest_part, int64_t n);

/* settings_error.c */

/* Reports and counts an error; one is enough to refuse the file. line 0 and key
 * NULL are left out. */
void settings_error(struct setting_scope *, unsigned line, const char *key,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* settings_groups.c, settings_providers.c, settings_rules.c: read a group, or a
 * list of groups, with the keys of e->inside, and check keys that depend on
 * each other. The field is the whole struct settings. */
setting_reader settings_limits_read;
setting_reader settings_store_read;
setting_reader settings_providers_read;
setting_reader settings_rules_read;

/* settings_scan.c */

#define SETTINGS_SCAN_KEY_BYTES TEXT_ALNUM "_-*"
#define SETTINGS_SCAN_KEY_MAX 32 /* of a key in errors */

/* Reports text[len] that libconfig would misread (settings_document.c).
 * text[len] must be a NUL. */
void settings_scan_for_misreadings(
    struct setting_scope *, const char *text, size_t len);

/* user_record.c */

/* Reads the group of a record. */
void user_record_read_group(struct setting_scope *,
    const struct config_setting_t *group, struct user_record *);

/* user_apps.c: adds the apps' secrets to the digest of a record. Each may be in
 * a file of its own, which changes while the record's text does not. A failure
 * counts as an error of the scope. */
void user_apps_digest(struct setting_scope *, struct user_record *);

/* user_change.c: applies the user's own change to a record that was read from
 * its file or from the state. */
enum user_result user_change_find(
    struct setting_scope *, const char *text, struct user_record *);

struct setting_scope user_scope(
    const struct settings *, const char *name, const struct settings_report *);

#define USER_PATH_MAX (TRUSTED_FILE_PATH_MAX + USER_NAME_MAX + sizeof("/.conf"))
/* Opens the scope's user's file, or parses text if not NULL. path receives the
 * name for errors. On USER_FOUND the caller destroys doc. */
enum user_result user_file_open(struct setting_scope *,
    char path[USER_PATH_MAX], const char *text, struct config_t *doc,
    unsigned char digest[SETTINGS_DIGEST_LEN]);

#endif
