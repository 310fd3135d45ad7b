/* SPDX-License-Identifier: BSD-2-Clause */
/* A private key in a file that settings name. */
#include "lib/settings/settings_inside.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#define PRIVATE_KEY_BITS_MIN 2048

/* Replaces OpenSSL's callback, which prompts on the terminal. */
static int
no_passphrase(char *buf, int size, int writing, void *asked)
{
	(void)buf;
	(void)size;
	(void)writing;
	*(bool *)asked = true;
	return -1;
}

static const char *
key_fault(const EVP_PKEY *key, bool elliptic, bool asked)
{
	if (asked)
		return "is locked by a passphrase, which cannot be typed here; "
		       "run: openssl pkey -in OLD -out NEW";
	if (key == NULL)
		return "holds no private key in PEM form; put the vendor's "
		       "file there as it came";
	if (elliptic && EVP_PKEY_get_base_id(key) == EVP_PKEY_EC)
		return NULL;
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA)
		return "holds a key that is not RSA; put the application's "
		       "RSA private key there";
	if (EVP_PKEY_get_bits(key) < PRIVATE_KEY_BITS_MIN ||
	    EVP_PKEY_get_bits(key) > PRIVATE_KEY_BITS_MAX)
		return "holds an RSA key of another size than 2048 to 4096 "
		       "bits; make a new one";
	return NULL;
}

struct evp_pkey_st *
private_key_read(const struct pem *pem, bool elliptic, const char **cause)
{
	bool asked = false;
	EVP_PKEY *key = NULL;
	BIO *bio = BIO_new_mem_buf(pem->b, (int)pem->len);

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, &asked);
	BIO_free(bio); /* only refers to the caller's bytes: nothing to wipe */
	ERR_clear_error();
	*cause = key_fault(key, elliptic, asked);
	if (*cause == NULL)
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

const char *
private_key_check(const struct pem *pem, bool elliptic)
{
	const char *cause = NULL;

	EVP_PKEY_free(private_key_read(pem, elliptic, &cause));
	return cause;
}

int
private_key_read_file(
    const char *path, uid_t owner, bool elliptic, struct pem *pem)
{
	const char *fault = "is too long";
	struct trusted_file f;
	EVP_PKEY *key = NULL;

	memset(pem, 0, sizeof(*pem));
	if (trusted_file_read(path, TRUSTED_FILE_SECRET, owner, &f) !=
	    TRUSTED_FILE_OK)
		return -1;
	if (f.len <= PEM_MAX) {
		memcpy(pem->b, f.text, f.len);
		pem->len = f.len;
		key = private_key_read(pem, elliptic, &fault);
	}
	trusted_file_free(&f);
	EVP_PKEY_free(key);
	if (key != NULL)
		return 0;
	PRINT_TO(trusted_file_cause, "%s", fault);
	explicit_bzero(pem, sizeof(*pem));
	return -1;
}
