/* SPDX-License-Identifier: BSD-2-Clause */
/* The groups limits = { } and store = { } of twofa.conf. */
#include "lib/settings/settings_inside.h"

#include <errno.h>
#include <libconfig.h>
#include <unistd.h>

#define SENDS_MAX 100000
#define ANSWERED_MAX 1000
#define OTHER_MAX 20
#define FLEET_MAX 1000000
#define HOST_MAX 10000
#define PRICE_LEN 32
#define AMOUNT "a text such as \"0.05\": digits with a point, up to \"1000000\""

/* An error is only noted: logins do not need the next key yet. */
static void
read_next_key(struct settings_store *c, uid_t owner)
{
	char path[TRUSTED_FILE_PATH_MAX + sizeof(SETTINGS_FLEET_KEY_NEXT)];

	PRINT_TO(path, "%s" SETTINGS_FLEET_KEY_NEXT, c->fleet_key_file);
	if (access(path, F_OK) != 0 && errno == ENOENT)
		c->next = SETTINGS_KEY_NONE;
	else if (trusted_file_read_key(
		     path, owner, c->next_key, sizeof(c->next_key)) == 0)
		c->next = SETTINGS_KEY_NEXT;
	else
		c->next = SETTINGS_KEY_UNREADABLE;
}

static void
read_fleet_key(const struct setting *v, void *field)
{
	struct settings_store *c = field;

	setting_read_path(v, &c->fleet_key_file);
	if (c->fleet_key_file == NULL)
		return;
	read_next_key(c, v->scope->owner);
	if (trusted_file_read_key(c->fleet_key_file, v->scope->owner,
		c->fleet_key, sizeof(c->fleet_key)) != 0)
		setting_error(
		    v, "%s: %s", c->fleet_key_file, trusted_file_cause);
}

/* No "allow": during an outage of the state a code is always required. */
static const struct setting_choice store_outages[] = {
	{ "offline", OUTAGE_OFFLINE },
	{ "deny", OUTAGE_DENY },
	{ 0 },
};

/* clang-format off */
static const struct setting_entry settings_store_entries[] = {
	{ "host", setting_read_text, SETTING_AT(settings, store.host),
	    .min = 1, .max = SETTINGS_STORE_HOST_MAX,
	    .charset = TEXT_LOWER TEXT_DIGITS "-",
	    .allowed = "1 to 48 of the characters a to z, 0 to 9 and -" },
	{ "fleet_key_file", read_fleet_key, SETTING_AT(settings, store),
	    .min = 2, .max = TRUSTED_FILE_PATH_MAX,
	    .allowed = "an absolute path of a file of 32 bytes" },
	SETTING_PATH("ca_file", settings, store.ca_file),
	SETTING_PATH("password_file", settings, store.password_file),
	SETTING_PATH("cert_file", settings, store.cert_file),
	SETTING_PATH("key_file", settings, store.key_file),
	SETTING_UNSIGNED("connect_timeout_ms", settings, store.connect_timeout_ms,
	    100, 10000, "1500"),
	SETTING_UNSIGNED("timeout_ms", settings, store.timeout_ms,
	    100, 10000, "2000"),
	SETTING_UNSIGNED("hold_s", settings, store.hold_s, 0, 3600, "60"),
	SETTING_BOOL("single", settings, store.single, "false"),
	SETTING_BOOL("same_uids", settings, store.same_uids, "false"),
	{ "on_store_outage", setting_read_choice,
	    SETTING_AT(settings, store.on_outage), .max = SETTING_TEXT_MAX,
	    .choice = store_outages, .dflt = "offline" },
};

/* clang-format on */
const struct setting_section settings_store_keys =
    SETTING_SECTION(settings_store_entries, NULL);

/* Checks the keys that state server_keys need; refuses them for a state file,
 * where they have no effect. */
