/* SPDX-License-Identifier: BSD-2-Clause */
/* Private keys made for one test run. */
#include "tests/support/pemkey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>

static int
write_key(BIO *bio, enum pemkey_kind kind, EVP_PKEY *key)
{
	static const char phrase[] = "rehearsal";

	switch (kind) {
	case PEMKEY_RSA:
	case PEMKEY_EC:
		return PEM_write_bio_PrivateKey(
		    bio, key, NULL, NULL, 0, NULL, NULL);
	case PEMKEY_PKCS1:
		return PEM_write_bio_PrivateKey_traditional(
		    bio, key, NULL, NULL, 0, NULL, NULL);
	case PEMKEY_LOCKED:
		return PEM_write_bio_PrivateKey(bio, key, EVP_aes_256_cbc(),
		    (const unsigned char *)phrase, sizeof(phrase) - 1, NULL,
		    NULL);
	case PEMKEY_PUBLIC:
		return PEM_write_bio_PUBKEY(bio, key);
	}
	return 0;
}

size_t
pemkey_make(enum pemkey_kind kind, unsigned bits, char out[PEMKEY_MAX])
{
	EVP_PKEY *key =
	    kind == PEMKEY_EC ? EVP_EC_gen("P-256") : EVP_RSA_gen(bits);
	BIO *bio = BIO_new(BIO_s_mem());
	int len;

	assert_non_null(key);
	assert_non_null(bio);
	assert_int_equal(write_key(bio, kind, key), 1);
	len = BIO_read(bio, out, PEMKEY_MAX - 1);
	assert_in_range(len, 1, PEMKEY_MAX - 1);
	out[len] = '\0';
	BIO_free(bio);
	EVP_PKEY_free(key);
	return (size_t)len;
}
