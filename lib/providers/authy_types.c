/* SPDX-License-Identifier: BSD-2-Clause */
/* Authy's type: the legacy API. */
#include "lib/providers/authy_types.h"

static const struct setting_key keys[] = {
	{ .key = "api_key_file",
	    .kind = CONF_SECRET_FILE,
	    .slot = AUTHY_API_KEY,
	    .required = true },
	{ 0 },
};

const struct provider_type authy_type = {
	.name = "authy",
	.base_url = "https://api.authy.com",
	.notice = "the vendor ends the Authy API; twilio-verify, twilio-push "
		  "and twilio-totp replace it",
	.keys = keys,
	.methods = METHOD_BIT(METHOD_PUSH) | METHOD_BIT(METHOD_SMS) |
	    METHOD_BIT(METHOD_VOICE) | METHOD_BIT(METHOD_TOTP),
	.code_lengths = 1u << 6 | 1u << 7 | 1u << 8,
	.code_length = 7,
	.expiry_min_s = 60,
	.expiry_max_s = 600,
	.wrong_codes = 3, /* our own limit; the vendor documents none */
	.brand_max = 18,
	.brand_refused = "",
	/* all tokens of a user are alike, so a new one leaves the last one
	 * valid */
	.again = AGAIN_SAME,
	.names_receiver = true,
	.by_authy_id = true,
};
