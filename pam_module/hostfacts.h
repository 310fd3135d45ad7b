/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What tells this boot and this session of the host from any other.
 */
#ifndef TWOFA_MODULE_HOSTFACTS_H
#define TWOFA_MODULE_HOSTFACTS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The kernel's boot id into id[size], at least 40 bytes; "" when unreadable. */
void hostfacts_boot_id(char *id, size_t size);

/* Start time of a session's leader in ticks since boot; 0 when unreadable. */
int64_t hostfacts_leader_start(pid_t leader);

#endif
