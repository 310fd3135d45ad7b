/* SPDX-License-Identifier: BSD-2-Clause */
/* Vonage's types: Verify v1 and v2, Number Insight. */
#include "lib/providers/vonage_types.h"

#include <string.h>

#include "lib/providers/vonage_workflow.h"
#include "lib/values/values.h"

#define VONAGE_BASE_URL "https://api.nexmo.com"
#define SENDER_LETTERS 11 /* FromSms: with letters, and with digits only */
#define SENDER_DIGITS 15

/* The account's key and secret, which a type needs or can use. */
#define VONAGE_AUTH_KEYS(needed)                                               \
	{ .key = "api_key",                                                    \
		.kind = CONF_TEXT,                                             \
		.slot = VONAGE_API_KEY,                                        \
		.required = (needed),                                          \
		.min = 1,                                                      \
		.max = 64,                                                     \
		.charset = VONAGE_ALNUM },                                     \
	{                                                                      \
		.key = "api_secret_file", .kind = CONF_SECRET_FILE,            \
		.slot = VONAGE_API_SECRET, .required = (needed)                \
	}

/* Verify's workflow for further messages; 6 is a single SMS. */
#define VONAGE_WORKFLOW_KEY                                                    \
	{                                                                      \
		.key = "workflow_id", .kind = CONF_NUMBER,                     \
		.slot = VONAGE_WORKFLOW_ID, .min = 1, .max = 7, .dflt = 6      \
	}

static enum method
next_method(const struct provider_conf *conf, unsigned sends)
{
	return vonage_step(conf->number[VONAGE_WORKFLOW_ID], sends);
}

/* Verify v1 */

static const struct setting_key v1_keys[] = {
	VONAGE_AUTH_KEYS(true),
	VONAGE_WORKFLOW_KEY,
	{ .key = "sender_id",
	    .kind = CONF_TEXT,
	    .slot = VONAGE_V1_SENDER_ID,
	    .min = 1,
	    .max = 11,
	    .charset = VONAGE_ALNUM },
	{ 0 },
};

static int64_t
v1_life_ms(const struct provider_conf *conf, enum method method)
{
	return vonage_life_ms(
	    vonage_workflow(conf->number[VONAGE_WORKFLOW_ID], method),
	    conf->expiry_ms);
}

const struct provider_type vonage_v1_type = {
	.name = "vonage-verify",
	.base_url = VONAGE_BASE_URL,
	.keys = v1_keys,
	.methods = METHOD_BIT(METHOD_SMS) | METHOD_BIT(METHOD_VOICE),
	.code_lengths = 1u << 4 | 1u << 6,
	.expiry_min_s = 60,
	.expiry_max_s = 3600,
	.wrong_codes = 3,
	.ends_itself = true,
	.brand_max = 18,
	.brand_refused = "",
	.again = AGAIN_REPLACE,
	.cancel_after_s = 30,
	.next_method = next_method,
	.life_ms = v1_life_ms,
};

/* Verify v2 */

static const struct setting_key v2_keys[] = {
	VONAGE_AUTH_KEYS(false),
	{ .key = "application_id",
	    .kind = CONF_TEXT,
	    .slot = VONAGE_V2_APPLICATION_ID,
	    .min = UUID_LEN,
	    .max = UUID_LEN,
	    .charset = VONAGE_HEX "-" },
	{ .key = "private_key_file",
	    .kind = CONF_KEY_FILE,
	    .slot = VONAGE_V2_PRIVATE_KEY },
	VONAGE_WORKFLOW_KEY,
	{ .key = "sender_id",
	    .kind = CONF_TEXT,
	    .slot = VONAGE_V2_SENDER_ID,
	    .min = 1,
	    .max = SENDER_DIGITS,
	    .charset = VONAGE_ALNUM },
	{ .key = "from",
	    .kind = CONF_TEXT,
	    .slot = VONAGE_V2_FROM,
	    .min = 1,
	    .max = SENDER_DIGITS,
	    .charset = VONAGE_ALNUM },
	{ 0 },
};

static bool
sender_valid(const char *sender)
{
	return sender == NULL || strlen(sender) <= SENDER_LETTERS ||
	    charset_only(sender, VONAGE_DIGITS);
}

