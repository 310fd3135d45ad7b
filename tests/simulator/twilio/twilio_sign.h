/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a phone's app signs with the key that it made: ES256, ECDSA on P-256
 * with SHA-256, the signature in DER.
 */
#ifndef SIM_TWILIO_SIGN_H
#define SIM_TWILIO_SIGN_H

#include <stdbool.h>

/* Key (PKIX, DER) and signature are Base64. */
bool twilio_signed(
    const char *public_key, const char *text, const char *signature);

#endif
