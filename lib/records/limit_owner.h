/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which limits on messages belong to a user, by their key in twofa.conf. Pure.
 */
#ifndef TWOFA_LIMIT_OWNER_H
#define TWOFA_LIMIT_OWNER_H

#include <stdbool.h>

/* True for limits of a user or number, which `twofactl unlock --sends` resets;
 * false for those of a source, the host or money. */
bool limit_of_person(const char *key);

/* Of one host, where hosts share a state: of its own messages, or of a source
 * that is another one on each host. */
bool limit_of_host(const char *key, const char *source);

#endif
