/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A security key in software, as OpenSSH's SecurityKeyProvider: sshd cannot
 * tell it from one in hardware. The interface is OpenSSH's for such libraries,
 * version 10; what is signed stands in its PROTOCOL.u2f. Ed25519 alone; the key
 * handle is the private key. SOFTKEY_FLAGS=1 are the flags that it claims,
 * whatever is asked: 1 touched, 4 a PIN was given. Without it the PIN of a key
 * that was made with verify-required is PIN.
 */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define VERSION 0x000a0000
#define ED25519 1
#define FLAG_PIN 4
#define FAILED (-1)
#define UNSUPPORTED (-2)
#define PIN_NEEDED (-3)
#define PIN "1234"
#define KEY_LEN 32
#define SIGNATURE_LEN 64

struct enrolled {
	uint8_t flags;
	uint8_t *public_key;
	size_t public_key_len;
	uint8_t *handle;
	size_t handle_len;
	uint8_t *signature;
	size_t signature_len;
	uint8_t *cert;
	size_t cert_len;
	uint8_t *authdata;
	size_t authdata_len;
};

struct signature {
	uint8_t flags;
	uint32_t counter;
	uint8_t *r;
	size_t r_len;
	uint8_t *s;
	size_t s_len;
};

uint32_t sk_api_version(void);
int sk_enroll(uint32_t alg, const uint8_t *challenge, size_t len,
    const char *application, uint8_t flags, const char *pin, void **options,
    struct enrolled **out);
int sk_sign(uint32_t alg, const uint8_t *data, size_t len,
    const char *application, const uint8_t *handle, size_t handle_len,
    uint8_t flags, const char *pin, void **options, struct signature **out);
int sk_load_resident_keys(
    const char *pin, void **options, void ***keys, size_t *count);

uint32_t
sk_api_version(void)
{
	return VERSION;
}

int
sk_enroll(uint32_t alg, const uint8_t *challenge, size_t len,
    const char *application, uint8_t flags, const char *pin, void **options,
    struct enrolled **out)
{
	struct enrolled *e = calloc(1, sizeof(*e));
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	(void)challenge, (void)len, (void)application;
	(void)pin, (void)options;
	if (alg != ED25519)
		return UNSUPPORTED;
	if (e == NULL || key == NULL)
		return FAILED;
	e->flags = flags;
	e->public_key_len = e->handle_len = KEY_LEN;
	e->public_key = malloc(KEY_LEN);
	e->handle = malloc(KEY_LEN);
	if (EVP_PKEY_get_raw_public_key(
		key, e->public_key, &e->public_key_len) != 1 ||
	    EVP_PKEY_get_raw_private_key(key, e->handle, &e->handle_len) != 1)
		return FAILED;
	EVP_PKEY_free(key);
	*out = e;
	return 0;
}

/* Other at each login, as in hardware. */
static uint32_t
count_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint32_t)(now.tv_sec * 1000 + now.tv_nsec / 1000000);
}

/* SHA-256 of the application, flags, counter, SHA-256 of the message. */
static size_t
signed_text(uint8_t *text, const char *application, const struct signature *s,
    const uint8_t *data, size_t len)
{
	uint8_t *p = text;

	SHA256((const uint8_t *)application, strlen(application), p);
	p += SHA256_DIGEST_LENGTH;
	*p++ = s->flags;
	for (int shift = 24; shift >= 0; shift -= 8)
		*p++ = (uint8_t)(s->counter >> shift);
	SHA256(data, len, p);
	return (size_t)(p - text) + SHA256_DIGEST_LENGTH;
}

int
sk_sign(uint32_t alg, const uint8_t *data, size_t len, const char *application,
    const uint8_t *handle, size_t handle_len, uint8_t flags, const char *pin,
    void **options, struct signature **out)
{
	const char *claims = getenv("SOFTKEY_FLAGS");
	struct signature *s = calloc(1, sizeof(*s));
	uint8_t text[2 * SHA256_DIGEST_LENGTH + 5];
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY *key;
	size_t n;

	(void)options;
	if (alg != ED25519)
		return UNSUPPORTED;
	if (claims == NULL && (flags & FLAG_PIN) != 0 &&
	    (pin == NULL || strcmp(pin, PIN) != 0))
		return PIN_NEEDED;
	key = EVP_PKEY_new_raw_private_key(
	    EVP_PKEY_ED25519, NULL, handle, handle_len);
	if (s == NULL || md == NULL || key == NULL)
		return FAILED;
	s->flags = claims != NULL ? (uint8_t)atoi(claims) : flags;
	s->counter = count_now();
	s->r_len = SIGNATURE_LEN;
	s->r = malloc(SIGNATURE_LEN);
	n = signed_text(text, application, s, data, len);
	if (EVP_DigestSignInit(md, NULL, NULL, NULL, key) != 1 ||
	    EVP_DigestSign(md, s->r, &s->r_len, text, n) != 1)
		return FAILED;
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	*out = s;
	return 0;
}

int
sk_load_resident_keys(
    const char *pin, void **options, void ***keys, size_t *count)
{
	(void)pin, (void)options, (void)keys, (void)count;
	return UNSUPPORTED;
}
