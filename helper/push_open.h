/* SPDX-License-Identifier: BSD-2-Clause */
/* Between the files of a push: push.c and push_open.c. */
#ifndef TWOFA_PUSH_OPEN_H
#define TWOFA_PUSH_OPEN_H

#include "helper/push.h"

/* The login's line names this push: its provider and its id there. */
void push_named(const struct push *);

#endif
