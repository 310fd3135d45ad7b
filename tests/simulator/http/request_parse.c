/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads credentials and fields out of a vendor API request. */
#include "tests/simulator/http/request_parse.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <gnutls/gnutls.h>

#include "tests/simulator/http/request.h"
#include "tests/simulator/http/request_json.h"

static void
parse_pairs(struct sim_request *req, const char *s, enum request_source source)
{
	struct request_field *f;
	char key[sizeof(f->name)];
	size_t len, name;

	for (; *s != '\0'; s += len + (s[len] == '&')) {
		len = strcspn(s, "&");
		name = strcspn(s, "=&");
		if (name == 0 ||
		    request_decode(s, name, true, key, sizeof(key)) == -1)
			continue;
		f = request_add(req, key, source);
		if (f == NULL || name == len)
			continue;
		if (request_decode(s + name + 1, len - name - 1, true, f->value,
			sizeof(f->value)) == -1)
			f->bad = true;
	}
}

/* base64(key:secret): 0, or -1 when it is not that. */
static int
parse_basic(struct sim_request *req, const char *text)
{
	const gnutls_datum_t in = { (unsigned char *)(uintptr_t)text,
		(unsigned int)strlen(text) };
	gnutls_datum_t out = { 0 };
	const char *colon;
	int rc = -1;

	if (gnutls_base64_decode2(&in, &out) < 0)
		return -1;
	colon = memchr(out.data, ':', out.size);
	if (colon != NULL && memchr(out.data, '\0', out.size) == NULL) {
		const size_t key = (size_t)(colon - (char *)out.data);
		const size_t secret = out.size - key - 1;

		if (key < sizeof(req->key) && secret < sizeof(req->secret)) {
			memcpy(req->key, out.data, key);
			memcpy(req->secret, colon + 1, secret);
			rc = 0;
		}
	}
	explicit_bzero(out.data, out.size);
	gnutls_free(out.data);
	return rc;
}

static int
parse_bearer(struct sim_request *req, const char *token)
{
	const size_t n = strlen(token);

	if (n == 0 || n >= sizeof(req->secret) || strchr(token, ' ') != NULL)
		return -1;
	memcpy(req->secret, token, n + 1);
	return 0;
}

static void
parse_header(struct sim_request *req)
{
	if (strncasecmp(req->auth, "Basic ", 6) == 0) {
		req->scheme = REQUEST_BASIC;
		req->bad_auth = parse_basic(req, req->auth + 6) == -1;
	} else if (strncasecmp(req->auth, "Bearer ", 7) == 0) {
		req->scheme = REQUEST_BEARER;
		req->bad_auth = parse_bearer(req, req->auth + 7) == -1;
	} else if (req->auth[0] != '\0') {
		req->scheme = REQUEST_OTHER_AUTH;
	} else if (req->authy_key[0] != '\0') {
		req->scheme = REQUEST_OTHER_AUTH;
		memcpy(req->key, req->authy_key, sizeof(req->key));
	}
}

/* The key pair as parameters counts when there is no header. */
static void
parse_parameters(struct sim_request *req)
{
	const struct request_field *key = request_field(req, "api_key");
	const struct request_field *secret = request_field(req, "api_secret");
	const enum request_scheme by_source[] = {
		[REQUEST_FROM_QUERY] = REQUEST_QUERY_AUTH,
		[REQUEST_FROM_FORM] = REQUEST_FORM_AUTH,
		[REQUEST_FROM_JSON] = REQUEST_JSON_AUTH,
	};

	if (req->scheme != REQUEST_NO_AUTH || (key == NULL && secret == NULL))
		return;
	req->scheme = by_source[key != NULL ? key->source : secret->source];
	if (key != NULL)
		snprintf(req->key, sizeof(req->key), "%.127s", key->value);
	if (secret != NULL)
		snprintf(req->secret, sizeof(req->secret), "%s", secret->value);
	req->bad_auth =
	    (key != NULL && key->bad) || (secret != NULL && secret->bad);
}

void
request_parse(struct sim_request *req)
{
	parse_header(req);
	parse_pairs(req, req->query, REQUEST_FROM_QUERY);
	if (strcmp(req->content_type, "application/x-www-form-urlencoded") == 0)
		parse_pairs(req, req->body, REQUEST_FROM_FORM);
	else if (strcmp(req->content_type, "application/json") == 0)
		request_json(req);
	parse_parameters(req);
}
