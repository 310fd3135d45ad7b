/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What sudoers says about questions: which PAM service sudo uses, where it asks
 * nothing, and who can become root. Reads the file and its includes
 * (sudoers(5)), but no rules of LDAP or SSSD.
 */
#ifndef TWOFA_SUDOERS_H
#define TWOFA_SUDOERS_H

#include <stdbool.h>

enum sudoers_says {
	SUDOERS_SERVICE = 0, /* text: the service */
	SUDOERS_UNASKED,     /* text: the line, or its start */
	SUDOERS_ROOT, /* text: alice, #1000, %ops, OTHERS, ALL; alias: where it
		       * is a part of a User_Alias, or "" in a rule by which it
		       * runs ALL or an alias for commands as root */
};

struct sudoers_found {
	enum sudoers_says says;
	const char *file;
	unsigned line; /* the first one if it continues with a backslash */
	const char *text, *alias;
};

struct sudoers_sink {
	void *ctx;
	void (*found)(void *ctx, const struct sudoers_found *);
};

/* In the order of the lines. What cannot be read or understood is skipped.
 * NULL: this host's. False: path itself cannot be read. */
bool sudoers_read(const char *path, const struct sudoers_sink *);

#endif
