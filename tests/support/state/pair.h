/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PostgreSQL and its synchronous standby for unit tests
 * (tests/postgres/pair), with our schema and some hosts; by their own clocks.
 * They end with the process that started them. What fails, fails the test.
 */
#ifndef TWOFA_TESTS_PAIR_H
#define TWOFA_TESTS_PAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/store/store.h"
#include "helper/store/store_fleet.h"

#define PAIR_HOSTS 5

enum pair_server { PAIR_PRIMARY, PAIR_STANDBY };

/* Both, with an empty state, the standby in step. The first call makes them. */
void pair_start(void);
/* A command of tests/postgres/pair. */
void pair_do(const char *command);
/* As its owner there: the first number of what it gives, or 0. */
int64_t pair_sql(enum pair_server, const char *text);
/* Until that gives more than 0. */
void pair_until(enum pair_server, const char *text);

/* What that session of that host (0 to PAIR_HOSTS - 1) has of the state, whose
 * URL names both servers; alone: the primary only. timeout_ms: of a call. */
struct store *pair_open(
    unsigned host, int64_t session, unsigned timeout_ms, bool alone);

/* What doctor finds there, as that host. */
void pair_health(unsigned host, void *ctx,
    void (*found)(void *ctx, const struct store_finding *));

/* A verification of user, which session of host has begun. Its id. */
int64_t pair_code(
    unsigned host, int64_t session, const char *user, const char *request_id);
/* Its end, by a right code: as store_row_finish. */
int pair_finish(
    struct store *, int64_t id, const char *user, const char *request_id);

#endif
