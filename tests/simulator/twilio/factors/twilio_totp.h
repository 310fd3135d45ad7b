/* SPDX-License-Identifier: BSD-2-Clause */
/* Time-based codes of RFC 6238 and the Base32 of RFC 4648, by gnutls. */
#ifndef SIM_TWILIO_TOTP_H
#define SIM_TWILIO_TOTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TWILIO_SECRET_MAX = 64 };

enum twilio_alg {
	TWILIO_SHA1 = 0,
	TWILIO_SHA256,
	TWILIO_SHA512,
};

struct twilio_totp {
	unsigned char secret[TWILIO_SECRET_MAX];
	size_t len;
	enum twilio_alg alg;
	int step, skew, digits;
	int64_t last; /* counter of the newest right code, 0: none */
};

/* "sha1", ... */
const char *twilio_alg_name(enum twilio_alg);

/* Decodes a secret of at least ten bytes, padded or not: false: it is none. */
bool twilio_totp_secret(struct twilio_totp *, const char *base32);

/* The secret as Base32 without padding, at most 104 bytes and a NUL. */
void twilio_totp_text(const struct twilio_totp *, char *out, size_t size);

/*
 * True when the code is right at that virtual time, give or take the skew;
 * with once, when it was not right before. Remembers it then.
 */
bool twilio_totp_right(
    struct twilio_totp *, const char *code, int64_t now_ms, bool once);

#endif