static void
check_store(struct setting_scope *scope, const struct settings *c,
    const struct config_setting_t *group)
{
	static const char *const server_keys[] = { "ca_file", "password_file",
		"cert_file", "key_file", "connect_timeout_ms", "timeout_ms",
		"hold_s", "single", "same_uids", "on_store_outage" };
	const struct settings_store *s = &c->store;

	if (c->state == NULL)
		return;
	if (!settings_is_fleet(c)) {
		for (size_t i = 0; i < COUNT_OF(server_keys); i++)
			if (group != NULL &&
			    config_setting_get_member(group, server_keys[i]))
				setting_error_at(scope, group, server_keys[i],
				    "is for a state at postgresql:// alone");
		return;
	}
	if (s->host == NULL)
		setting_error_at(scope, group, "host",
		    "is required for a state at postgresql://");
	if (s->ca_file == NULL)
		setting_error_at(scope, group, "ca_file",
		    "is required for a state at postgresql://");
	if ((s->cert_file == NULL) != (s->key_file == NULL))
		setting_error_at(
		    scope, group, "key_file", "goes with cert_file");
	if ((s->password_file == NULL) == (s->cert_file == NULL))
		setting_error_at(scope, group, "password_file",
		    "or cert_file, one of them, is required for a state at "
		    "postgresql://");
}

void
settings_store_read(const struct setting *v, void *field)
{
	check_store(v->scope, field, setting_section_read(v, field));
}

static void
read_lock_minutes(const struct setting *v, void *field)
{
	long minutes;

	setting_read_long(v, &minutes);
	((struct settings *)field)->guesses.lock_s = (int64_t)minutes * 60;
}

/* By default the fleet's limit is at least the limit of one host. */
static void
read_fleet(const struct setting *v, void *field)
{
	struct limits_of_sends *l = field;

	setting_read_unsigned(v, &l->fleet_hour);
	if (v->s == NULL && l->fleet_hour < l->host_hour)
		l->fleet_hour = l->host_hour;
}

/* Amounts are texts, as libconfig parses fractions by the locale. */
static void
read_price(const struct setting *v, void *field)
{
	const char *text = setting_text(v);
	int64_t *price = field;

	*price = 0;
	if (text != NULL && money_parse(text, price) != 0)
		setting_reject(v, "\"%s\" is no amount", text);
}

static void
read_spend(const struct setting *v, void *field)
{
	int64_t *spend = field;
	unsigned before = v->scope->errors;

	*spend = -1; /* no limit */
	if (v->s == NULL)
		return;
	read_price(v, spend);
	/* 0 is ambiguous: "nothing" or "no limit". */
	if (*spend == 0 && v->scope->errors == before)
		setting_reject(v, "is 0");
}

static void
read_waits(const struct setting *v, void *field)
{
	static const long dflt[] = { 30, 60, 120 };
	struct settings *c = field;
	const size_t n = setting_list_len(v, SETTINGS_WAITS_MAX, "numbers");

	memcpy(c->resend_wait, dflt, sizeof(dflt));
	c->resend_waits = COUNT_OF(dflt);
	for (size_t i = 0; i < n; i++) {
		const struct setting one = setting_item(v, i);

		if (setting_number(&one, &c->resend_wait[i]) != 0)
			return;
		if (i > 0 && c->resend_wait[i] < c->resend_wait[i - 1])
			setting_reject(&one, "%ld follows %ld",
			    c->resend_wait[i], c->resend_wait[i - 1]);
	}
	if (n > 0)
		c->resend_waits = n;
}

