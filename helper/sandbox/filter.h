/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter of system calls: what a login never needs (the list is in
 * helper/sandbox/generate.c) answers EPERM, for all threads and for good. A
 * call that is refused ends nobody's login: see helper/sandbox/refused.h.
 */
#ifndef TWOFA_SANDBOX_FILTER_H
#define TWOFA_SANDBOX_FILTER_H

enum filter {
	FILTER_OFF,     /* not asked for yet, or built with a sanitizer */
	FILTER_UNKNOWN, /* built for an architecture without one */
	FILTER_REFUSED, /* the kernel does not take it */
	FILTER_ON,
};

/* Once, with no_new_privs set. A kernel that refuses it is told in the log:
 * what holds the helper then is what its user may do. */
enum filter filter_install(void);

/* What came of it. */
enum filter filter_now(void);

#endif
