/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults of time and of the connection. */
#ifndef SIM_FAULT_WIRE_H
#define SIM_FAULT_WIRE_H

#include <stdbool.h>

struct MHD_Connection;
struct fault;
struct sim_reply;

/*
 * Without the world's lock. False: the reply goes out as usual now. True: the
 * fault has dealt with the connection, which must be closed.
 */
bool fault_wire(
    struct MHD_Connection *, const struct fault *, const struct sim_reply *);

/* True when such a fault sends the client no whole status line. */
bool fault_silent(const struct fault *);

#endif