/* clang-format off */
static const struct setting_entry settings_limits_entries[] = {
	SETTING_UNSIGNED("sends_per_user_hour", settings, sends.user_hour,
	    1, SENDS_MAX, "5"),
	SETTING_UNSIGNED("sends_per_user_day", settings, sends.user_day,
	    1, SENDS_MAX, "15"),
	SETTING_UNSIGNED("sends_per_number_day", settings, sends.number_day,
	    1, SENDS_MAX, "15"),
	SETTING_UNSIGNED("answered_per_number_day", settings, sends.number_answered_day,
	    1, ANSWERED_MAX, "60"),
	SETTING_UNSIGNED("sends_per_source_hour", settings, sends.source_hour,
	    1, SENDS_MAX, "30"),
	SETTING_UNSIGNED("sends_per_office_hour", settings, sends.office_hour,
	    1, SENDS_MAX, "200"),
	{ "office_networks", setting_read_networks,
	    SETTING_AT(settings, office_networks), .min = 1,
	    .max = SETTING_TEXT_MAX,
	    .allowed = "a list of numeric networks such as \"192.0.2.0/24\", "
	    "and addresses" },
	SETTING_UNSIGNED("sends_per_host_hour", settings, sends.host_hour,
	    1, SENDS_MAX, "300"),
	{ "sends_per_fleet_hour", read_fleet, SETTING_AT(settings, sends),
	    .max = FLEET_MAX, .allowed = "a number from 0 to 1000000",
	    .dflt = "3000" },
	SETTING_UNSIGNED("sends_per_other_hour", settings, sends.other_hour,
	    0, OTHER_MAX, "3"),
	SETTING_UNSIGNED("push_per_hour", settings, sends.push_hour,
	    1, SENDS_MAX, "5"),
	{ "resend_wait", read_waits, .max = 3600,
	    .allowed = "a list of 1 to 8 numbers from 0 to 3600, none smaller "
	    "than the one before it",
	    .dflt = "[30, 60, 120]" },
	{ "allowed_prefixes", setting_read_names,
	    SETTING_AT(settings, allowed_prefixes), .min = 2,
	    .max = PHONE_MAX, .charset = "+" TEXT_DIGITS,
	    .valid = phone_prefix_is_valid, .wrong = "is no prefix",
	    .allowed = "a list of texts such as \"+1\": + and 1 to 15 digits" },
	SETTING_UNSIGNED("wrong_codes_per_login", settings, wrong_codes_per_login,
	    1, 5, "3"),
	SETTING_UNSIGNED("prompts_per_login", settings, prompts_per_login,
	    1, 50, "10"),
	SETTING_UNSIGNED("lock_after", settings, guesses.after,
	    1, LIMITS_LOCKOUT_AT, "6"),
	SETTING_UNSIGNED("lock_after_total", settings, guesses.after_total,
	    1, LIMITS_LOCKOUT_AT, "30"),
	SETTING_UNSIGNED("guesses_per_host_hour", settings, guesses.host_hour,
	    1, HOST_MAX, "100"),
	{ "lock_minutes", read_lock_minutes,
	    .min = 1, .max = LIMITS_LOCK_MAX_S / 60,
	    .allowed = "a number from 1 to 1440", .dflt = "15" },
	{ "spend_per_day", read_spend,
	    SETTING_AT(settings, sends.spend_day), .max = PRICE_LEN,
	    .allowed = AMOUNT
	    ", more than 0 (leave the key out for no limit)" },
	{ "spend_per_month", read_spend,
	    SETTING_AT(settings, sends.spend_month), .max = PRICE_LEN,
	    .allowed = AMOUNT
	    ", more than 0 (leave the key out for no limit)" },
	{ "price_per_send", read_price, SETTING_AT(settings, sends.price),
	    .max = PRICE_LEN, .allowed = AMOUNT },
};

/* clang-format on */
const struct setting_section settings_limits_keys =
    SETTING_SECTION(settings_limits_entries, NULL);

/* With a smaller lock_after_total, wrong codes from one source would always
 * lock the user from every source. */
static void
check_locks(struct setting_scope *scope, const struct config_setting_t *group,
    const struct limits_of_guesses *g)
{
	const config_setting_t *total =
	    config_setting_get_member(group, "lock_after_total");
	const config_setting_t *after =
	    config_setting_get_member(group, "lock_after");

	if (g->after_total >= g->after)
		return;
	settings_error(scope,
	    setting_line_number(total != NULL ? total : after),
	    "lock_after_total",
	    "is %u%s, smaller than lock_after = %u; expected a number from "
	    "lock_after to %d",
	    g->after_total, total != NULL ? "" : " when it is left out",
	    g->after, LIMITS_LOCKOUT_AT);
}

/* Without a price, no message would count against spend_*. */
static void
check_price(struct setting_scope *scope, const struct config_setting_t *group,
    const struct limits_of_sends *sends)
{
	static const char *const keys[] = { "spend_per_day",
		"spend_per_month" };

	if (sends->price > 0)
		return;
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (config_setting_get_member(group, keys[i]) != NULL)
			setting_error_at(scope, group, keys[i],
			    "counts nothing without a price; set "
			    "price_per_send, more than 0");
}

void
settings_limits_read(const struct setting *v, void *field)
{
	const struct config_setting_t *s = setting_section_read(v, field);

	if (s == NULL)
		return;
	check_locks(v->scope, s, &((struct settings *)field)->guesses);
	check_price(v->scope, s, &((struct settings *)field)->sends);
}
