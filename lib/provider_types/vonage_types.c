/* SPDX-License-Identifier: BSD-2-Clause */
/* Vonage's types: Verify v1 and v2, Number Insight, Identity Insights. */
#include "lib/provider_types/provider_types.h"

#define VONAGE_BASE_URL "https://api.nexmo.com"
#define SENDER_LETTERS 11 /* FromSms: with letters */
#define SENDER_DIGITS 15  /* digits only */
#define STEPS_MAX 3       /* of a workflow */
#define WORKFLOW_SMS 6    /* a single SMS */
#define WORKFLOW_CALL 7   /* a single call */
#define WORKFLOWS ((long)COUNT_OF(workflows))
#define WAITS ((long)COUNT_OF(waits_s))
#define LAST_WAIT_MS 300000

/* The account's key and secret, required or optional. */
#define VONAGE_AUTH_KEYS(needed)                                               \
	{ "api_key", CONF_TEXT, VONAGE_API_KEY, (needed), 1, 64,               \
		.charset = TEXT_ALNUM },                                       \
	{                                                                      \
		"api_secret_file", CONF_SECRET_FILE, VONAGE_API_SECRET,        \
		    .required = (needed)                                       \
	}

/* An application's id and private key, required or optional. */
#define VONAGE_APP_KEYS(needed)                                                \
	{ "application_id", CONF_TEXT, VONAGE_V2_APPLICATION_ID, (needed),     \
		UUID_LEN, UUID_LEN, .charset = VONAGE_HEX "-" },               \
	{                                                                      \
		"private_key_file", CONF_KEY_FILE, .required = (needed)        \
	}

/* Verify's workflow for further messages. */
#define VONAGE_WORKFLOW_KEY                                                    \
	{                                                                      \
		"workflow_id", CONF_NUMBER, VONAGE_WORKFLOW_ID, false, 1, 7,   \
		    .dflt = WORKFLOW_SMS                                       \
	}

static const char *
check_app(const struct provider_conf *conf, const char **key)
{
	const char *id = conf->text[VONAGE_V2_APPLICATION_ID];

	*key = "application_id";
	return id == NULL || uuid_is_valid(id)
	    ? NULL
	    : "the application's id, such as "
	      "\"78d335fa-323d-0114-9c3d-d6f0d48968cf\"";
}

/* Verify's workflows 1 to 7. */
static const enum method workflows[][STEPS_MAX] = {
	[1] = { METHOD_SMS, METHOD_VOICE, METHOD_VOICE },
	[2] = { METHOD_SMS, METHOD_SMS, METHOD_VOICE },
	[3] = { METHOD_VOICE, METHOD_VOICE },
	[4] = { METHOD_SMS, METHOD_SMS },
	[5] = { METHOD_SMS, METHOD_VOICE },
	[6] = { METHOD_SMS },
	[7] = { METHOD_VOICE },
};
/* The time until the last step begins by itself (the vendor's guide "Workflows
 * and events"); it stays open while its code is valid, and at least
 * LAST_WAIT_MS. */
static const unsigned waits_s[] = {
	[1] = 125 + 180,
	[2] = 125 + 180,
	[3] = 150,
	[4] = 120,
	[5] = 125,
};

enum method
vonage_step(long workflow, unsigned n)
{
	if (workflow < 1 || workflow >= WORKFLOWS || n >= STEPS_MAX)
		return METHOD_NONE;
	return workflows[workflow][n];
}

long
vonage_workflow(long set, enum method method)
{
	if (vonage_step(set, 0) == method)
		return set;
	if (method == METHOD_SMS)
		return WORKFLOW_SMS;
	return method == METHOD_VOICE ? WORKFLOW_CALL : 0;
}

static enum method
next_method(const struct provider_conf *conf, unsigned sends)
{
	return vonage_step(conf->number[VONAGE_WORKFLOW_ID], sends);
}

static const struct setting_key v1_keys[] = {
	VONAGE_AUTH_KEYS(true),
	VONAGE_WORKFLOW_KEY,
	{ "sender_id", CONF_TEXT, VONAGE_V1_SENDER_ID, false, 1, 11,
	    .charset = TEXT_ALNUM },
	{ 0 },
};

static int64_t
v1_life_ms(const struct provider_conf *conf, enum method method)
{
	const long workflow =
	    vonage_workflow(conf->number[VONAGE_WORKFLOW_ID], method);

	if (workflow < 1 || workflow >= WAITS)
		return conf->expiry_ms;
	return waits_s[workflow] * INT64_C(1000) +
	    (conf->expiry_ms < LAST_WAIT_MS ? LAST_WAIT_MS : conf->expiry_ms);
}

