/* SPDX-License-Identifier: BSD-2-Clause */
/* The state in PostgreSQL, and a login while no server can be reached: all of
 * it is called through store_backend.h and store_fleet.h. */
#ifndef TWOFA_FLEET_STORE_H
#define TWOFA_FLEET_STORE_H

#include "helper/store/store_fleet.h"

extern const struct store_fleet fleet_store;

#endif
