/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an administrator can see and reset. Part of the interface of store.h.
 */
#ifndef TWOFA_STORE_STATUS_H
#define TWOFA_STORE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

struct store;

/* One user and source, or with source "" the user over all sources. */
struct store_status {
	const char *user, *source;
	unsigned wrong;   /* codes since the last right one */
	int64_t locked_s; /* until the lock ends; 0 open */
	bool shut;        /* locked until unlock (source "" only) */
	/* source "" only: */
	unsigned sends_hour, sends_day;
	unsigned recovery; /* codes left */
	unsigned grace;    /* remembered logins */
};

/* Call row for each, sorted by user, source "" first; user NULL: all users with
 * data. After a shared account come its people with data (values.h). 0 or
 * -1. */
int store_status(struct store *, const char *user, void *ctx,
    void (*row)(void *ctx, const struct store_status *));

/* Totals of the host: messages of the last hour and day, money of this day and
 * of the last 30. 0 or -1. */
int store_totals(struct store *, unsigned *hour, unsigned *day,
    int64_t *spent_day, int64_t *spent_month);

/* Call row for each host that shares the state and has sent a message in the
 * last day, with the messages of the last hour and day. A state in a file has
 * no rows. 0 or -1. */
int store_hosts(struct store *, void *ctx,
    void (*row)(void *ctx, const char *host, unsigned hour, unsigned day));

/* Clear a user's locks, counts and spent verifications; for a shared account
 * those of all its people. 1: something was cleared; 0: nothing; -1 failed. */
int store_unlock(struct store *, const char *user);

/* Let past messages no longer count for user and number. This covers the
 * messages of a user (and of all people of a shared account), those to any
 * number that these went to, and those to counted_as (store_sends.h; "": none).
 * They still count for money, source and host. Returns their number; -1
 * failed. */
int64_t store_sends_reset(
    struct store *, const char *user, const char *counted_as);

#endif
