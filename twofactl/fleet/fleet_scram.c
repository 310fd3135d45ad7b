/* SPDX-License-Identifier: BSD-2-Clause */
/* Passwords of roles and their SCRAM verifiers. */
#include "twofactl/fleet/fleet_inside.h"
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sys/random.h>

#define KEY SHA256_DIGEST_LENGTH
#define BASE64(len) (((len) + 2) / 3 * 4 + 1)

int
fleet_scram_password(char out[FLEET_SCRAM_PASSWORD_LEN + 1])
{
	unsigned char bytes[FLEET_SCRAM_PASSWORD_LEN / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -1;
	hex_text(bytes, sizeof(bytes), out);
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

static int
secrets_hmac(
    const unsigned char key[KEY], const char *text, unsigned char out[KEY])
{
	unsigned len = KEY;

	return HMAC(EVP_sha256(), key, KEY, (const unsigned char *)text,
		   strlen(text), out, &len) != NULL
	    ? 0
	    : -1;
}

int
fleet_scram_verifier_of(const char *password, const unsigned char *salt,
    size_t salt_len, unsigned rounds, char out[FLEET_SCRAM_VERIFIER_MAX])
{
	unsigned char salted[KEY], client[KEY], stored[KEY], server[KEY];
	unsigned char text[3][BASE64(KEY)];
	int rc = -1;

	if (salt_len <= KEY &&
	    PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt,
		(int)salt_len, (int)rounds, EVP_sha256(), KEY, salted) == 1 &&
	    secrets_hmac(salted, "Client Key", client) == 0 &&
	    EVP_Digest(client, KEY, stored, NULL, EVP_sha256(), NULL) == 1 &&
	    secrets_hmac(salted, "Server Key", server) == 0) {
		(void)EVP_EncodeBlock(text[0], salt, (int)salt_len);
		(void)EVP_EncodeBlock(text[1], stored, KEY);
		(void)EVP_EncodeBlock(text[2], server, KEY);
		snprintf(out, FLEET_SCRAM_VERIFIER_MAX,
		    "SCRAM-SHA-256$%u:%s$%s:%s", rounds, (char *)text[0],
		    (char *)text[1], (char *)text[2]);
		rc = 0;
	}
	explicit_bzero(salted, sizeof(salted));
	explicit_bzero(client, sizeof(client));
	return rc;
}

int
fleet_scram_verifier(const char *password, char out[FLEET_SCRAM_VERIFIER_MAX])
{
	unsigned char salt[FLEET_SCRAM_SALT_LEN];

	if (getrandom(salt, sizeof(salt), 0) != (ssize_t)sizeof(salt))
		return -1;
	errno = ENOMEM; /* the only cause of a failure from here */
	return fleet_scram_verifier_of(password, salt, sizeof(salt), 1, out);
}

int
fleet_scram_make(const char *path, char password[FLEET_SCRAM_PASSWORD_LEN + 2],
    char verifier[FLEET_SCRAM_VERIFIER_MAX])
{
	int rc = 0;

	if (fleet_scram_password(password) != 0 ||
	    fleet_scram_verifier(password, verifier) != 0)
		return terminal_error(
		    "no password can be made: %s", strerror(errno));
	password[FLEET_SCRAM_PASSWORD_LEN] = '\n';
	if (path != NULL)
		rc = fleet_root_file_prepare(
		    path, 0600, 0, password, FLEET_SCRAM_PASSWORD_LEN + 1);
	password[FLEET_SCRAM_PASSWORD_LEN] = '\0';
	return rc;
}
