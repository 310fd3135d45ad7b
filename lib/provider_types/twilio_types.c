/* SPDX-License-Identifier: BSD-2-Clause */
/* Twilio's types: Verify with its factors, Lookup, and the legacy Authy. */
#include "lib/provider_types/provider_types.h"

#define VERIFY_BASE_URL "https://verify.twilio.com"
#define TWILIO_HEX TEXT_HEX "ABCDEF"
#define FIELDS_MAX 64
/* the packages of Lookup that are used */
#define PACKAGES "validation line_type_intelligence line_status"

/* A SID; check_sids() checks its two letters. */
#define TWILIO_SID_KEY(name, where, must)                                      \
	{                                                                      \
		(name), CONF_TEXT, (where), (must), TWILIO_SID_LEN,            \
		    TWILIO_SID_LEN, .charset = TEXT_ALNUM                      \
	}
#define TWILIO_FILE_KEY(name, where)                                           \
	{                                                                      \
		(name), CONF_SECRET_FILE, .slot = (where)                      \
	}
/* The keys of every type. */
#define TWILIO_AUTH_KEYS                                                       \
	TWILIO_SID_KEY("account_sid", TWILIO_ACCOUNT_SID, false),              \
	    TWILIO_FILE_KEY("auth_token_file", TWILIO_AUTH_TOKEN),             \
	    TWILIO_SID_KEY("api_key_sid", TWILIO_API_KEY_SID, false),          \
	    TWILIO_FILE_KEY("api_key_secret_file", TWILIO_API_KEY_SECRET)

/* The keys of the types of a Verify service. */
static const struct setting_key service_keys[] = {
	TWILIO_AUTH_KEYS,
	TWILIO_SID_KEY("service_sid", TWILIO_SERVICE_SID, true),
	{ 0 },
};

bool
twilio_sid_is_valid(const char *sid, const char *letters)
{
	return strlen(sid) == TWILIO_SID_LEN && memcmp(sid, letters, 2) == 0 &&
	    text_has_only(sid + 2, TWILIO_HEX);
}

static bool
sid_is_valid_or_absent(const char *sid, const char *letters)
{
	return sid == NULL || twilio_sid_is_valid(sid, letters);
}

static const char *
check_sids(const struct provider_conf *p, const char **key)
{
	*key = "account_sid";
	if (!sid_is_valid_or_absent(p->text[TWILIO_ACCOUNT_SID], "AC"))
		return "AC and 32 hexadecimal digits";
	*key = "api_key_sid";
	if (!sid_is_valid_or_absent(p->text[TWILIO_API_KEY_SID], "SK"))
		return "SK and 32 hexadecimal digits";
	*key = "service_sid";
	if (!sid_is_valid_or_absent(p->text[TWILIO_SERVICE_SID], "VA"))
		return "VA and 32 hexadecimal digits";
	return NULL;
}

/* Checks the SIDs, and that there is one pair of credentials. */
static const char *
check_credentials(const struct provider_conf *p, const char **key)
{
	const char *wrong = check_sids(p, key);
	const bool token = p->secret[TWILIO_AUTH_TOKEN].len > 0;
	const bool secret = p->secret[TWILIO_API_KEY_SECRET].len > 0;
	const bool api_key = p->text[TWILIO_API_KEY_SID] != NULL;

	if (wrong != NULL)
		return wrong;
	*key = "api_key_sid";
	if (api_key && !secret)
		return "api_key_secret_file with it";
	*key = "api_key_secret_file";
	if (secret && !api_key)
		return "api_key_sid with it";
	*key = "auth_token_file";
	if (token && secret)
		return "auth_token_file or api_key_secret_file, one of them";
	if (token && p->text[TWILIO_ACCOUNT_SID] == NULL)
		return "account_sid with it";
	*key = "account_sid";
	if (!token && !secret)
		return "account_sid with auth_token_file, or api_key_sid with "
		       "api_key_secret_file";
	return NULL;
}

