/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Common to the purposes of serve.h that read the state, and PURPOSE_STATUS and
 * PURPOSE_GOT_IN.
 */
#ifndef TWOFA_SERVE_STATUS_H
#define TWOFA_SERVE_STATUS_H

#include "helper/service/serve.h"
#include "helper/state/store.h"
#include "lib/records/record.h"
#include "lib/settings/settings.h"

/* Send a record. */
void serve_say(const struct serve_request *, enum record_kind,
    const char *const *text, const int64_t *number);
/* Report an error, in the log as well. */
void serve_error(const struct serve_request *, const char *line);
/* Report the store's cause, in the log as well, and deny. */
void serve_state_failed(
    const struct serve_request *, const struct store *, struct login_result *);

/* Say store, where the state is at a server; shown: user and source come. */
void serve_say_store(const struct serve_request *, bool shown);
/* Say user and source; user NULL: of all users. 0 or -1. */
int serve_say_users(
    const struct serve_request *, struct store *, const char *user);
/* Say passed for each provider of the settings. 0 or -1. */
int serve_say_providers(
    const struct serve_request *, const struct settings *, struct store *);

serve_with_state serve_status;
serve_with_state serve_got_in;

#endif
