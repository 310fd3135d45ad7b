/* SPDX-License-Identifier: BSD-2-Clause */
/* ID tokens of every kind, signed here by keys that this test makes: the right
 * one is right by all four algorithms, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

#include "helper/providers/oidc/oidc.h"
#include "tests/support/unit_tests.h"

#define NOW 1767225600
#define TEXT 4096
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum key { RSA_KEY, WEAK_RSA, EC_P256, ED, OTHER_EC, KEYS };
static EVP_PKEY *key[KEYS];
static char jwk[KEYS][TEXT], jwks[TEXT * 5];
static struct idtoken_found found;

/* longer than most texts that are read */
#define REQUEST                                                                \
	"1c266114-a1be-4252-8ad1-04986c5b9ac1-1c266114-a1be-4252-8ad1-"        \
	"04986c5b9ac1-1c266114-a1be-4252-8ad1-04986c5b9ac1-1c266114-a1be-42"   \
	"52-8ad1-04986c5b9ac1"
#define REQUEST_CLAIM "\"urn:openid:params:jwt:claim:auth_req_id\":"
static const struct idtoken_expected usual = {
	.issuer = "https://login.example.com",
	.client = "linux",
	.algs = OIDC_ALGS_ALL,
	.claim = "sub",
	.account = "sub-of-alice",
	.request = REQUEST,
	.amr = "otp hwk",
	.acr = "2 3",
	.asked = NOW - 30,
	.now = NOW,
};
static const char good[] =
    "{\"iss\":\"https://login.example.com\",\"sub\":\"sub-of-alice\","
    "\"aud\":\"linux\",\"exp\":1767225900,\"iat\":1767225590,"
    "\"auth_time\":1767225588,\"amr\":[\"pwd\",\"otp\"],\"acr\":\"2\"}";

static void
encode(const void *bytes, size_t len, char *out)
{
	(void)EVP_EncodeBlock((unsigned char *)out, bytes, (int)len);
	out[strcspn(out, "=")] = '\0';
	for (; *out != '\0'; out++)
		*out = (char)(*out == '+' ? '-' : *out == '/' ? '_' : *out);
}

static void
number(EVP_PKEY *k, const char *name, size_t len, char *out)
{
	unsigned char bytes[512];
	BIGNUM *n = NULL;

	assert_int_equal(EVP_PKEY_get_bn_param(k, name, &n), 1);
	if (len == 0)
		len = (size_t)BN_num_bytes(n);
	assert_int_equal(BN_bn2binpad(n, bytes, (int)len), len);
	encode(bytes, len, out);
	BN_free(n);
}

static void
make_rsa(enum key at, unsigned bits)
{
	char n[1024], e[16];

	key[at] = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
	assert_non_null(key[at]);
	number(key[at], "n", 0, n);
	number(key[at], "e", 0, e);
	(void)snprintf(jwk[at], TEXT,
	    "{\"kty\":\"RSA\",\"kid\":\"%s\",\"use\":\"sig\",\"n\":\"%s\","
	    "\"e\":\"%s\"}",
	    at == RSA_KEY ? "rsa" : "weak", n, e);
}

static void
make_ec(enum key at, const char *kid)
{
	char x[64], y[64];

	key[at] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	assert_non_null(key[at]);
	number(key[at], "qx", 32, x);
	number(key[at], "qy", 32, y);
	(void)snprintf(jwk[at], TEXT,
	    "{\"kty\":\"EC\",\"kid\":\"%s\",\"crv\":\"P-256\",\"x\":\"%"
	    "s\","
	    "\"y\":\"%s\"}",
	    kid, x, y);
}

