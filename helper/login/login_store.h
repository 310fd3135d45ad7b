/* SPDX-License-Identifier: BSD-2-Clause */
/* The state for a login, or for a request of twofactl. */
#ifndef TWOFA_LOGIN_STORE_H
#define TWOFA_LOGIN_STORE_H

#include <stdint.h>

#include "helper/state/store.h"
#include "helper/state/store_health.h"
#include "lib/settings/settings.h"
#include "lib/wire/wire.h"

/* Open the state of the settings, after checking state_dir; the caller closes
 * it. From the facts: the settings' file, the service's uid and an
 * administrator's password, which must stay valid until then. session: 0 if it
 * starts no verification. NULL with cause and remedy. */
struct store *login_store_open(const struct settings *, const struct facts *,
    int64_t session, char cause[STORE_CAUSE_MAX]);

/* Check the state's server as this host sees it. wall: this host's clock
 * (store_health.h). */
void login_store_health(const struct settings *, const struct facts *,
    int64_t wall, void *ctx,
    void (*found)(void *ctx, const struct store_finding *));

/* store_version_look for this state. */
int login_store_version(const struct settings *, const struct facts *,
    struct store_version *, char cause[STORE_CAUSE_MAX]);

#endif
