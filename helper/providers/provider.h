/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls of a provider type: a table of pure functions that build a request
 * and read its reply. No I/O, no clock, no random, no log: net/ alone, and what
 * comes in with the ctx. What settings know of a type is
 * lib/providers/provider_type.h.
 */
#ifndef TWOFA_PROVIDERS_PROVIDER_H
#define TWOFA_PROVIDERS_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/net/http.h"
#include "helper/providers/outcome.h"
#include "lib/providers/provider_types.h"
#include "lib/values/method.h"
#include "lib/values/phone.h"

#define PROVIDER_ID_MAX 64 /* longest verification id, without NUL */
#define PROVIDER_DETAIL_MAX 160
#define PROVIDER_CODE_MAX 10
#define PROVIDER_NONCE_LEN 32

/* All texts are "" when not set, never NULL; conf alone is not owned by the
 * session that fills it. */
struct provider_ctx {
	const struct provider_conf *conf;
	const char *brand;
	const char *language;
	/* where to: of the user's file, as far as the type needs it */
	const char *phone;    /* E.164 with plus */
	const char *email;    /* METHOD_EMAIL */
	const char *identity; /* push_identity */
	const char *factor;   /* push_factor, or with METHOD_TOTP totp_factor */
	const char *authy_id;
	enum method method;
	/* what for: a push shows it, an own message may name the host */
	const char *host, *user, *service, *address;
	char push_digits[3]; /* push: two digits, also in the prompt */
	int64_t life_s;      /* push: how long it stays open */

	/* new for each request */
	int64_t wall;                       /* seconds since 1970 */
	char nonce[PROVIDER_NONCE_LEN + 1]; /* random lower-case hex */

	/* types with own_code: what start_request sends; the session wipes it
	 */
	char code[PROVIDER_CODE_MAX + 1];
	unsigned sends;     /* messages of this verification so far */
	bool past_deadline; /* our own clock says that the code has expired */

	char request_id[PROVIDER_ID_MAX + 1]; /* set by start_reply on OK */
	/* set by start_reply beside OUTCOME_TRANSIENT: the vendor says that it
	 * failed inside, as others do with a 5xx */
	bool internal;
	/* set beside OUTCOME_THROTTLE: it is about this number or user, not
	 * about the account, and so no other provider may be asked */
	bool per_number;
	/* set by check_reply beside OUTCOME_DENY: */
	bool wrong_codes; /* ended by wrong codes, this one too */
	bool unevaluated; /* this code certainly was not looked at */
	/* set by poll_reply beside OUTCOME_DENY: the person said no */
	bool refused;
	int64_t price; /* millionths, of the whole verification; 0 unknown */
	/* for the log: the provider's status and text, unescaped */
	char detail[PROVIDER_DETAIL_MAX];
};

/* A number look-up's answer, which is advice (number_facts.h). */
struct number_facts;
/* How a phone's app joins (app_enrolment.h). */
struct enrolment;

/*
 * A reader sees replies of fate HTTP_REPLIED alone: what the others mean is
 * the same for every vendor, and the session's to say.
 *
 * Code methods (sms, voice, whatsapp, email) have start and check. METHOD_PUSH
 * has start and poll. METHOD_TOTP has check alone: no start, request_id is ""
 * at first and what check_reply left there for the tries after it. A look-up
 * has no methods at all. ctx->method says which.
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
	/* OK: gone. LATER: still running. Both NULL: the vendor cannot. */
	int (*cancel_request)(
	    const struct provider_ctx *, struct http_request *);
	enum outcome (*cancel_reply)(
	    struct provider_ctx *, const struct http_reply *);
	/* The next step of several, now. OK: on its way. LATER: not now. */
	int (*next_request)(const struct provider_ctx *, struct http_request *);
	enum outcome (*next_reply)(
	    struct provider_ctx *, const struct http_reply *);
	/* Push. OK: approved. LATER: no answer yet. EXPIRED. DENY. TRANSIENT:
	 * ask again, reading does no harm. */
	int (*poll_request)(const struct provider_ctx *, struct http_request *);
	enum outcome (*poll_reply)(
	    struct provider_ctx *, const struct http_reply *);
	/* Advice about ctx->phone. Any outcome but OK: nothing is known,
	 * unless lookup->valid says that the number is none. */
	int (*lookup_request)(
	    const struct provider_ctx *, struct http_request *);
	enum outcome (*lookup_reply)(struct provider_ctx *,
	    const struct http_reply *, struct number_facts *);
	/* Enrolling an app for ctx->identity: a token that it joins with. OK:
	 * it is there. */
	int (*token_request)(
	    const struct provider_ctx *, struct http_request *);
	enum outcome (*token_reply)(struct provider_ctx *,
	    const struct http_reply *, struct enrolment *);
	/* The apps that have joined. OK: these, and no other. */
	int (*factors_request)(
	    const struct provider_ctx *, struct http_request *);
	enum outcome (*factors_reply)(struct provider_ctx *,
	    const struct http_reply *, struct enrolment *);
	/* A call that costs nothing and changes nothing, for twofactl doctor.
	 * OK: the vendor takes our credentials. Both NULL: it has none. */
	int (*probe_request)(
	    const struct provider_ctx *, struct http_request *);
	enum outcome (*probe_reply)(
	    struct provider_ctx *, const struct http_reply *);
};

/* The calls of a type. A type without any has a table of NULLs; never NULL. */
const struct provider_ops *provider_ops(const struct provider_type *);

#endif
