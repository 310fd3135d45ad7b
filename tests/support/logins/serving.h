/* SPDX-License-Identifier: BSD-2-Clause */
/* What twofactl asks of the helper, served in the test's own process, with
 * settings and state in a folder of the test's. */
#ifndef TWOFA_TESTS_SERVING_H
#define TWOFA_TESTS_SERVING_H

#include "helper/control/control.h"
#include "tests/support/confdir.h"

#define SERVING_BOOT "0f9d1b5e-boot"
#define SERVING_WALL INT64_C(1790000000)
#define SERVING_NOW INT64_C(1000000)

struct store;

extern struct confdir serving;

/* For cmocka: the folder, with settings. */
int serving_setup(void **state);
int serving_teardown(void **state);

/* The state, which the caller closes. */
struct store *serving_state(void);

/* Two wrong codes, the most there may be: the next one has to wait. */
void serving_wrong_codes(const char *user, const char *source);

/* One request; the text may be NULL. The reason, "" when it is done. */
const char *serving_run(enum facts_purpose, const char *user,
    const char *request, const struct ui *);

#endif
