/* SPDX-License-Identifier: BSD-2-Clause */
/* Credentials of a request: HTTP Basic, Bearer, and a JWT with RS256. */
#include "helper/net/net.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "helper/net/net_inside.h"
#include "lib/settings/settings.h"

#define PAIR_MAX 384       /* user, ":" and secret, with NUL */
#define TOKEN_PART_MAX 512 /* length limit of a part of a token */
_Static_assert(
    TOKEN_PART_MAX >= JWT_CLAIMS_MAX && TOKEN_PART_MAX >= RSA_KEY_BITS_MAX / 8,
    "claims and signature fit");

/* The token so far; full if something did not fit. */
struct token {
	char *b;
	size_t used, cap;
	bool full;
};

static void
put_char_of_token(struct token *t, char c)
{
	if (t->used + 1 >= t->cap) {
		t->full = true;
		return;
	}
	t->b[t->used++] = c;
	t->b[t->used] = '\0';
}

/* RFC 4648 section 5, without padding; len is at most TOKEN_PART_MAX. */
static void
put_base64url(struct token *t, const unsigned char *in, size_t len)
{
	char digits[(TOKEN_PART_MAX + 2) / 3 * 4 + 1];

	(void)EVP_EncodeBlock((unsigned char *)digits, in, (int)len);
	for (char *c = digits; *c != '\0' && *c != '='; c++) {
		if (*c == '+')
			*c = '-';
		if (*c == '/')
			*c = '_';
		put_char_of_token(t, *c);
	}
	explicit_bzero(digits, sizeof(digits));
}

/* Returns the length of the signature, or 0. */
static size_t
sign_token(EVP_PKEY *key, const struct token *t,
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
put_signature(struct token *t, const struct pem *pem)
{
	unsigned char signature[RSA_KEY_BITS_MAX / 8];
	const char *cause;
	EVP_PKEY *key = rsa_key_read(pem, &cause);
	size_t len =
	    key != NULL && !t->full ? sign_token(key, t, signature) : 0;

	EVP_PKEY_free(key);
	put_char_of_token(t, '.');
	put_base64url(t, signature, len);
	if (len == 0)
		t->full = true;
	explicit_bzero(signature, sizeof(signature));
}

int
http_auth_make_jwt(
    const struct pem *key, const char *claims, char *out, size_t cap)
{
	static const char header[] = "{\"alg\":\"RS256\",\"typ\":\"JWT\"}";
	const size_t len = strlen(claims);
	struct token t = { .b = out, .cap = cap };

	out[0] = '\0';
	if (len > JWT_CLAIMS_MAX)
		return -1;
	put_base64url(&t, (const unsigned char *)header, sizeof(header) - 1);
	put_char_of_token(&t, '.');
	put_base64url(&t, (const unsigned char *)claims, len);
	put_signature(&t, key);
	if (!t.full)
		return 0;
	explicit_bzero(out, cap);
	return -1;
}

static bool
is_printable(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	return true;
}

int
http_auth_basic(
    const char *user, const struct secret *secret, char out[HTTP_AUTH_MAX])
{
	static const char scheme[] = "Authorization: Basic ";
	char pair[PAIR_MAX];
	int n;
	int result = -1;

	/* A colon would end the user. */
	if (strchr(user, ':') != NULL || !is_printable(user))
		return -1;
	n = snprintf(pair, sizeof(pair), "%s:%s", user, secret->b);
	if (n < 0 || (size_t)n >= sizeof(pair))
		goto out;
	memcpy(out, scheme, sizeof(scheme));
	(void)EVP_EncodeBlock((unsigned char *)out + sizeof(scheme) - 1,
	    (const unsigned char *)pair, n);
	result = 0;
out:
	explicit_bzero(pair, sizeof(pair));
	return result;
}

static int
bearer(const struct http_request *req, char out[HTTP_AUTH_MAX])
{
	const char *token =
	    req->auth_token[0] != '\0' ? req->auth_token : req->auth_secret->b;
	const int n =
	    snprintf(out, HTTP_AUTH_MAX, "Authorization: Bearer %s", token);

	return n > 0 && n < HTTP_AUTH_MAX ? 0 : -1;
}

static int
named_header(const struct http_request *req, char out[HTTP_AUTH_MAX])
{
	const int n = snprintf(out, HTTP_AUTH_MAX, "%s: %s", req->auth_header,
	    req->auth_secret->b);

	return n > 0 && n < HTTP_AUTH_MAX ? 0 : -1;
}

int
http_auth_header(const struct http_request *req, char out[HTTP_AUTH_MAX])
{
	int result;

	out[0] = '\0';
	if (req->auth_token[0] != '\0')
		return is_printable(req->auth_token) ? bearer(req, out) : -1;
	if (req->auth_secret == NULL)
		return 0;
	if (req->auth_secret->len == 0 || !is_printable(req->auth_secret->b))
		return -1;
	if (req->auth_user != NULL)
		result = http_auth_basic(req->auth_user, req->auth_secret, out);
	else
		result = req->auth_header != NULL ? named_header(req, out)
						  : bearer(req, out);
	if (result == -1)
		explicit_bzero(out, HTTP_AUTH_MAX);
	return result;
}