static int
make_keys(void **state)
{
	unsigned char raw[32];
	size_t len = sizeof(raw);
	char x[64];

	(void)state;
	make_rsa(RSA_KEY, 2048);
	make_rsa(WEAK_RSA, 1024);
	make_ec(EC_P256, "ec");
	make_ec(OTHER_EC, "other");
	key[ED] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	assert_int_equal(EVP_PKEY_get_raw_public_key(key[ED], raw, &len), 1);
	encode(raw, len, x);
	(void)snprintf(jwk[ED], TEXT,
	    "{\"kty\":\"OKP\",\"kid\":\"ed\",\"crv\":\"Ed25519\","
	    "\"alg\":\"EdDSA\",\"x\":\"%s\"}",
	    x);
	(void)snprintf(jwks, sizeof(jwks), "{\"keys\":[%s,%s,%s,%s]}",
	    jwk[RSA_KEY], jwk[WEAK_RSA], jwk[EC_P256], jwk[ED]);
	return 0;
}

static int
free_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < KEYS; i++)
		EVP_PKEY_free(key[i]);
	return 0;
}

/* r and s, as JWS has them. */
static size_t
flat(unsigned char *sig, size_t len)
{
	const unsigned char *at = sig;
	ECDSA_SIG *es = d2i_ECDSA_SIG(NULL, &at, (long)len);

	assert_non_null(es);
	(void)BN_bn2binpad(ECDSA_SIG_get0_r(es), sig, 32);
	(void)BN_bn2binpad(ECDSA_SIG_get0_s(es), sig + 32, 32);
	ECDSA_SIG_free(es);
	return 64;
}

static size_t
sign(enum key by, bool pss, int salt, const char *text, unsigned char *sig)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY_CTX *c = NULL;
	size_t len = 512;

	assert_int_equal(EVP_DigestSignInit(md, &c,
			     by == ED ? NULL : EVP_sha256(), NULL, key[by]),
	    1);
	if (pss) {
		(void)EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING);
		(void)EVP_PKEY_CTX_set_rsa_pss_saltlen(c, salt);
	}
	assert_int_equal(EVP_DigestSign(md, sig, &len,
			     (const unsigned char *)text, strlen(text)),
	    1);
	EVP_MD_CTX_free(md);
	return len;
}

/* A token of this header and these claims, signed as alg says. */
static const char *
token_by(enum key by, int salt, const char *header, const char *claims)
{
	static char out[TEXT];
	unsigned char sig[512];
	size_t len;
	const bool pss = strstr(header, "PS256") != NULL;

	encode(header, strlen(header), out);
	(void)strcat(out, ".");
	encode(claims, strlen(claims), out + strlen(out));
	len = sign(by, pss, salt, out, sig);
	if (by == EC_P256 || by == OTHER_EC)
		len = flat(sig, len);
	(void)strcat(out, ".");
	encode(sig, len, out + strlen(out));
	return out;
}

static const char *
token(enum key by, const char *header, const char *claims)
{
	return token_by(by, 32, header, claims);
}

static enum idtoken
check_with(const char *text, const char *keys, const struct idtoken_expected *e)
{
	struct json *set = json_parse(keys, strlen(keys));
	const enum idtoken is = idtoken_check(text, set, e, &found);

	json_free(set);
	return is;
}

static enum idtoken
check(const char *text)
{
	return check_with(text, jwks, &usual);
}

#define ES "{\"alg\":\"ES256\",\"kid\":\"ec\"}"
static const struct {
	enum key by;
	const char *header;
} algorithms[] = {
	{ RSA_KEY, "{\"alg\":\"RS256\",\"kid\":\"rsa\"}" },
	{ RSA_KEY, "{\"alg\":\"PS256\",\"kid\":\"rsa\"}" },
	{ EC_P256, ES },
	{ ED, "{\"alg\":\"EdDSA\",\"kid\":\"ed\"}" },
};

/* Every bit of it turned, and every prefix. */
static void
the_right_one_alone(void **state)
{
	char text[TEXT], whole[TEXT];

	(void)state;
	for (size_t i = 0; i < COUNT(algorithms); i++) {
		(void)snprintf(whole, TEXT, "%s",
		    token(algorithms[i].by, algorithms[i].header, good));
		assert_int_equal(check(whole), IDTOKEN_RIGHT);
		assert_string_equal(found.why, "");
		assert_string_equal(found.account, "sub-of-alice");
		assert_int_equal(found.expires, 1767225900);
		for (size_t at = 0; whole[at] != '\0'; at++) {
			memcpy(text, whole, TEXT);
			for (int bit = 0; bit < 8; bit++) {
				text[at] = (char)(whole[at] ^ 1 << bit);
				assert_true(check(text) != IDTOKEN_RIGHT);
			}
			text[at] = '\0';
			assert_true(check(text) != IDTOKEN_RIGHT);
		}
	}
}

