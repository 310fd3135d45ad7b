/* SPDX-License-Identifier: BSD-2-Clause */
/* Passwords of roles, and their verifiers. */
#include "twofactl/fleet/scram_verifier.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "lib/values/values.h"

#define KEY SHA256_DIGEST_LENGTH
#define BASE64(len) (((len) + 2) / 3 * 4 + 1)

int
scram_password(char out[SCRAM_PASSWORD_LEN + 1])
{
	unsigned char bytes[SCRAM_PASSWORD_LEN / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -1;
	hex_text(bytes, sizeof(bytes), out);
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

static int
hmac(const unsigned char key[KEY], const char *text, unsigned char out[KEY])
{
	unsigned len = KEY;

	return HMAC(EVP_sha256(), key, KEY, (const unsigned char *)text,
		   strlen(text), out, &len) != NULL
	    ? 0
	    : -1;
}

int
scram_verifier_of(const char *password, const unsigned char *salt,
    size_t salt_len, unsigned rounds, char out[SCRAM_VERIFIER_MAX])
{
	unsigned char salted[KEY], client[KEY], stored[KEY], server[KEY];
	unsigned char text[3][BASE64(KEY)];
	int rc = -1;

	if (salt_len <= KEY &&
	    PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt,
		(int)salt_len, (int)rounds, EVP_sha256(), KEY, salted) == 1 &&
	    hmac(salted, "Client Key", client) == 0 &&
	    EVP_Digest(client, KEY, stored, NULL, EVP_sha256(), NULL) == 1 &&
	    hmac(salted, "Server Key", server) == 0) {
		(void)EVP_EncodeBlock(text[0], salt, (int)salt_len);
		(void)EVP_EncodeBlock(text[1], stored, KEY);
		(void)EVP_EncodeBlock(text[2], server, KEY);
		snprintf(out, SCRAM_VERIFIER_MAX, "SCRAM-SHA-256$%u:%s$%s:%s",
		    rounds, (char *)text[0], (char *)text[1], (char *)text[2]);
		rc = 0;
	}
	explicit_bzero(salted, sizeof(salted));
	explicit_bzero(client, sizeof(client));
	return rc;
}

int
scram_verifier(const char *password, char out[SCRAM_VERIFIER_MAX])
{
	unsigned char salt[SCRAM_SALT_LEN];

	if (getrandom(salt, sizeof(salt), 0) != (ssize_t)sizeof(salt))
		return -1;
	errno = ENOMEM; /* all that can go wrong from here */
	return scram_verifier_of(password, salt, sizeof(salt), 1, out);
}
