/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads twofa.conf into a struct settings, and checks it as a whole. */
#include "lib/settings/settings_inside.h"

#include <libconfig.h>
#include <stdlib.h>

#define CONFIG_STATE_MAX 1023 /* length of a path or a list of servers */

#define LANGUAGE_CHOICE(word, vonage) { word, 0 },
const struct setting_choice settings_languages[] = {
	PROVIDER_LANGUAGES(LANGUAGE_CHOICE){ 0 },
};

/* A state file, or state servers. */
static void
read_state(const struct setting *v, void *field)
{
	const char *text = setting_text(v);
	struct settings_url url;
	const char *wrong = NULL;

	if (text != NULL && text[0] != '/')
		wrong = settings_fleet_url_parse(text, &url);
	else if (text != NULL && strlen(text) > TRUSTED_FILE_PATH_MAX)
		wrong = "is a path that is too long";
	if (wrong != NULL)
		setting_reject(v, "%s", wrong);
	*(const char **)field = wrong == NULL ? text : NULL;
}

/* Read after the state, whose folder is the default: hosts without the key keep
 * their files where they were. */
static void
read_state_dir(const struct setting *v, void *field)
{
	struct settings *c = field;
	const char *dir;

	setting_read_path(v, &dir);
	if (dir != NULL &&
	    (v->s != NULL || c->state == NULL ||
		folder_from_path(c->state, c->state_dir) != 0))
		PRINT_TO(c->state_dir, "%s", dir);
}

/* Read after proxy and proxy_user. */
static void
read_proxy_password(const struct setting *v, void *field)
{
	struct settings *c = field;
	const char *path;

	setting_read_path(v, &c->proxy_password_file);
	path = c->proxy_password_file;
	if ((path != NULL) != (c->proxy_user != NULL) ||
	    (path != NULL && c->proxy[0] == '\0'))
		setting_reject(v, "does not fit proxy, proxy_user");
	else if (path != NULL &&
	    trusted_file_read_secret(
		path, v->scope->owner, &c->proxy_password) != 0)
		setting_error(v, "%s: %s", path, trusted_file_cause);
}

static bool
notify_is_valid(const char *text)
{
	return text[0] == '/' || strcmp(text, SETTINGS_NOTIFY_MAIL) == 0;
}

enum { UNENROLLED_ALLOW = 1, UNENROLLED_ENROL };

static void
read_socket_uids(const struct setting *v, void *field)
{
	const size_t n = setting_list_len(v, SETTINGS_SOCKET_UIDS_MAX, "uids");
	struct settings *c = field;
	long uid;

	for (size_t i = 0; i < n; i++) {
		const struct setting one = setting_item(v, i);

		if (setting_number(&one, &uid) == 0)
			c->socket_uid[c->socket_uids++] = (uid_t)uid;
	}
}

static void
read_unenrolled(const struct setting *v, void *field)
{
	struct settings *c = field;
	int choice = 0;

	setting_read_choice(v, &choice);
	c->unenrolled_allow = choice == UNENROLLED_ALLOW;
	c->unenrolled_enrol = choice == UNENROLLED_ENROL;
}

/* clang-format off */
static const struct setting_choice unenrolled_choices[] = { { "deny", 0 },
	{ "allow", UNENROLLED_ALLOW }, { "enrol", UNENROLLED_ENROL }, { NULL, 0 } };
