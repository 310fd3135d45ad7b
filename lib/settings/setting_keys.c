/* SPDX-License-Identifier: BSD-2-Clause */
/* The key table. */
#include "lib/settings/setting_keys.h"

#include <libconfig.h>
#include <stdio.h>
#include <string.h>

#include "lib/system/trusted_file.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define TEXT_MAX 255
#define NAME_LEN 64 /* of an account, a group, a service */
#define SENDS_MAX 100000
#define PRICE_LEN 32
#define AMOUNT "a text such as \"0.05\": digits with a point, up to \"1000000\""

static const struct setting_choice languages[] = {
	{ "en", 0 },
	{ 0 },
};

static const struct setting_choice denied_or_not[] = {
	{ "deny", false },
	{ "allow", true },
	{ 0 },
};

static const struct setting_choice outages[] = {
	{ "offline", OUTAGE_OFFLINE },
	{ "deny", OUTAGE_DENY },
	{ "allow", OUTAGE_ALLOW },
	{ 0 },
};

static const struct setting_choice actions[] = {
	{ "skip", ACTION_SKIP },
	{ "deny", ACTION_DENY },
	{ "require", ACTION_REQUIRE },
	{ "observe", ACTION_OBSERVE },
	{ 0 },
};

static const struct setting_choice first_factors[] = {
	{ "seen", false },
	{ "stack", true },
	{ 0 },
};

/* clang-format off */
#define AT(type, member) .offset = offsetof(struct type, member)

