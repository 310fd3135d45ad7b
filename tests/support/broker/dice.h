/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Shared by the tests that ask a state broker in random orders: by the seed
 * each run is the same again, and a failure shows the newest requests.
 * RANDOM_SEED=N begins elsewhere, RANDOM_RUNS=N makes N runs, at a server a
 * tenth.
 */
#ifndef TWOFA_TESTS_DICE_H
#define TWOFA_TESTS_DICE_H

#include "helper/broker/broker_inside.h"

unsigned dice_any(size_t n);
/* A line about a request, shown of a failure; fails the test. */
void dice_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void dice_fails(const char *what, const char *where);
/* Makes these runs, by seeds from first on, or those of the environment. */
void dice_run(unsigned runs, unsigned first, void (*one)(void));
/* Asks as over a connection, with no limit of requests; the reply is in
 * kept_got. Returns NULL; or why it is refused and has to be closed. Some
 * requests meet a full disk, if the state is a file. */
const char *dice_asks(struct broker_context *, struct broker_session *,
    enum broker_op, const struct broker_request *);
/* The newest one did, and it failed by that. */
bool dice_disk_was_full(void);

#endif
