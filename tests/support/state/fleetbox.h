/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Five hosts with one state on a real server, for unit tests. Include after
 * <cmocka.h>.
 */
#ifndef TWOFA_TEST_FLEETBOX_H
#define TWOFA_TEST_FLEETBOX_H

#include "helper/store/postgresql/postgresql_inside.h"
#include "tests/support/statebox.h"

#define NOW INT64_C(1000000)
#define WALL INT64_C(1790000000)
#define SOURCE "192.0.2.0/24"
#define HOSTS 5
#define SESSIONS 40

struct fleetbox {
	struct statebox *box;
	struct store *host[HOSTS];
};

int fleetbox_set_up(void **state);
int fleetbox_tear_down(void **state);

/* The state as a session of that host has it. */
struct store *fleetbox_open(const struct statebox *, int host, int64_t session);

/* A guess at alice's code. */
enum store_guess fleetbox_guess(struct store *, const char *source,
    const struct limits_of_guesses *, struct store_guess_token *);
/* A verification of alice's by text message: its id. */
int64_t fleetbox_started(
    struct store *, const char *number, const char *request);

/* What a stolen host asks, as its own client would: the first number of the
 * answer, or 0. The test fails where the server refuses. */
int64_t fleetbox_ask(struct store *, const char *text);

#endif
