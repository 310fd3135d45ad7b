/* SPDX-License-Identifier: BSD-2-Clause */
/* The helper's resource limits. */
#include "lib/wire/helper_limits.h"

#define MIB (UINT64_C(1) << 20)

/* DATA and AS stay unlimited: they count address space, and sanitizers take
 * terabytes of it. */
const struct helper_limit helper_limits[RLIM_NLIMITS] = {
	[RLIMIT_CPU] = { "CPU", 300, 1 },
	[RLIMIT_FSIZE] = { "FSIZE", 64 * MIB, 16 * MIB },
	[RLIMIT_DATA] = { "DATA", RLIM64_INFINITY, 0 },
	[RLIMIT_STACK] = { "STACK", 8 * MIB, 0 },
	[RLIMIT_CORE] = { "CORE", 0, 0 },
	[RLIMIT_RSS] = { "RSS", RLIM64_INFINITY, 0 },
	/* counts all of the uid's; a helper is one, with a few threads */
	[RLIMIT_NPROC] = { "NPROC", 8192, 16 },
	[RLIMIT_NOFILE] = { "NOFILE", 64, 32 },
	[RLIMIT_MEMLOCK] = { "MEMLOCK", 64 << 10, 0 },
	[RLIMIT_AS] = { "AS", RLIM64_INFINITY, 0 },
	[RLIMIT_LOCKS] = { "LOCKS", RLIM64_INFINITY, 0 },
	[RLIMIT_SIGPENDING] = { "SIGPENDING", 8192, 0 }, /* as NPROC */
	[RLIMIT_MSGQUEUE] = { "MSGQUEUE", 0, 0 },
	[RLIMIT_NICE] = { "NICE", 0, 0 },
	[RLIMIT_RTPRIO] = { "RTPRIO", 0, 0 },
	[RLIMIT_RTTIME] = { "RTTIME", RLIM64_INFINITY, 0 },
};
