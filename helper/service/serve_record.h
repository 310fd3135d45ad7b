/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose record twofactl means: a user's, or that of one person of a shared
 * account. */
#ifndef TWOFA_SERVE_RECORD_H
#define TWOFA_SERVE_RECORD_H

#include "helper/base/environment.h"
#include "helper/service/serve.h"
#include "lib/settings/user_record.h"

/* The record of facts.user; text: the future content of its file (NULL: read
 * the file). USER_PEOPLE: a shared account without a person. USER_ABSENT: a
 * user without a file, who may get one; an unknown person is USER_ERROR, and
 * reported. The caller wipes the record. */
enum user_result serve_record(
    const struct environment *, const char *text, struct user_record *);

/* The record of the user or person in the request. False: there is none that
 * can be read; wipe it in any case. */
bool serve_user_record(const struct serve_request *, const struct settings *,
    struct user_record *);

/* PURPOSE_RECORDS, PURPOSE_RECORD_PUT, PURPOSE_RECORD_REMOVE, PURPOSE_REKEY, of
 * those in a state that hosts share (serve_records.c). */
serve_with_state serve_records, serve_record_put, serve_record_remove,
    serve_rekey;

#endif
