/* SPDX-License-Identifier: BSD-2-Clause */
/* Judges the signed tokens (JWT, RS256) of Vonage's applications. */
#include "tests/simulator/vonage/v2_jwt.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "tests/simulator/core/creds.h"

enum {
	JWT_SKEW_S = 30,
	JWT_LIFE_MAX_S = 24 * 3600,
	JWT_USED_MAX = 1024, /* remembered, the newest */
};

/* The pieces of a token and what they say. */
struct jwt {
	gnutls_datum_t signed_part; /* points into the token */
	gnutls_datum_t signature;   /* gnutls_free */
	cJSON *header, *claims;
};

static char used[JWT_USED_MAX][128]; /* jti */
static size_t used_count;

void
jwt_reset(void)
{
	used_count = 0; /* what is behind it is not looked at */
}

/* base64url without padding: 0, or -1. The caller frees out->data. */
static int
decode(const char *s, size_t n, gnutls_datum_t *out)
{
	gnutls_datum_t in = { calloc(1, n + 4), (unsigned int)n };
	int rc = -1;

	if (in.data == NULL)
		return -1;
	memcpy(in.data, s, n);
	for (size_t i = 0; i < n; i++) {
		if (strchr("+/=", in.data[i]) != NULL)
			goto out;
		in.data[i] = in.data[i] == '-' ? '+' : in.data[i];
		in.data[i] = in.data[i] == '_' ? '/' : in.data[i];
	}
	while (in.size % 4 != 0)
		in.data[in.size++] = '=';
	rc = gnutls_base64_decode2(&in, out) < 0 ? -1 : 0;
out:
	free(in.data);
	return rc;
}

static cJSON *
decode_json(const char *s, size_t n)
{
	gnutls_datum_t text = { 0 };
	cJSON *o = NULL;

	if (n == 0 || decode(s, n, &text) == -1)
		return NULL;
	o = cJSON_ParseWithLength((char *)text.data, text.size);
	gnutls_free(text.data);
	return o;
}

static bool
split(const char *token, struct jwt *j)
{
	const char *first = strchr(token, '.');
	const char *second = first != NULL ? strchr(first + 1, '.') : NULL;

	if (second == NULL || second[1] == '\0' ||
	    strchr(second + 1, '.') != NULL)
		return false;
	j->header = decode_json(token, (size_t)(first - token));
	j->claims = decode_json(first + 1, (size_t)(second - first - 1));
	j->signed_part.data = (unsigned char *)(uintptr_t)token;
	j->signed_part.size = (unsigned int)(second - token);
	return decode(second + 1, strlen(second + 1), &j->signature) == 0 &&
	    cJSON_IsObject(j->header) && cJSON_IsObject(j->claims);
}

static const char *
text(const cJSON *o, const char *name)
{
	const char *s =
	    cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));

	return s != NULL ? s : "";
}

static bool
signed_by(const char *path, const struct jwt *j)
{
	gnutls_datum_t pem = { 0 };
	gnutls_pubkey_t key = NULL;
	bool good = false;

	if (gnutls_load_file(path, &pem) < 0)
		return false;
	if (gnutls_pubkey_init(&key) == 0 &&
	    gnutls_pubkey_import(key, &pem, GNUTLS_X509_FMT_PEM) == 0)
		good = gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_RSA_SHA256,
			   0, &j->signed_part, &j->signature) >= 0;
	gnutls_pubkey_deinit(key);
	gnutls_free(pem.data);
	return good;
}

/* True for a jti that no token had before, which is then remembered. */
static bool
is_new(const char *jti)
{
	if (jti[0] == '\0' || strlen(jti) >= sizeof(used[0]))
		return false;
	for (size_t i = 0; i < used_count && i < JWT_USED_MAX; i++)
		if (strcmp(used[i], jti) == 0)
			return false;
	snprintf(used[used_count++ % JWT_USED_MAX], sizeof(used[0]), "%s", jti);
	return true;
}

static enum jwt_verdict
judge_times(const cJSON *claims)
{
	const cJSON *iat = cJSON_GetObjectItemCaseSensitive(claims, "iat");
	const cJSON *exp = cJSON_GetObjectItemCaseSensitive(claims, "exp");
	const double now = (double)time(NULL);

	if (!cJSON_IsNumber(iat) || !cJSON_IsNumber(exp) ||
	    iat->valuedouble > now + JWT_SKEW_S ||
	    exp->valuedouble > iat->valuedouble + JWT_LIFE_MAX_S)
		return JWT_BAD;
	return exp->valuedouble > now ? JWT_GOOD : JWT_EXPIRED;
}

/* Against the credentials file, where there is one. */
static enum jwt_verdict
judge(const struct jwt *j, const char *app)
{
	bool listed;
	const char *path = creds_secret("vonage-jwt", app, &listed);
	enum jwt_verdict times;

	if (!listed)
		return JWT_GOOD;
	if (path == NULL || !signed_by(path, j))
		return JWT_BAD;
	times = judge_times(j->claims);
	if (times != JWT_GOOD)
		return times;
	return is_new(text(j->claims, "jti")) ? JWT_GOOD : JWT_BAD;
}

enum jwt_verdict
jwt_judge(const char *token, char *app, size_t size)
{
	struct jwt j = { 0 };
	enum jwt_verdict verdict = JWT_BAD;

	if (split(token, &j) && strcmp(text(j.header, "alg"), "RS256") == 0) {
		snprintf(app, size, "%s", text(j.claims, "application_id"));
		verdict = judge(&j, app);
	}
	gnutls_free(j.signature.data);
	cJSON_Delete(j.header);
	cJSON_Delete(j.claims);
	return verdict;
}
