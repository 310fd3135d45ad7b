/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of a login, or of what twofactl asks for. */
#ifndef TWOFA_LOGIN_STORE_H
#define TWOFA_LOGIN_STORE_H

#include <stdint.h>

#include "helper/state/store.h"
#include "helper/state/store_health.h"
#include "lib/settings/settings.h"
#include "lib/wire/facts.h"

/* Open the state that the settings name, once its state_dir is found fit; the
 * caller closes it. Of the facts: the settings' file, the service's uid and an
 * administrator's password, which must stay until then. session: 0 for who
 * begins no verification. NULL with the cause and the remedy. */
struct store *login_store_open(const struct settings *, const struct facts *,
    int64_t session, char cause[STORE_CAUSE_MAX]);

/* Is the server of the state well, as this host meets it? wall: this host's
 * clock (store_health.h). */
void login_store_health(const struct settings *, const struct facts *,
    int64_t wall, void *ctx,
    void (*found)(void *ctx, const struct store_finding *));

/* store_version_look of it. */
int login_store_version(const struct settings *, const struct facts *,
    struct store_version *, char cause[STORE_CAUSE_MAX]);

#endif
