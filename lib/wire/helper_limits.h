/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Resource limits for every process of the helper: the module sets them for a
 * helper that it starts, the listening helper for each of its copies.
 */
#ifndef TWOFA_HELPER_LIMITS_H
#define TWOFA_HELPER_LIMITS_H

#include <stdint.h>
#include <sys/resource.h>

/* The limit that it gets, and the least that it can work with. Root raises the
 * service's own where it may. least must be far below what the kernel gives by
 * itself: NPROC is 1,820 on a host with 512 MiB of memory. */
struct helper_limit {
	const char *name; /* as in RLIMIT_ */
	uint64_t most;
	uint64_t least;
};

/* Indexed by the kernel's number of the limit. */
extern const struct helper_limit helper_limits[RLIM_NLIMITS];

#endif
