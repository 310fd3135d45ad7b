/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state in PostgreSQL, and a login while none of its servers can be
 * reached: all of it behind the tables of store_backend.h and store_fleet.h.
 */
#ifndef TWOFA_FLEET_STORE_H
#define TWOFA_FLEET_STORE_H

#include "helper/store/store_fleet.h"

extern const struct store_fleet fleet_store;

#endif
