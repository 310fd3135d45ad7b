/* SPDX-License-Identifier: BSD-2-Clause */
/* The memory of an identity provider between calls: its discovery document
 * (OpenID Connect Discovery 1.0), its keys, and the tokens that were redeemed.
 */
#include "helper/providers/oidc/oidc.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#define DOCUMENT_S 3600
#define KEYS_S 600
#define RENEW_S 60 /* least time between two fetches for an unknown kid */
/* a login lasts 300 s (BROKER_LIFE_MS); clocks differ by IDTOKEN_SKEW_S */
#define LOGINS_S (300 + IDTOKEN_SKEW_S)

bool
oidc_encode_client(struct oidc_memory *m, const struct provider_conf *p)
{
	const bool good = text_percent_encode(m->user, sizeof(m->user),
			      p->text[OIDC_CLIENT_ID]) &&
	    text_percent_encode(m->secret.b, sizeof(m->secret.b),
		p->secret[OIDC_CLIENT_SECRET].b);

	m->secret.len = good ? strlen(m->secret.b) : 0;
	return good;
}

struct oidc_memory *
oidc_memory(const struct provider_conf *p)
{
	static struct oidc_memory *kept[SETTINGS_PROVIDERS_MAX];
	const char *client = p->text[OIDC_CLIENT_ID];
	size_t i = 0;

	while (i < COUNT_OF(kept) && kept[i] != NULL &&
	    (kept[i]->ciba != oidc_is_ciba(p) ||
		strcmp(kept[i]->base_url, p->base_url) != 0 ||
		strcmp(kept[i]->client, client) != 0))
		i++;
	if (i == COUNT_OF(kept))
		return NULL;
	if (kept[i] != NULL)
		return kept[i];
	kept[i] = calloc(1, sizeof(*kept[i]));
	if (kept[i] == NULL)
		return NULL;
	kept[i]->ciba = oidc_is_ciba(p);
	PRINT_TO(kept[i]->base_url, "%s", p->base_url);
	PRINT_TO(kept[i]->client, "%s", client);
	return kept[i];
}

static bool
is_fresh(int64_t at, int64_t now, int64_t most)
{
	return at != 0 && now >= at && now - at < most;
}

static void
get(struct http_request *req, const char *url)
{
	http_request_init_url(req, HTTP_GET, url);
	req->reads = true;
}

bool
oidc_document_request(struct oidc_memory *m, const struct provider_ctx *ctx,
    struct http_request *req)
{
	char url[OIDC_URL_MAX];

	if (!is_fresh(m->read_at, ctx->wall, DOCUMENT_S)) {
		ctx->open->step = PROVIDER_READS_DOCUMENT;
		PRINT_TO(url, "%s/.well-known/openid-configuration",
		    ctx->conf->base_url);
		get(req, url);
		return true;
	}
	if (is_fresh(m->keys_at, ctx->wall, KEYS_S))
		return false;
	ctx->open->step = PROVIDER_READS_KEYS;
	get(req, m->document.keys_url);
	return true;
}

void
oidc_keys_request(struct oidc_memory *m, const struct provider_ctx *ctx,
    struct http_request *req)
{
	if (is_fresh(m->renewed_at, ctx->wall, RENEW_S) && !m->renewing)
		return;
	m->renewed_at = ctx->wall;
	m->renewing = true;
	ctx->open->step = PROVIDER_READS_KEYS;
	get(req, m->document.keys_url);
}

/* The URL of an endpoint; its scheme is that of the settings. */
static bool
read_endpoint(const struct oidc_memory *m, const struct json *json,
    const char *name, char out[OIDC_URL_MAX])
{
	return json_text(json, name, out, OIDC_URL_MAX) == JSON_OK &&
	    http_url_is_valid(out) &&
	    strncmp(out, m->base_url, strcspn(m->base_url, ":") + 1) == 0;
}

/* A note, as documents need not list all claims. */
static const struct provider_finding *
find_lack(const struct json *json, const struct provider_conf *p)
{
	static const struct provider_finding auth_time = { "oidc-no-auth-time",
		PROVIDER_NOTE,
		"its claims_supported lacks auth_time, which max_age demands: "
		"try it by twofactl account; max_age = -1 forgoes it" };
	static const struct provider_finding amr = { "oidc-no-amr",
		PROVIDER_NOTE,
		"its claims_supported lacks amr, which the settings demand: "
		"try it by twofactl account, or set proof to \"acr\" or "
		"\"policy\"" };

	if (json_list_len(json, "claims_supported") == 0)
		return NULL;
	if (p->number[OIDC_MAX_AGE] >= 0 &&
	    !idtoken_list_has(json, "claims_supported", "auth_time"))
		return &auth_time;
	return p->text[OIDC_AMR] != NULL &&
		!idtoken_list_has(json, "claims_supported", "amr")
	    ? &amr
	    : NULL;
}

