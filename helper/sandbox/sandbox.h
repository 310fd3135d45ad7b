/* SPDX-License-Identifier: BSD-2-Clause */
/* How the helper limits itself: privileges, the filter of system calls,
 * Landlock, and timers that end the process. */
#ifndef TWOFA_SANDBOX_H
#define TWOFA_SANDBOX_H

#include <stdbool.h>
#include <stdint.h>

/* privileges.c: verifies that the process that started this one dropped all
 * privileges. */

/* Returns NULL, or what is wrong: the process must then exit. Also makes the
 * process undumpable, because execve resets that. */
const char *privileges_verify(void);

/* Returns false if the parent has ended. Has this process die with its parent,
 * and sets an alarm for the wait for BEGIN. The parent did the same before
 * execve, but the kernel undoes it if AppArmor or SELinux changes the domain
 * there. The module's parent process leads this session; twofactl holds the
 * other end of the socket. */
bool privileges_die_with_parent(int sock);

/* sandbox.c: the steps once the settings are read. */

struct settings;

/* Has the kernel kill this process 10 s after the deadline, counted from now.
 * Once the filter is installed, the timer can no longer be changed. with_alarm:
 * also sets an alarm, 5 s after the deadline. */
void sandbox_end_after(int64_t deadline_ms, bool with_alarm);

/* Installs the filter of system calls, and Landlock for the state's folders,
 * unless the settings have sandbox = "off". Call it once, before a thread is
 * started. A process that has the filter already, because its peer is not root,
 * always gets Landlock. */
void sandbox_enter(const struct settings *);

/* Tests whether the system bus accepts this process's user: an attacker in the
 * helper could have processes started there, outside of the sandbox. Waits for
 * seconds at most. Call it before sandbox_enter(), which may block the bus. */
void sandbox_probe_bus(void);

/* The result of sandbox_probe_bus(); false also if no bus replied. */
bool sandbox_bus_is_open(void);

/* filter.c: the filter of system calls (seccomp). Calls that no login needs
 * (listed in generate.c) return EPERM, in all threads and for good. A refused
 * call does not end the login: see refused_calls_log(). */

enum filter {
	FILTER_OFF,     /* not requested yet, or built with a sanitizer */
	FILTER_UNKNOWN, /* built for an architecture without one */
	FILTER_REFUSED, /* the kernel does not accept it */
	FILTER_ON,
};

/* Call it once, with no_new_privs set. If the kernel refuses, this is logged,
 * and the helper is limited only by its user's rights. */
enum filter filter_install(void);

/* The result of filter_install(). */
enum filter filter_state(void);

/* refused_calls.c: notes the calls that the filter refuses, except the QUIET
 * ones of generate.c. */

/* Logs all refused calls in one line, "sandbox: refused ptrace, keyctl", if a
 * new one was refused since the last such line. */
void refused_calls_log(void);

/* landlock.c: Landlock. From now on this process can change files in the
 * state's folders only, whatever else its user may change. It still reads,
 * connects, and writes to open files. A refused change returns EACCES. If the
 * kernel supports it, abstract sockets (EPERM), the system bus and systemd's
 * own sockets (EACCES) cannot be connected to either. */

enum landlock {
	LANDLOCK_OFF,     /* not requested, or built with a sanitizer */
	LANDLOCK_MISSING, /* the kernel has no Landlock, or disables it */
	LANDLOCK_REFUSED, /* it failed; see the log */
	LANDLOCK_ON,
};

enum landlock landlock_state(void);

/* confine.c: for a worker before its first prompt, and for a provider broker
 * before it has a connection. */

/* From now on this process changes no file, and cannot read the state, users'
 * records, or the keys and password of a state server. Does nothing if the
 * kernel has no Landlock; a failure is logged.
 *
 * alone: the process needs only the open sockets to its peer, its brokers and
 * the log. It gets a second filter instead, a list of allowed calls: it can no
 * longer open a file, or open or connect a socket. */
void confine_process(const struct settings *, bool alone);

/* From now on this process makes no socket by which it could write to the log:
 * no datagram socket of AF_UNIX; nor any other of AF_UNIX, by which somebody
 * could pass it one, unless a service in the line "hosts:" of nsswitch.conf may
 * need it. Does nothing without the filter. */
void confine_from_log(const struct settings *);

#endif
