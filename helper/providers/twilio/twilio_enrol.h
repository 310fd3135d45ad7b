/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Twilio Verify v2, push: enrolment of a phone's app, by a token and a list of
 * the apps that have joined.
 *
 * Vendor's document: twilio_verify_v2 (OpenAPI), operations CreateAccessToken
 * and ListFactor.
 */
#ifndef TWOFA_TWILIO_ENROL_H
#define TWOFA_TWILIO_ENROL_H

#include "helper/providers/providers.h"

/* The functions of provider_ops. */
int twilio_token_request(const struct provider_ctx *, struct http_request *);
enum outcome twilio_token_reply(
    struct provider_ctx *, const struct http_reply *, struct enrolment *);
int twilio_factors_request(const struct provider_ctx *, struct http_request *);
enum outcome twilio_factors_reply(
    struct provider_ctx *, const struct http_reply *, struct enrolment *);

#endif
