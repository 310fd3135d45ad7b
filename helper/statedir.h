/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folder that holds the state, host.key and latency.
 */
#ifndef TWOFA_STATEDIR_H
#define TWOFA_STATEDIR_H

#define STATEDIR_MAX 256

/* The folder of an absolute path; 0, or -1 with errno. */
int statedir_of(const char *path, char out[STATEDIR_MAX]);

#endif
