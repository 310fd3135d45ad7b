/* SPDX-License-Identifier: BSD-2-Clause */
/* A new key and a certificate for the address at which we listen. */
#include "tests/simulator/server/certificate.h"

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	BEFORE_S = 86400,     /* clocks are set back */
	AFTER_S = 11 * 86400, /* beyond any --for */
};

/* What a client compares: the address that it asked for. */
static int
name_address(gnutls_x509_crt_t crt, const struct sockaddr_storage *address)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;

	if (address->ss_family == AF_INET6)
		return gnutls_x509_crt_set_subject_alt_name(crt,
		    GNUTLS_SAN_IPADDRESS, &v6->sin6_addr, sizeof(v6->sin6_addr),
		    GNUTLS_FSAN_SET);
	return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS,
	    &v4->sin_addr, sizeof(v4->sin_addr), GNUTLS_FSAN_SET);
}

static int
fill(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key,
    const struct sockaddr_storage *address)
{
	static const char name[] = "twofa-simulator";
	const time_t now = time(NULL);
	int rc;

	if ((rc = gnutls_x509_privkey_generate(key, GNUTLS_PK_ECDSA,
		 GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0)) < 0 ||
	    (rc = gnutls_x509_crt_set_version(crt, 3)) < 0 ||
	    (rc = gnutls_x509_crt_set_serial(crt, "\1", 1)) < 0 ||
	    (rc = gnutls_x509_crt_set_activation_time(crt, now - BEFORE_S)) <
		0 ||
	    (rc = gnutls_x509_crt_set_expiration_time(crt, now + AFTER_S)) <
		0 ||
	    (rc = gnutls_x509_crt_set_dn_by_oid(crt,
		 GNUTLS_OID_X520_COMMON_NAME, 0, name, sizeof(name) - 1)) < 0 ||
	    (rc = name_address(crt, address)) < 0 ||
	    (rc = gnutls_x509_crt_set_key(crt, key)) < 0)
		return rc;
	return gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
}

/* Allocated, to be freed as args_free does. */
static char *
text_of(const gnutls_datum_t *pem)
{
	return strndup((const char *)pem->data, pem->size);
}

static int export(
    gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, struct server_options *o)
{
	gnutls_datum_t cert = { 0 }, secret = { 0 };
	int rc = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &cert);

	if (rc >= 0)
		rc = gnutls_x509_privkey_export2(
		    key, GNUTLS_X509_FMT_PEM, &secret);
	if (rc >= 0) {
		o->cert = text_of(&cert);
		o->key = text_of(&secret);
		if (o->cert == NULL || o->key == NULL)
			rc = GNUTLS_E_MEMORY_ERROR;
		explicit_bzero(secret.data, secret.size);
	}
	gnutls_free(cert.data);
	gnutls_free(secret.data);
	return rc;
}

int
certificate_make(struct server_options *o)
{
	gnutls_x509_crt_t crt = NULL;
	gnutls_x509_privkey_t key = NULL;
	int rc = gnutls_x509_crt_init(&crt);

	if (rc >= 0)
		rc = gnutls_x509_privkey_init(&key);
	if (rc >= 0)
		rc = fill(crt, key, &o->address);
	if (rc >= 0)
		rc = export(crt, key, o);
	if (key != NULL)
		gnutls_x509_privkey_deinit(key);
	if (crt != NULL)
		gnutls_x509_crt_deinit(crt);
	if (rc >= 0)
		return 0;
	fprintf(stderr, "twofa-simulator: no certificate: %s\n",
	    gnutls_strerror(rc));
	return -1;
}
