/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filters of system calls in the kernel's form, for each architecture.
 * helper/sandbox/generate.c makes them when the helper is built.
 */
#ifndef TWOFA_SANDBOX_INSIDE_H
#define TWOFA_SANDBOX_INSIDE_H

#include <linux/filter.h>
#include <linux/landlock.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For headers older than it: to connect to a socket's path. */
#ifndef LANDLOCK_ACCESS_FS_RESOLVE_UNIX
#define LANDLOCK_ACCESS_FS_RESOLVE_UNIX (UINT64_C(1) << 16)
#endif

#define SANDBOX_NUMBERS 512 /* of system calls, on both architectures */

struct sandbox_call {
	int number;
	char name[24];
};

struct sandbox_program {
	uint32_t arch; /* AUDIT_ARCH_... */
	unsigned short length;
	const struct sock_filter *code;
	/* The calls that it refuses, always or with some arguments; of a list
	 * of what is allowed, all that there are. */
	size_t count;
	const struct sandbox_call *calls;
};

extern const struct sandbox_program sandbox_x86_64;
extern const struct sandbox_program sandbox_arm64;
/* What a process may that is alone: confine_process. */
extern const struct sandbox_program sandbox_x86_64_alone;
extern const struct sandbox_program sandbox_arm64_alone;

/* SANITIZED, 1 or 0: this build has a sanitizer, which starts its own process
 * to trace this one, and writes its report to a path of its choice. */

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

/* Catches the calls that this program refuses, besides what one before it does.
 * Call it before the program is installed. 0, or -1 with errno. */
int refused_calls_catch(const struct sandbox_program *);

/* "ptrace, keyctl": the calls refused so far, cut to fit out[cap]. Returns
 * their number. */
size_t refused_calls_text(char *out, size_t cap);

/* Behind filter_install: only what a process needs that is alone. true: it is
 * in force. */
bool filter_install_confined(void);

/* Call it once, before a thread is started, with no_new_privs set. The two
 * folders may be the same, or a link to one; a folder that does not exist
 * cannot be written. A login continues after any result. */
enum landlock landlock_install(const char *folder, const char *other);

/* sandbox.c: the rights to files that landlock_install has handled. */
extern uint64_t landlock_rights;
/* One rule more: for a path, opened with flags. 0, also where there is none, or
 * -1 with errno. */
int landlock_allow(int rules, const char *path, int flags, uint64_t rights);

#endif
