/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this host may be short of, so that a server that is fine looks out of
 * reach. A local user can take all ports, or much of the rest: so a shortage is
 * never an outage. Looking for one is a race that the user may win, so whatever
 * an outage opens also wants proof that a server was asked: struct asked.
 */
#ifndef TWOFA_SHORTAGE_H
#define TWOFA_SHORTAGE_H

#include <stdbool.h>
#include <sys/socket.h>

/* Does this errno tell of too few descriptors, ports, buffers, processes or too
 * little memory? */
bool shortage_errno(long error);

/* Is any of these short right now? */
bool shortage_now(void);

/* The addresses of one server; zeroed at first. */
#define ASKED_BIT(family) (1u << (family))
struct asked {
	bool shortage; /* one could not be asked for want of something */
	unsigned way, without; /* families' bits: there is a route, or none */
};

/* This address comes next. Looks for a route to it, and sends nothing. */
void asked_note(struct asked *, const struct sockaddr *, socklen_t);

/* Was none of them asked? So it is as well where all are of one family to which
 * there is no route, while there is one to the other family: a name service
 * that is short of something keeps half of the addresses back. */
bool asked_nobody(const struct asked *);

#endif
