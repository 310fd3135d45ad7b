/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The marks beside outage.db: there is something in it that the fleet was not
 * told. A login that reaches a server need look no further where neither file
 * is there.
 *
 *   outage.unsent   made before and after a code is tried in an outage
 *   outage.sending  what was "unsent" when somebody began to tell it
 */
#ifndef TWOFA_OUTAGE_MARK_H
#define TWOFA_OUTAGE_MARK_H

#include <stdbool.h>

/* Something is about to be kept, or was. 0, or -1 with errno. */
int outage_mark(const char *dir);

/* Is there something to tell? What is kept from now on is marked again. */
bool outage_mark_take(const char *dir);

/* All of it was told. */
void outage_mark_done(const char *dir);

#endif
