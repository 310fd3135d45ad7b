/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which connections get a copy of the helper. They are counted before the fork,
 * so that a flood costs no more than an accept. Root's services have 512 places
 * of their own. Other users have 4 each and 64 together, and 20 connections in
 * 10 s each. Pure; times are frame_clock_ms.
 *
 * A user can own thousands of uids, by subuid(5), and only a copy can find out
 * that a uid has no account. Connections from such uids count together: after
 * 20 in 10 s, only uids with a known account get a copy.
 */
#ifndef TWOFA_WARM_CONNECTION_LIMITS_H
#define TWOFA_WARM_CONNECTION_LIMITS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "helper/warm/copies.h"

#define CONNECTIONS_AT_ONCE 4
#define CONNECTIONS_WINDOW_MS 10000
#define CONNECTIONS_PER_WINDOW 20
#define CONNECTIONS_UIDS 256 /* uids that are remembered */
#define CONNECTIONS_TEXT_MAX ((CONNECTIONS_UIDS + 1) * 48)

struct connection_window {
	int64_t since;
	unsigned count;
};

struct connection_user {
	bool used, has_account;
	uid_t uid;
	struct connection_window window;
};

/* Zeroed: no connections yet. */
struct connection_limits {
	struct connection_window strangers;
	struct connection_user users[CONNECTIONS_UIDS];
};

/* May this uid have a copy now? Counts the connection. */
bool connection_limits_allow(
    struct connection_limits *, const struct copies *, uid_t, int64_t now);

/* A copy found out whether its peer has an account. */
void connection_limits_told(
    struct connection_limits *, uid_t, bool has_account, int64_t now);

/* As text and back, for the program that replaces this one. Without it, a user
 * who makes copies crash, and so causes a renewal, would be counted from 0 each
 * time. Reading stops at the first invalid part. */
void connection_limits_write(
    const struct connection_limits *, char text[CONNECTIONS_TEXT_MAX]);
void connection_limits_read(struct connection_limits *, const char *text);

#endif
