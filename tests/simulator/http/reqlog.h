/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the simulated vendors were asked, the newest ten thousand requests:
 * so that a test can prove "exactly one start, exactly one check".
 */
#ifndef SIM_REQLOG_H
#define SIM_REQLOG_H

#include <stdbool.h>
#include <stddef.h>

struct cJSON;
struct sim_provider;
struct sim_request;
struct sim_route;

/* All with the world's lock held. */

/*
 * Enters a request when it has been read whole, before anything is done with
 * it. Secrets are left out. headers is taken over. Provider and route are NULL
 * when it has none. Returns its number, from 1 since the last reset.
 */
size_t reqlog_add(const struct sim_request *, const struct sim_provider *,
    const struct sim_route *, struct cJSON *headers);

/* What became of it: HTTP status (0: none was sent), verdict, fault. */
void reqlog_finish(
    size_t number, int http, const char *result, const char *fault);

/* How many came since the last reset, at one endpoint or with NULL at all. */
size_t reqlog_count(const char *endpoint);

/* An array, oldest first; codes only when asked. The caller deletes it. */
struct cJSON *reqlog_list(const char *endpoint, bool codes);

void reqlog_reset(void);

#endif
