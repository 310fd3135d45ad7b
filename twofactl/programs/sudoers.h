/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What sudoers says about asking: which PAM service sudo asks for, and where it
 * asks nobody. Reads the file and those that it includes (sudoers(5)); rules of
 * LDAP and SSSD are not seen.
 */
#ifndef TWOFA_SUDOERS_H
#define TWOFA_SUDOERS_H

#include <stdbool.h>

enum sudoers_says {
	SUDOERS_SERVICE = 0, /* text: the service */
	SUDOERS_UNASKED,     /* text: the line, or the start of it */
};

struct sudoers_found {
	enum sudoers_says says;
	const char *file;
	unsigned line; /* the first, where it goes on behind a backslash */
	const char *text;
};

struct sudoers_sink {
	void *ctx;
	void (*found)(void *ctx, const struct sudoers_found *);
};

/* In the order of the lines. What cannot be read or is nonsense to us is passed
 * over, as a line of another grammar. False: path itself cannot be read. */
bool sudoers_read(const char *path, const struct sudoers_sink *);

#endif
