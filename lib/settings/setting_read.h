/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Turns a libconfig setting into a checked value in a struct, by a table entry:
 * type, range, default. Every error is reported and counted, and reading goes
 * on, so that an administrator sees all errors at once.
 */
#ifndef TWOFA_SETTING_READ_H
#define TWOFA_SETTING_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/settings/settings.h"
#include "lib/settings/settings_error.h"

#define SETTING_ALLOWED_MAX 512

struct config_setting_t;
struct setting_entry;
struct setting_section;

/* "FILE:LINE: key: text, allowed: ..." */
void setting_wrong(struct setting_scope *, const struct setting_entry *,
    const struct config_setting_t *, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* Read s into field, or the entry's default when s is NULL. */
typedef void setting_reader(struct setting_scope *,
    const struct setting_entry *, const struct config_setting_t *s,
    void *field);

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
	const struct setting_choice *choice;
	const char *allowed; /* NULL: made from min, max and choice */
	const char *dflt;    /* as in the sample; NULL: none */
	/* for a group and for a list of groups; NULL: a value */
	const struct setting_section *inside;
};

/* What the entry allows, as errors and the manual say it. */
void setting_allowed(
    const struct setting_entry *, char out[SETTING_ALLOWED_MAX]);

/* Read all n entries of a group (NULL: an absent one) into base. Unknown keys
 * are left to setting_known. */
void setting_group_read(struct setting_scope *, const struct setting_entry *,
    size_t n, const struct config_setting_t *group, void *base);

/* The line of s, at least 1. NULL: the document. */
unsigned setting_line(const struct config_setting_t *s);

/* Report s unless it is a group. */
bool setting_is_group(struct setting_scope *, const struct setting_entry *,
    const struct config_setting_t *s);

setting_reader setting_read_text;     /* const char * */
setting_reader setting_read_phrase;   /* const char *; UTF-8 too */
setting_reader setting_read_path;     /* const char *; absolute */
setting_reader setting_read_bool;     /* bool */
setting_reader setting_read_long;     /* long */
setting_reader setting_read_unsigned; /* unsigned */
setting_reader setting_read_choice;   /* an enum */
setting_reader setting_read_either;   /* bool, by choice */
setting_reader setting_read_word;     /* const char *, by choice */
setting_reader setting_read_names;    /* struct text_list */

/* Which bytes a text may hold: control codes must not reach a terminal, a log
 * or a provider. Pure, independent of the locale. */
/* All bytes from charset; NULL: printable ASCII. */
bool setting_text_plain(const char *text, const char *charset);
/* Well-formed UTF-8 (RFC 3629) without control characters (C0, C1, DEL). */
bool setting_text_utf8(const char *text);

/* The checked text of s, or NULL after reporting. */
const char *setting_text(struct setting_scope *, const struct setting_entry *,
    const struct config_setting_t *s);
/* The checked number of s: 0, or -1 after reporting. */
int setting_number(struct setting_scope *, const struct setting_entry *,
    const struct config_setting_t *s, long *out);

/* How many elements the list or array has: at least 1; 0 after reporting. */
size_t setting_list_len(struct setting_scope *, const struct setting_entry *,
    const struct config_setting_t *s);

#endif
