/* SPDX-License-Identifier: BSD-2-Clause */
/* What a push shows on the phone, read from a request. */
#ifndef SIM_TWILIO_DETAILS_H
#define SIM_TWILIO_DETAILS_H

#include <stdbool.h>
#include <stdint.h>

struct cJSON;
struct sim_reply;
struct sim_request;

/*
 * All of these are false when reply says no already. Documents are the
 * caller's to delete, then as well.
 */

/* {"message","fields"}, and "date" when asked for. */
bool twilio_details(const struct sim_request *, struct sim_reply *, bool date,
    struct cJSON **out);

/* When a challenge ends: in five minutes, or at most in an hour. */
bool twilio_expiration(
    const struct sim_request *, struct sim_reply *, int64_t *out);

#endif
