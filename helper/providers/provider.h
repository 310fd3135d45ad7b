/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls of a provider type: a table of pure functions that build a request
 * and read its reply. They use only net/ and the ctx: no I/O, clock, random
 * bytes or log. lib/provider_types/provider_types.h has what the settings need to
 * know of a type. docs/provider-outcomes.md says what replies mean.
 */
#ifndef TWOFA_PROVIDERS_PROVIDER_H
#define TWOFA_PROVIDERS_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/net/net.h"
#include "helper/providers/outcome.h"
#include "lib/provider_types/provider_types.h"
#include "lib/values/values.h"

#define PROVIDER_ID_MAX 64 /* longest verification id, without NUL */
#define PROVIDER_DETAIL_MAX 160
#define PROVIDER_CODE_MAX 10
#define PROVIDER_NONCE_LEN 32

/* Texts that are not set are "", never NULL. conf does not belong to the
 * session; everything else does. */
struct provider_ctx {
	const struct provider_conf *conf;
	const char *brand;
	const char *language;
	/* the receiver, from the user's file, as far as the type needs it */
	const char *phone;    /* E.164 with plus */
	const char *email;    /* METHOD_EMAIL */
	const char *identity; /* push_identity */
	const char *factor;   /* push_factor, or with METHOD_TOTP totp_factor */
	const char *authy_id;
	enum method method;
	/* the context: a push shows it, our own message may name the host */
	const char *host, *user, *service, *address;
	char push_digits[3]; /* push: two digits that the prompt shows too */
	int64_t life_s;      /* push: how long it can be answered */

	/* new for each request */
	int64_t wall;                       /* seconds since 1970 */
	char nonce[PROVIDER_NONCE_LEN + 1]; /* random lower-case hex */

	/* types with own_code: the code that start_request sends; the session
	 * wipes it */
	char code[PROVIDER_CODE_MAX + 1];
	unsigned sends;     /* messages of this verification so far */
	bool past_deadline; /* the code has expired by our own clock */

	char request_id[PROVIDER_ID_MAX + 1]; /* set by start_reply on OK */
	/* set by start_reply with OUTCOME_TRANSIENT: the vendor reports an
	 * internal failure, where others send a 5xx */
	bool internal;
	/* set with OUTCOME_THROTTLE: the limit is on this number or user, not
	 * on the account, so no other provider may be asked */
	bool per_number;
	/* set by check_reply with OUTCOME_DENY: */
	bool wrong_codes; /* ended by wrong codes, this one included */
	bool unevaluated; /* this code was surely not checked */
	/* set by poll_reply with OUTCOME_DENY: the person said no */
	bool refused;
	int64_t price; /* millionths, of the whole verification; 0 unknown */
	/* for the log: the provider's status and text, unescaped; set by each
	 * reader of a reply, whatever the outcome (detail_set) */
	char detail[PROVIDER_DETAIL_MAX];
};

/* The answer of a number look-up, which is only advice (provider_types.h). */
struct number_facts;
/* Enrolment of a phone's app (provider_types.h). */
struct enrolment;

/*
 * Readers only get replies of fate HTTP_REPLIED: the other fates mean the same
 * for every vendor, and the session handles them.
 *
 * Code methods (sms, voice, whatsapp, email) have start and check. METHOD_PUSH
 * has start and poll. METHOD_TOTP has only check: request_id is "" at first,
 * and then what check_reply stored there. A look-up has no methods. ctx->method
 * says which one is used.
 */
struct provider_ops {
	const struct provider_type *type;

	/* 0, or -1 when the request cannot be built (req->failed) */
	int (*start_request)(
	    const struct provider_ctx *, struct http_request *);
	enum outcome (*start_reply)(
	    struct provider_ctx *, const struct http_reply *);
	int (*check_request)(const struct provider_ctx *, const char *code,
	    struct http_request *);
	enum outcome (*check_reply)(
	    struct provider_ctx *, const struct http_reply *);
	/* OK: it is cancelled. LATER: still running. Both NULL: the vendor has
	 * no cancel. */
	int (*cancel_request)(
	    const struct provider_ctx *, struct http_request *);
	enum outcome (*cancel_reply)(
	    struct provider_ctx *, const struct http_reply *);
	/* Send the next of several steps now. OK: it is on its way. LATER: not
	 * now. */
	int (*next_request)(const struct provider_ctx *, struct http_request *);
	enum outcome (*next_reply)(
	    struct provider_ctx *, const struct http_reply *);
	/* Push. OK: approved. LATER: no answer yet. EXPIRED. DENY. TRANSIENT:
	 * ask again; reading can be repeated. */
	int (*poll_request)(const struct provider_ctx *, struct http_request *);
	enum outcome (*poll_reply)(
	    struct provider_ctx *, const struct http_reply *);
	/* Advice about ctx->phone. After any outcome but OK nothing is known,
	 * except a lookup->valid that says the number is invalid. */
	int (*lookup_request)(
	    const struct provider_ctx *, struct http_request *);
	enum outcome (*lookup_reply)(struct provider_ctx *,
	    const struct http_reply *, struct number_facts *);
	/* Enrol an app for ctx->identity: get a token for it. OK: here it
	 * is. */
	int (*token_request)(
	    const struct provider_ctx *, struct http_request *);
	enum outcome (*token_reply)(struct provider_ctx *,
	    const struct http_reply *, struct enrolment *);
	/* The apps that are enrolled. OK: the list is complete. */
	int (*factors_request)(
	    const struct provider_ctx *, struct http_request *);
	enum outcome (*factors_reply)(struct provider_ctx *,
	    const struct http_reply *, struct enrolment *);
	/* For twofactl doctor: a call that costs nothing and changes nothing.
	 * OK: the vendor accepts our credentials. Both NULL: it has no such
	 * call, and doctor says so; all types so far have one, and test_probe.c
	 * wants it. */
	int (*probe_request)(
	    const struct provider_ctx *, struct http_request *);
	enum outcome (*probe_reply)(
	    struct provider_ctx *, const struct http_reply *);
};

/* The calls of a type; never NULL. A type without calls has a table of
 * NULLs. */
const struct provider_ops *provider_ops(const struct provider_type *);

#endif
