/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks an ID token: parts, key and signature, and only then claims. Four
 * algorithms over OpenSSL's EVP, with public keys alone: the token chooses none
 * that the key is not for. Pure. */
#include "helper/providers/oidc/oidc.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#define TOKEN_MAX 16384
#define PART_MAX 12288
#define SIGNATURE_MAX 1024 /* of an RSA key of 8192 bits */
#define RSA_BITS_MIN 2048
#define KEYS_MAX 32
#define LIFE_MAX_S 86400
#define PATH_MAX_LEN 32
/* CIBA Core 1.0, 10.3.1 */
#define AUTH_REQ_ID "urn:openid:params:jwt:claim:auth_req_id"

/* Strict base64url (RFC 4648, 5) without padding: one text for each value.
 * Returns the length, or -1. */
static long
read_base64url(const char *in, size_t len, unsigned char *out, size_t size)
{
	static const char set[] = TEXT_ALNUM "-_";
	uint32_t bits = 0;
	unsigned held = 0;
	size_t n = 0;

	if (len % 4 == 1)
		return -1;
	for (size_t i = 0; i < len; i++) {
		const char *at = in[i] != '\0' ? strchr(set, in[i]) : NULL;

		if (at == NULL)
			return -1;
		bits = bits << 6 | (uint32_t)(at - set);
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		if (n == size)
			return -1;
		out[n++] = (unsigned char)(bits >> held);
		bits &= (1u << held) - 1;
	}
	return bits == 0 ? (long)n : -1;
}

static struct json *
read_part(const char *part, size_t len)
{
	char text[PART_MAX + 1];
	const long n =
	    read_base64url(part, len, (unsigned char *)text, PART_MAX);
	struct json *json = NULL;

	if (n > 0) {
		text[n] = '\0';
		json = json_parse(text, (size_t)n);
	}
	explicit_bzero(text, sizeof(text));
	return json;
}

/* Bytes of the nth key in base64url, or -1. */
static long
key_bytes(const struct json *keys, size_t n, const char *name,
    unsigned char *out, size_t size)
{
	char path[PATH_MAX_LEN], text[SIGNATURE_MAX / 3 * 4 + 4];

	PRINT_TO(path, "keys.%zu.%s", n, name);
	if (json_text(keys, path, text, sizeof(text)) != JSON_OK)
		return -1;
	return read_base64url(text, strlen(text), out, size);
}

/* True if the nth key has this value, or none where it is optional. */
static bool
key_has(const struct json *keys, size_t n, const char *name, const char *want,
    bool optional)
{
	char path[PATH_MAX_LEN];

	PRINT_TO(path, "keys.%zu.%s", n, name);
	return json_equals(keys, path, want) ||
	    (optional && json_is_absent(keys, path));
}

static EVP_PKEY *
make_key(const char *type, const OSSL_PARAM *params)
{
	EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (c != NULL && EVP_PKEY_fromdata_init(c) == 1)
		(void)EVP_PKEY_fromdata(
		    c, &key, EVP_PKEY_PUBLIC_KEY, (OSSL_PARAM *)params);
	EVP_PKEY_CTX_free(c);
	return key;
}

static EVP_PKEY *
rsa_key(const struct json *keys, size_t at)
{
	unsigned char n[SIGNATURE_MAX], e[8];
	const long n_len = key_bytes(keys, at, "n", n, sizeof(n));
	const long e_len = key_bytes(keys, at, "e", e, sizeof(e));
	BIGNUM *bn = n_len > 0 ? BN_bin2bn(n, (int)n_len, NULL) : NULL;
	BIGNUM *be = e_len > 0 ? BN_bin2bn(e, (int)e_len, NULL) : NULL;
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;
	const bool strong = bn != NULL && be != NULL &&
	    BN_num_bits(bn) >= RSA_BITS_MIN && BN_is_odd(bn) && BN_is_odd(be) &&
	    !BN_is_one(be);

	if (build != NULL && strong &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, bn) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, be) == 1)
		params = OSSL_PARAM_BLD_to_param(build);
	if (params != NULL)
		key = make_key("RSA", params);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(build);
	BN_free(bn);
	BN_free(be);
	return key;
}

