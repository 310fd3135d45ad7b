/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter of system calls in the kernel's form, one for each architecture.
 * helper/sandbox/generate.c makes them when the helper is built.
 */
#ifndef TWOFA_SANDBOX_PROGRAM_H
#define TWOFA_SANDBOX_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include <linux/filter.h>

struct sandbox_call {
	int number;
	const char *name;
};

struct sandbox_program {
	uint32_t arch; /* AUDIT_ARCH_... */
	unsigned short length;
	const struct sock_filter *code;
	/* The calls that it refuses, always or with some arguments. */
	size_t count;
	const struct sandbox_call *calls;
};

extern const struct sandbox_program sandbox_x86_64;
extern const struct sandbox_program sandbox_arm64;

#endif
