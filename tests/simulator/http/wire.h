/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bytes of one connection below libmicrohttpd, TLS or plain: for answers
 * that a well-behaved server cannot give. To be called only from a request's
 * own handler, which nothing else on the connection runs beside.
 */
#ifndef SIM_WIRE_H
#define SIM_WIRE_H

#include <stdbool.h>
#include <stddef.h>

struct MHD_Connection;

/* All of it, waiting as needed: 0, or -1 when the client has gone. */
int wire_send(struct MHD_Connection *, const void *, size_t);

/* Ends the connection with a TCP reset. */
void wire_reset(struct MHD_Connection *);

/*
 * Sleeps ms of real time, ended early when the simulator stops. With ms of
 * -1: until the client closes its side.
 */
void wire_pause(struct MHD_Connection *, int ms);

#endif
