/* SPDX-License-Identifier: BSD-2-Clause */
/* RADIUS packets (RFC 2865, RFC 3579): an Access-Request with PAP, and the
 * answer to it. Pure. */
#include "helper/providers/radius/radius.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#define ATTRIBUTE_MAX 253
#define PASSWORD_MAX 128
#define MAC_LEN 16
/* MD5 is part of the protocol, so it is used where a policy refuses it
 * elsewhere. */
#define ANY_PROVIDER "-fips"

enum {
	USER_NAME = 1,
	USER_PASSWORD = 2,
	SERVICE_TYPE = 6,
	REPLY_MESSAGE = 18,
	STATE = 24,
	CALLING_STATION_ID = 31,
	NAS_IDENTIFIER = 32,
	NAS_PORT_TYPE = 61,
	MESSAGE_AUTHENTICATOR = 80,
};

const char radius_packet_unsigned[] = "no Message-Authenticator";

static bool
md5(const void *first, size_t len, const void *second, size_t second_len,
    unsigned char out[MAC_LEN])
{
	unsigned char all[RADIUS_MAX + SECRET_MAX];
	size_t out_len = 0;
	bool ok;

	if (len + second_len > sizeof(all))
		return false;
	memcpy(all, first, len);
	memcpy(all + len, second, second_len);
	ok = EVP_Q_digest(NULL, "MD5", ANY_PROVIDER, all, len + second_len, out,
		 &out_len) == 1 &&
	    out_len == MAC_LEN;
	explicit_bzero(all, len + second_len);
	return ok;
}

