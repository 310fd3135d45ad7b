/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How long this process has waited for a state at a server, and for which
 * server: for the log line. Unused for a state in a file.
 */
#ifndef TWOFA_STORE_SPENT_H
#define TWOFA_STORE_SPENT_H

#include <stdint.h>

#define STORE_SPENT_MAX 304 /* a host's name, '@' and a server's */

struct store_spent {
	char where[STORE_SPENT_MAX]; /* "web01@db2"; "web01@-": no server has
				      * answered; "": there is no such state */
	int64_t ms;                  /* -1: there is no such state */
};

const struct store_spent *store_spent(void);

/* For engines: this host opens its state, and has not waited yet. */
void store_spent_begin(const char *host);
/* Add waited time; server: the one that answered; NULL: none did. */
void store_spent_add(const char *server, int64_t ms);

#endif
