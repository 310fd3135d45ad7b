/* SPDX-License-Identifier: BSD-2-Clause */
/* Tokens that anybody with the public key can verify, and keys that are none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "helper/net/net.h"
#include "lib/settings/settings.h"
#include "tests/support/pemkey.h"
#include "tests/support/unit_tests.h"

#define CLAIMS "{\"application_id\":\"a\",\"iat\":1767225600}"

static struct pem
pem_of(const char *text)
{
	struct pem pem;

	memset(&pem, 0, sizeof(pem));
	pem.len = strlen(text);
	assert_in_range(pem.len, 0, PEM_MAX);
	memcpy(pem.b, text, pem.len);
	return pem;
}

static struct pem
made(enum pemkey_kind kind, unsigned bits)
{
	char text[PEMKEY_MAX];

	(void)pemkey_make(kind, bits, text);
	return pem_of(text);
}

/* base64url without padding; the length, or -1. */
static int
decode(const char *in, size_t len, unsigned char *out)
{
	char text[2048];
	int n;

	if (len % 4 == 1 || len + 4 > sizeof(text))
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (strchr("+/=", in[i]) != NULL)
			return -1;
		text[i] = in[i] == '-' ? '+' : in[i];
		text[i] = in[i] == '_' ? '/' : text[i];
	}
	memset(text + len, '=', 4);
	n = EVP_DecodeBlock(
	    out, (const unsigned char *)text, (int)((len + 3) / 4 * 4));
	return n < 0 ? -1 : n - (int)((4 - len % 4) % 4);
}

static void
assert_part(const char *part, size_t len, const char *want)
{
	unsigned char out[2048];

	assert_int_equal(decode(part, len, out), strlen(want));
	assert_memory_equal(out, want, strlen(want));
}

static bool
verifies(const struct pem *pem, const char *token)
{
	const char *cause, *dot = strrchr(token, '.');
	EVP_PKEY *key = private_key_read(pem, false, &cause);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char signature[2048];
	int len = decode(dot + 1, strlen(dot + 1), signature);
	int ok;

	assert_non_null(key);
	assert_true(len > 0);
	assert_int_equal(
	    EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key), 1);
	ok = EVP_DigestVerify(md, signature, (size_t)len,
	    (const unsigned char *)token, (size_t)(dot - token));
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	return ok == 1;
}

static void
a_token_has_three_parts(void **state)
{
	const struct pem pem = made(PEMKEY_RSA, 2048);
	char token[HTTP_TOKEN_MAX + 1];
	const char *first, *second;

	(void)state;
	assert_int_equal(http_auth_make_jwt(&pem, NULL, CLAIMS, token), 0);
	first = strchr(token, '.');
	assert_non_null(first);
	second = strchr(first + 1, '.');
	assert_non_null(second);
	assert_null(strchr(second + 1, '.'));
	assert_part(token, (size_t)(first - token),
	    "{\"alg\":\"RS256\",\"typ\":\"JWT\"}");
	assert_part(first + 1, (size_t)(second - first - 1), CLAIMS);
	assert_true(verifies(&pem, token));
	token[5] ^= 1;
	assert_false(verifies(&pem, token));
	assert_int_equal(http_auth_make_jwt(&pem, "k-1", CLAIMS, token), 0);
	first = strchr(token, '.');
	assert_part(token, (size_t)(first - token),
	    "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"k-1\"}");
}

/* Claims of each length: with no, one and two bytes in the last group. */
static void
claims_of_any_length_are_encoded(void **state)
{
	const struct pem pem = made(PEMKEY_PKCS1, 2048);
	char token[HTTP_TOKEN_MAX + 1], claims[16];
	const char *first, *second;

	(void)state;
	for (int n = 0; n < 12; n++) {
		(void)snprintf(claims, sizeof(claims), "%.*s", n,
		    "\xff\xfe\xfd>?\x01xyz{}~");
		assert_int_equal(
		    http_auth_make_jwt(&pem, NULL, claims, token), 0);
		first = strchr(token, '.');
		second = strrchr(token, '.');
		assert_part(first + 1, (size_t)(second - first - 1), claims);
		assert_true(verifies(&pem, token));
	}
}

static void
the_largest_key_fits(void **state)
{
	const struct pem pem = made(PEMKEY_RSA, PRIVATE_KEY_BITS_MAX);
	char token[HTTP_TOKEN_MAX + 1], claims[JWT_CLAIMS_MAX + 2];
	char id[JWT_KEY_ID_MAX + 2];

	(void)state;
	memset(claims, 'x', sizeof(claims));
	claims[JWT_CLAIMS_MAX] = '\0';
	memset(id, 'k', sizeof(id));
	id[JWT_KEY_ID_MAX] = '\0';
	assert_int_equal(http_auth_make_jwt(&pem, id, claims, token), 0);
	assert_true(verifies(&pem, token));
	id[JWT_KEY_ID_MAX] = 'k';
	id[JWT_KEY_ID_MAX + 1] = '\0';
	assert_int_equal(http_auth_make_jwt(&pem, id, claims, token), -1);
	claims[JWT_CLAIMS_MAX] = 'x';
	claims[JWT_CLAIMS_MAX + 1] = '\0';
	assert_int_equal(http_auth_make_jwt(&pem, NULL, claims, token), -1);
	assert_string_equal(token, "");
}

static void
assert_no_key(const struct pem *pem, const char *words)
{
	char token[HTTP_TOKEN_MAX + 1] = "x";
	const char *cause = NULL;

	assert_null(private_key_read(pem, false, &cause));
	assert_non_null(cause);
	if (strstr(cause, words) == NULL)
		fail_msg("\"%s\", not \"%s\"", cause, words);
	assert_int_equal(http_auth_make_jwt(pem, NULL, CLAIMS, token), -1);
	assert_string_equal(token, "");
}

static void
what_is_no_key_says_so(void **state)
{
	struct pem pem = made(PEMKEY_RSA, 1024);

	(void)state;
	assert_no_key(&pem, "another size than 2048 to 4096");
	pem = made(PEMKEY_EC, 0);
	assert_no_key(&pem, "not RSA");
	pem = made(PEMKEY_PUBLIC, 2048);
	assert_no_key(&pem, "no private key in PEM form");
	pem = pem_of("");
	assert_no_key(&pem, "no private key");
	pem = pem_of("Sup3rS3cret\n");
	assert_no_key(&pem, "no private key");
	pem = made(PEMKEY_RSA, 2048);
	pem.len /= 2;
	assert_no_key(&pem, "no private key");
}

/* It must neither hang at a terminal nor take an empty passphrase. */
static void
a_locked_key_asks_nobody(void **state)
{
	struct pem pem = made(PEMKEY_LOCKED, 2048);

	(void)state;
	assert_no_key(&pem, "locked by a passphrase");
	assert_no_key(&pem, "openssl pkey");
}

UNIT_TESTS(test_jwt)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_has_three_parts),
		cmocka_unit_test(claims_of_any_length_are_encoded),
		cmocka_unit_test(the_largest_key_fits),
		cmocka_unit_test(what_is_no_key_says_so),
		cmocka_unit_test(a_locked_key_asks_nobody),
	};

	return cmocka_run_group_tests_name("jwt", tests, NULL, NULL);
}
