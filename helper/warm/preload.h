/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each login would load and set up is done once in the listening helper,
 * and the copies share the memory. Nothing here depends on settings or on a
 * login. SQLite is left out, because its random numbers would repeat in the
 * copies.
 */
#ifndef TWOFA_WARM_PRELOAD_H
#define TWOFA_WARM_PRELOAD_H

/* Call it before the first fork. Failures are logged; a copy then tries again,
 * like a helper started for one login. */
void preload(void);

#endif
