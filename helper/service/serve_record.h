/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose record twofactl means: a user's, or that of one person of a shared
 * account. */
#ifndef TWOFA_SERVE_RECORD_H
#define TWOFA_SERVE_RECORD_H

#include "helper/dialogue/dialogue.h"
#include "lib/settings/settings.h"

/* The record of facts.user; text: the future content of its file (NULL: read
 * the file). USER_PEOPLE: a shared account without a person. USER_ABSENT: a
 * user without a file, who may get one; an unknown person is USER_ERROR, and
 * reported. The caller wipes the record. */
enum user_result serve_record(
    const struct environment *, const char *text, struct user_record *);

/* The record of the user or person in the request. False: there is none that
 * can be read; wipe it in any case. */
bool serve_user_record(
    const struct request *, const struct settings *, struct user_record *);

#endif
