/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenID Connect: the ID token, and what a process keeps of a provider. */
#ifndef TWOFA_OIDC_H
#define TWOFA_OIDC_H

#include "helper/providers/providers.h"

/* idtoken.c: the check of one ID token (OpenID Connect Core 1.0, 3.1.3.7): its
 * text, the keys of its provider, and what a login expects. */

#define IDTOKEN_SKEW_S 60
#define IDTOKEN_AUTH_SKEW_S 5 /* of auth_time */
#define IDTOKEN_TEXT_MAX 256  /* size of a claim or value that is read */

struct idtoken_expected {
	const char *issuer, *client;
	const char *algs;  /* accepted for signatures: words of OIDC_ALGS_ALL */
	const char *claim; /* names the account */
	const char *account; /* "" matches none */
	const char
	    *request; /* the secret of the request, such as auth_req_id */
	/* one of these words, separated by blanks, has to be in amr, or be acr;
	 * NULL if any will do */
	const char *amr, *acr;
	int64_t asked, now; /* the login's start, by the same clock */
	int64_t max_age_s;  /* of auth_time before the start; -1: any */
	bool any_account;   /* an enrolment */
};

enum idtoken {
	IDTOKEN_INVALID = 0, /* shape, signature, or a claim about the token */
	IDTOKEN_NO_KEY,      /* no key of this kid: fetch the keys once more */
	IDTOKEN_OTHER,       /* valid, and of another account */
	IDTOKEN_WEAK,        /* of the account, without what settings demand */
	IDTOKEN_RIGHT,
};

/* The findings of the check, for the log and for an enrolment. */
struct idtoken_found {
	const char *why; /* a constant; "" when right */
	char account[IDTOKEN_TEXT_MAX], name[IDTOKEN_TEXT_MAX],
	    email[IDTOKEN_TEXT_MAX];
	int64_t expires; /* seconds since 1970 */
};

/* keys: a JWK Set (RFC 7517). Sets found whatever the result. */
enum idtoken idtoken_check(const char *token, const struct json *keys,
    const struct idtoken_expected *, struct idtoken_found *found);

/* True if the list at this path has one of these words, which are separated by
 * blanks. */
bool idtoken_list_has(const struct json *, const char *name, const char *words);

/* True if keys is a set with at least one key and not too many. */
bool idtoken_keys_are_valid(const struct json *keys);

#define OIDC_URL_MAX HTTP_PATH_MAX

/* oidc_document.c: the provider's discovery document and keys, and the tokens
 * that were redeemed, which this process keeps between calls. */

/* Of the discovery document; issuer is base_url, maybe with a slash. */
struct oidc_document {
	char issuer[OIDC_URL_MAX], token_url[OIDC_URL_MAX],
	    start_url[OIDC_URL_MAX], keys_url[OIDC_URL_MAX];
};

struct oidc_memory {
	char base_url[OIDC_URL_MAX], client[256]; /* whose memory it is */
	bool ciba;
	/* the client's id and secret, form-encoded for Basic (RFC 6749,
	 * 2.3.1) */
	char user[3 * 255 + 1];
	struct secret secret;
	struct oidc_document document; /* the last usable one */
	/* for doctor: a claim that the settings demand, and the document does
	 * not list; or NULL */
	const struct provider_finding *lacks;
	struct json *keys;
	int64_t read_at, keys_at; /* wall clock; 0 if not read yet */
	int64_t renewed_at;       /* of the keys, for a token's unknown kid */
	bool renewing; /* keys were asked for then, and no reply came yet */
	/* of seven minutes: some ten logins a second */
	struct {
		unsigned char digest[32];
		int64_t until; /* no login takes it later */
	} redeemed[4096];
};

/* The memory of this provider; NULL if all are taken. */
struct oidc_memory *oidc_memory(const struct provider_conf *);
/* Sets user and secret; false if they do not fit. */
bool oidc_encode_client(struct oidc_memory *, const struct provider_conf *);

/* Builds the request for the document or the keys, if they are missing or too
 * old; returns false if the call can be made. */
bool oidc_document_request(
    struct oidc_memory *, const struct provider_ctx *, struct http_request *);
/* Builds that for the keys once more; within a minute of the last time only if
 * that was not answered. */
void oidc_keys_request(
    struct oidc_memory *, const struct provider_ctx *, struct http_request *);
/* Read their replies. OK if the document is usable. */
enum outcome oidc_document_reply(struct oidc_memory *, struct provider_ctx *);
enum outcome oidc_keys_reply(struct oidc_memory *, struct provider_ctx *);

/* Notes a token by its claims and the first half of their signature. Returns
 * NULL; or why it must not count: it came before, or the table is full. */
const char *oidc_redeem(
    struct oidc_memory *, const char *token, int64_t expires, int64_t wall);

#endif
