/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How Twilio words challenges and notifications: the members and order of the
 * OpenAPI document. The caller deletes what these make.
 */
#ifndef SIM_TWILIO_CHALLENGE_JSON_H
#define SIM_TWILIO_CHALLENGE_JSON_H

#include "tests/simulator/twilio/factors/twilio_challenges.h"

/* "pending", ... */
const char *twilio_answer_name(enum twilio_answer);

struct cJSON *twilio_challenge_json(const struct twilio_challenge *);

struct cJSON *twilio_notification_json(
    const struct twilio_entity *, const char *challenge, int ttl);

#endif
