/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose record twofactl means: a user's, or that of one of the people of an
 * account. */
#ifndef TWOFA_SERVE_RECORD_H
#define TWOFA_SERVE_RECORD_H

#include "helper/base/environment.h"
#include "helper/service/serve.h"
#include "lib/settings/user_record.h"

/* The record of facts.user; text: as it would be in its file (NULL: as it is).
 * USER_PEOPLE: the account without a person. USER_ABSENT: a user without a
 * file, who may get one; a person who is none is USER_ERROR, and reported. The
 * caller wipes the record. */
enum user_result serve_record(
    const struct environment *, const char *text, struct user_record *);

/* The record of the user, or person, whom the request is about. False: there is
 * none that can be read; to be wiped in any case. */
bool serve_user_record(const struct serve_request *, const struct settings *,
    struct user_record *);

#endif