static const struct setting_entry table[] = {
	{ CONF_SETTINGS, "brand", setting_read_phrase, AT(settings, brand),
	    .required = true, .min = 1, .max = CONFIG_BRAND_MAX },
	{ CONF_SETTINGS, "language", setting_read_word, AT(settings, language),
	    .max = TEXT_MAX, .choice = languages, .dflt = "en" },
	{ CONF_SETTINGS, "users_dir", setting_read_path, AT(settings, users_dir),
	    .min = 2, .max = TRUSTED_FILE_PATH_MAX,
	    .dflt = "/etc/twofa/users.d" },
	{ CONF_SETTINGS, "state", setting_read_path, AT(settings, state),
	    .min = 2, .max = TRUSTED_FILE_PATH_MAX,
	    .dflt = "/var/lib/twofa/state.db" },
	{ CONF_SETTINGS, "unenrolled", setting_read_either,
	    AT(settings, unenrolled_allow), .max = TEXT_MAX,
	    .choice = denied_or_not, .dflt = "deny" },
	{ CONF_SETTINGS, "unenrolled_text", setting_read_phrase,
	    AT(settings, unenrolled_text), .max = TEXT_MAX, .dflt = "" },
	{ CONF_SETTINGS, "on_outage", setting_read_choice,
	    AT(settings, on_outage), .max = TEXT_MAX, .choice = outages,
	    .dflt = "offline" },
	{ CONF_SETTINGS, "failover_after_unknown", setting_read_bool,
	    AT(settings, failover_after_unknown), .dflt = "true" },
	{ CONF_SETTINGS, "tell_locked", setting_read_bool,
	    AT(settings, tell_locked), .dflt = "true" },
	{ CONF_SETTINGS, "providers", conf_read_providers, .required = true,
	    .allowed = "a list ( { ... }, ... ) of 1 to 8 providers" },
	{ CONF_SETTINGS, "rules", conf_read_rules,
	    .allowed = "a list ( { ... }, ... ) of up to 4096 rules" },
	{ CONF_SETTINGS, "limits", conf_read_limits,
	    .allowed = "a group { ... }" },

	{ CONF_LIMITS, "sends_per_user_hour", setting_read_unsigned,
	    AT(settings, sends.user_hour), .min = 1, .max = SENDS_MAX,
	    .dflt = "5" },
	{ CONF_LIMITS, "sends_per_user_day", setting_read_unsigned,
	    AT(settings, sends.user_day), .min = 1, .max = SENDS_MAX,
	    .dflt = "15" },
	{ CONF_LIMITS, "sends_per_number_day", setting_read_unsigned,
	    AT(settings, sends.number_day), .min = 1, .max = SENDS_MAX,
	    .dflt = "15" },
	{ CONF_LIMITS, "sends_per_source_hour", setting_read_unsigned,
	    AT(settings, sends.source_hour), .min = 1, .max = SENDS_MAX,
	    .dflt = "30" },
	{ CONF_LIMITS, "sends_per_host_hour", setting_read_unsigned,
	    AT(settings, sends.host_hour), .min = 1, .max = SENDS_MAX,
	    .dflt = "300" },
	{ CONF_LIMITS, "push_per_hour", setting_read_unsigned,
	    AT(settings, sends.push_hour), .min = 1, .max = SENDS_MAX,
	    .dflt = "5" },
	{ CONF_LIMITS, "resend_wait", conf_read_waits, .max = 3600,
	    .allowed = "a list of 1 to 8 numbers from 0 to 3600, none smaller "
	    "than the one before it",
	    .dflt = "[30, 60, 120]" },
	{ CONF_LIMITS, "allowed_prefixes", conf_read_prefixes, .min = 2,
	    .max = PHONE_MAX, .charset = "+" DIGITS,
	    .allowed = "a list of texts such as \"+1\": + and 1 to 15 digits" },
	{ CONF_LIMITS, "wrong_codes_per_login", setting_read_unsigned,
	    AT(settings, wrong_codes_per_login), .min = 1, .max = 5,
	    .dflt = "3" },
	{ CONF_LIMITS, "prompts_per_login", setting_read_unsigned,
	    AT(settings, prompts_per_login), .min = 1, .max = 50,
	    .dflt = "10" },
	{ CONF_LIMITS, "lock_after", setting_read_unsigned,
	    AT(settings, guesses.after), .min = 1, .max = STORE_SHUT_AT,
	    .dflt = "6" },
	{ CONF_LIMITS, "lock_after_total", setting_read_unsigned,
	    AT(settings, guesses.after_total), .min = 1, .max = STORE_SHUT_AT,
	    .dflt = "30" },
	{ CONF_LIMITS, "lock_minutes", conf_read_lock_minutes,
	    .min = 1, .max = STORE_LOCK_MAX_S / 60,
	    .allowed = "a number from 1 to 1440", .dflt = "15" },
	{ CONF_LIMITS, "spend_per_day", conf_read_spend,
	    AT(settings, sends.spend_day), .max = PRICE_LEN, .allowed = AMOUNT
	    ", more than 0 (leave the key out for no limit)" },
	{ CONF_LIMITS, "spend_per_month", conf_read_spend,
	    AT(settings, sends.spend_month), .max = PRICE_LEN, .allowed = AMOUNT
	    ", more than 0 (leave the key out for no limit)" },
	{ CONF_LIMITS, "price_per_send", conf_read_price,
	    AT(settings, sends.price), .max = PRICE_LEN, .allowed = AMOUNT },

	{ CONF_RULE, "users", setting_read_names, AT(rule, users),
	    .min = 1, .max = NAME_LEN, .charset = UPPER LOWER DIGITS "_.@\\-",
	    .allowed = "a list of account names" },
	{ CONF_RULE, "groups", setting_read_names, AT(rule, groups),
	    .min = 1, .max = NAME_LEN, .allowed = "a list of group names" },
	{ CONF_RULE, "services", setting_read_names, AT(rule, services),
	    .min = 1, .max = NAME_LEN, .charset = LOWER DIGITS "_.@+-",
	    .allowed = "a list of PAM service names, in lower case" },
	{ CONF_RULE, "from", conf_read_from, .min = 1, .max = TEXT_MAX,
	    .allowed = "a list of numeric networks such as \"10.0.0.0/8\", "
	    "without bits behind the prefix" },
	{ CONF_RULE, "console", conf_read_console,
	    .allowed = "true, false" },
	{ CONF_RULE, "action", setting_read_choice, AT(rule, action),
	    .max = TEXT_MAX, .choice = actions, .dflt = "require" },
	{ CONF_RULE, "methods", conf_read_methods, .max = TEXT_MAX,
	    .allowed = "a list of \"sms\", \"voice\", \"whatsapp\", \"email\", "
	    "\"push\", \"totp\", \"recovery\"" },
	{ CONF_RULE, "first_factor", setting_read_either, AT(rule, stack),
	    .max = TEXT_MAX, .choice = first_factors, .dflt = "seen" },
	{ CONF_RULE, "on_outage", conf_read_rule_outage, AT(rule, on_outage),
	    .max = TEXT_MAX, .choice = outages },
	{ CONF_RULE, "brand", setting_read_phrase, AT(rule, brand),
	    .min = 1, .max = CONFIG_BRAND_MAX },
	{ CONF_RULE, "remember_minutes", setting_read_unsigned,
	    AT(rule, remember_minutes), .max = 1440, .dflt = "0" },

	{ CONF_PROVIDER, "name", setting_read_text, AT(provider_conf, name),
	    .required = true, .min = 1, .max = CONFIG_NAME_MAX,
	    .charset = UPPER LOWER DIGITS "_-",
	    .allowed = "1 to 32 letters, digits, _ and -" },
	{ CONF_PROVIDER, "type", conf_read_type, .required = true, .min = 1,
	    .max = TEXT_MAX, .allowed = "a provider type" },
	{ CONF_PROVIDER, "base_url", conf_read_base_url, .min = 1,
	    .max = TEXT_MAX, .allowed = "https://HOST[:PORT][/PREFIX]" },
	{ CONF_PROVIDER, "ca_file", conf_read_ca_file, .min = 2,
	    .max = TRUSTED_FILE_PATH_MAX,
	    .allowed = "an absolute path of a PEM file" },
	{ CONF_PROVIDER, "ca_path", conf_read_ca_path, .min = 2,
	    .max = TRUSTED_FILE_PATH_MAX,
	    .allowed = "an absolute path of a hashed directory" },
	{ CONF_PROVIDER, "connect_timeout_ms", setting_read_long,
	    AT(provider_conf, connect_timeout_ms), .min = 100, .max = 30000,
	    .dflt = "3000" },
	{ CONF_PROVIDER, "timeout_ms", setting_read_long,
	    AT(provider_conf, timeout_ms), .min = 500, .max = 30000,
	    .dflt = "10000" },
	{ CONF_PROVIDER, "code_length", conf_read_code_length,
	    .min = 4, .max = 10,
	    .allowed = "a number of digits that the type takes",
	    .dflt = "6" },
	{ CONF_PROVIDER, "expiry", conf_read_expiry,
	    .min = 1, .max = 86400,
	    .allowed = "a number of seconds that the type takes",
	    .dflt = "300" },

	{ CONF_USER, "phone", conf_read_phone, .max = TEXT_MAX,
	    .allowed = "+ and 7 to 15 digits, without blanks" },
	{ CONF_USER, "email", conf_read_email, .min = 3,
	    .max = CONFIG_EMAIL_MAX,
	    .allowed = "an address such as \"alice@example.org\"" },
	{ CONF_USER, "channels", conf_read_channels, .max = TEXT_MAX,
	    .allowed = "a list of \"sms\", \"voice\", \"whatsapp\", \"email\", "
	    "\"push\", \"totp\", each once",
	    .dflt = "[\"sms\"]" },
	{ CONF_USER, "provider", conf_read_preferred, .min = 1,
	    .max = CONFIG_NAME_MAX,
	    .allowed = "the name of a provider in twofa.conf" },
	{ CONF_USER, "enabled", setting_read_bool, AT(user_record, enabled),
	    .dflt = "true" },
	{ CONF_USER, "totp_secret_file", conf_read_totp,
	    .min = 2, .max = TRUSTED_FILE_PATH_MAX,
	    .allowed = "an absolute path" },
	{ CONF_USER, "push_identity", conf_read_copy,
	    AT(user_record, push_identity), .min = 8,
	    .max = CONFIG_IDENTITY_MAX, .charset = UPPER LOWER DIGITS "-",
	    .allowed = "8 to 64 letters, digits and -, nothing personal" },
	{ CONF_USER, "push_factor", conf_read_sid,
	    AT(user_record, push_factor), .min = 1,
	    .max = CONFIG_SID_LEN, .charset = UPPER LOWER DIGITS,
	    .allowed = "YF and 32 hexadecimal digits" },
	{ CONF_USER, "totp_factor", conf_read_sid,
	    AT(user_record, totp_factor), .min = 1,
	    .max = CONFIG_SID_LEN, .charset = UPPER LOWER DIGITS,
	    .allowed = "YF and 32 hexadecimal digits" },
	{ CONF_USER, "authy_id", conf_read_copy, AT(user_record, authy_id),
	    .min = 1, .max = CONFIG_AUTHY_ID_MAX, .charset = DIGITS,
	    .allowed = "1 to 16 digits" },
};
/* clang-format on */