static const struct setting_entry settings_entries[] = {
	{ "brand", setting_read_phrase, SETTING_AT(settings, brand),
	    .required = true, .min = 1, .max = PROVIDER_BRAND_MAX },
	{ "language", setting_read_word, SETTING_AT(settings, language),
	    .max = SETTING_TEXT_MAX, .choice = settings_languages, .dflt = "en" },
	{ "users_dir", setting_read_path, SETTING_AT(settings, users_dir),
	    .min = 2, .max = TRUSTED_FILE_PATH_MAX,
	    .dflt = "/etc/twofa/users.d" },
	SETTING_EITHER("users", settings, users_state, "files", "state"),
	{ "state", read_state, SETTING_AT(settings, state), .min = 2,
	    .max = CONFIG_STATE_MAX,
	    .allowed = "an absolute path, or "
		       "postgresql://HOST[:PORT][,...]/DATABASE",
	    .dflt = "/var/lib/twofa/state.db" },
	{ "state_dir", read_state_dir, .min = 2, .max = FOLDER_PATH_MAX - 1,
	    .allowed = "an absolute path", .dflt = "/var/lib/twofa" },
	{ "unenrolled", read_unenrolled, .max = SETTING_TEXT_MAX,
	    .choice = unenrolled_choices, .dflt = "deny" },
	{ "unenrolled_text", setting_read_phrase,
	    SETTING_AT(settings, unenrolled_text), .max = SETTING_TEXT_MAX,
	    .dflt = "" },
	SETTING_DAY("unenrolled_until", settings, unenrolled_until),
	SETTING_DAY("self_enrol_until", settings, self_enrol_until),
	{ "self_enrol_services", setting_read_names,
	    SETTING_AT(settings, self_enrol_services), .min = 1,
	    .max = FACTS_SERVICE_MAX, .allowed = "a list of PAM services" },
	{ "enrol_kinds", setting_read_names,
	    SETTING_AT(settings, enrol_kinds), .min = 1,
	    .max = SETTING_TEXT_MAX,
	    .allowed = "a list of \"" SETTINGS_ENROL_PHONE "\", \""
		       SETTINGS_ENROL_APP "\", each once" },
	{ "enrol_groups", setting_read_names,
	    SETTING_AT(settings, enrol_groups), .min = 1, .max = USER_NAME_MAX,
	    .allowed = "a list of group names" },
	{ "self_for", setting_read_names,
	    SETTING_AT(settings, self_for), .min = 1, .max = USER_NAME_MAX,
	    .allowed = "a list of group names" },
	{ "helpdesk_for", setting_read_names,
	    SETTING_AT(settings, helpdesk_for), .min = 1, .max = USER_NAME_MAX,
	    .allowed = "a list of group names" },
	{ "helpdesk_group", setting_read_text,
	    SETTING_AT(settings, helpdesk_group), .min = 1,
	    .max = USER_NAME_MAX },
	SETTING_UNSIGNED("helpdesk_daily", settings, helpdesk_daily,
	    1, 1000, "20"),
	{ "on_outage", setting_read_choice,
	    SETTING_AT(settings, on_outage), .max = SETTING_TEXT_MAX,
	    .choice = settings_outages, .dflt = "offline" },
	SETTING_DAY("on_outage_until", settings, on_outage_until),
	SETTING_EITHER("exceptions", settings, exceptions_dated, "any", "dated"),
	SETTING_UNSIGNED("remember_idle_days", settings, remember_idle_days,
	    1, 30, "7"),
	SETTING_BOOL("alert_owner", settings, alert_owner, "false"),
	{ "notify", setting_read_copy, SETTING_AT(settings, notify),
	    .max = SETTINGS_NOTIFY_MAX, .valid = notify_is_valid,
	    .allowed = "\"" SETTINGS_NOTIFY_MAIL "\", or the path of a command" },
	SETTING_BOOL("failover_after_unknown", settings,
	    failover_after_unknown, "true"),
	SETTING_BOOL("tell_locked", settings, tell_locked, "true"),
	SETTING_EITHER("sandbox", settings, sandbox_off, "on", "off"),
	{ "socket_allow_uids", read_socket_uids, .min = 1, .max = INT32_MAX,
	    .allowed = "a list of 1 to 64 uids, from 1 to 2147483647" },
	{ "proxy", setting_read_copy, SETTING_AT(settings, proxy),
	    .max = BASE_URL_HOST_MAX, .valid = base_url_is_proxy,
	    .wrong = "is no proxy", .allowed = "http://HOST:PORT" },
	{ "proxy_user", setting_read_text, SETTING_AT(settings, proxy_user),
	    .min = 1, .max = 64,
	    .charset = TEXT_ALNUM "-._~@+\\",
	    .allowed = "letters, digits and -._~@+\\" },
	{ "proxy_password_file", read_proxy_password, .min = 2,
	    .max = TRUSTED_FILE_PATH_MAX,
	    .allowed = "a path, together with proxy and proxy_user, or none" },
	{ "providers", settings_providers_read,
	    .inside = &settings_provider_keys,
	    .allowed = "a list ( { ... }, ... ) of 1 to 8 providers" },
	{ "rules", settings_rules_read, .inside = &settings_rule_keys,
	    .allowed = "a list ( { ... }, ... ) of up to 4096 rules" },
	{ "limits", settings_limits_read, .inside = &settings_limits_keys,
	    .allowed = "a group { ... }" },
	{ "store", settings_store_read, .inside = &settings_store_keys,
	    .allowed = "a group { ... }" },
};

/* clang-format on */
const struct setting_section settings_keys =
    SETTING_SECTION(settings_entries, NULL);

