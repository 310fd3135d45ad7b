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
#define TWILIO_TAIL_MAX 192 /* the part of a path after the service */

/* True if the vendor accepts it as the identity of a factor. */
bool twilio_identity_is_valid(const char *);
/* Sets Basic, by an API key or else the account itself; sets failed if neither
 * is set. */
void twilio_set_auth(const struct provider_ctx *, struct http_request *);
/* Starts a request with the path
 * /v2/Services/{service of the settings} with tail. */
void twilio_request_init_service(const struct provider_ctx *, enum http_method,
    struct http_request *, const char *tail, ...)
    __attribute__((format(printf, 4, 5)));
/* Like twilio_request_init_service(), to /Entities/{identity}/Challenges; sid
 * names one challenge, or is "". Starts none if the vendor does not accept
 * identity or factor. */
void twilio_request_init_challenge(const struct provider_ctx *,
    enum http_method, const char *sid, struct http_request *);

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
void twilio_probe_request(const struct provider_ctx *, struct http_request *);
enum outcome twilio_probe_reply(struct provider_ctx *);

#endif
