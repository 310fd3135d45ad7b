/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: an answer to a RADIUS request. The first byte says which of its
 * proofs are made right, so that what they protect is reached. Over UDP an
 * answer without our Message-Authenticator is never believed.
 */
#include "helper/providers/radius/radius.h"
#include "tests/fuzz/fuzz.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

static const struct secret secret = { .b = "rehearsal-secret-of-32-octets-00",
	.len = 32 };

/* Makes the Message-Authenticator right, if there is one at this place. */
static void
sign(struct radius_packet *p, const struct radius_packet *asked, bool mac)
{
	struct radius_packet c = *p;
	unsigned len = 16;
	unsigned char *at = c.b + RADIUS_HEAD;
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	memcpy(c.b + 4, asked->b + 4, RADIUS_RANDOM);
	if (mac && c.len >= RADIUS_HEAD + 18 && at[0] == 80 && at[1] == 18) {
		memset(at + 2, 0, 16);
		must(HMAC(EVP_md5(), secret.b, (int)secret.len, c.b, c.len,
			 p->b + RADIUS_HEAD + 2, &len) != NULL,
		    "HMAC");
		memcpy(at + 2, p->b + RADIUS_HEAD + 2, 16);
	}
	must(EVP_DigestInit(md, EVP_md5()) &&
		EVP_DigestUpdate(md, c.b, c.len) &&
		EVP_DigestUpdate(md, secret.b, secret.len) &&
		EVP_DigestFinal(md, p->b + 4, &len),
	    "MD5");
	EVP_MD_CTX_free(md);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct radius_question q = { "alice", "123456", "host",
		"192.0.2.7", "6f6e65" };
	static const unsigned char random[RADIUS_RANDOM] = { 7 };
	static struct radius_packet asked, got;
	struct radius_answer a;
	const unsigned how = size > 0 ? data[0] : 0;
	const bool udp = (how & 4) != 0;
	const char *why;

	if (size < 1 || size - 1 > sizeof(got.b))
		return 0;
	must(radius_packet_build(&asked, &q, &secret, random) == 0, "built");
	got.len = size - 1;
	memcpy(got.b, data + 1, got.len);
	if ((how & 1) != 0 && got.len >= RADIUS_HEAD) {
		got.b[1] = asked.b[1];
		got.b[2] = (unsigned char)(got.len >> 8);
		got.b[3] = (unsigned char)got.len;
		sign(&got, &asked, (how & 2) != 0);
	}
	why = radius_packet_read(&got, &asked, &secret, udp, &a);
	must((why == NULL) == (a.code != 0), "an answer");
	must(why != NULL || (how & 1) != 0, "believed without a proof");
	must(why != NULL || !udp || (how & 2) != 0,
	    "believed without Message-Authenticator");
	must(why != NULL || a.code == got.b[0], "the code");
	must(strlen(a.state) <= RADIUS_STATE_MAX, "a State");
	for (const char *c = a.text; *c != '\0'; c++)
		must(*c >= ' ' && *c <= '~', "printable");
	return 0;
}
