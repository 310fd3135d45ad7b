/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared within the sandbox: BPF programs that filter system calls, one for
 * each architecture. generate.c writes them as tables during the build. */
#ifndef TWOFA_SANDBOX_INSIDE_H
#define TWOFA_SANDBOX_INSIDE_H

#include <linux/filter.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The right to connect to a socket's path; older headers lack it. */
#ifndef LANDLOCK_ACCESS_FS_RESOLVE_UNIX
#define LANDLOCK_ACCESS_FS_RESOLVE_UNIX (UINT64_C(1) << 16)
#endif

#define SANDBOX_NUMBERS 512 /* system call numbers are below, on both */

struct sandbox_call {
	int number;
	char name[24];
};

struct sandbox_program {
	uint32_t arch; /* AUDIT_ARCH_... */
	unsigned short length;
	const struct sock_filter *code;
	/* The calls that it refuses, always or with some arguments; all known
	 * calls if the program lists what is allowed. */
	size_t count;
	const struct sandbox_call *calls;
};

extern const struct sandbox_program sandbox_x86_64;
extern const struct sandbox_program sandbox_arm64;
/* For confine_process() with alone. */
extern const struct sandbox_program sandbox_x86_64_alone;
extern const struct sandbox_program sandbox_arm64_alone;
/* For confine_from_log(), in addition to the first one. */
extern const struct sandbox_program sandbox_x86_64_unlogged;
extern const struct sandbox_program sandbox_arm64_unlogged;
extern const struct sandbox_program sandbox_x86_64_unconnected;
extern const struct sandbox_program sandbox_arm64_unconnected;

/* SANITIZED is 1 if this build has a sanitizer, else 0. A sanitizer starts a
 * process to trace this one, and writes a report to any path. */
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Installs the handler of SIGSYS, which from now on names calls by this
 * program's list. Returns 0, or -1 with errno. Call it before the program is
 * installed. */
int refused_calls_catch(const struct sandbox_program *);

/* Returns the number of different calls refused so far, and writes their names
 * ("ptrace, keyctl") to out, cut to fit cap. */
size_t refused_calls_text(char *out, size_t cap);

/* Adds the filter of a process that is alone. Returns true if it is in force;
 * false also if filter_install() failed. */
bool filter_install_confined(void);

/* Adds the filter of a process that may not write to the log. */
void filter_install_unlogged(bool connects);

/* Call it once, before a thread is started, with no_new_privs set. The two
 * folders, which remain writable, may be the same or links; one that does not
 * exist yet cannot be written. A login continues after any result. */
enum landlock landlock_install(const char *folder, const char *other);

/* The rights to files that landlock_install() restricts. */
extern uint64_t landlock_rights;
/* Adds a rule to the ruleset: rights for path, which is opened with flags.
 * Returns 0, also if path cannot be opened; or -1 with errno, also if no
 * descriptor is free. */
int landlock_allow(int rules, const char *path, int flags, uint64_t rights);

#endif
