/* SPDX-License-Identifier: BSD-2-Clause */
/* ES256 signatures of phones. */
#include "tests/simulator/twilio/twilio_sign.h"

#include <string.h>

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

/* The caller frees out's data; false: that is no Base64. */
static bool
decode(const char *text, gnutls_datum_t *out)
{
	const gnutls_datum_t in = { (unsigned char *)text,
		(unsigned int)strlen(text) };

	return gnutls_base64_decode2(&in, out) == 0;
}

/* Of the one curve that ES256 knows. */
static bool
import_key(gnutls_pubkey_t key, const gnutls_datum_t *der)
{
	gnutls_ecc_curve_t curve = GNUTLS_ECC_CURVE_INVALID;

	return gnutls_pubkey_import(key, der, GNUTLS_X509_FMT_DER) == 0 &&
	    gnutls_pubkey_export_ecc_raw2(key, &curve, NULL, NULL, 0) == 0 &&
	    curve == GNUTLS_ECC_CURVE_SECP256R1;
}

bool
twilio_signed(const char *public_key, const char *text, const char *signature)
{
	const gnutls_datum_t data = { (unsigned char *)text,
		(unsigned int)strlen(text) };
	gnutls_datum_t der = { NULL, 0 }, mark = { NULL, 0 };
	gnutls_pubkey_t key = NULL;
	const bool right = decode(public_key, &der) &&
	    decode(signature, &mark) && gnutls_pubkey_init(&key) == 0 &&
	    import_key(key, &der) &&
	    gnutls_pubkey_verify_data2(
		key, GNUTLS_SIGN_ECDSA_SHA256, 0, &data, &mark) >= 0;

	gnutls_pubkey_deinit(key);
	gnutls_free(der.data);
	gnutls_free(mark.data);
	return right;
}
