/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/net/jwt.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#include "lib/settings/settings.h"

/* The text so far; full: something did not fit. */
struct text {
	char *b;
	size_t used, cap;
	bool full;
};

static void
put(struct text *t, char c)
{
	if (t->used + 1 >= t->cap) {
		t->full = true;
		return;
	}
	t->b[t->used++] = c;
	t->b[t->used] = '\0';
}

/* RFC 4648 section 5, without padding. */
static void
put_base64url(struct text *t, const unsigned char *in, size_t len)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned long group;
	size_t left;

	for (size_t i = 0; i < len; i += 3) {
		left = len - i;
		group = (unsigned long)in[i] << 16;
		if (left > 1)
			group |= (unsigned long)in[i + 1] << 8;
		if (left > 2)
			group |= in[i + 2];
		put(t, digits[group >> 18]);
		put(t, digits[group >> 12 & 63]);
		if (left > 1)
			put(t, digits[group >> 6 & 63]);
		if (left > 2)
			put(t, digits[group & 63]);
	}
}

/* The length of the signature, or 0. */
static size_t
sign(EVP_PKEY *key, const struct text *t,
    unsigned char out[RSA_KEY_BITS_MAX / 8])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	size_t len = RSA_KEY_BITS_MAX / 8;

	if (md == NULL ||
	    EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(
		md, out, &len, (const unsigned char *)t->b, t->used) != 1)
		len = 0;
	EVP_MD_CTX_free(md);
	ERR_clear_error();
	return len;
}

static void
put_signature(struct text *t, const struct pem *pem)
{
	unsigned char signature[RSA_KEY_BITS_MAX / 8];
	const char *cause;
	EVP_PKEY *key = rsa_key_read(pem, &cause);
	size_t len = key != NULL && !t->full ? sign(key, t, signature) : 0;

	EVP_PKEY_free(key);
	put(t, '.');
	put_base64url(t, signature, len);
	if (len == 0)
		t->full = true;
	explicit_bzero(signature, sizeof(signature));
}

int
jwt_rs256(const struct pem *key, const char *claims, char *out, size_t cap)
{
	static const char header[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\"}";
	const size_t len = strlen(claims);
	struct text t = { .b = out, .cap = cap };

	out[0] = '\0';
	if (len > JWT_CLAIMS_MAX)
		return -1;
	put_base64url(&t, (const unsigned char *)header, sizeof(header) - 1);
	put(&t, '.');
	put_base64url(&t, (const unsigned char *)claims, len);
	put_signature(&t, key);
	if (!t.full)
		return 0;
	explicit_bzero(out, cap);
	return -1;
}
