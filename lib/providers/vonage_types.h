/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vonage's types: indexes for their calls, and what settings and calls share.
 */
#ifndef TWOFA_VONAGE_TYPES_H
#define TWOFA_VONAGE_TYPES_H

#include "lib/providers/provider_types.h"

#define VONAGE_DIGITS "0123456789"
#define VONAGE_ALNUM                                                           \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" VONAGE_DIGITS
#define VONAGE_HEX VONAGE_DIGITS "abcdefABCDEF"

/* These slots are the same in every type of this vendor. */
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

/* Verify v2: the number that sends WhatsApp messages; NULL: not set. */
const char *vonage_v2_whatsapp(const struct provider_conf *);

/* Number Insight: a constant with the level in the settings, so that no other
 * text gets into a path; NULL: there is no such level. */
const char *vonage_level(const struct provider_conf *);

#endif
