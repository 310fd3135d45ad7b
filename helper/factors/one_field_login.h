/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A login that asks nothing: what stood behind the password (one_field.h) is
 * all there is. One code, checked where it can be; one message or one push,
 * when that is what stood there.
 */
#ifndef TWOFA_ONE_FIELD_LOGIN_H
#define TWOFA_ONE_FIELD_LOGIN_H

#include "helper/factors/factors.h"
#include "lib/wire/one_field.h"

/* Fills the result; allows only by RIGHT or ADMIT. Every denial is
 * VERDICT_DENY, so that nothing but the log tells one from another. */
void one_field_login(struct factors *, const struct challenge *);

/* --- what a login and `twofactl explain` ask alike --- */

/* The method of SMS and CALL; METHOD_NONE for all others. */
enum method one_field_method(enum one_field);
/* Could a code be sent so? */
bool one_field_reaches(const struct factors *, enum method);
/* Have a new one sent by this method alone: as of verify_open. */
enum challenge_step one_field_open(struct factors *, enum method);
/* Nobody can be asked, says that step: is this user let in? ADMIT, or not. */
enum challenge_step one_field_outage(struct factors *);

#endif
