/* SPDX-License-Identifier: BSD-2-Clause */
/* RADIUS (RFC 2865) as far as one question needs it: is this code right for
 * this user? Packets, and their way over UDP or TLS. */
#ifndef TWOFA_RADIUS_H
#define TWOFA_RADIUS_H

#include "helper/providers/providers.h"

/*
 * radius_packet.c: a request, and the answer to it.
 */

#define RADIUS_MAX 4096
#define RADIUS_HEAD 20
#define RADIUS_RANDOM 16
#define RADIUS_TEXT_MAX 200
#define RADIUS_STATE_MAX (2 * 253)

enum radius_code {
	RADIUS_REQUEST = 1,
	RADIUS_ACCEPT = 2,
	RADIUS_REJECT = 3,
	RADIUS_CHALLENGE = 11,
};

struct radius_packet {
	unsigned char b[RADIUS_MAX];
	size_t len;
};

struct radius_question {
	const char *user, *code;
	const char *nas;     /* NAS-Identifier */
	const char *address; /* Calling-Station-Id, or "" */
	const char *state;   /* of the challenge that is answered, or "" */
};

struct radius_answer {
	enum radius_code code;
	char text[RADIUS_TEXT_MAX + 1];   /* Reply-Message in printable ASCII */
	char state[RADIUS_STATE_MAX + 1]; /* hex; "" unless there is one */
};

/* Returns 0, or -1 if the question does not fit. The caller wipes the packet.
 */
int radius_packet_build(struct radius_packet *, const struct radius_question *,
    const struct secret *, const unsigned char random[RADIUS_RANDOM]);

/* The fault of a packet that lacks a Message-Authenticator only. */
extern const char radius_packet_unsigned[];

/* Returns NULL with the answer, or why the packet is no answer to this request
 * of a server that knows the secret. Over UDP a Message-Authenticator is
 * demanded (CVE-2024-3596); TLS protects by itself. */
const char *radius_packet_read(const struct radius_packet *got,
    const struct radius_packet *asked, const struct secret *, bool udp,
    struct radius_answer *);

/*
 * radius_tls.c: TLS of a connected socket that does not block, by libssl, which
 * is loaded late.
 */

enum radius_tls_step {
	RADIUS_TLS_FAILED = 0,
	RADIUS_TLS_REFUSED, /* the server's certificate is not trusted */
	RADIUS_TLS_READS,   /* call again when the socket can be read */
	RADIUS_TLS_WRITES,  /* call again when it can be written */
	RADIUS_TLS_DONE,
};

struct ssl_ctx_st; /* the settings */
struct ssl_st;     /* a connection */

/* Returns NULL with the cause. */
struct ssl_ctx_st *radius_tls_open(
    const struct provider_conf *, char cause[HTTP_CAUSE_MAX]);
void radius_tls_close(struct ssl_ctx_st *);
/* host: a name or an address, which the certificate must have. Returns NULL
 * without memory. */
struct ssl_st *radius_tls_begin(struct ssl_ctx_st *, int fd, const char *host);
void radius_tls_end(struct ssl_st *);
/* Goes on with the handshake, the request and the answer. Sets *sent before the
 * request may leave, *written when it is with TLS; returns DONE with the whole
 * answer. */
enum radius_tls_step radius_tls_go_on(struct ssl_st *,
    const struct radius_packet *asked, bool *sent, bool *written,
    struct radius_packet *got, char cause[HTTP_CAUSE_MAX]);

/* radius_wire.c: the requests of a process, over sockets of their own. */

extern const struct provider_wire radius_wire;

#endif