static bool
hmac_md5(const struct secret *secret, const struct radius_packet *p,
    unsigned char out[MAC_LEN])
{
	char digest[] = "MD5", properties[] = ANY_PROVIDER;
	const OSSL_PARAM params[] = { OSSL_PARAM_utf8_string(
					  OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_utf8_string(
		    OSSL_MAC_PARAM_PROPERTIES, properties, 0),
		OSSL_PARAM_END };
	size_t len = 0;

	return EVP_Q_mac(NULL, "HMAC", ANY_PROVIDER, NULL, params, secret->b,
		   secret->len, p->b, p->len, out, MAC_LEN, &len) != NULL &&
	    len == MAC_LEN;
}

static bool
attribute_put(
    struct radius_packet *p, unsigned char type, const void *value, size_t len)
{
	if (len > ATTRIBUTE_MAX || len + 2 > RADIUS_MAX - p->len)
		return false;
	p->b[p->len++] = type;
	p->b[p->len++] = (unsigned char)(len + 2);
	memcpy(p->b + p->len, value, len);
	p->len += len;
	return true;
}

static bool
attribute_put_text(
    struct radius_packet *p, unsigned char type, const char *text)
{
	return text[0] != '\0' && attribute_put(p, type, text, strlen(text));
}

/* RFC 2865, 5.2 */
static bool
attribute_put_code(
    struct radius_packet *p, const char *code, const struct secret *secret)
{
	unsigned char hidden[PASSWORD_MAX] = { 0 }, pad[MAC_LEN] = { 0 };
	const unsigned char *before = p->b + 4;
	const size_t len = strlen(code);
	const size_t all =
	    (len > 0 ? len + MAC_LEN - 1 : MAC_LEN) / MAC_LEN * MAC_LEN;
	bool ok = len <= PASSWORD_MAX;

	for (size_t i = 0; ok && i < len; i++)
		hidden[i] = (unsigned char)code[i];
	for (size_t i = 0; ok && i < all; i += MAC_LEN) {
		ok = md5(secret->b, secret->len, before, MAC_LEN, pad);
		for (size_t k = 0; k < MAC_LEN; k++)
			hidden[i + k] ^= pad[k];
		before = hidden + i;
	}
	ok = ok && attribute_put(p, USER_PASSWORD, hidden, all);
	explicit_bzero(pad, sizeof(pad));
	explicit_bzero(hidden, sizeof(hidden));
	return ok;
}

static bool
attribute_put_state(struct radius_packet *p, const char *hex)
{
	unsigned char state[ATTRIBUTE_MAX];
	const size_t len = strlen(hex) / 2;

	return len == 0 ||
	    (len <= sizeof(state) && hex_parse(hex, state, len) &&
		attribute_put(p, STATE, state, len));
}

static void
set_len(struct radius_packet *p)
{
	p->b[2] = (unsigned char)(p->len >> 8);
	p->b[3] = (unsigned char)p->len;
}

int
radius_packet_build(struct radius_packet *p, const struct radius_question *q,
    const struct secret *secret, const unsigned char random[RADIUS_RANDOM])
{
	static const unsigned char zero[MAC_LEN];
	static const unsigned char authenticate_only[] = { 0, 0, 0, 8 };
	static const unsigned char virtual[] = { 0, 0, 0, 5 };
	unsigned char id = 0;

	/* unknown to all who have not seen the packet */
	for (size_t i = 0; i < RADIUS_RANDOM; i++)
		id ^= random[i];
	p->b[0] = RADIUS_REQUEST;
	p->b[1] = id;
	memcpy(p->b + 4, random, RADIUS_RANDOM);
	p->len = RADIUS_HEAD;
	/* first, as a server should demand since CVE-2024-3596 */
	if (secret->len == 0 ||
	    !attribute_put(p, MESSAGE_AUTHENTICATOR, zero, MAC_LEN) ||
	    !attribute_put_text(p, USER_NAME, q->user) ||
	    !attribute_put_code(p, q->code, secret) ||
	    !attribute_put(p, SERVICE_TYPE, authenticate_only, 4) ||
	    !attribute_put(p, NAS_PORT_TYPE, virtual, 4) ||
	    !attribute_put_text(p, NAS_IDENTIFIER, q->nas) ||
	    (q->address[0] != '\0' &&
		!attribute_put_text(p, CALLING_STATION_ID, q->address)) ||
	    !attribute_put_state(p, q->state))
		return -1;
	set_len(p);
	return hmac_md5(secret, p, p->b + RADIUS_HEAD + 2) ? 0 : -1;
}

/* Finds the Message-Authenticator; 0 without it. */
static const char *
find_mac(const struct radius_packet *p, size_t *at)
{
	*at = 0;
	for (size_t i = RADIUS_HEAD; i < p->len; i += p->b[i + 1]) {
		if (p->len - i < 2 || p->b[i + 1] < 2 ||
		    p->b[i + 1] > p->len - i)
			return "attributes that do not fit";
		if (p->b[i] != MESSAGE_AUTHENTICATOR)
			continue;
		if (*at != 0 || p->b[i + 1] != MAC_LEN + 2)
			return "Message-Authenticator twice, or of another "
			       "length";
		*at = i + 2;
	}
	return NULL;
}

/* c: a copy of p, in which both sums are computed */
static const char *
check_sums(const struct radius_packet *p, struct radius_packet *c,
    const struct radius_packet *asked, const struct secret *secret, bool udp)
{
	const char *wrong;
	unsigned char sum[MAC_LEN];
	size_t at;

	memcpy(c->b + 4, asked->b + 4, RADIUS_RANDOM);
	if (!md5(c->b, c->len, secret->b, secret->len, sum) ||
	    CRYPTO_memcmp(sum, p->b + 4, MAC_LEN) != 0)
		return "wrong Response Authenticator: another secret, or not "
		       "of the server";
	wrong = find_mac(p, &at);
	if (wrong != NULL)
		return wrong;
	if (at == 0)
		return udp ? radius_packet_unsigned : NULL;
	memset(c->b + at, 0, MAC_LEN);
	if (!hmac_md5(secret, c, sum) ||
	    CRYPTO_memcmp(sum, p->b + at, MAC_LEN) != 0)
		return "wrong Message-Authenticator";
	return NULL;
}

static void
add_reply_text(struct radius_answer *a, const unsigned char *text, size_t len)
{
	size_t n = strlen(a->text);

	for (size_t i = 0; i < len && n < RADIUS_TEXT_MAX; i++)
		a->text[n++] =
		    (char)(text[i] >= ' ' && text[i] <= '~' ? text[i] : '?');
	a->text[n] = '\0';
}

const char *
radius_packet_read(const struct radius_packet *got,
    const struct radius_packet *asked, const struct secret *secret, bool udp,
    struct radius_answer *a)
{
	struct radius_packet p = *got, copy;
	const char *wrong;
	unsigned states = 0;
	const size_t len =
	    p.len < RADIUS_HEAD ? 0 : (size_t)p.b[2] << 8 | p.b[3];

	memset(a, 0, sizeof(*a));
	if (len < RADIUS_HEAD || len > p.len || secret->len == 0)
		return "length that does not fit";
	p.len = len; /* what follows is padding (RFC 2865, 3) */
	if (p.b[1] != asked->b[1])
		return "another identifier";
	if (p.b[0] != RADIUS_ACCEPT && p.b[0] != RADIUS_REJECT &&
	    p.b[0] != RADIUS_CHALLENGE)
		return "code of no answer";
	copy = p;
	wrong = check_sums(&p, &copy, asked, secret, udp);
	if (wrong != NULL)
		return wrong;
	for (size_t i = RADIUS_HEAD; i < p.len; i += p.b[i + 1])
		if (p.b[i] == REPLY_MESSAGE)
			add_reply_text(a, p.b + i + 2, p.b[i + 1] - 2u);
		else if (p.b[i] == STATE && states++ == 0)
			hex_text(p.b + i + 2, p.b[i + 1] - 2u, a->state);
	if (states > 1)
		a->state[0] = '\0';
	a->code = (enum radius_code)p.b[0];
	return NULL;
}