/* Written, they would be read as a promise that nothing keeps. */
static const struct {
	enum setting_section section;
	const char *key;
} later[] = {
	{ CONF_SETTINGS, "socket_allow_uids" },
	{ CONF_USER, "language" },
};

const struct setting_entry *
setting_table(size_t *n)
{
	*n = COUNT(table);
	return table;
}

const struct setting_entry *
setting_section(enum setting_section section, size_t *n)
{
	const struct setting_entry *first = table;

	while (first->section != section)
		first++;
	*n = 0;
	while (
	    first + *n < table + COUNT(table) && first[*n].section == section)
		(*n)++;
	return first;
}

struct setting_entry
setting_entry_of_key(
    const struct setting_key *k, char number[SETTING_NUMBER_MAX])
{
	struct setting_entry e = {
		.section = CONF_PROVIDER,
		.key = k->key,
		.required = k->required,
		.min = k->min,
		.max = k->max,
		.charset = k->charset,
	};

	switch (k->kind) {
	case CONF_NONE:
		break;
	case CONF_TEXT:
		e.read = setting_read_text;
		break;
	case CONF_NUMBER:
		e.read = setting_read_long;
		snprintf(number, SETTING_NUMBER_MAX, "%ld", k->dflt);
		e.dflt = number;
		break;
	case CONF_SECRET_FILE:
	case CONF_KEY_FILE:
		e.read = setting_read_path;
		e.min = 2;
		e.max = TRUSTED_FILE_PATH_MAX;
		break;
	}
	return e;
}