/* The good claims with one text in another's place. */
static const char *
claims_with(const char *find, const char *put)
{
	static char out[TEXT];
	const char *at = strstr(good, find);

	assert_non_null(at);
	(void)snprintf(out, TEXT, "%.*s%s%s", (int)(at - good), good, put,
	    at + strlen(find));
	return out;
}

static const struct {
	const char *find, *put;
	enum idtoken is;
	const char *why;
} claims[] = {
	{ "https://login", "https://evil", IDTOKEN_INVALID, "iss" },
	{ ".example.com\"", ".example.com/\"", IDTOKEN_INVALID, "iss" },
	{ "\"iss\"", "\"is\"", IDTOKEN_INVALID, "iss" },
	{ "{\"iss\"", "{\"iss\":\"https://login.example.com\",\"iss\"",
	    IDTOKEN_INVALID, "iss" },
	{ "\"linux\"", "\"other\"", IDTOKEN_INVALID, "aud or azp" },
	{ "\"linux\"", "[]", IDTOKEN_INVALID, "aud or azp" },
	{ "\"linux\"", "[\"linux\"]", IDTOKEN_RIGHT, "" },
	{ "\"linux\"", "[\"linux\",\"b\"]", IDTOKEN_INVALID, "aud or azp" },
	{ "\"linux\"", "[\"linux\",5]", IDTOKEN_INVALID, "aud or azp" },
	{ "\"linux\"", "[\"b\",\"linux\"],\"azp\":\"linux\"", IDTOKEN_RIGHT,
	    "" },
	{ "\"linux\"", "\"linux\",\"azp\":\"b\"", IDTOKEN_INVALID,
	    "aud or azp" },
	{ "\"linux\"", "\"linux\",\"azp\":null", IDTOKEN_INVALID,
	    "aud or azp" },
	{ "\"linux\"", "{\"0\":\"linux\"}", IDTOKEN_INVALID, "aud or azp" },
	{ "1767225900", "1767225540", IDTOKEN_INVALID, "exp" },
	{ "1767225900", "\"1767225900\"", IDTOKEN_INVALID, "exp" },
	{ "1767225900", "1767225900.5", IDTOKEN_INVALID, "exp" },
	{ "1767225900", "1e30", IDTOKEN_INVALID, "exp" },
	{ "\"exp\"", "\"exq\"", IDTOKEN_INVALID, "exp" },
	{ "1767225900", "1767400000", IDTOKEN_INVALID, "iat" },
	{ "1767225590", "1767225661", IDTOKEN_INVALID, "iat" },
	{ "1767225590", "1767225509", IDTOKEN_INVALID, "iat" },
	{ "\"iat\"", "\"iau\"", IDTOKEN_INVALID, "iat" },
	{ "\"exp\"", "\"nbf\":1767225661,\"exp\"", IDTOKEN_INVALID, "nbf" },
	{ "\"exp\"", "\"nbf\":\"0\",\"exp\"", IDTOKEN_INVALID, "nbf" },
	{ "\"exp\"", "\"nbf\":1767225600,\"exp\"", IDTOKEN_RIGHT, "" },
	{ "\"exp\"", "\"nonce\":\"a\",\"exp\"", IDTOKEN_INVALID, "nonce" },
	{ "\"exp\"", REQUEST_CLAIM "\"" REQUEST "\",\"exp\"", IDTOKEN_RIGHT,
	    "" },
	{ "\"exp\"", REQUEST_CLAIM "\"1c266114\",\"exp\"", IDTOKEN_INVALID,
	    "auth_req_id" },
	{ "\"exp\"", REQUEST_CLAIM "null,\"exp\"", IDTOKEN_INVALID,
	    "auth_req_id" },
	{ "\"exp\"", "\"nonce\":null,\"exp\"", IDTOKEN_INVALID, "nonce" },
	{ "\"sub\"", "\"sux\"", IDTOKEN_INVALID, "sub" },
	{ "\"sub-of-alice\"", "\"\"", IDTOKEN_INVALID, "sub" },
	{ "\"sub-of-alice\"", "7", IDTOKEN_INVALID, "sub" },
	{ "{\"iss\"", "{\"sub\":\"sub-of-alice\",\"iss\"", IDTOKEN_INVALID,
	    "sub" },
	{ "sub-of-alice", "sub-of-alic\\u0000", IDTOKEN_INVALID, "claims" },
	{ "sub-of-alice", "sub-of-bob", IDTOKEN_OTHER, "sub" },
	{ "sub-of-alice", "sub-of-alice ", IDTOKEN_OTHER, "sub" },
	{ "sub-of-alice", "Sub-of-alice", IDTOKEN_OTHER, "sub" },
	{ "1767225588", "1767225564", IDTOKEN_WEAK, "auth_time" },
	{ "1767225588", "1767225565", IDTOKEN_RIGHT, "" },
	{ "1767225588", "1767225606", IDTOKEN_WEAK, "auth_time" },
	{ "\"auth_time\"", "\"auth\"", IDTOKEN_WEAK, "auth_time" },
	{ "\"2\"", "\"1\"", IDTOKEN_WEAK, "acr" },
	{ "\"2\"", "2", IDTOKEN_WEAK, "acr" },
	{ "\"2\"", "\"2 3\"", IDTOKEN_WEAK, "acr" },
	{ ",\"acr\":\"2\"", "", IDTOKEN_WEAK, "acr" },
	{ "\"otp\"", "\"ot\"", IDTOKEN_WEAK, "amr" },
	{ "\"otp\"", "\"otp hwk\"", IDTOKEN_WEAK, "amr" },
	{ "\"otp\"", "\"\"", IDTOKEN_WEAK, "amr" },
	{ "[\"pwd\",\"otp\"]", "\"otp\"", IDTOKEN_WEAK, "amr" },
	{ "\"amr\"", "\"amt\"", IDTOKEN_WEAK, "amr" },
	{ "[\"pwd\",\"otp\"]", "{\"0\":\"otp\"}", IDTOKEN_WEAK, "amr" },
	{ "{\"iss\"", "[{\"iss\"", IDTOKEN_INVALID, "claims" },
};

