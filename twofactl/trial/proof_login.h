/* SPDX-License-Identifier: BSD-2-Clause */
/* The program that logs in for a proof. */
#ifndef TWOFA_PROOF_LOGIN_H
#define TWOFA_PROOF_LOGIN_H

#include "twofactl/trial/proof.h"

/* Runs in the child at the proof's terminal: become that program. Returns only
 * with cause. password: a random one, for the user in this view. */
void proof_login(
    const struct proof *, const char *password, char cause[TRIAL_CAUSE]);

/* Does it use a key, made for the proof? If there are two ways in, only a user
 * without a password uses this one. */
bool proof_login_by_key(const struct trial *, const char *user);

/* True when it can prove this service. */
bool proof_login_knows(const char *service);

#endif