const struct provider_type vonage_v1_type = {
	.name = "vonage-verify",
	.base_url = VONAGE_BASE_URL,
	.legacy = true,
	.keys = v1_keys,
	.methods = METHOD_BIT(METHOD_SMS) | METHOD_BIT(METHOD_VOICE),
	.code_lengths = 1u << 4 | 1u << 6,
	.expiry_min_s = 60,
	.expiry_max_s = 3600,
	.wrong_codes = 3,
	.ends_itself = true,
	.again = AGAIN_REPLACE,
	.cancel_after_s = 30,
	.next_method = next_method,
	.life_ms = v1_life_ms,
};

static const struct setting_key v2_keys[] = {
	VONAGE_AUTH_KEYS(false),
	VONAGE_APP_KEYS(false),
	VONAGE_WORKFLOW_KEY,
	{ "sender_id", CONF_TEXT, VONAGE_V2_SENDER_ID, false, 1, SENDER_DIGITS,
	    .charset = TEXT_ALNUM },
	{ "from", CONF_TEXT, VONAGE_V2_FROM, false, 1, SENDER_DIGITS,
	    .charset = TEXT_ALNUM },
	{ 0 },
};

static bool
sender_is_valid(const char *sender)
{
	return sender == NULL || strlen(sender) <= SENDER_LETTERS ||
	    text_has_only(sender, TEXT_DIGITS);
}

static const char *
v2_settings(const struct provider_conf *conf, const char **key)
{
	const bool basic = conf->text[VONAGE_API_KEY] != NULL;
	const bool secret = conf->secret[VONAGE_API_SECRET].len > 0;
	const bool app = conf->text[VONAGE_V2_APPLICATION_ID] != NULL;
	const bool pem = conf->key.len > 0;

	*key = basic || secret ? "api_key" : "application_id";
	if (basic != secret || app != pem || basic == app)
		return "api_key with api_secret_file, or application_id with "
		       "private_key_file, one pair and not both";
	*key = !sender_is_valid(conf->text[VONAGE_V2_SENDER_ID]) ? "sender_id"
								 : "from";
	if (!sender_is_valid(conf->text[VONAGE_V2_SENDER_ID]) ||
	    !sender_is_valid(conf->text[VONAGE_V2_FROM]))
		return "1 to 11 letters and digits, or 1 to 15 digits";
	return check_app(conf, key);
}

const char *
vonage_v2_whatsapp(const struct provider_conf *conf)
{
	const char *from = conf->text[VONAGE_V2_FROM];

	return from != NULL && text_has_only(from, TEXT_DIGITS) ? from : NULL;
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
	const long workflow =
	    vonage_workflow(conf->number[VONAGE_WORKFLOW_ID], method);
	unsigned steps = 1;

	while (vonage_step(workflow, steps) != METHOD_NONE)
		steps++;
	return conf->expiry_ms * steps;
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
	.brand_refused = "/\\{}:$",
	.again = AGAIN_REPLACE,
	.cancel_after_s = 30,
	.next_method = next_method,
	.life_ms = v2_life_ms,
};

static const struct setting_key insight_keys[] = {
	VONAGE_AUTH_KEYS(true),
	{ "level", CONF_TEXT, VONAGE_INSIGHT_LEVEL, false, 5, 8,
	    .charset = TEXT_LOWER, .text = "standard" },
	{ 0 },
};

static const char *
insight_settings(const struct provider_conf *conf, const char **key)
{
	*key = "level";
	return text_has_word(
		   "basic standard advanced", conf->text[VONAGE_INSIGHT_LEVEL])
	    ? NULL
	    : "\"basic\", \"standard\" or \"advanced\"";
}

const struct provider_type vonage_insight_type = {
	.name = "vonage-insight",
	.base_url = VONAGE_BASE_URL,
	.notice = "the vendor ends Number Insight on 2027-02-04; "
		  "vonage-identity replaces it",
	.keys = insight_keys,
	.settings = insight_settings,
};

static const struct setting_key identity_keys[] = {
	VONAGE_APP_KEYS(true),
	{ 0 },
};

const struct provider_type vonage_identity_type = {
	.name = "vonage-identity",
	.base_url = "https://api-eu.vonage.com",
	.keys = identity_keys,
	.settings = check_app,
};
