/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vonage's types, for their calls: where their keys stand, and what settings
 * and calls both must know.
 */
#ifndef TWOFA_VONAGE_TYPES_H
#define TWOFA_VONAGE_TYPES_H

#include "lib/providers/provider_types.h"

#define VONAGE_DIGITS "0123456789"
#define VONAGE_ALNUM                                                           \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" VONAGE_DIGITS
#define VONAGE_HEX VONAGE_DIGITS "abcdefABCDEF"

/* The slots that these settings have in every type of this vendor. */
enum { VONAGE_API_KEY = 0 };     /* text[] */
enum { VONAGE_API_SECRET = 0 };  /* secret[] */
enum { VONAGE_WORKFLOW_ID = 0 }; /* number[], of the Verify types */
/* text[], of one type each */
enum { VONAGE_V1_SENDER_ID = VONAGE_API_KEY + 1 };
enum {
	VONAGE_V2_APPLICATION_ID = VONAGE_API_KEY + 1,
	VONAGE_V2_SENDER_ID,
	VONAGE_V2_FROM,
};
enum { VONAGE_V2_PRIVATE_KEY = 0 }; /* key[] */
enum { VONAGE_LEVEL = VONAGE_API_KEY + 1 };

/* Verify v2: the number that WhatsApp messages come from; NULL: none is set. */
const char *vonage_v2_whatsapp(const struct provider_conf *);

/* Number Insight: a constant with the name of the level that is set, so that
 * nothing else gets into a path; NULL: it is none. */
const char *vonage_level(const struct provider_conf *);

#endif
