/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What this host may be short of, so that a server that is fine looks out of
 * reach. A local user can take all ports, or much of the rest: so a shortage is
 * never an outage. Looking for one is a race that the user may win, so whatever
 * an outage opens also wants proof that a server was asked at all addresses
 * that it has: asked_whole.
 */
#ifndef TWOFA_SHORTAGE_H
#define TWOFA_SHORTAGE_H

#include <netdb.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* Does this errno tell of too few descriptors, ports, buffers, processes or too
 * little memory? */
bool shortage_errno(long error);

/* Is any of these short right now? */
bool shortage_now(void);

/*
 * A name, looked up by a thread of its own: getaddrinfo waits for as long as
 * resolv.conf says. At the deadline it is left alone; it ends by itself, or
 * with the process. The last user frees it.
 */
#define QUESTION_NAME_MAX 255
struct question {
	atomic_int users;
	int family;   /* AF_UNSPEC: both */
	int answered; /* eventfd; before that, the rest is the thread's */
	int error;    /* of getaddrinfo */
	struct addrinfo *found;
	char name[QUESTION_NAME_MAX + 1];
};
/* NULL: there is no memory or no thread for it. */
struct question *question_ask(const char *name, int family);
bool question_answered(const struct question *, int64_t until);
void question_leave(struct question *);

/* The addresses of one server; zeroed at first. */
#define ASKED_BIT(family) (1u << (family))
struct asked {
	bool shortage; /* one could not be asked for want of something */
	bool reached;  /* one took the connection */
	unsigned way;  /* families' bits: there is a route */
	unsigned seen; /* ... there is an address */
};

/* This address comes next. Looks for a route to it, and sends nothing. */
void asked_note(struct asked *, const struct sockaddr *, socklen_t);

/* Are the addresses of these families all that the name has? A name service
 * that is short of something itself keeps one family back. So it is asked for
 * that one alone, until then (frame_clock_ms), and must say that there is
 * none. answered: question_answered, or what waits like it. */
bool asked_whole(const char *name, unsigned seen, int64_t until,
    bool (*answered)(const struct question *, int64_t until));

#endif