static bool
is_known(enum setting_section section, const struct setting_key *own,
    const char *key)
{
	const struct setting_entry *e;
	size_t n;

	for (e = setting_section(section, &n); n > 0; n--, e++)
		if (strcmp(e->key, key) == 0)
			return true;
	for (; own != NULL && own->key != NULL; own++)
		if (strcmp(own->key, key) == 0)
			return true;
	return false;
}

static bool
is_later(enum setting_section section, const char *key)
{
	for (size_t i = 0; i < COUNT(later); i++)
		if (later[i].section == section &&
		    strcmp(later[i].key, key) == 0)
			return true;
	return false;
}

static void
report_unknown(struct setting_scope *scope, const struct config_setting_t *s,
    enum setting_section section, const struct setting_key *own)
{
	char keys[SETTING_ALLOWED_MAX] = "";
	const struct setting_entry *e;
	size_t n, used = 0;

	for (e = setting_section(section, &n); n > 0; n--, e++)
		used += (size_t)snprintf(keys + used, sizeof(keys) - used,
		    "%s%s", used > 0 ? ", " : "", e->key);
	for (; own != NULL && own->key != NULL && used < sizeof(keys); own++)
		used += (size_t)snprintf(
		    keys + used, sizeof(keys) - used, ", %s", own->key);
	settings_error(scope, setting_line(s), config_setting_name(s),
	    "unknown key, allowed: %s", keys);
}

void
setting_known(struct setting_scope *scope, const struct config_setting_t *group,
    enum setting_section section, const struct setting_key *own)
{
	int n = config_setting_length(group);

	for (int i = 0; i < n; i++) {
		const config_setting_t *s =
		    config_setting_get_elem(group, (unsigned)i);
		const char *key = config_setting_name(s);

		if (is_known(section, own, key))
			continue;
		if (is_later(section, key))
			settings_error(scope, setting_line(s), key,
			    "not in this version yet: remove it, allowed: "
			    "what twofa.conf(5) lists");
		else
			report_unknown(scope, s, section, own);
	}
}
