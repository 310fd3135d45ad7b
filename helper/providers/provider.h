/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A provider is a table of pure functions: build a request, read its reply.
 * No I/O, no clock, no random, no log: net/ alone, and what comes in with the
 * ctx.
 */
#ifndef TWOFA_PROVIDERS_PROVIDER_H
#define TWOFA_PROVIDERS_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/net/http.h"
#include "helper/providers/outcome.h"
#include "lib/settings/settings.h"
#include "lib/values/method.h"

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
	char number[3]; /* push: two digits, also in the prompt */
	int64_t life_s; /* push: how long it stays open */

	/* anew for each request */
	int64_t wall;                       /* seconds since 1970 */
	char nonce[PROVIDER_NONCE_LEN + 1]; /* random lower-case hex */

	/* own_code types: what start_request sends; the session wipes it */
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

/* What another message of a running verification is, beside next_request. */
enum provider_again {
	/* cancel it where the vendor can, start anew: another id and code, and
	 * the newest code counts */
	AGAIN_REPLACE = 0,
	/* a further start, by any method, is the next message of the running
	 * one: its id, and the vendor's count of tries, stay */
	AGAIN_SAME,
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
	const char *type;     /* as written in twofa.conf */
	const char *base_url; /* the vendor's host */
	const char *notice;   /* what an admin who uses it should know; NULL */
	const struct setting_key
	    *keys; /* settings it takes, { 0 } at the end */
	/* What keys need each other: NULL when they fit, else what is allowed,
	 * a constant; *key is the one to name. May be NULL. */
	const char *(*settings)(const struct provider_conf *, const char **key);
	unsigned methods; /* METHOD_BITs that it can deliver by */
	/* Those of them that these settings leave; NULL: all. Others ask
	 * provider_methods. */
	unsigned (*methods_set)(const struct provider_conf *);
	unsigned code_lengths; /* bit n: a code of n digits is possible */
	unsigned code_length;  /* when not set; 0: as every provider's */
	long expiry_min_s, expiry_max_s;
	long expiry_s;        /* when not set; 0: as every provider's */
	unsigned wrong_codes; /* the vendor's own cap for one verification */
	/* at that cap it is over, and another may be started; else it stays
	 * open until it expires */
	bool ends_itself;
	unsigned brand_max;        /* longest brand that it takes */
	const char *brand_refused; /* bytes that it does not take; "" none */
	enum provider_again again;
	/* so long after a start it cancels nothing, and refuses another; 0: at
	 * once, or never */
	long cancel_after_s;
	bool own_code; /* we make and check the code; check stays NULL */
	/* it finds people by authy_id alone, not by phone or address */
	bool by_authy_id;
	/* The method that the step after the first `sends` ones delivers by,
	 * METHOD_NONE at the end. NULL, or METHOD_NONE for sends 1: one step,
	 * and another message goes by `again`. */
	enum method (*next_method)(
	    const struct provider_conf *, unsigned sends);
	/* For how long after a start by this method the vendor holds the
	 * verification open, all its steps included, and may refuse another.
	 * NULL: as long as the code is good. */
	int64_t (*life_ms)(const struct provider_conf *, enum method);

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

/* The types, one line each in provider_types.c. NULL for an unknown type. */
const struct provider_ops *provider_of_type(const char *type);
/* METHOD_BITs that this provider can deliver by, as it is set. */
unsigned provider_methods(const struct provider_conf *);
/* The nth type, NULL at the end: for error texts and tests. */
const struct provider_ops *provider_nth(unsigned n);

#endif
