/* SPDX-License-Identifier: BSD-2-Clause */
/* Users' records sealed with AES-256-GCM and HMAC-SHA-256 of libcrypto. */
#include "lib/fleet_records/fleet_records.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <sys/random.h>

#define QUOTE '"'
#define HEAD RECORD_SOURCE_SEALED "1:"
#define FOR_SECRETS "twofa secret 1"
#define FOR_RECORDS "twofa record 1"
#define NONCE 12
#define TAG 16
#define RAW_MAX (NONCE + SECRET_MAX + TAG)

_Static_assert(sizeof(HEAD) + (RAW_MAX + 2) / 3 * 4 <= FLEET_SEAL_TEXT_MAX,
    "the longest secret fits");

/* The next quoted name, which may be a person's. */
static const char *
next_quoted_name(const char *at, char name[USER_NAME_MAX + 1])
{
	while ((at = strchr(at, QUOTE)) != NULL) {
		const size_t len = strcspn(++at, "\"");

		if (len > USER_NAME_MAX)
			continue;
		snprintf(name, USER_NAME_MAX + 1, "%.*s", (int)len, at);
		if (user_name_is_valid(name))
			break;
	}
	return at;
}

/* Tries the owner names of all people in the record, as only the right one
 * opens the secret. */
static int
open_secret(const char *user, const char *text, const char *sealed,
    const unsigned char *key, char owner[OWNER_MAX + 1], struct secret *secret)
{
	char person[USER_NAME_MAX + 1] = "";
	const char *at = text;

	do {
		owner_write(owner, user, person);
		if (fleet_seal_open(key, owner, sealed, secret) == 0)
			return 0;
	} while ((at = next_quoted_name(at, person)) != NULL);
	return -1;
}

int
fleet_reseal(const char *user, char *text,
    const unsigned char old_key[FLEET_SEAL_KEY],
    const unsigned char new_key[FLEET_SEAL_KEY])
{
	char sealed[FLEET_SEAL_TEXT_MAX], owner[OWNER_MAX + 1];
	struct secret secret = { .len = 0 };
	char *at = text;
	int rc = 0;

	while (rc == 0 && (at = strstr(at, RECORD_SOURCE_SEALED)) != NULL) {
		const size_t len = strcspn(at, "\" ");

		if (len >= sizeof(sealed))
			return -1;
		PRINT_TO(sealed, "%.*s", (int)len, at);
		rc = open_secret(user, text, sealed, old_key, owner, &secret);
		if (rc == 0)
			rc = fleet_seal_secret(new_key, owner, &secret, sealed);
		explicit_bzero(&secret, sizeof(secret));
		if (rc == 0 && strlen(sealed) != len)
			rc = -1;
		if (rc == 0)
			memcpy(at, sealed, len);
		at += len;
	}
	return rc;
}

bool
fleet_batch_groups_are_valid(const char *text)
{
	char name[USER_NAME_MAX + 1];

	if (text[0] == '\0')
		return true;
	if (strlen(text) > FLEET_GROUPS_MAX)
		return false;
	for (;; text++) {
		const size_t len = strcspn(text, ",");

		if (len > USER_NAME_MAX)
			return false;
		PRINT_TO(name, "%.*s", (int)len, text);
		if (!user_name_is_valid(name))
			return false;
		text += len;
		if (*text == '\0')
			return true;
	}
}

size_t
fleet_batch_add(char *text, size_t used, const char *user, const char *groups,
    const unsigned char *seal, const char *record)
{
	const size_t left = FRAME_RECORD_MAX + 1 - used;
	char hex[2 * FLEET_SEAL_LEN + 1] = "-";
	int n;

	if (seal != NULL)
		hex_text(seal, FLEET_SEAL_LEN, hex);
	if (groups != NULL && groups[0] == '\0')
		groups = "-";
	n = snprintf(text + used, left, "%s %s %s %zu\n%s", user,
	    groups != NULL ? groups : "=", hex, strlen(record), record);
	if (n > 0 && (size_t)n < left)
		return used + (size_t)n;
	text[used] = '\0';
	return 0;
}

static int
read_head(const char **p, struct fleet_batch *b, size_t *len)
{
	char hex[2 * FLEET_SEAL_LEN + 1], digits[8];
	int64_t bytes;

	if (!text_word_take(p, ' ', b->user, sizeof(b->user)) ||
	    !text_word_take(p, ' ', b->groups, sizeof(b->groups)) ||
	    !text_word_take(p, ' ', hex, sizeof(hex)) ||
	    !text_word_take(p, '\n', digits, sizeof(digits)) ||
	    (bytes = decimal_read(digits, FRAME_RECORD_MAX)) < 0)
		return -1;
	b->keeps_groups = strcmp(b->groups, "=") == 0;
	if (b->keeps_groups || strcmp(b->groups, "-") == 0)
		b->groups[0] = '\0';
	b->had = strcmp(hex, "-") != 0;
	*len = (size_t)bytes;
	return user_name_is_valid(b->user) &&
		fleet_batch_groups_are_valid(b->groups) &&
		(!b->had || hex_parse(hex, b->seal, FLEET_SEAL_LEN))
	    ? 0
	    : -1;
}

