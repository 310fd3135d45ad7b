/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulator of a rehearsal, which packaging/rehearsal starts and ends.
 * Callers hold the lock of trials.
 */
#ifndef TWOFA_REHEARSAL_H
#define TWOFA_REHEARSAL_H

#include "lib/settings/settings.h"
#include "twofactl/terminal/terminal.h"

#define REHEARSAL_TYPE "vonage-verify"
#define REHEARSAL_URL "https://127.0.0.1:8443"
#define REHEARSAL_KEY "rehearsal" /* its only account */
/* Beside twofa.conf: */
#define REHEARSAL_CERTIFICATE "rehearsal.pem"
#define REHEARSAL_SECRET "secrets/rehearsal"

/* Is every provider the simulator, as init --rehearsal writes it? */
bool rehearsal_is_ours(const struct settings *);

/* Start it in place of one that runs; it ends by itself after so long.
 * CTL_DONE once it listens, or after complaining. */
enum ctl_exit rehearsal_start(const struct ctl *, int64_t seconds);
/* It ends. */
void rehearsal_stop(void);
/* The same, and its files go: no settings name them any more. */
void rehearsal_remove(const struct ctl *);

#endif