/* Checks the brand for every provider, because each may send it. */
static void
check_brand(struct setting_scope *scope, const struct settings *c,
    const struct config_setting_t *group, const char *brand)
{
	unsigned line;

	if (brand == NULL)
		return;
	line = setting_key_line_number(group, "brand");
	for (size_t i = 0; i < c->provider_count; i++) {
		const struct provider_type *type = c->provider[i].type;

		if (type != NULL && type->brand_refused != NULL &&
		    strpbrk(brand, type->brand_refused) != NULL)
			settings_error(scope, line, "brand",
			    "has a character that %s refuses; expected all "
			    "but %s",
			    type->name, type->brand_refused);
	}
}

/* The fleet key protects records in the state, and the answer that no record
 * exists. */
static void
settings_check_users(struct setting_scope *scope, const struct settings *c,
    const struct config_setting_t *root)
{
	if (!c->users_state)
		return;
	if (c->state != NULL && !settings_is_fleet(c))
		setting_error_at(scope, root, "users",
		    "\"state\" needs a state at postgresql://; set state, "
		    "or use \"files\"");
	if (c->store.fleet_key_file == NULL)
		setting_error_at(scope, root, "users",
		    "\"state\" needs a key that the hosts share; set "
		    "fleet_key_file in store = { }, or use \"files\"");
}

static bool
kinds_are_valid(const struct text_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		if ((strcmp(l->item[i], SETTINGS_ENROL_PHONE) != 0 &&
			strcmp(l->item[i], SETTINGS_ENROL_APP) != 0) ||
		    (i > 0 && strcmp(l->item[i], l->item[0]) == 0))
			return false;
	return l->count <= 2;
}

/* Else anybody who knows a password could send messages to any country. */
static void
check_enrol(struct setting_scope *scope, const struct settings *c,
    const struct config_setting_t *root)
{
	if (!kinds_are_valid(&c->enrol_kinds))
		setting_error_at(scope, root, "enrol_kinds",
		    "has another word, or one twice; expected "
		    "\"" SETTINGS_ENROL_PHONE "\", \"" SETTINGS_ENROL_APP
		    "\" or both");
	if (c->self_for.count == 0 &&
	    config_setting_get_member(root, "self_for") != NULL)
		setting_error_at(scope, root, "self_for",
		    "names no group; name one, or run twofactl disable self");
	if (!c->unenrolled_enrol)
		return;
	if (c->allowed_prefixes.count == 0 &&
	    settings_enrols_by(c, SETTINGS_ENROL_PHONE))
		setting_error_at(scope, root, "unenrolled",
		    "\"enrol\" without allowed_prefixes; name the countries "
		    "in limits = { }, or use \"deny\"");
	if (c->state != NULL && settings_is_fleet(c) && !c->users_state)
		setting_error_at(scope, root, "unenrolled",
		    "\"enrol\" with a state at postgresql:// needs users = "
		    "\"state\"; set it, or use \"deny\"");
}

/* exceptions = "dated" requires a last day for each exception; a rule that asks
 * for a code or denies takes neither a last day nor a reason. */
static void
check_ends(struct setting_scope *scope, const struct settings *c,
    const struct config_setting_t *root)
{
	const config_setting_t *rules =
	    config_setting_get_member(root, "rules");
	struct exception e;

	for (size_t i = 0; i < SETTINGS_EXCEPTIONS(c); i++) {
		const struct rule *r = i < c->rule_count ? &c->rule[i] : NULL;
		const config_setting_t *group = root;
		bool admits;

		if (r != NULL &&
		    (settings_rule_skips_code(r)
			    ? !c->exceptions_dated
			    : r->until == 0 && r->why == NULL))
			continue; /* most of many rules */
		if (r != NULL)
			group = config_setting_get_elem(rules, (unsigned)i);
		admits = settings_exception_at(c, i, &e);
		if (admits && e.until == 0 && c->exceptions_dated)
			setting_error_at(scope, group, e.key,
			    "admits without a code and has no last day, but "
			    "exceptions = \"dated\"; set %s",
			    e.end);
		if (r != NULL && !settings_rule_skips_code(r) &&
		    (e.until != 0 || e.why[0] != '\0'))
			settings_error(scope,
			    setting_key_line_number(group, e.end),
			    e.until != 0 ? e.end : "why",
			    "in a rule that asks or denies; expected only with "
			    "action = \"skip\" or \"observe\"");
	}
}

static struct settings preloaded; /* only its rules */

