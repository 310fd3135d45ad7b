/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Landlock: from now on this process can change files in the state's folders
 * only, whatever else its user may change. It still reads, connects, and writes
 * to open files. A refused change returns EACCES. Where the kernel can, it no
 * longer reaches sockets that have a name and no path (EPERM), the system bus
 * and what systemd offers beside it (EACCES).
 */
#ifndef TWOFA_SANDBOX_LANDLOCK_H
#define TWOFA_SANDBOX_LANDLOCK_H

enum landlock {
	LANDLOCK_OFF,     /* not asked for, or built with a sanitizer */
	LANDLOCK_MISSING, /* the kernel has none, or it is switched off */
	LANDLOCK_REFUSED, /* it failed; see the log */
	LANDLOCK_ON,
};

/* Call it once, before a thread is started, with no_new_privs set. The two
 * folders may be the same, or a link to one; a folder that does not exist
 * cannot be written. A login continues after any result. */
enum landlock landlock_install(const char *folder, const char *other);

/* The result of landlock_install. */
enum landlock landlock_now(void);

#endif
