/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes that we make and check ourselves. */
#include "helper/verification/own_code.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "lib/system/system.h"

#define CODE_MAX 10
/* The largest multiple of ten in a byte: using higher values would make some
 * digits likelier. */
#define BYTE_LIMIT 250

static int
digit(char *out)
{
	unsigned char byte;

	do {
		if (getrandom(&byte, sizeof(byte), 0) != 1)
			return -1;
	} while (byte >= BYTE_LIMIT);
	*out = (char)('0' + byte % 10);
	explicit_bzero(&byte, sizeof(byte));
	return 0;
}

int
own_code_make(unsigned digits, char *out)
{
	unsigned i;

	for (i = 0; i < digits; i++)
		if (digit(&out[i]) != 0) {
			explicit_bzero(out, digits);
			return -1;
		}
	out[digits] = '\0';
	return 0;
}

int
own_code_verifier(const unsigned char key[HOST_KEY_LEN], const char *user,
    const char *id, const char *code, unsigned char out[OWN_CODE_VERIFIER_LEN])
{
	/* "code" separates this from the decoys' use of the same key, which
	 * takes a bare name */
	char text[sizeof("code\n\n\n") + OWN_CODE_USER_MAX + NONCE_LEN +
	    CODE_MAX];
	int n =
	    snprintf(text, sizeof(text), "code\n%s\n%s\n%s", user, id, code);
	int rc = -1;

	/* shortened texts of two codes could be equal */
	if (n >= 0 && (size_t)n < sizeof(text)) {
		host_key_hmac(key, text, out);
		rc = 0;
	}
	explicit_bzero(text, sizeof(text));
	return rc;
}

bool
own_code_equal(const unsigned char a[OWN_CODE_VERIFIER_LEN],
    const unsigned char b[OWN_CODE_VERIFIER_LEN])
{
	return CRYPTO_memcmp(a, b, OWN_CODE_VERIFIER_LEN) == 0;
}
