/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Common to Twilio's APIs: credentials, paths, members of a reply, error codes.
 *
 * Vendor's documents: twilio_verify_v2 and twilio_lookups_v2 (OpenAPI), and the
 * error dictionary that a reply's more_info leads to. What replies mean:
 * docs/provider-outcomes.md, "Twilio".
 */
#ifndef TWOFA_TWILIO_H
#define TWOFA_TWILIO_H

#include "helper/providers/providers.h"

#define TWILIO_STATUS_MAX 32
#define TWILIO_WORD_MAX 16
#define TWILIO_MESSAGE_MAX 512
#define TWILIO_TAIL_MAX 192 /* the part of a path behind the service */

/* Would the vendor accept it as the identity of a factor? */
bool twilio_identity_is_valid(const char *);
/* An empty request with this method and the credentials, to /v2/Services/{our
 * service} and tail. */
void twilio_request_service(const struct provider_ctx *, enum http_method,
    const char *tail, struct http_request *);
/* The same, to /Entities/{identity}/Challenges of the service; sid names one
 * challenge, or is "". Failed when the vendor would not accept identity or
 * factor. */
void twilio_request_challenge(const struct provider_ctx *, enum http_method,
    const char *sid, struct http_request *);

/* The members of a reply that are judged or logged; "" when absent or of the
 * wrong type, which no rule accepts. */
struct twilio_answer {
	long http_status;
	int64_t code; /* the vendor's error: 0 none, -1 unreadable */
	char status[TWILIO_STATUS_MAX];
	char sid[TWILIO_SID_LEN + 1];
	bool service; /* service_sid is ours or absent */
	char to[SETTINGS_EMAIL_MAX + 1];
	char identity[PROVIDER_IDENTITY_MAX + 1];
	char factor[TWILIO_SID_LEN + 1];
	char type[TWILIO_WORD_MAX];
	char message[TWILIO_MESSAGE_MAX];
};

/* Read a reply and describe it in ctx->detail. */
void twilio_read(struct provider_ctx *, const struct http_reply *,
    const struct json *, struct twilio_answer *);

/* HTTP 200 or 201, no error code, and a status? The functions below judge all
 * other replies. */
bool twilio_is_success(const struct twilio_answer *);
/* True when service, identity, factor and factor_type are ours. */
bool twilio_challenge_is_ours(const struct provider_ctx *,
    const struct twilio_answer *, const char *type);

/* The meaning of a reply that is not twilio_is_success, for a start (or a
 * look-up) and for a check (or a poll): never OK. They also set the details in
 * ctx. */
enum outcome twilio_start_error(
    struct provider_ctx *, const struct twilio_answer *);
enum outcome twilio_check_error(
    struct provider_ctx *, const struct twilio_answer *);

/* The probe reads the Verify service of the settings by its SID. */
int twilio_probe_request(const struct provider_ctx *, struct http_request *);
enum outcome twilio_probe_reply(
    struct provider_ctx *, const struct http_reply *, const struct json *);

#endif