static void
claims_are_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(claims); i++) {
		const enum idtoken is = check(token(
		    EC_P256, ES, claims_with(claims[i].find, claims[i].put)));

		if (is != claims[i].is || strcmp(found.why, claims[i].why) != 0)
			fail_msg("%s in place of %s: %d, %s", claims[i].put,
			    claims[i].find, (int)is, found.why);
	}
}

/* Between two blanks of the settings is no word that a token could have. */
static void
no_word_is_no_proof(void **state)
{
	struct idtoken_expected e = usual;

	(void)state;
	e.acr = "2  3";
	assert_int_equal(
	    check_with(token(EC_P256, ES, good), jwks, &e), IDTOKEN_RIGHT);
	assert_int_equal(
	    check_with(
		token(EC_P256, ES, claims_with("\"2\"", "\"\"")), jwks, &e),
	    IDTOKEN_WEAK);
	e = usual;
	e.amr = "otp  hwk";
	assert_int_equal(
	    check_with(
		token(EC_P256, ES, claims_with("\"otp\"", "\"\"")), jwks, &e),
	    IDTOKEN_WEAK);
}

static void
settings_demand_less(void **state)
{
	struct idtoken_expected e = usual;

	(void)state;
	e.acr = e.amr = NULL;
	e.max_age_s = -1;
	assert_int_equal(
	    check_with(token(EC_P256, ES,
			   "{\"iss\":\"https://login.example.com\","
			   "\"sub\":\"sub-of-alice\",\"aud\":"
			   "\"linux\",\"exp\":1767225900,\"iat\":"
			   "1767225590}"),
		jwks, &e),
	    IDTOKEN_RIGHT);
	e.account = "";
	assert_int_equal(
	    check_with(token(EC_P256, ES, good), jwks, &e), IDTOKEN_OTHER);
	e.any_account = true;
	assert_int_equal(
	    check_with(token(EC_P256, ES, good), jwks, &e), IDTOKEN_RIGHT);
	e.max_age_s = 3600;
	assert_int_equal(
	    check_with(
		token(EC_P256, ES, claims_with("1767225588", "1767221995")),
		jwks, &e),
	    IDTOKEN_RIGHT);
}

