/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numeric networks: read one, and check whether an address lies in it. Pure.
 */
#ifndef TWOFA_NETWORK_H
#define TWOFA_NETWORK_H

#include <stdbool.h>

/* IPv4 uses the first four bytes. */
struct network {
	int family; /* AF_INET or AF_INET6 */
	unsigned char addr[16];
	unsigned bits;
};

/* Parse "10.0.0.0/8", "192.0.2.7", "2001:db8::/32"; bits beyond the prefix
 * must be 0. 0, or -1. */
int network_parse(const char *text, struct network *);

/* Does the numeric address lie in the network? ::ffff:a.b.c.d counts as
 * a.b.c.d; anything that is not a numeric address matches nothing. */
bool network_contains(const struct network *, const char *address);

#endif
