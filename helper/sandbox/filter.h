/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter of system calls. Calls that no login needs (listed in
 * helper/sandbox/generate.c) return EPERM, in all threads and for good. A
 * refused call does not end the login: see helper/sandbox/refused.h.
 */
#ifndef TWOFA_SANDBOX_FILTER_H
#define TWOFA_SANDBOX_FILTER_H

enum filter {
	FILTER_OFF,     /* not asked for yet, or built with a sanitizer */
	FILTER_UNKNOWN, /* built for an architecture without one */
	FILTER_REFUSED, /* the kernel does not accept it */
	FILTER_ON,
};

/* Call it once, with no_new_privs set. If the kernel refuses, the log says so,
 * and the helper is limited only by its user's rights. */
enum filter filter_install(void);

/* The result of filter_install. */
enum filter filter_now(void);

#endif
