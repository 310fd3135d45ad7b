/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an administrator sees and mends. Part of the interface of store.h.
 */
#ifndef TWOFA_STORE_STATUS_H
#define TWOFA_STORE_STATUS_H

#include <stdbool.h>
#include <stdint.h>

struct store;

/* One user and source, or with source "" the user over all sources. */
struct store_status {
	const char *user, *source;
	unsigned wrong;   /* codes without a right one */
	int64_t locked_s; /* until the lock ends; 0 open */
	bool shut;        /* until unlock (source "" alone) */
	/* source "" alone: */
	unsigned sends_hour, sends_day;
	unsigned recovery; /* codes left */
	unsigned grace;    /* remembered logins */
};

/* Call row for each, sorted by user, the one with source "" first; user NULL:
 * everybody of whom anything is kept. Behind an account come its people of whom
 * anything is (kept_name.h). 0 or -1. */
int store_status(struct store *, const char *user, void *ctx,
    void (*row)(void *ctx, const struct store_status *));

/* All of the host: messages of the last hour and day, money of this day and
 * the last 30. 0 or -1. */
int store_totals(struct store *, unsigned *hour, unsigned *day,
    int64_t *spent_day, int64_t *spent_month);

/* Call row for each host that shares the state and has sent a message in the
 * last day: those of the last hour and day. Of a state in a file there is none.
 * 0 or -1. */
int store_hosts(struct store *, void *ctx,
    void (*row)(void *ctx, const char *host, unsigned hour, unsigned day));

/* Open a user's locks, counts and spent verifications, and of an account those
 * of all its people. 1: something was locked or counted; 0: nothing; -1 failed.
 */
int store_unlock(struct store *, const char *user);

/* Let the messages of a user, and of all people of an account, and those to any
 * of the numbers that these went to, or to the one that is counted_as
 * (store_sends.h; "": none), count against user and number no more; what they
 * cost, and source and host, they do count for. How many; -1 failed. */
int64_t store_sends_reset(
    struct store *, const char *user, const char *counted_as);

#endif
