/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Common to Twilio's APIs: credentials, paths, members of a reply, error codes.
 *
 * Vendor's documents: twilio_verify_v2 and twilio_lookups_v2 (OpenAPI), and the
 * error dictionary that a reply's more_info leads to. Meaning of replies:
 * docs/provider-outcomes.md, "Twilio".
 */
#ifndef TWOFA_TWILIO_H
#define TWOFA_TWILIO_H

#include "helper/providers/providers.h"

#define TWILIO_STATUS_MAX 32
#define TWILIO_MESSAGE_MAX 512

/* Words of requests: service, identity, factor, fields, unused; challenge and
 * verification, which is the request's id. NULL for all that the vendor would
 * not accept. */
provider_value twilio_value;
/* Paths. */
#define TWILIO_SERVICE "/v2/Services/%service%"
#define TWILIO_ENTITY TWILIO_SERVICE "/Entities/%identity%"

/* Sets Basic, by an API key or else the account itself; sets failed if neither
 * is set. */
void twilio_set_auth(const struct provider_ctx *, struct http_request *);
/* Members of a reply; "" if missing or of the wrong type, which no rule
 * accepts. */
struct twilio_answer {
	int64_t code; /* the vendor's error code; 0 if none, -1 if unreadable */
	char status[TWILIO_STATUS_MAX];
	char sid[TWILIO_SID_LEN + 1];
	char message[TWILIO_MESSAGE_MAX];
};

/* Reads a reply and describes it in ctx->detail. */
void twilio_read_reply(struct provider_ctx *, struct twilio_answer *);

/* True for HTTP 200 or 201 with a status and no error code. */
bool twilio_reply_is_success(
    const struct provider_ctx *, const struct twilio_answer *);
/* True if the reply is of the service of ctx, or names none. */
bool twilio_service_matches(const struct provider_ctx *);
/* True if also identity, factor and factor_type are those of ctx. */
bool twilio_challenge_matches(const struct provider_ctx *, const char *type);

/* Return the meaning of a reply for which twilio_reply_is_success() is false,
 * to a start (or look-up) and to a check (or poll): never OK. They also set
 * facts in ctx. */
enum outcome twilio_start_error(
    struct provider_ctx *, const struct twilio_answer *);
enum outcome twilio_check_error(
    struct provider_ctx *, const struct twilio_answer *);

/* The probe reads the Verify service of the settings by its SID. */
#define TWILIO_PROBE "GET " TWILIO_SERVICE
enum outcome twilio_probe_reply(struct provider_ctx *);

#endif
