/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A provider is a table of pure functions: build a request, read its reply.
 * No I/O, no clock, no log; http.h and json.h alone.
 */
#ifndef TWOFA_PROVIDERS_PROVIDER_H
#define TWOFA_PROVIDERS_PROVIDER_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/config.h"
#include "helper/method.h"
#include "helper/net/http.h"
#include "helper/net/outcome.h"

#define PROVIDER_ID_MAX 64 /* longest verification id, without NUL */
#define PROVIDER_DETAIL_MAX 160

struct provider_ctx {
	const struct provider_conf *conf;
	const char *brand;
	const char *language;
	const char *phone; /* E.164 with plus */
	enum method method;
	bool past_deadline; /* our own clock says that the code has expired */

	char request_id[PROVIDER_ID_MAX + 1]; /* set by start_reply on OK */
	/* set by start_reply beside OUTCOME_TRANSIENT: the vendor says that it
	 * failed inside, as others do with a 5xx */
	bool internal;
	/* set by check_reply beside OUTCOME_DENY: */
	bool wrong_codes; /* ended by wrong codes, this one too */
	bool unevaluated; /* this code certainly was not looked at */
	int64_t price;    /* millionths, of the whole verification; 0 unknown */
	/* for the log: the provider's status and text, unescaped */
	char detail[PROVIDER_DETAIL_MAX];
};

/* A reader sees replies of fate HTTP_REPLIED alone: what the others mean is
 * the same for every vendor, and the session's to say. */
struct provider_ops {
	const char *type;            /* as written in twofa.conf */
	const char *base_url;        /* the vendor's host */
	const struct conf_key *keys; /* settings it takes, { 0 } at the end */
	unsigned methods;            /* METHOD_BITs that it can deliver by */
	unsigned code_lengths; /* bit n: a code of n digits can be asked for */
	long expiry_min_s, expiry_max_s;
	unsigned wrong_codes; /* the vendor's own cap for one verification */
	unsigned brand_max;   /* longest brand that it takes */
	const char *brand_refused; /* bytes that it does not take; "" none */

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
};

/* The types, in one line each (registry.c). NULL for an unknown type. */
const struct provider_ops *provider_of_type(const char *type);
/* The nth type, NULL at the end: for error texts and tests. */
const struct provider_ops *provider_nth(unsigned n);

#endif
