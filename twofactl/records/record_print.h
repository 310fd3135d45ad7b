/* SPDX-License-Identifier: BSD-2-Clause */
/* A user's record on stdout: for show and list. */
#ifndef TWOFA_RECORD_PRINT_H
#define TWOFA_RECORD_PRINT_H

#include "lib/settings/settings.h"
#include "lib/settings/user_record.h"

#define RECORD_PRINT_CHANNELS 64

/* full: numbers and addresses whole. person: which one of the people of that
 * account; NULL: the user. */
void record_print_json(const char *user, const struct user_person *,
    const struct user_record *, bool full);

/* One line for each thing, as `show` has it. */
void record_print_lines(const char *user, const struct user_person *,
    const struct user_record *, bool full);

/* A line of `list`; the first column, ACCOUNT//PERSON for a person, is width
 * wide. NULL record: its heading. */
void record_print_row(const char *user, const struct user_person *, int width,
    const struct user_record *, bool full);

#endif
