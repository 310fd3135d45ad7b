/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tells which host is asking: ssh -J and scp -3 log in to two, one after the
 * other.
 */
#ifndef TWOFA_HOST_LINE_H
#define TWOFA_HOST_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct login;

/* Make the line: the name up to its first dot, and a colon. False: the name is
 * empty, has other bytes than letters, digits and dashes, or does not fit.
 * Pure. */
bool host_line(char *out, size_t cap, const char *name);

/* Show it if the service shows it with the next prompt, like sshd. */
void host_line_say(const struct login *);

#endif
