/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which host asks: ssh -J and scp -3 log in at two, one after the other.
 */
#ifndef TWOFA_HOST_LINE_H
#define TWOFA_HOST_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct login;

/* The line: the name up to its first dot, and a colon. False: the name is
 * empty, has other bytes than letters, digits and dashes, or does not fit.
 * Pure.
 */
bool host_line(char *out, size_t cap, const char *name);

/* Say it where the service shows it with the next prompt: sshd. */
void host_line_say(const struct login *);

#endif
