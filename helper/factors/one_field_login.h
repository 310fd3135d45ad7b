/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A login without questions: everything is in the text behind the password
 * (wire.h). It is one code, which is checked wherever it can be, or the
 * request for one message or one push.
 */
#ifndef TWOFA_ONE_FIELD_LOGIN_H
#define TWOFA_ONE_FIELD_LOGIN_H

#include "helper/factors/factors.h"
#include "lib/wire/wire.h"

/* Fills the result; only RIGHT or ADMIT allows. Every denial is VERDICT_DENY,
 * so that only the log shows the difference. */
void one_field_login(struct factors *, const struct challenge *);

/* --- what a login and `twofactl explain` ask alike --- */

/* The method for SMS and CALL; METHOD_NONE for all others. */
enum method one_field_method(enum one_field);
/* True when a code can be sent this way. */
bool one_field_reaches(const struct factors *, enum method);
/* Send a new code by this method only: as verify_open. */
enum challenge_step one_field_open(struct factors *, enum method);
/* After a step that reached no provider: is this user let in? ADMIT, or not. */
enum challenge_step one_field_outage(struct factors *);

#endif
