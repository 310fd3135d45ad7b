/* SPDX-License-Identifier: BSD-2-Clause */
/* A push on its way to the phone, and what is kept of it. */
#ifndef TWOFA_PUSH_SEND_H
#define TWOFA_PUSH_SEND_H

#include "helper/factors/push.h"

/* Have it sent by the provider that x is aimed at, for the row that this
 * session holds. OK: it is open, and kept so; DENY after the result says why,
 * where it could not be kept. Else the row's fate is stored, and the push is
 * not counted when it certainly did not go out. */
enum outcome push_send(struct push *, bool *maybe_sent);

/* The login's line names this push: its provider and its id there. */
void push_named(const struct push *);

#endif