/* OpenSSL refuses a point that is not on the curve. */
static EVP_PKEY *
ec_key(const struct json *keys, size_t at)
{
	char group[] = "prime256v1";
	unsigned char point[65] = { 4 };
	const OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_octet_string(
		    OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
		OSSL_PARAM_END,
	};

	return key_has(keys, at, "crv", "P-256", false) &&
		key_bytes(keys, at, "x", point + 1, 32) == 32 &&
		key_bytes(keys, at, "y", point + 33, 32) == 32
	    ? make_key("EC", params)
	    : NULL;
}

static EVP_PKEY *
ed_key(const struct json *keys, size_t at)
{
	unsigned char x[32];

	return key_has(keys, at, "crv", "Ed25519", false) &&
		key_bytes(keys, at, "x", x, sizeof(x)) == sizeof(x)
	    ? EVP_PKEY_new_raw_public_key_ex(
		  NULL, "ED25519", NULL, x, sizeof(x))
	    : NULL;
}

/* RFC 7518, 3; RFC 8037. */
enum algorithm { RS256, PS256, ES256, EDDSA, ALGORITHMS };
static const struct {
	const char *name, *kty;
	EVP_PKEY *(*key)(const struct json *keys, size_t at);
} algorithms[] = {
	[RS256] = { "RS256", "RSA", rsa_key },
	[PS256] = { "PS256", "RSA", rsa_key },
	[ES256] = { "ES256", "EC", ec_key },
	[EDDSA] = { "EdDSA", "OKP", ed_key },
};
_Static_assert(
    sizeof(algorithms) / sizeof(algorithms[0]) == ALGORITHMS, "a row for each");

bool
idtoken_keys_are_valid(const struct json *keys)
{
	const size_t n = json_list_len(keys, "keys");

	return n > 0 && n <= KEYS_MAX;
}

/* The one key that fits; NULL if none or more than one does. kid: "" if the
 * token names none. */
static EVP_PKEY *
find_key(const struct json *keys, enum algorithm alg, const char *kid)
{
	const size_t count = json_list_len(keys, "keys");
	size_t found = 0, fit = 0;

	for (size_t n = 0; n < count && count <= KEYS_MAX; n++)
		if (key_has(keys, n, "kty", algorithms[alg].kty, false) &&
		    key_has(keys, n, "use", "sig", true) &&
		    key_has(keys, n, "alg", algorithms[alg].name, true) &&
		    (kid[0] == '\0' || key_has(keys, n, "kid", kid, false))) {
			found = n;
			fit++;
		}
	return fit == 1 ? algorithms[alg].key(keys, found) : NULL;
}

/* r and s as DER, which OpenSSL wants. Returns its length, or 0; the caller
 * frees *der. */
static size_t
ecdsa_to_der(const unsigned char *sig, size_t len, unsigned char **der)
{
	ECDSA_SIG *es = len == 64 ? ECDSA_SIG_new() : NULL;
	BIGNUM *r = es != NULL ? BN_bin2bn(sig, 32, NULL) : NULL;
	BIGNUM *s = es != NULL ? BN_bin2bn(sig + 32, 32, NULL) : NULL;
	int n = 0;

	if (r != NULL && s != NULL && ECDSA_SIG_set0(es, r, s) == 1) {
		n = i2d_ECDSA_SIG(es, der);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(es);
	return n > 0 ? (size_t)n : 0;
}

static bool
is_signed(enum algorithm alg, EVP_PKEY *key, const char *text, size_t len,
    const unsigned char *sig, size_t sig_len)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *c = NULL;
	unsigned char *der = NULL;
	bool good = md != NULL;

	if (alg == ES256) {
		sig_len = ecdsa_to_der(sig, sig_len, &der);
		sig = der;
	}
	good = good && sig_len > 0 &&
	    EVP_DigestVerifyInit_ex(md, &c, alg == EDDSA ? NULL : "SHA256",
		NULL, NULL, key, NULL) == 1;
	if (good && alg == PS256)
		good = EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) ==
			1 &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(
			c, RSA_PSS_SALTLEN_DIGEST) == 1;
	good = good &&
	    EVP_DigestVerify(
		md, sig, sig_len, (const unsigned char *)text, len) == 1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(md);
	ERR_clear_error();
	return good;
}

