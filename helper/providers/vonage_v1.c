/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vonage Verify v1: requests out, the meaning of replies in.
 *
 * Vendor's document: Verify API 1.2.4 (OpenAPI), operations verifyRequest,
 * verifyCheck and verifyControl, with HTTP Basic. The vendor answers its own
 * errors with HTTP 200, so the "status" text in the body is what counts.
 */
#include "helper/providers/provider.h"

#include <stdio.h>
#include <string.h>

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

enum text_slot { API_KEY = 0, SENDER_ID };
enum number_slot { WORKFLOW_ID = 0 };
enum secret_slot { API_SECRET = 0 };

static const struct conf_key keys[] = {
	{ .key = "api_key",
	    .kind = CONF_TEXT,
	    .slot = API_KEY,
	    .required = true,
	    .min = 1,
	    .max = 64,
	    .charset = ALNUM },
	{ .key = "api_secret_file",
	    .kind = CONF_SECRET_FILE,
	    .slot = API_SECRET,
	    .required = true },
	{ .key = "workflow_id",
	    .kind = CONF_NUMBER,
	    .slot = WORKFLOW_ID,
	    .min = 1,
	    .max = 7,
	    .dflt = 6 },
	{ .key = "sender_id",
	    .kind = CONF_TEXT,
	    .slot = SENDER_ID,
	    .min = 1,
	    .max = 11,
	    .charset = ALNUM },
	{ 0 },
};

const struct provider_ops vonage_v1_ops = {
	.type = "vonage-verify",
	.base_url = "https://api.nexmo.com",
	.keys = keys,
	.methods = METHOD_BIT(METHOD_SMS) | METHOD_BIT(METHOD_VOICE),
	.code_lengths = 1u << 4 | 1u << 6,
	.expiry_min_s = 60,
	.expiry_max_s = 3600,
	.wrong_codes = 3,
	.brand_max = 18,
	.brand_refused = "",
};
