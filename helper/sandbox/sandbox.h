/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How a helper shuts itself in before it asks anybody: privileges, the filter
 * of system calls, Landlock, an end in time.
 */
#ifndef TWOFA_SANDBOX_H
#define TWOFA_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/*
 * The privileges. The module dropped them for this process; this verifies it.
 */

/* NULL, or what is wrong: then the process must do nothing. Also makes the
 * process undumpable, because execve has reset that. */
const char *privileges_verify(void);

/* Die with the parent, or by an alarm until BEGIN has come. What started this
 * process did the same before execve, but the kernel undoes it where AppArmor
 * or SELinux begins another domain there. False if the parent has
 * ended meanwhile: the module's leads this session, and twofactl holds the
 * other end of the socket. */
bool privileges_follow_parent(int sock);

/* What a helper does once it has read its settings. */

struct settings;

/* The kernel kills this process 10 s after the deadline, whatever becomes of
 * it: once it has the filter, nothing sets that time again or takes it back.
 * With an alarm, too, 5 s after it, where the module has set none. */
void sandbox_end_after(int64_t deadline_ms, bool with_alarm);

/* Install the filter of system calls, and Landlock for the state's folders,
 * unless the settings have sandbox = "off". Call it once, before a thread is
 * started. A process that has the filter already, because its peer is not root,
 * always gets Landlock. */
void sandbox_enter(const struct settings *);

/* Ask whether the system bus lets this process's user in: by it a helper that
 * was taken over could have processes started outside of its limits. Call it
 * before sandbox_enter: others may be limited less. It takes some seconds. */
void sandbox_probe_bus(void);

/* What it found; false also where there is no bus, or none that answers. */
bool sandbox_bus_is_open(void);

/*
 * The filter of system calls. Calls that no login needs (listed in
 * helper/sandbox/generate.c) return EPERM, in all threads and for good. A
 * refused call does not end the login: see refused_calls_log.
 */

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
enum filter filter_state(void);

/*
 * A call that the filter refuses returns EPERM, as if the rights were missing,
 * and is noted for the log. The QUIET calls of helper/sandbox/generate.c return
 * EPERM without a note.
 */

/* One line, "sandbox: refused ptrace, keyctl", if any was refused that no line
 * before had. */
void refused_calls_log(void);

/*
 * Landlock: from now on this process can change files in the state's folders
 * only, whatever else its user may change. It still reads, connects, and writes
 * to open files. A refused change returns EACCES. Where the kernel can, it no
 * longer reaches sockets that have a name and no path (EPERM), the system bus
 * and what systemd offers beside it (EACCES).
 */

enum landlock {
	LANDLOCK_OFF,     /* not asked for, or built with a sanitizer */
	LANDLOCK_MISSING, /* the kernel has none, or it is switched off */
	LANDLOCK_REFUSED, /* it failed; see the log */
	LANDLOCK_ON,
};

/* The result of its installation. */
enum landlock landlock_state(void);

/* A copy of the listening helper shuts its doors before a stranger types, and a
 * provider's keeper before it has a connection: from now on this process
 * changes no file, and reads neither the state, people's records, nor what
 * opens a server's state. Nothing happens where the kernel has no Landlock; if
 * it fails, the log has a line.
 *
 * alone: it talks to its peer, its keepers and the log alone, by sockets that
 * it has. Then it gets a filter in place of that, which lists what it may: it
 * opens no file and no socket, and connects none. */
void confine_process(const struct settings *, bool alone);

#endif