/* Seconds since 1970, or -1: absent, or no such number. */
static int64_t
claim_time(const struct json *claims, const char *name)
{
	int64_t at = -1;

	return json_integer(claims, name, &at) == JSON_OK && at > 0 &&
		at < INT64_C(100000000000)
	    ? at
	    : -1;
}

/* True if aud is our client, or a list with it next to others and azp is our
 * client. Any other azp is refused. */
static bool
is_for_client(const struct json *claims, const char *client)
{
	const size_t count = json_list_len(claims, "aud");
	const bool party = json_equals(claims, "azp", client);
	char path[PATH_MAX_LEN], text[IDTOKEN_TEXT_MAX];
	bool ours = json_equals(claims, "aud", client), others = false;

	if (!party && !json_is_absent(claims, "azp"))
		return false;
	for (size_t n = 0; n < count; n++) {
		PRINT_TO(path, "aud.%zu", n);
		if (json_text(claims, path, text, sizeof(text)) != JSON_OK)
			return false;
		if (strcmp(text, client) == 0)
			ours = true;
		else
			others = true;
	}
	return ours && (!others || party);
}

/* Returns the name of the claim by which the token is not for this login, or
 * NULL. A token with a nonce is refused: our requests send none, so it was made
 * for somebody else's. */
static const char *
wrong_claim(const struct json *claims, const struct idtoken_expected *e)
{
	const int64_t exp = claim_time(claims, "exp");
	const int64_t iat = claim_time(claims, "iat");
	const int64_t nbf = claim_time(claims, "nbf");
	char text[PROVIDER_OPEN_MAX + 1];

	if (!json_equals(claims, "iss", e->issuer))
		return "iss";
	if (!is_for_client(claims, e->client))
		return "aud or azp";
	if (exp < 0 || exp + IDTOKEN_SKEW_S <= e->now)
		return "exp";
	if (iat < 0 || iat > e->now + IDTOKEN_SKEW_S ||
	    iat + IDTOKEN_SKEW_S < e->asked || exp - iat > LIFE_MAX_S)
		return "iat";
	if (!json_is_absent(claims, "nbf") &&
	    (nbf < 0 || nbf > e->now + IDTOKEN_SKEW_S))
		return "nbf";
	if (!json_is_absent(claims, AUTH_REQ_ID) &&
	    (json_text(claims, AUTH_REQ_ID, text, sizeof(text)) != JSON_OK ||
		strcmp(text, e->request) != 0))
		return "auth_req_id";
	return json_is_absent(claims, "nonce") ? NULL : "nonce";
}

bool
idtoken_list_has(const struct json *json, const char *name, const char *words)
{
	const size_t count = json_list_len(json, name);
	char path[2 * PATH_MAX_LEN], text[IDTOKEN_TEXT_MAX];

	for (size_t n = 0; n < count; n++) {
		PRINT_TO(path, "%s.%zu", name, n);
		if (json_text(json, path, text, sizeof(text)) == JSON_OK &&
		    text_has_word(words, text))
			return true;
	}
	return false;
}

/* Returns which claim lacks what the settings demand, or NULL. */
static const char *
weak_claim(const struct json *claims, const struct idtoken_expected *e)
{
	const int64_t at = claim_time(claims, "auth_time");
	char acr[IDTOKEN_TEXT_MAX];

	if (e->max_age_s >= 0 &&
	    (at < 0 || at > e->now + IDTOKEN_AUTH_SKEW_S ||
		at + e->max_age_s + IDTOKEN_AUTH_SKEW_S < e->asked))
		return "auth_time";
	if (e->acr != NULL &&
	    (json_text(claims, "acr", acr, sizeof(acr)) != JSON_OK ||
		!text_has_word(e->acr, acr)))
		return "acr";
	return e->amr == NULL || idtoken_list_has(claims, "amr", e->amr)
	    ? NULL
	    : "amr";
}

