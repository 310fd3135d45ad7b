/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * outage.db in state_dir: a state of this host alone, for the time in which no
 * server of the fleet's state can be reached. It has the codes that were used
 * and guessed here, and the users' break-glass codes.
 */
#ifndef TWOFA_OUTAGE_STORE_H
#define TWOFA_OUTAGE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/store/store.h"
#include "lib/settings/settings.h"

/* Wrong codes that shut a user on this host, until a server is reached. */
#define OUTAGE_GUESSES 3

/* Do these settings have one? A state in a file has none, nor has "deny". */
bool outage_has_store(const struct settings *);

/* Open it; session and socket_uid as for login_store_open. NULL with the cause
 * and the remedy. */
struct store *outage_store_open(const struct settings *, int64_t session,
    int64_t socket_uid, char cause[STORE_CAUSE_MAX]);

/* Call row for each user of whom it has anything, as store_status does: by it
 * doctor tells who has break-glass codes (source "", recovery). Without the
 * file there are none, and it is not made. 0, or -1 with the cause. */
int outage_store_users(const struct settings *, void *ctx,
    void (*row)(void *ctx, const struct store_status *),
    char cause[STORE_CAUSE_MAX]);

#endif