const struct provider_type twilio_verify_type = {
	.name = "twilio-verify",
	.base_url = VERIFY_BASE_URL,
	.keys = service_keys,
	.settings = check_credentials,
	.methods = METHOD_BIT(METHOD_SMS) | METHOD_BIT(METHOD_VOICE) |
	    METHOD_BIT(METHOD_WHATSAPP) | METHOD_BIT(METHOD_EMAIL),
	/* Service.code_length: 4 to 10 */
	.code_lengths = 0x7f << 4,
	/* 10 minutes; the vendor's support can set 2 minutes to a day */
	.expiry_min_s = 120,
	.expiry_max_s = 86400,
	.expiry_s = 600,
	.wrong_codes = 5,
	.again = AGAIN_SAME,
	.names_receiver = true,
};

const struct provider_type twilio_push_type = {
	.name = "twilio-push",
	.base_url = VERIFY_BASE_URL,
	.keys = service_keys,
	.settings = check_credentials,
	.methods = METHOD_BIT(METHOD_PUSH),
};

const struct provider_type twilio_totp_type = {
	.name = "twilio-totp",
	.base_url = VERIFY_BASE_URL,
	.keys = service_keys,
	.settings = check_credentials,
	.methods = METHOD_BIT(METHOD_TOTP),
	.code_lengths = 0x1f
	    << 4,         /* Config.CodeLength is 3 to 8; here at least 4 */
	.wrong_codes = 5, /* per challenge */
};

static const struct setting_key twilio_lookup_keys[] = {
	TWILIO_AUTH_KEYS,
	{ "fields", CONF_TEXT, TWILIO_FIELDS, false, 1, FIELDS_MAX,
	    .charset = TEXT_LOWER "_," },
	{ 0 },
};

static const char *
lookup_settings(const struct provider_conf *p, const char **key)
{
	const char *wrong = check_credentials(p, key);
	const char *word = p->text[TWILIO_FIELDS];
	char package[FIELDS_MAX + 1];
	size_t len;

	if (wrong != NULL || word == NULL)
		return wrong;
	*key = "fields";
	for (;; word += len + 1) {
		len = strcspn(word, ",");
		PRINT_TO(package, "%.*s", (int)len, word);
		if (!text_has_word(PACKAGES, package))
			return "validation, line_type_intelligence, "
			       "line_status, with commas between them";
		if (word[len] == '\0')
			return NULL;
	}
}

const struct provider_type twilio_lookup_type = {
	.name = "twilio-lookup",
	.base_url = "https://lookups.twilio.com",
	.keys = twilio_lookup_keys,
	.settings = lookup_settings,
};

static const struct setting_key authy_keys[] = {
	{ "api_key_file", CONF_SECRET_FILE, AUTHY_API_KEY, .required = true },
	{ "logo", CONF_TEXT, AUTHY_LOGO, .min = 1, .max = AUTHY_LOGO_MAX },
	{ 0 },
};

const struct provider_type authy_type = {
	.name = "authy",
	.base_url = "https://api.authy.com",
	.notice = "the vendor ends the Authy API; twilio-verify, twilio-push "
		  "and twilio-totp replace it",
	.keys = authy_keys,
	.methods = METHOD_BIT(METHOD_PUSH) | METHOD_BIT(METHOD_SMS) |
	    METHOD_BIT(METHOD_VOICE) | METHOD_BIT(METHOD_TOTP),
	.code_lengths = 1u << 6 | 1u << 7 | 1u << 8,
	.code_length = 7,
	.expiry_min_s = 60,
	.expiry_max_s = 600,
	.wrong_codes = 3, /* our limit; the vendor documents no limit */
	/* a new token of a user does not invalidate the last one */
	.again = AGAIN_SAME,
	.names_receiver = true,
	.by_authy_id = true,
};