static enum idtoken
check_claims(const struct json *claims, const struct idtoken_expected *e,
    struct idtoken_found *found)
{
	found->why = wrong_claim(claims, e);
	if (found->why != NULL)
		return IDTOKEN_INVALID;
	found->expires = claim_time(claims, "exp");
	found->why = e->claim;
	if (json_text(claims, e->claim, found->account,
		sizeof(found->account)) != JSON_OK ||
	    found->account[0] == '\0')
		return IDTOKEN_INVALID;
	JSON_TO(found->name, claims, "preferred_username");
	JSON_TO(found->email, claims, "email");
	if (!e->any_account &&
	    (e->account[0] == '\0' || strcmp(found->account, e->account) != 0))
		return IDTOKEN_OTHER;
	found->why = weak_claim(claims, e);
	if (found->why != NULL)
		return IDTOKEN_WEAK;
	found->why = "";
	return IDTOKEN_RIGHT;
}

/* Returns the header's algorithm, or ALGORITHMS. Of the header only kid chooses
 * a key, "" without one. */
static enum algorithm
token_header(const struct json *header, const char *algs,
    char kid[IDTOKEN_TEXT_MAX], const char **why)
{
	enum algorithm alg = RS256;
	enum json_result has;

	*why = "alg";
	while (alg < ALGORITHMS &&
	    !json_equals(header, "alg", algorithms[alg].name))
		alg++;
	if (alg == ALGORITHMS || !text_has_word(algs, algorithms[alg].name))
		return ALGORITHMS;
	*why = "crit";
	if (!json_is_absent(header, "crit"))
		return ALGORITHMS;
	*why = "kid";
	has = json_text(header, "kid", kid, IDTOKEN_TEXT_MAX);
	return has == JSON_ABSENT || (has == JSON_OK && kid[0] != '\0')
	    ? alg
	    : ALGORITHMS;
}

struct parts {
	const char *payload, *signature;
	size_t signed_len; /* of header and payload */
	unsigned char sig[SIGNATURE_MAX];
	long sig_len;
};

static bool
split_token(const char *token, struct parts *p)
{
	const size_t len = strnlen(token, TOKEN_MAX + 1);
	const char *dot = strchr(token, '.');
	const char *last = dot != NULL ? strchr(dot + 1, '.') : NULL;

	if (len > TOKEN_MAX || last == NULL)
		return false;
	p->payload = dot + 1;
	p->signature = last + 1;
	p->signed_len = (size_t)(last - token);
	p->sig_len = read_base64url(
	    p->signature, strlen(p->signature), p->sig, sizeof(p->sig));
	return p->sig_len > 0;
}

enum idtoken
idtoken_check(const char *token, const struct json *keys,
    const struct idtoken_expected *e, struct idtoken_found *found)
{
	struct parts p;
	char kid[IDTOKEN_TEXT_MAX];
	struct json *header, *claims;
	enum algorithm alg;
	enum idtoken result = IDTOKEN_INVALID;
	EVP_PKEY *key;
	bool good;

	*found = (struct idtoken_found){ .why = "shape" };
	if (!split_token(token, &p))
		return IDTOKEN_INVALID;
	header = read_part(token, (size_t)(p.payload - 1 - token));
	alg = token_header(header, e->algs, kid, &found->why);
	json_free(header);
	if (alg == ALGORITHMS)
		return IDTOKEN_INVALID;
	found->why = "no key";
	key = find_key(keys, alg, kid);
	if (key == NULL)
		return IDTOKEN_NO_KEY;
	found->why = "signature";
	good =
	    is_signed(alg, key, token, p.signed_len, p.sig, (size_t)p.sig_len);
	EVP_PKEY_free(key);
	if (!good)
		return IDTOKEN_INVALID;
	found->why = "claims";
	claims = read_part(p.payload, (size_t)(p.signature - 1 - p.payload));
	if (claims != NULL)
		result = check_claims(claims, e, found);
	json_free(claims);
	return result;
}
