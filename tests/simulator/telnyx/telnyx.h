/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all simulated Telnyx APIs ask before they look at a parameter, and the
 * parameters that they share.
 */
#ifndef SIM_TELNYX_H
#define SIM_TELNYX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/simulator/http/request.h"

struct sim_reply;

/*
 * Credentials, rate and, for a POST, a JSON object: false when the reply says
 * no already.
 */
bool telnyx_admit(const struct sim_request *, struct sim_reply *);

/* Whose API key it was: ids of one account are unknown to another. */
uint64_t telnyx_account(const struct sim_request *);

/* "+" and 7 to 15 digits, the first no zero. */
bool telnyx_is_number(const char *);

/* 8-4-4-4-12 hex digits. */
bool telnyx_is_uuid(const char *);

/* Digits only, min to max of them. */
bool telnyx_is_digits(const char *, size_t min, size_t max);

/* A required text of the body, or NULL after refusing. */
const char *telnyx_text(
    const struct sim_request *, struct sim_reply *, const char *name);

/* The same for a phone number, and for a UUID. */
const char *telnyx_number(
    const struct sim_request *, struct sim_reply *, const char *name);
const char *telnyx_uuid(
    const struct sim_request *, struct sim_reply *, const char *name);

/* A phone number in the path, or NULL after refusing. */
const char *telnyx_path_number(const struct sim_request *, struct sim_reply *);

/* An id in the path, or NULL after refusing. */
const char *telnyx_path_id(const struct sim_request *, struct sim_reply *);

/* True when a member is there and not null. */
bool telnyx_given(const struct sim_request *, const char *name);

/* True when a member is there, not null, and not of that type. */
bool telnyx_mistyped(
    const struct sim_request *, const char *name, enum request_type);

/*
 * The refusals that a sandbox number has in every API of this vendor: true
 * when reply says no.
 */
bool telnyx_scripted(const char *number, struct sim_reply *);

/* The settings of all Telnyx APIs, as in struct sim_provider. */
int telnyx_set(const char *name, int value);
void telnyx_reset(void);

#endif