int
fleet_batch_read(const char **next, struct fleet_batch *b)
{
	size_t len;

	if (**next == '\0')
		return 0;
	if (read_head(next, b, &len) != 0 || strnlen(*next, len) < len)
		return -1;
	memcpy(b->text, *next, len);
	b->text[len] = '\0';
	*next += len;
	return 1;
}

static int
compute_hmac(const unsigned char *key, const void *bytes, size_t len,
    unsigned char out[FLEET_SEAL_LEN])
{
	unsigned made = 0;

	return HMAC(EVP_sha256(), key, FLEET_SEAL_KEY, bytes, len, out,
		   &made) != NULL &&
		made == FLEET_SEAL_LEN
	    ? 0
	    : -1;
}

/* Secrets have a derived key. Returns the context, or NULL. */
static EVP_CIPHER_CTX *
begin_cipher(const unsigned char *key, const unsigned char nonce[NONCE],
    const char *owner, int encrypts)
{
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	unsigned char derived[FLEET_SEAL_LEN];
	int len;

	if (c == NULL ||
	    compute_hmac(key, FOR_SECRETS, strlen(FOR_SECRETS), derived) != 0 ||
	    EVP_CipherInit_ex(
		c, EVP_aes_256_gcm(), NULL, derived, nonce, encrypts) != 1 ||
	    EVP_CipherUpdate(c, NULL, &len, (const unsigned char *)FOR_SECRETS,
		(int)sizeof(FOR_SECRETS)) != 1 ||
	    EVP_CipherUpdate(c, NULL, &len, (const unsigned char *)owner,
		(int)strlen(owner)) != 1) {
		EVP_CIPHER_CTX_free(c);
		c = NULL;
	}
	explicit_bzero(derived, sizeof(derived));
	return c;
}

int
fleet_seal_secret(const unsigned char key[FLEET_SEAL_KEY], const char *owner,
    const struct secret *secret, char out[FLEET_SEAL_TEXT_MAX])
{
	unsigned char raw[RAW_MAX];
	EVP_CIPHER_CTX *c = NULL;
	int len = 0, rest = 0, rc = -1;

	if (secret->len < 1 || secret->len > SECRET_MAX)
		return -1;
	if (getrandom(raw, NONCE, 0) == NONCE)
		c = begin_cipher(key, raw, owner, 1);
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

/* Returns the number of bytes, or -1 if text is not a sealed secret. */
static int
decode_sealed(const char *text, unsigned char raw[RAW_MAX + 3])
{
	int n;

	if (strlen(text) >= FLEET_SEAL_TEXT_MAX || !text_take(&text, HEAD) ||
	    strlen(text) / 4 * 3 > RAW_MAX + 2)
		return -1;
	n = base64_decode(text, strlen(text), raw);
	return n > NONCE + TAG && n <= RAW_MAX ? n : -1;
}

int
fleet_seal_open(const unsigned char key[FLEET_SEAL_KEY], const char *owner,
    const char *text, struct secret *secret)
{
	unsigned char raw[RAW_MAX + 3];
	EVP_CIPHER_CTX *c = NULL;
	int len = 0, rest = 0, n = decode_sealed(text, raw), rc = -1;

	memset(secret, 0, sizeof(*secret));
	if (n > 0)
		c = begin_cipher(key, raw, owner, 0);
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
fleet_seal_make(const unsigned char key[FLEET_SEAL_KEY], const char *user,
    const char *text, unsigned char seal[FLEET_SEAL_LEN])
{
	const size_t name = strlen(user) + 1, len = strlen(text);
	unsigned char *all = malloc(sizeof(FOR_RECORDS) + name + len + 1);
	int rc = -1;

	if (all == NULL)
		return -1;
	memcpy(all, FOR_RECORDS, sizeof(FOR_RECORDS));
	memcpy(all + sizeof(FOR_RECORDS), user, name);
	memcpy(all + sizeof(FOR_RECORDS) + name, text, len + 1);
	rc = compute_hmac(key, all, sizeof(FOR_RECORDS) + name + len, seal);
	free(all);
	return rc;
}

bool
fleet_seal_fits(const unsigned char key[FLEET_SEAL_KEY], const char *user,
    const char *text, const unsigned char seal[FLEET_SEAL_LEN])
{
	unsigned char expected[FLEET_SEAL_LEN];

	return fleet_seal_make(key, user, text, expected) == 0 &&
	    CRYPTO_memcmp(expected, seal, sizeof(expected)) == 0;
}

int
fleet_seal_key_fingerprint(
    const unsigned char key[FLEET_SEAL_KEY], unsigned char mark[FLEET_SEAL_LEN])
{
	return compute_hmac(key, "twofa", strlen("twofa"), mark);
}
