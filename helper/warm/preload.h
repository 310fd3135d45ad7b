/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each login would load and set up, done once in the listening helper. The
 * copies share the pages. Nothing of it depends on settings or on a login, and
 * SQLite is left alone: its random numbers would repeat in the copies.
 */
#ifndef TWOFA_WARM_PRELOAD_H
#define TWOFA_WARM_PRELOAD_H

/* Before the first fork. What fails is told in the log: a copy then tries it
 * itself, as a helper that was started for one login does. */
void preload(void);

#endif
