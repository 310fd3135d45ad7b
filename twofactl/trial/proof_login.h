/* SPDX-License-Identifier: BSD-2-Clause */
/* The program that logs in for a proof. */
#ifndef TWOFA_PROOF_LOGIN_H
#define TWOFA_PROOF_LOGIN_H

#include "twofactl/trial/proof.h"

/* In the child whose terminal is the proof's: become that program. Returns only
 * with cause. password: a random one, to be the user's in that view. */
void proof_login(
    const struct proof *, const char *password, char cause[TRIAL_CAUSE]);

/* By a key that lives as long as the proof? Of two ways in, only who has no
 * password takes this one. */
bool proof_login_by_key(const struct trial *, const char *user);

/* Is it known to work for this service? */
bool proof_login_knows(const char *service);

#endif
