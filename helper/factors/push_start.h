/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of a push: push.c and push_start.c. */
#ifndef TWOFA_PUSH_START_H
#define TWOFA_PUSH_START_H

#include "helper/factors/push.h"

/* The login's line names this push: its provider and its id there. */
void push_named(const struct push *);

#endif
