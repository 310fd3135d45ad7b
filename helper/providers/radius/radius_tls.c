/* SPDX-License-Identifier: BSD-2-Clause */
/* RADIUS over TLS (RFC 6614): 1.2 or later, the certificate and its name always
 * checked. libssl is loaded when the first provider needs it, as other logins
 * would pay for it. */
#include "helper/providers/radius/radius.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <signal.h>

#define SONAME "libssl.so." TEXT_NUMBER(OPENSSL_SHLIB_VERSION)

#define FUNCTIONS(EACH)                                                        \
	EACH(TLS_client_method)                                                \
	EACH(SSL_CTX_new)                                                      \
	EACH(SSL_CTX_free)                                                     \
	EACH(SSL_CTX_ctrl)                                                     \
	EACH(SSL_CTX_set_verify)                                               \
	EACH(SSL_CTX_load_verify_locations)                                    \
	EACH(SSL_CTX_use_certificate)                                          \
	EACH(SSL_CTX_use_PrivateKey)                                           \
	EACH(SSL_new)                                                          \
	EACH(SSL_free)                                                         \
	EACH(SSL_ctrl)                                                         \
	EACH(SSL_get0_param)                                                   \
	EACH(SSL_set_fd)                                                       \
	EACH(SSL_connect)                                                      \
	EACH(SSL_read)                                                         \
	EACH(SSL_write)                                                        \
	EACH(SSL_get_error)                                                    \
	EACH(SSL_get_verify_result)

static struct {
	FUNCTIONS(LIBRARY_POINTER)
} lib;

/* The file has the client's certificate, those of its intermediate authorities,
 * and its key. */
static bool
use_client_key(SSL_CTX *ctx, const struct pem *pem)
{
	BIO *bio = BIO_new_mem_buf(pem->b, (int)pem->len);
	const char *cause;
	EVP_PKEY *key = private_key_read(pem, true, &cause);
	X509 *cert =
	    bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	bool ok = cert != NULL && key != NULL &&
	    lib.SSL_CTX_use_certificate(ctx, cert) == 1 &&
	    lib.SSL_CTX_use_PrivateKey(ctx, key) == 1;

	X509_free(cert);
	while (
	    ok && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		ok = lib.SSL_CTX_ctrl(
			 ctx, SSL_CTRL_EXTRA_CHAIN_CERT, 0, cert) == 1;
		if (!ok) /* else ctx has it */
			X509_free(cert);
	}
	EVP_PKEY_free(key);
	BIO_free(bio);
	return ok;
}

static const char *
set_up(SSL_CTX *ctx, const struct provider_conf *p)
{
	const struct pem *pem = &p->key;

	if (ctx == NULL ||
	    lib.SSL_CTX_ctrl(
		ctx, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL) != 1)
		return "libssl refused a setting";
	lib.SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	if (lib.SSL_CTX_load_verify_locations(
		ctx, p->ca_file, p->ca_file == NULL ? p->ca_path : NULL) != 1)
		return "ca_file or ca_path cannot be used";
	if (pem->len > 0 && !use_client_key(ctx, pem))
		return "client_key_file: expected a certificate first, and "
		       "its key, both in PEM form";
	return NULL;
}

struct ssl_ctx_st *
radius_tls_open(const struct provider_conf *p, char cause[HTTP_CAUSE_MAX])
{
	const char *wrong = SONAME " cannot be loaded; install it";
	SSL_CTX *ctx = NULL;

	/* libssl writes to connections that the server has closed */
	(void)signal(SIGPIPE, SIG_IGN);
	if (library_load(SONAME, FUNCTIONS(LIBRARY_NAME), &lib) != NULL) {
		ctx = lib.SSL_CTX_new(lib.TLS_client_method());
		wrong = set_up(ctx, p);
	}
	ERR_clear_error();
	if (wrong == NULL)
		return ctx;
	(void)snprintf(cause, HTTP_CAUSE_MAX, "%s", wrong);
	radius_tls_close(ctx);
	return NULL;
}

