/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends a push and stores the result. */
#ifndef TWOFA_PUSH_SEND_H
#define TWOFA_PUSH_SEND_H

#include "helper/factors/push.h"

/* Send it by x's provider, for the row that this session holds. OK: it is open
 * and stored; DENY with the result set, if it could not be stored. Else the
 * failure is stored, and the push is not counted if it was surely not sent. */
enum outcome push_send(struct push *, bool *maybe_sent);

/* The login's line names this push: its provider and its id there. */
void push_named(const struct push *);

#endif
