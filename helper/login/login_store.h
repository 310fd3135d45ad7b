/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of a login, or of what twofactl asks for. */
#ifndef TWOFA_LOGIN_STORE_H
#define TWOFA_LOGIN_STORE_H

#include <stdint.h>

#include "helper/state/store.h"
#include "lib/settings/settings.h"

/* Open the state that the settings name, once its state_dir is found fit; the
 * caller closes it. path: of their file, facts.h; session: 0 for who begins no
 * verification; socket_uid: facts.h. NULL with the cause and the remedy. */
struct store *login_store_open(const struct settings *, const char *path,
    int64_t session, int64_t socket_uid, char cause[STORE_CAUSE_MAX]);

#endif