void
radius_tls_close(struct ssl_ctx_st *ctx)
{
	if (ctx != NULL)
		lib.SSL_CTX_free(ctx);
}

struct ssl_st *
radius_tls_begin(struct ssl_ctx_st *ctx, int fd, const char *host)
{
	SSL *ssl = lib.SSL_new(ctx);
	X509_VERIFY_PARAM *param = ssl != NULL ? lib.SSL_get0_param(ssl) : NULL;
	char name[BASE_URL_HOST_MAX];
	bool ok = param != NULL && lib.SSL_set_fd(ssl, fd) == 1;

	PRINT_TO(name, "%s", host);
	if (ok)
		X509_VERIFY_PARAM_set_hostflags(
		    param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	/* an address is no name to the server (RFC 6066, 3) */
	if (ok && X509_VERIFY_PARAM_set1_ip_asc(param, name) != 1)
		ok = X509_VERIFY_PARAM_set1_host(param, name, 0) == 1 &&
		    lib.SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME,
			TLSEXT_NAMETYPE_host_name, name) == 1;
	ERR_clear_error();
	if (ok)
		return ssl;
	lib.SSL_free(ssl);
	return NULL;
}

void
radius_tls_end(struct ssl_st *ssl)
{
	lib.SSL_free(ssl);
}

static enum radius_tls_step
step_of(SSL *ssl, int rc, char cause[HTTP_CAUSE_MAX])
{
	const int error = lib.SSL_get_error(ssl, rc);
	const long verified = lib.SSL_get_verify_result(ssl);
	const char *why = ERR_reason_error_string(ERR_peek_error());

	if (rc > 0)
		return RADIUS_TLS_DONE;
	if (error == SSL_ERROR_WANT_READ)
		return RADIUS_TLS_READS;
	if (error == SSL_ERROR_WANT_WRITE)
		return RADIUS_TLS_WRITES;
	if (verified != X509_V_OK)
		why = X509_verify_cert_error_string(verified);
	if (why == NULL)
		why = error == SSL_ERROR_SYSCALL && errno != 0
		    ? strerror(errno)
		    : "the server closed the connection";
	(void)snprintf(cause, HTTP_CAUSE_MAX, "TLS: %s", why);
	ERR_clear_error();
	return verified != X509_V_OK ? RADIUS_TLS_REFUSED : RADIUS_TLS_FAILED;
}

/* Reads the head of the answer, then the rest. */
static enum radius_tls_step
read_answer_to_end(
    SSL *ssl, struct radius_packet *got, char cause[HTTP_CAUSE_MAX])
{
	size_t want;
	int n;

	for (;;) {
		want = got->len < 4 ? 4 : (size_t)got->b[2] << 8 | got->b[3];
		if (want > sizeof(got->b) || want <= got->len)
			return RADIUS_TLS_DONE;
		n = lib.SSL_read(
		    ssl, got->b + got->len, (int)(want - got->len));
		if (n <= 0)
			return step_of(ssl, n, cause);
		got->len += (size_t)n;
	}
}

enum radius_tls_step
radius_tls_go_on(struct ssl_st *ssl, const struct radius_packet *asked,
    bool *sent, bool *written, struct radius_packet *got,
    char cause[HTTP_CAUSE_MAX])
{
	enum radius_tls_step step = RADIUS_TLS_DONE;

	ERR_clear_error();
	errno = 0;
	if (!*sent) {
		step = step_of(ssl, lib.SSL_connect(ssl), cause);
		if (step != RADIUS_TLS_DONE)
			return step;
		*sent = true;
	}
	if (!*written)
		step = step_of(
		    ssl, lib.SSL_write(ssl, asked->b, (int)asked->len), cause);
	*written = step == RADIUS_TLS_DONE;
	return *written ? read_answer_to_end(ssl, got, cause) : step;
}
