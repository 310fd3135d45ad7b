/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the purposes of serve.h that look at the state have in common, and
 * PURPOSE_STATUS.
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
/* Tell the store's cause, in the log as well, and deny. */
void serve_state_failed(
    const struct serve_request *, const struct store *, struct login_result *);

/* Say user and source; user NULL: of everybody. 0 or -1. */
int serve_say_users(
    const struct serve_request *, struct store *, const char *user);
/* Say passed, of each provider of the settings. 0 or -1. */
int serve_say_providers(
    const struct serve_request *, const struct settings *, struct store *);

/* Says user and source; without a user also totals, passed and success. Fills
 * the result. */
void serve_status(const struct serve_request *, const struct settings *,
    struct store *, struct login_result *);

#endif