/* Fewer algorithms, and another claim that names the account. */
static void
settings_demand_others(void **state)
{
	struct idtoken_expected e = usual;

	(void)state;
	e.algs = "RS256 ES256";
	assert_int_equal(
	    check_with(token(EC_P256, ES, good), jwks, &e), IDTOKEN_RIGHT);
	e.algs = "RS256 PS256 EdDSA";
	assert_int_equal(
	    check_with(token(EC_P256, ES, good), jwks, &e), IDTOKEN_INVALID);
	assert_string_equal(found.why, "alg");
	e = usual;
	e.claim = "oid";
	assert_int_equal(
	    check_with(token(EC_P256, ES, good), jwks, &e), IDTOKEN_INVALID);
	assert_string_equal(found.why, "oid");
	assert_int_equal(check_with(token(EC_P256, ES,
					claims_with("\"exp\"",
					    "\"oid\":\"sub-of-bob\",\"exp\"")),
			     jwks, &e),
	    IDTOKEN_OTHER);
	e.account = "sub-of-bob";
	assert_int_equal(check_with(token(EC_P256, ES,
					claims_with("\"exp\"",
					    "\"oid\":\"sub-of-bob\",\"exp\"")),
			     jwks, &e),
	    IDTOKEN_RIGHT);
	assert_string_equal(found.account, "sub-of-bob");
}

/* Of the header only kid chooses a key, and nothing an algorithm that the key
 * is not for. */
static const struct {
	enum key by;
	const char *header;
	enum idtoken is;
	const char *why;
} headers[] = {
	{ EC_P256, "{\"alg\":\"none\",\"kid\":\"ec\"}", IDTOKEN_INVALID,
	    "alg" },
	{ EC_P256, "{\"alg\":\"HS256\",\"kid\":\"ec\"}", IDTOKEN_INVALID,
	    "alg" },
	{ EC_P256, "{\"alg\":\"es256\",\"kid\":\"ec\"}", IDTOKEN_INVALID,
	    "alg" },
	{ EC_P256, "{\"alg\":\"ES384\",\"kid\":\"ec\"}", IDTOKEN_INVALID,
	    "alg" },
	{ EC_P256, "{\"alg\":[\"ES256\"],\"kid\":\"ec\"}", IDTOKEN_INVALID,
	    "alg" },
	{ EC_P256, "{\"kid\":\"ec\"}", IDTOKEN_INVALID, "alg" },
	{ EC_P256, "{\"alg\":\"ES256\",\"alg\":\"ES256\"}", IDTOKEN_INVALID,
	    "alg" },
	{ EC_P256, "{\"alg\":\"ES256\",\"crit\":[\"b64\"]}", IDTOKEN_INVALID,
	    "crit" },
	{ EC_P256, "{\"alg\":\"ES256\",\"crit\":null}", IDTOKEN_INVALID,
	    "crit" },
	{ EC_P256, "{\"alg\":\"ES256\",\"kid\":7}", IDTOKEN_INVALID, "kid" },
	{ EC_P256, "{\"alg\":\"ES256\",\"kid\":\"\"}", IDTOKEN_INVALID, "kid" },
	{ EC_P256, "{\"alg\":\"ES256\"}", IDTOKEN_RIGHT, "" },
	{ EC_P256, "{\"alg\":\"ES256\",\"jku\":\"https://evil.example\"}",
	    IDTOKEN_RIGHT, "" },
	{ OTHER_EC, "{\"alg\":\"ES256\",\"kid\":\"ec\"}", IDTOKEN_INVALID,
	    "signature" },
	{ OTHER_EC, "{\"alg\":\"ES256\",\"kid\":\"other\"}", IDTOKEN_NO_KEY,
	    "no key" },
	{ OTHER_EC, "{\"alg\":\"ES256\",\"kid\":\"../ec\"}", IDTOKEN_NO_KEY,
	    "no key" },
	{ RSA_KEY, "{\"alg\":\"RS256\",\"kid\":\"ec\"}", IDTOKEN_NO_KEY,
	    "no key" },
	{ EC_P256, "{\"alg\":\"RS256\",\"kid\":\"rsa\"}", IDTOKEN_INVALID,
	    "signature" },
	/* two of its type fit */
	{ RSA_KEY, "{\"alg\":\"RS256\"}", IDTOKEN_NO_KEY, "no key" },
	{ WEAK_RSA, "{\"alg\":\"RS256\",\"kid\":\"weak\"}", IDTOKEN_NO_KEY,
	    "no key" },
	{ ED, "{\"alg\":\"EdDSA\"}", IDTOKEN_RIGHT, "" },
};

