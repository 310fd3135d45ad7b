/* SPDX-License-Identifier: BSD-2-Clause */
/* Credentials of a request: HTTP Basic, Bearer, and a JWT with RS256. */
#include "helper/net/net_inside.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "lib/settings/settings.h"

#define PAIR_MAX 384 /* user, ":" and secret, with NUL */
#define HEADER_MAX (48 + JWT_KEY_ID_MAX)
#define SIGNATURE_MAX (PRIVATE_KEY_BITS_MAX / 8)
#define BASE64_LEN(len) (((len) + 2) / 3 * 4)
_Static_assert(BASE64_LEN(HEADER_MAX) + 1 + BASE64_LEN(JWT_CLAIMS_MAX) + 1 +
	    BASE64_LEN(SIGNATURE_MAX) <=
	HTTP_TOKEN_MAX,
    "every token fits");

/* Appends a part in base64url (RFC 4648 section 5) without padding. Returns the
 * length of the token then. */
static size_t
put_token_part(
    char out[HTTP_TOKEN_MAX + 1], size_t used, const void *in, size_t len)
{
	if (used > 0)
		out[used++] = '.';
	(void)EVP_EncodeBlock((unsigned char *)out + used, in, (int)len);
	for (; out[used] != '\0' && out[used] != '='; used++) {
		if (out[used] == '+')
			out[used] = '-';
		if (out[used] == '/')
			out[used] = '_';
	}
	out[used] = '\0';
	return used;
}

static size_t
sign_token(const struct pem *pem, const char *token, size_t used,
    unsigned char out[SIGNATURE_MAX])
{
	const char *cause;
	EVP_PKEY *key = private_key_read(pem, false, &cause);
	EVP_MD_CTX *md = key != NULL ? EVP_MD_CTX_new() : NULL;
	size_t len = SIGNATURE_MAX;

	if (md == NULL ||
	    EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(md, out, &len, (const unsigned char *)token, used) !=
		1)
		len = 0;
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return len;
}

int
http_auth_make_jwt(const struct pem *key, const char *key_id,
    const char *claims, char out[HTTP_TOKEN_MAX + 1])
{
	const size_t len = strlen(claims);
	unsigned char signature[SIGNATURE_MAX];
	char header[HEADER_MAX];
	size_t used, signed_len;

	out[0] = '\0';
	if (len > JWT_CLAIMS_MAX ||
	    (key_id != NULL && strlen(key_id) > JWT_KEY_ID_MAX))
		return -1;
	PRINT_TO(header, "{\"alg\":\"RS256\",\"typ\":\"JWT\"%s%s%s}",
	    key_id != NULL ? ",\"kid\":\"" : "", key_id != NULL ? key_id : "",
	    key_id != NULL ? "\"" : "");
	used = put_token_part(out, 0, header, strlen(header));
	used = put_token_part(out, used, claims, len);
	signed_len = sign_token(key, out, used, signature);
	if (signed_len > 0)
		(void)put_token_part(out, used, signature, signed_len);
	else
		explicit_bzero(out, used);
	explicit_bzero(signature, sizeof(signature));
	return signed_len > 0 ? 0 : -1;
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
put_header(char out[HTTP_AUTH_MAX], const char *name, const char *value)
{
	const int n = snprintf(out, HTTP_AUTH_MAX, "%s%s%s",
	    name != NULL ? name : "Authorization: Bearer ",
	    name != NULL ? ": " : "", value);

	return n > 0 && n < HTTP_AUTH_MAX ? 0 : -1;
}

int
http_auth_header(const struct http_request *req, char out[HTTP_AUTH_MAX])
{
	int result;

	out[0] = '\0';
	if (req->auth_token[0] != '\0')
		return is_printable(req->auth_token)
		    ? put_header(out, NULL, req->auth_token)
		    : -1;
	if (req->auth_secret == NULL)
		return 0;
	if (req->auth_secret->len == 0 || !is_printable(req->auth_secret->b))
		return -1;
	if (req->auth_user != NULL)
		result = http_auth_basic(req->auth_user, req->auth_secret, out);
	else
		result = put_header(out, req->auth_header, req->auth_secret->b);
	if (result == -1)
		explicit_bzero(out, HTTP_AUTH_MAX);
	return result;
}
