/* SPDX-License-Identifier: BSD-2-Clause */
/* A user's record on stdout: for show and list. */
#ifndef TWOFA_RECORD_PRINT_H
#define TWOFA_RECORD_PRINT_H

#include "lib/settings/settings.h"

#define RECORDPRINT_CHANNELS 64

/* full: numbers and addresses whole. */
void recordprint_json(const char *user, const struct user_record *, bool full);

/* One line for each thing, as `show` has it. */
void recordprint_lines(const char *user, const struct user_record *, bool full);

/* A line of `list`; the first column is width wide. NULL: its heading. */
void recordprint_row(
    const char *user, int width, const struct user_record *, bool full);

#endif