static void
headers_are_checked(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(headers); i++) {
		const enum idtoken is =
		    check(token(headers[i].by, headers[i].header, good));

		if (is != headers[i].is ||
		    strcmp(found.why, headers[i].why) != 0)
			fail_msg("%s: %d, %s", headers[i].header, (int)is,
			    found.why);
	}
}

/* Keys as the provider's set must not have them. */
static void
keys_are_checked(void **state)
{
	char set[40 * TEXT], text[TEXT], one[TEXT];
	char *at;

	(void)state;
	(void)snprintf(text, TEXT, "%s", token(EC_P256, ES, good));
	/* two keys of one name */
	(void)snprintf(
	    set, sizeof(set), "{\"keys\":[%s,%s]}", jwk[EC_P256], jwk[EC_P256]);
	assert_int_equal(check_with(text, set, &usual), IDTOKEN_NO_KEY);
	/* for encryption; for another algorithm; a point off the curve */
	(void)snprintf(set, sizeof(set), "{\"keys\":[{\"use\":\"enc\",%s]}",
	    jwk[EC_P256] + 1);
	assert_int_equal(check_with(text, set, &usual), IDTOKEN_NO_KEY);
	(void)snprintf(set, sizeof(set), "{\"keys\":[{\"alg\":\"ES384\",%s]}",
	    jwk[EC_P256] + 1);
	assert_int_equal(check_with(text, set, &usual), IDTOKEN_NO_KEY);
	(void)snprintf(one, TEXT, "%s", jwk[EC_P256]);
	at = strstr(one, "\"x\":\"") + 5;
	*at = *at == 'A' ? 'B' : 'A';
	(void)snprintf(set, sizeof(set), "{\"keys\":[%s]}", one);
	assert_int_equal(check_with(text, set, &usual), IDTOKEN_NO_KEY);
	/* exponent 1 */
	(void)snprintf(text, TEXT, "%s",
	    token(RSA_KEY, "{\"alg\":\"RS256\",\"kid\":\"rsa\"}", good));
	(void)snprintf(one, TEXT, "%s", jwk[RSA_KEY]);
	memcpy(strstr(one, "AQAB"), "AAAB", 4);
	(void)snprintf(set, sizeof(set), "{\"keys\":[%s]}", one);
	assert_int_equal(check_with(text, set, &usual), IDTOKEN_NO_KEY);
	/* no set, an empty one, one that is too long */
	assert_int_equal(check_with(text, "[]", &usual), IDTOKEN_NO_KEY);
	assert_int_equal(
	    check_with(text, "{\"keys\":[]}", &usual), IDTOKEN_NO_KEY);
	(void)snprintf(set, sizeof(set), "{\"keys\":[%s", jwk[RSA_KEY]);
	for (int i = 0; i < 32; i++)
		(void)strcat(strcat(set, ","), jwk[ED]);
	(void)strcat(set, "]}");
	assert_int_equal(check_with(text, set, &usual), IDTOKEN_NO_KEY);
}