static const char *
v2_settings(const struct provider_conf *conf, const char **key)
{
	const bool basic = conf->text[VONAGE_API_KEY] != NULL;
	const bool secret = conf->secret[VONAGE_API_SECRET].len > 0;
	const bool app = conf->text[VONAGE_V2_APPLICATION_ID] != NULL;
	const bool pem = conf->key[VONAGE_V2_PRIVATE_KEY].len > 0;

	*key = basic || secret ? "api_key" : "application_id";
	if (basic != secret || app != pem || basic == app)
		return "api_key with api_secret_file, or application_id with "
		       "private_key_file, one pair and not both";
	*key = "application_id";
	if (app && !uuid_valid(conf->text[VONAGE_V2_APPLICATION_ID]))
		return "the application's id, such as "
		       "\"78d335fa-323d-0114-9c3d-d6f0d48968cf\"";
	*key = !sender_valid(conf->text[VONAGE_V2_SENDER_ID]) ? "sender_id"
							      : "from";
	if (!sender_valid(conf->text[VONAGE_V2_SENDER_ID]) ||
	    !sender_valid(conf->text[VONAGE_V2_FROM]))
		return "1 to 11 letters and digits, or 1 to 15 digits";
	return NULL;
}

const char *
vonage_v2_whatsapp(const struct provider_conf *conf)
{
	const char *from = conf->text[VONAGE_V2_FROM];

	return from != NULL && charset_only(from, VONAGE_DIGITS) ? from : NULL;
}

static unsigned
v2_methods_set(const struct provider_conf *conf)
{
	return vonage_v2_whatsapp(conf) != NULL
	    ? METHOD_ALL
	    : METHOD_ALL & ~METHOD_BIT(METHOD_WHATSAPP);
}

/* Each step has its own channel_timeout. */
static int64_t
v2_life_ms(const struct provider_conf *conf, enum method method)
{
	const unsigned steps = vonage_steps(
	    vonage_workflow(conf->number[VONAGE_WORKFLOW_ID], method));

	return conf->expiry_ms * (steps > 1 ? steps : 1);
}

const struct provider_type vonage_v2_type = {
	.name = "vonage-verify-v2",
	.base_url = VONAGE_BASE_URL,
	.keys = v2_keys,
	.settings = v2_settings,
	.methods = METHOD_BIT(METHOD_SMS) | METHOD_BIT(METHOD_VOICE) |
	    METHOD_BIT(METHOD_WHATSAPP) | METHOD_BIT(METHOD_EMAIL),
	.methods_set = v2_methods_set,
	.code_lengths = 0x7f0, /* 4 to 10 */
	.expiry_min_s = 15,
	.expiry_max_s = 900,
	.wrong_codes = 3,
	.ends_itself = true,
	.brand_max = 18,
	.brand_refused = "/\\{}:$",
	.again = AGAIN_REPLACE,
	.cancel_after_s = 30,
	.next_method = next_method,
	.life_ms = v2_life_ms,
};

/* Number Insight */

static const struct setting_key insight_keys[] = {
	VONAGE_AUTH_KEYS(true),
	{ .key = "level",
	    .kind = CONF_TEXT,
	    .slot = VONAGE_LEVEL,
	    .min = 5,
	    .max = 8,
	    .charset = "abcdefghijklmnopqrstuvwxyz" },
	{ 0 },
};

/* Each level includes the one before it and costs more. */
static const char *const levels[] = { "standard", "basic", "advanced" };
#define LEVELS (sizeof(levels) / sizeof(levels[0]))

const char *
vonage_level(const struct provider_conf *conf)
{
	const char *set = conf->text[VONAGE_LEVEL];

	if (set == NULL)
		return levels[0];
	for (size_t i = 0; i < LEVELS; i++)
		if (strcmp(levels[i], set) == 0)
			return levels[i];
	return NULL;
}

static const char *
insight_settings(const struct provider_conf *conf, const char **key)
{
	*key = "level";
	return vonage_level(conf) != NULL
	    ? NULL
	    : "\"basic\", \"standard\" or \"advanced\"";
}

const struct provider_type vonage_insight_type = {
	.name = "vonage-insight",
	.base_url = VONAGE_BASE_URL,
	.keys = insight_keys,
	.settings = insight_settings,
	.brand_refused = "",
};
