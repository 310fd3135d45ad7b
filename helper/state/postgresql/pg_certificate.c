/* SPDX-License-Identifier: BSD-2-Clause */
/* How long the certificates of a connection are good. libssl is libpq's own, so
 * that it is not loaded where no state is at a server. */
#include <limits.h>

#include <openssl/asn1.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "helper/state/postgresql/pg.h"

typedef X509 *certificate_of(const SSL *);

static int
days_of(const X509 *x)
{
	int days, seconds;

	if (x == NULL ||
	    ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(x)) != 1)
		return PG_NO_DAYS;
	return days;
}

int
pg_certificate_days(PGconn *conn, bool ours)
{
	const SSL *ssl = pq.PQsslStruct(conn, "OpenSSL");
	certificate_of *of;
	X509 *x;
	int days;

	/* libssl 3 has no SSL_get_peer_certificate, 1.1 not the other */
	*(void **)&of = pq_needs(
	    ours ? "SSL_get_certificate" : "SSL_get1_peer_certificate");
	if (of == NULL && !ours)
		*(void **)&of = pq_needs("SSL_get_peer_certificate");
	if (ssl == NULL || of == NULL)
		return PG_NO_DAYS;
	x = of(ssl);
	days = days_of(x);
	if (!ours)
		X509_free(x);
	return days;
}
