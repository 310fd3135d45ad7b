/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Landlock: from now on this process changes files of the state's folders
 * alone, whatever its user may do elsewhere. It reads, connects and writes to
 * what is open as before. A change that is refused comes back as EACCES.
 */
#ifndef TWOFA_SANDBOX_LANDLOCK_H
#define TWOFA_SANDBOX_LANDLOCK_H

enum landlock {
	LANDLOCK_OFF,     /* not asked for, or built with a sanitizer */
	LANDLOCK_MISSING, /* the kernel has none, or it is switched off there */
	LANDLOCK_REFUSED, /* it failed, which the log tells */
	LANDLOCK_ON,
};

/* Once, before a thread is started, with no_new_privs set. Two folders, which
 * may be one and the same, or a link to one; one that is not there cannot be
 * written, either. A login goes on whatever comes of it. */
enum landlock landlock_install(const char *folder, const char *other);

/* What came of it. */
enum landlock landlock_now(void);

#endif
