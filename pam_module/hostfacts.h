/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Facts that distinguish this boot and this session of the host from others.
 */
#ifndef TWOFA_MODULE_HOSTFACTS_H
#define TWOFA_MODULE_HOSTFACTS_H

#include <stddef.h>

#include "lib/wire/wire.h"

/* The kernel's boot id into id[size], at least 40 bytes; "" when unreadable. */
void hostfacts_boot_id(char *id, size_t size);

/* Session, start time of its leader, and the leader's terminal if tty names
 * that one: PAM_TTY is free text, with or without /dev/. 0 is unknown. */
void hostfacts_session(struct facts *);

#endif
