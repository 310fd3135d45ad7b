/* SPDX-License-Identifier: BSD-2-Clause */
/* Twilio's types: indexes for their calls, and the shape of a SID. */
#ifndef TWOFA_TWILIO_TYPES_H
#define TWOFA_TWILIO_TYPES_H

#include "lib/providers/provider_types.h"

#define TWILIO_ALNUM                                                           \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

enum twilio_text {
	TWILIO_ACCOUNT_SID = 0,
	TWILIO_API_KEY_SID,
	TWILIO_SERVICE_SID,
	TWILIO_FIELDS,
};
enum twilio_secret { TWILIO_AUTH_TOKEN = 0, TWILIO_API_KEY_SECRET };

/* True for two letters and 32 hexadecimal digits. */
bool twilio_sid(const char *sid, const char *letters);

#endif