/* Returns what is wrong with a document, or NULL. */
static const char *
judge_document(const struct oidc_memory *m, const struct provider_conf *p,
    const struct json *json, struct oidc_document *d)
{
	const char *algs = "id_token_signing_alg_values_supported";
	const char *modes = "backchannel_token_delivery_modes_supported";
	const char *start = m->ciba ? "backchannel_authentication_endpoint"
				    : "device_authorization_endpoint";
	const size_t len = strlen(m->base_url);

	if (json == NULL)
		return "no JSON";
	if (json_text(json, "issuer", d->issuer, sizeof(d->issuer)) !=
		JSON_OK ||
	    strncmp(d->issuer, m->base_url, len) != 0 ||
	    (d->issuer[len] != '\0' && strcmp(d->issuer + len, "/") != 0))
		return "issuer is not base_url";
	if (!read_endpoint(m, json, "token_endpoint", d->token_url))
		return "token_endpoint";
	if (!read_endpoint(m, json, "jwks_uri", d->keys_url))
		return "jwks_uri";
	if (json_list_len(json, algs) > 0 &&
	    !idtoken_list_has(json, algs, p->text[OIDC_ALGS]))
		return "no algorithm of algs";
	if (m->ciba && !idtoken_list_has(json, modes, "poll"))
		return modes;
	return read_endpoint(m, json, start, d->start_url) ? NULL : start;
}

/* The outcome of a document that was not served, or OK. */
static enum outcome
read_status(struct provider_ctx *ctx, const char *what)
{
	provider_set_detail(ctx, what, "status", "");
	if (ctx->reply->status == 200)
		return OUTCOME_OK;
	return ctx->reply->status >= 500 ? OUTCOME_TRANSIENT : OUTCOME_CONFIG;
}

enum outcome
oidc_document_reply(struct oidc_memory *m, struct provider_ctx *ctx)
{
	const enum outcome o = read_status(ctx, "discovery");
	struct oidc_document document;
	const char *wrong;

	if (o != OUTCOME_OK)
		return o;
	wrong = judge_document(m, ctx->conf, ctx->json, &document);
	m->read_at = wrong == NULL ? ctx->wall : 0;
	if (wrong == NULL) {
		/* logins that have begun go on by the one before */
		m->document = document;
		m->lacks = find_lack(ctx->json, ctx->conf);
		return OUTCOME_OK;
	}
	provider_set_detail(ctx, "discovery", "bad", wrong);
	return OUTCOME_CONFIG;
}

/* Another call may be using the keys only while it reads a reply, never now. */
enum outcome
oidc_keys_reply(struct oidc_memory *m, struct provider_ctx *ctx)
{
	const enum outcome o = read_status(ctx, "keys");

	m->renewing = false;
	if (o != OUTCOME_OK)
		return o;
	if (!idtoken_keys_are_valid(ctx->json)) {
		provider_set_detail(ctx, "keys", "bad", "no set of 1 to 32");
		return OUTCOME_CONFIG;
	}
	json_free(m->keys);
	/* ctx->json ends with the reply */
	m->keys = json_parse(ctx->reply->body, ctx->reply->len);
	m->keys_at = m->keys != NULL ? ctx->wall : 0;
	return m->keys != NULL ? OUTCOME_OK : OUTCOME_TRANSIENT;
}

/* The length of a token without the second half of its signature: of ECDSA's
 * there are two for the same claims, which differ there, and where the halves
 * meet in one digit. */
static size_t
redeemed_len(const char *token)
{
	const char *dot = strrchr(token, '.');
	const size_t len = strlen(token);
	const size_t signature = dot != NULL ? strlen(dot + 1) : 0;

	return signature < 4 ? len : len - signature / 2 - 1;
}

const char *
oidc_redeem(
    struct oidc_memory *m, const char *token, int64_t expires, int64_t wall)
{
	unsigned char digest[SHA256_LEN];
	size_t at = COUNT_OF(m->redeemed);

	if (!sha256_of(token, redeemed_len(token), digest))
		return "no digest";
	for (size_t i = 0; i < COUNT_OF(m->redeemed); i++) {
		if (m->redeemed[i].until <= wall)
			at = i;
		else if (CRYPTO_memcmp(digest, m->redeemed[i].digest,
			     sizeof(digest)) == 0)
			return "redeemed before";
	}
	if (at == COUNT_OF(m->redeemed))
		return "too many tokens at once";
	/* A token is good for logins that began before it was issued: they
	 * have all ended by then. */
	if (expires > wall + LOGINS_S)
		expires = wall + LOGINS_S;
	memcpy(m->redeemed[at].digest, digest, sizeof(digest));
	m->redeemed[at].until = expires + IDTOKEN_SKEW_S;
	return NULL;
}
