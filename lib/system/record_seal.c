/* SPDX-License-Identifier: BSD-2-Clause */
/* Users' records with AES-256-GCM and HMAC-SHA-256 from libcrypto. */
#include "lib/system/record_seal.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define HEAD RECORD_SEAL_WORD "1:"
#define FOR_SECRETS "twofa secret 1"
#define FOR_RECORDS "twofa record 1"
#define NONCE 12
#define TAG 16
#define RAW_MAX (NONCE + SECRET_MAX + TAG)

_Static_assert(sizeof(HEAD) + (RAW_MAX + 2) / 3 * 4 <= RECORD_SEAL_TEXT_MAX,
    "the longest secret fits");

static int
hmac(const unsigned char *key, const void *bytes, size_t len,
    unsigned char out[RECORD_SEAL_LEN])
{
	unsigned made = 0;

	return HMAC(EVP_sha256(), key, RECORD_SEAL_KEY, bytes, len, out,
		   &made) != NULL &&
		made == RECORD_SEAL_LEN
	    ? 0
	    : -1;
}

bool
record_seal_is(const char *text)
{
	return strncmp(text, RECORD_SEAL_WORD, strlen(RECORD_SEAL_WORD)) == 0;
}

/* One key for each purpose. The context, or NULL. */
static EVP_CIPHER_CTX *
begin(const unsigned char *key, const unsigned char nonce[NONCE],
    const char *whose, int encrypts)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	unsigned char own[RECORD_SEAL_LEN];
	int len;

	if (c == NULL ||
	    hmac(key, FOR_SECRETS, strlen(FOR_SECRETS), own) != 0 ||
	    EVP_CipherInit_ex(
		c, EVP_aes_256_gcm(), NULL, own, nonce, encrypts) != 1 ||
	    EVP_CipherUpdate(c, NULL, &len, (const unsigned char *)FOR_SECRETS,
		(int)sizeof(FOR_SECRETS)) != 1 ||
	    EVP_CipherUpdate(c, NULL, &len, (const unsigned char *)whose,
		(int)strlen(whose)) != 1) {
		EVP_CIPHER_CTX_free(c);
		c = NULL;
	}
	explicit_bzero(own, sizeof(own));
	return c;
}

int
record_seal_secret(const unsigned char key[RECORD_SEAL_KEY], const char *whose,
    const struct secret *secret, char out[RECORD_SEAL_TEXT_MAX])
{
	unsigned char raw[RAW_MAX];
	EVP_CIPHER_CTX *c = NULL;
	int len = 0, rest = 0, rc = -1;

	if (secret->len < 1 || secret->len > SECRET_MAX)
		return -1;
	if (getrandom(raw, NONCE, 0) == NONCE)
		c = begin(key, raw, whose, 1);
	if (c != NULL &&
	    EVP_CipherUpdate(c, raw + NONCE, &len,
		(const unsigned char *)secret->b, (int)secret->len) == 1 &&
	    EVP_CipherFinal_ex(c, raw + NONCE + len, &rest) == 1 &&
	    EVP_CIPHER_CTX_ctrl(
		c, EVP_CTRL_GCM_GET_TAG, TAG, raw + NONCE + secret->len) == 1) {
		memcpy(out, HEAD, sizeof(HEAD));
		(void)EVP_EncodeBlock((unsigned char *)out + strlen(HEAD), raw,
		    (int)(NONCE + secret->len + TAG));
		rc = 0;
	}
	EVP_CIPHER_CTX_free(c);
	return rc;
}

/* The number of bytes, or -1: not a text from record_seal_secret. */
static int
read_text(const char *text, unsigned char raw[RAW_MAX + 3])
{
	const char *code = text + strlen(HEAD);
	const size_t len = strlen(text);
	int n;

	if (len >= RECORD_SEAL_TEXT_MAX ||
	    strncmp(text, HEAD, strlen(HEAD)) != 0 || strlen(code) % 4 != 0 ||
	    strlen(code) / 4 * 3 > RAW_MAX + 2)
		return -1;
	n = EVP_DecodeBlock(
	    raw, (const unsigned char *)code, (int)strlen(code));
	for (size_t i = len; n > 0 && text[i - 1] == '=' && len - i < 2; i--)
		n--;
	return n > NONCE + TAG && n <= RAW_MAX ? n : -1;
}

int
record_seal_open(const unsigned char key[RECORD_SEAL_KEY], const char *whose,
    const char *text, struct secret *secret)
{
	unsigned char raw[RAW_MAX + 3];
	EVP_CIPHER_CTX *c = NULL;
	int len = 0, rest = 0, n = read_text(text, raw), rc = -1;

	memset(secret, 0, sizeof(*secret));
	if (n > 0)
		c = begin(key, raw, whose, 0);
	n -= NONCE + TAG;
	if (c != NULL &&
	    EVP_CipherUpdate(
		c, (unsigned char *)secret->b, &len, raw + NONCE, n) == 1 &&
	    EVP_CIPHER_CTX_ctrl(
		c, EVP_CTRL_GCM_SET_TAG, TAG, raw + NONCE + n) == 1 &&
	    EVP_CipherFinal_ex(c, (unsigned char *)secret->b + len, &rest) == 1)
		rc = 0;
	if (rc == 0)
		secret->len = (size_t)n;
	else
		explicit_bzero(secret, sizeof(*secret));
	EVP_CIPHER_CTX_free(c);
	return rc;
}

int
record_seal_make(const unsigned char key[RECORD_SEAL_KEY], const char *user,
    const char *text, unsigned char seal[RECORD_SEAL_LEN])
{
	const size_t name = strlen(user) + 1, len = strlen(text);
	unsigned char *all = malloc(sizeof(FOR_RECORDS) + name + len + 1);
	int rc = -1;

	if (all == NULL)
		return -1;
	memcpy(all, FOR_RECORDS, sizeof(FOR_RECORDS));
	memcpy(all + sizeof(FOR_RECORDS), user, name);
	memcpy(all + sizeof(FOR_RECORDS) + name, text, len + 1);
	rc = hmac(key, all, sizeof(FOR_RECORDS) + name + len, seal);
	free(all);
	return rc;
}

bool
record_seal_fits(const unsigned char key[RECORD_SEAL_KEY], const char *user,
    const char *text, const unsigned char seal[RECORD_SEAL_LEN])
{
	unsigned char own[RECORD_SEAL_LEN];

	return record_seal_make(key, user, text, own) == 0 &&
	    CRYPTO_memcmp(own, seal, sizeof(own)) == 0;
}

int
record_seal_key(const unsigned char key[RECORD_SEAL_KEY],
    unsigned char mark[RECORD_SEAL_LEN])
{
	return hmac(key, "twofa", strlen("twofa"), mark);
}
