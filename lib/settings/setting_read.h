/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a libconfig setting to a checked value in a struct, by a table entry:
 * type, range, default. Every error is reported and counted, none ends the
 * reading, so that an administrator sees all of them at once.
 */
#ifndef TWOFA_SETTING_READ_H
#define TWOFA_SETTING_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/settings/settings.h"
#include "lib/settings/settings_error.h"

#define CONFREAD_ALLOWED_MAX 512

struct config_setting_t;
struct conf_entry;

/* "FILE:LINE: key: text, allowed: ..." */
void conf_wrong(struct conf_scope *, const struct conf_entry *,
    const struct config_setting_t *, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Read s into field, or the entry's default when s is NULL. */
typedef void conf_reader(struct conf_scope *, const struct conf_entry *,
    const struct config_setting_t *s, void *field);

struct conf_choice {
	const char *name; /* NULL ends the list */
	int value;
};

enum conf_section {
	CONF_SETTINGS = 0,
	CONF_LIMITS,
	CONF_RULE,
	CONF_PROVIDER,
	CONF_USER,
};

struct conf_entry {
	enum conf_section section;
	const char *key;
	conf_reader *read;
	size_t offset; /* of the field in the section's struct */
	bool required;
	long min, max;       /* of a number; of the length of a text */
	const char *charset; /* of a text; NULL: printable ASCII */
	const struct conf_choice *choice;
	const char *allowed; /* NULL: made of min, max and choice */
	const char *dflt;    /* as the sample shows it; NULL: none */
};

/* What the entry takes, as errors and the manual say it. */
void conf_allowed(const struct conf_entry *, char out[CONFREAD_ALLOWED_MAX]);

/* Read all n entries of a group (NULL: an absent one) into base. Unknown keys
 * are conf_known's matter. */
void conf_group_read(struct conf_scope *, const struct conf_entry *, size_t n,
    const struct config_setting_t *group, void *base);

/* The line of s, at least 1. NULL: the document. */
unsigned conf_line(const struct config_setting_t *s);

/* Report s unless it is a group. */
bool conf_is_group(struct conf_scope *, const struct conf_entry *,
    const struct config_setting_t *s);

conf_reader conf_read_text;     /* const char * */
conf_reader conf_read_phrase;   /* const char *; UTF-8 too */
conf_reader conf_read_path;     /* const char *; absolute */
conf_reader conf_read_bool;     /* bool */
conf_reader conf_read_long;     /* long */
conf_reader conf_read_unsigned; /* unsigned */
conf_reader conf_read_choice;   /* an enum */
conf_reader conf_read_either;   /* bool, by choice */
conf_reader conf_read_word;     /* const char *, by choice */
conf_reader conf_read_names;    /* struct text_list */

/* The checked text of s, or NULL after reporting. */
const char *conf_text(struct conf_scope *, const struct conf_entry *,
    const struct config_setting_t *s);
/* The checked number of s: 0, or -1 after reporting. */
int conf_number(struct conf_scope *, const struct conf_entry *,
    const struct config_setting_t *s, long *out);

/* How many elements the list or array has: at least 1; 0 after reporting. */
size_t conf_list_len(struct conf_scope *, const struct conf_entry *,
    const struct config_setting_t *s);

#endif
