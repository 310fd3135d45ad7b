/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Common to the purposes of serve.h that read the state, and PURPOSE_STATUS and
 * PURPOSE_GOT_IN.
 */
#ifndef TWOFA_SERVE_STATUS_H
#define TWOFA_SERVE_STATUS_H

#include "helper/service/serve.h"
#include "helper/store/store.h"
#include "lib/items/items.h"
#include "lib/settings/settings.h"

/* Say store, where the state is at a server; shown: user and source come. */
void serve_say_store(const struct request *, bool shown);
/* Say user and source; user NULL: of all users. 0 or -1. */
int serve_say_users(const struct request *, struct store *, const char *user);
/* Say passed for each provider of the settings. 0 or -1. */
int serve_say_providers(
    const struct request *, const struct settings *, struct store *);

request_with_state serve_status;
request_with_state serve_got_in;

#endif
