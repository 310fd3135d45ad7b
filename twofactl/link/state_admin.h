/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an administrator may ask a state's server by: a password in a file that
 * root alone reads, on the administrator's machine. No login reads it.
 */
#ifndef TWOFA_STATE_ADMIN_H
#define TWOFA_STATE_ADMIN_H

#include <stddef.h>

#include "lib/wire/wire.h"

/* Beside twofa.conf. */
#define STATE_ADMIN_FILE "state-admin"

/* Its path. 0, or -1 without complaining: too long. */
int state_admin_path(const char *conf, char *path, size_t size);

/* The password, "" where there is no file; the caller wipes. 0, or -1 after
 * complaining: it is none, or others can read it. */
int state_admin_read(const char *conf, char password[STATE_ADMIN_LEN + 1]);

/* The same for a purpose of the helper's; "" also where it asks as the host. */
int state_admin_for(
    const char *conf, enum facts_purpose, char password[STATE_ADMIN_LEN + 1]);

#endif