void
settings_preload(const char *path, uid_t owner)
{
	struct setting_scope scope = {
		.file = path, .owner = owner, .preloads = true
	};
	static config_t doc;
	config_t record;
	const struct setting_entry *e = settings_entries;
	int none;

	if (settings_document_read(&scope, TRUSTED_FILE_SETTINGS, NULL, 0, &doc,
		NULL) != TRUSTED_FILE_OK)
		return;
	(void)config_lookup_bool(&doc, "left", &none); /* as of a record */
	config_init(&record);
	(void)config_read_string(&record, "channels = [ \"sms\" ];\n");
	config_destroy(&record);
	while (strcmp(e->key, "rules") != 0)
		e++;
	setting_group_read(&scope, e, 1, config_root_setting(&doc), &preloaded);
	if (scope.errors > 0) /* each login reports them */
		preloaded.rule_count = 0;
}

static void
read_document(struct setting_scope *scope, struct settings *c)
{
	const config_setting_t *root = config_root_setting((config_t *)c->doc);
	const config_setting_t *rules =
	    config_setting_get_member(root, "rules");

	c->owner = scope->owner;
	c->preloaded = scope->preloaded;
	if (c->preloaded && preloaded.rule_count > 0) {
		c->rule = preloaded.rule;
		c->rule_count = preloaded.rule_count;
	}
	setting_check_known(scope, root, &settings_keys, NULL);
	setting_group_read(
	    scope, settings_keys.entry, settings_keys.n, root, c);
	check_brand(scope, c, root, c->brand);
	for (size_t i = 0; i < c->rule_count; i++)
		if (c->rule[i].brand != NULL)
			check_brand(scope, c,
			    config_setting_get_elem(rules, (unsigned)i),
			    c->rule[i].brand);
	if (c->users_dir != NULL &&
	    trusted_file_check_folder(c->users_dir, scope->owner) != 0)
		setting_error_at(scope, root, "users_dir", "%s: %s",
		    c->users_dir, trusted_file_cause);
	settings_check_users(scope, c, root);
	check_enrol(scope, c, root);
	check_ends(scope, c, root);
}

/* text NULL: reads the file. */
static struct settings *
read_settings(
    struct setting_scope *scope, const char *text, size_t len, bool faulty)
{
	struct settings *c = calloc(1, sizeof(*c));
	config_t *doc = calloc(1, sizeof(*doc));

	if (c == NULL || doc == NULL) {
		settings_error(scope, 0, NULL, "out of memory");
		goto fail;
	}
	if (settings_document_read(scope, TRUSTED_FILE_SETTINGS, text, len, doc,
		NULL) != TRUSTED_FILE_OK)
		goto fail;
	c->doc = doc;
	doc = NULL;
	read_document(scope, c);
	if (scope->errors == 0 || faulty)
		return c;
fail:
	free(doc);
	settings_free(c);
	return NULL;
}

struct settings *
settings_load(
    const char *path, uid_t owner, const struct settings_report *report)
{
	return settings_parse(path, NULL, 0, owner, report);
}

struct settings *
settings_parse(const char *path, const char *text, size_t len, uid_t owner,
    const struct settings_report *report)
{
	struct setting_scope scope = {
		.file = path, .owner = owner, .report = report
	};

	return read_settings(&scope, text, len, false);
}

struct settings *
settings_load_faulty(const char *path, uid_t owner,
    const struct settings_report *report, bool *faulty)
{
	struct setting_scope scope = {
		.file = path, .owner = owner, .report = report
	};
	static const char nothing[] = "brand = \"\";";
	struct settings *c = read_settings(&scope, NULL, 0, true);

	*faulty = scope.errors > 0;
	if (c == NULL) {
		scope.report = NULL;
		c = read_settings(&scope, nothing, strlen(nothing), true);
	}
	return c;
}

void
settings_wipe_credentials(struct settings *c, size_t but)
{
	for (size_t i = 0; i < c->provider_count; i++) {
		struct provider_conf *p = &c->provider[i];

		if (i == but)
			continue;
		for (size_t n = 0; n < PROVIDER_SLOTS; n++)
			explicit_bzero(p->secret[n].b, p->secret[n].len);
		explicit_bzero(p->key.b, p->key.len);
		p->key.len = 0;
	}
	if (but == SIZE_MAX)
		explicit_bzero(c->proxy_password.b, c->proxy_password.len);
}

void
settings_end(struct settings **c)
{
	settings_free(*c);
}

void
settings_free(struct settings *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->rule_count && !c->preloaded; i++)
		setting_lists_free(&settings_rule_keys, &c->rule[i]);
	if (!c->preloaded)
		free(c->rule);
	setting_lists_free(&settings_keys, c);
	setting_lists_free(&settings_limits_keys, c);
	if (c->doc != NULL && !c->preloaded)
		config_destroy(c->doc);
	free(c->doc);
	settings_wipe_credentials(c, SIZE_MAX);
	explicit_bzero(c, offsetof(struct settings, provider));
	free(c);
}