/* A token whose signature is this. */
static const char *
with_signature(const char *text, const void *sig, size_t len)
{
	static char out[TEXT];

	(void)snprintf(out, TEXT, "%s", text);
	encode(sig, len, strrchr(out, '.') + 1);
	return out;
}

static void
signatures_are_checked(void **state)
{
	unsigned char sig[512] = { 0 };
	char text[TEXT];
	size_t len;

	(void)state;
	(void)snprintf(text, TEXT, "%s", token(EC_P256, ES, good));
	/* r and s 0; as DER; cut; longer */
	assert_true(check(with_signature(text, sig, 64)) != IDTOKEN_RIGHT);
	memset(sig, 0xff, 64);
	assert_true(check(with_signature(text, sig, 64)) != IDTOKEN_RIGHT);
	*strrchr(text, '.') = '\0';
	len = sign(EC_P256, false, 0, text, sig);
	(void)strcat(text, ".");
	assert_true(check(with_signature(text, sig, len)) != IDTOKEN_RIGHT);
	(void)flat(sig, len);
	assert_int_equal(check(with_signature(text, sig, 64)), IDTOKEN_RIGHT);
	assert_true(check(with_signature(text, sig, 63)) != IDTOKEN_RIGHT);
	assert_true(check(with_signature(text, sig, 65)) != IDTOKEN_RIGHT);
	assert_true(check(with_signature(text, sig, 0)) != IDTOKEN_RIGHT);
	/* PSS with another salt */
	assert_true(check(token_by(RSA_KEY, 20, algorithms[1].header, good)) !=
	    IDTOKEN_RIGHT);
	/* the public key as a secret of HMAC */
	(void)snprintf(text, TEXT, "%s",
	    token(RSA_KEY, "{\"alg\":\"HS256\",\"kid\":\"rsa\"}", good));
	*strrchr(text, '.') = '\0';
	(void)HMAC(EVP_sha256(), jwk[RSA_KEY], (int)strlen(jwk[RSA_KEY]),
	    (unsigned char *)text, strlen(text), sig, NULL);
	(void)strcat(text, ".");
	assert_true(check(with_signature(text, sig, 32)) != IDTOKEN_RIGHT);
}

static void
shapes_are_checked(void **state)
{
	static char text[40000];
	const char *wrong[] = { "", ".", "..", "...", "a.b", "a.b.c",
		"e30.e30.e30", "e30.e30." };

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(check(wrong[i]), IDTOKEN_INVALID);
	(void)snprintf(text, TEXT, "%s", token(EC_P256, ES, good));
	(void)strcat(text, "=");
	assert_int_equal(check(text), IDTOKEN_INVALID);
	(void)snprintf(text, TEXT, "%s.e30", token(EC_P256, ES, good));
	assert_int_equal(check(text), IDTOKEN_INVALID);
	memset(text, 'A', sizeof(text) - 1);
	memcpy(text, token(EC_P256, ES, good), 60);
	assert_int_equal(check(text), IDTOKEN_INVALID);
}

UNIT_TESTS(test_idtoken)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_right_one_alone),
		cmocka_unit_test(claims_are_checked),
		cmocka_unit_test(no_word_is_no_proof),
		cmocka_unit_test(settings_demand_less),
		cmocka_unit_test(settings_demand_others),
		cmocka_unit_test(headers_are_checked),
		cmocka_unit_test(keys_are_checked),
		cmocka_unit_test(signatures_are_checked),
		cmocka_unit_test(shapes_are_checked),
	};

	return cmocka_run_group_tests_name(
	    "idtoken", tests, make_keys, free_keys);
}
