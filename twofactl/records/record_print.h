/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints a user's record, for show and list. */
#ifndef TWOFA_RECORD_PRINT_H
#define TWOFA_RECORD_PRINT_H

#include "lib/settings/settings.h"

#define RECORD_PRINT_CHANNELS 64

/* full: show numbers and addresses whole. person: one of that account's people;
 * NULL: the user. */
void record_print_json(const struct settings *, const char *user,
    const struct user_person *, const struct user_record *, bool full);

/* A line for each value, as in `show`. */
void record_print_lines(const char *user, const struct user_person *,
    const struct user_record *, bool full);

/* A line of `list`; the first column, ACCOUNT//PERSON for a person, has this
 * width. NULL record: the heading. */
void record_print_row(const struct settings *, const char *user,
    const struct user_person *, int width, const struct user_record *,
    bool full);

#endif
