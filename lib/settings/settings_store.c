/* SPDX-License-Identifier: BSD-2-Clause */
/* The group store = { } of twofa.conf. */
#include "lib/settings/settings_sections.h"

#include <errno.h>
#include <libconfig.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/settings/settings_document.h"
#include "lib/system/store_url.h"
#include "lib/system/system.h"

/* A copy that went wrong must not end logins that do not need it yet. */
static void
read_next_key(struct store_conf *c, uid_t owner)
{
	char path[TRUSTED_FILE_PATH_MAX + sizeof(CONFIG_FLEET_KEY_NEXT)];
	char cause[TRUSTED_FILE_CAUSE_MAX];

	snprintf(
	    path, sizeof(path), "%s" CONFIG_FLEET_KEY_NEXT, c->fleet_key_file);
	if (access(path, F_OK) != 0 && errno == ENOENT)
		c->next = FLEET_KEY_NONE;
	else if (trusted_file_key(
		     path, owner, c->next_key, sizeof(c->next_key), cause) == 0)
		c->next = FLEET_KEY_NEXT;
	else
		c->next = FLEET_KEY_UNREADABLE;
}

static void
read_fleet_key(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	struct store_conf *c = field;
	char cause[TRUSTED_FILE_CAUSE_MAX];

	setting_read_path(scope, e, s, &c->fleet_key_file);
	if (c->fleet_key_file == NULL)
		return;
	read_next_key(c, scope->owner);
	if (trusted_file_key(c->fleet_key_file, scope->owner, c->fleet_key,
		sizeof(c->fleet_key), cause) != 0)
		settings_error(scope, setting_line(s), e->key, "%s: %s",
		    c->fleet_key_file, cause);
}

/* Never "allow": while the state is away, a code is always needed. */
static const struct setting_choice store_outages[] = {
	{ "offline", OUTAGE_OFFLINE },
	{ "deny", OUTAGE_DENY },
	{ 0 },
};

/* clang-format off */
static const struct setting_entry entries[] = {
	{ "host", setting_read_text, SETTING_AT(settings, store.host),
	    .min = 1, .max = CONFIG_STORE_HOST_MAX,
	    .charset = SETTING_LOWER SETTING_DIGITS "-",
	    .allowed = "1 to 48 of the characters a to z, 0 to 9 and -" },
	{ "fleet_key_file", read_fleet_key, SETTING_AT(settings, store),
	    .min = 2, .max = TRUSTED_FILE_PATH_MAX,
	    .allowed = "an absolute path of a file of 32 bytes" },
	{ "ca_file", setting_read_path, SETTING_AT(settings, store.ca_file),
	    .min = 2, .max = TRUSTED_FILE_PATH_MAX },
	{ "password_file", setting_read_path,
	    SETTING_AT(settings, store.password_file), .min = 2,
	    .max = TRUSTED_FILE_PATH_MAX },
	{ "cert_file", setting_read_path, SETTING_AT(settings, store.cert_file),
	    .min = 2, .max = TRUSTED_FILE_PATH_MAX },
	{ "key_file", setting_read_path, SETTING_AT(settings, store.key_file),
	    .min = 2, .max = TRUSTED_FILE_PATH_MAX },
	{ "connect_timeout_ms", setting_read_unsigned,
	    SETTING_AT(settings, store.connect_timeout_ms), .min = 100,
	    .max = 10000, .dflt = "1500" },
	{ "timeout_ms", setting_read_unsigned,
	    SETTING_AT(settings, store.timeout_ms), .min = 100, .max = 10000,
	    .dflt = "2000" },
	{ "single", setting_read_bool, SETTING_AT(settings, store.single),
	    .dflt = "false" },
	{ "on_store_outage", setting_read_choice,
	    SETTING_AT(settings, store.on_outage), .max = SETTING_TEXT_MAX,
	    .choice = store_outages, .dflt = "offline" },
};
/* clang-format on */

const struct setting_section settings_store_keys = {
	.entry = entries,
	.n = sizeof(entries) / sizeof(entries[0]),
};

static void
wrong(struct setting_scope *scope, const struct config_setting_t *group,
    const char *key, const char *why)
{
	const struct config_setting_t *s =
	    group == NULL ? NULL : config_setting_get_member(group, key);

	settings_error(
	    scope, setting_line(s != NULL ? s : group), key, "%s", why);
}

/* Checks what a server needs; keys that have no effect are refused. */
static void
check(struct setting_scope *scope, const struct settings *c,
    const struct config_setting_t *group)
{
	static const char *const servers[] = { "ca_file", "password_file",
		"cert_file", "key_file", "connect_timeout_ms", "timeout_ms",
		"single", "on_store_outage" };
	const struct store_conf *s = &c->store;

	if (c->state == NULL)
		return;
	if (!store_url_is(c->state)) {
		for (size_t i = 0; i < sizeof(servers) / sizeof(*servers); i++)
			if (group != NULL &&
			    config_setting_get_member(group, servers[i]))
				wrong(scope, group, servers[i],
				    "is for a state at postgresql:// alone");
		return;
	}
	if (s->host == NULL)
		wrong(scope, group, "host",
		    "is required for a state at postgresql://");
	if (s->ca_file == NULL)
		wrong(scope, group, "ca_file",
		    "is required for a state at postgresql://");
	if ((s->cert_file == NULL) != (s->key_file == NULL))
		wrong(scope, group, "key_file", "goes with cert_file");
	if ((s->password_file == NULL) == (s->cert_file == NULL))
		wrong(scope, group, "password_file",
		    "or cert_file, one of them, is required for a state at "
		    "postgresql://");
}

int
settings_fleet_key_place(const char *path, uid_t owner, char *out, size_t size)
{
	struct setting_scope scope = {
		.file = path, .owner = owner, .report = &settings_report_none
	};
	const char *named = NULL;
	struct config_t doc;

	out[0] = '\0';
	if (settings_document_read(&scope, TRUSTED_FILE_SETTINGS, &doc, NULL) !=
	    TRUSTED_FILE_OK)
		return -1;
	if (config_lookup_string(&doc, "store.fleet_key_file", &named) ==
		CONFIG_TRUE &&
	    named[0] == '/' && strlen(named) < size)
		snprintf(out, size, "%s", named);
	config_destroy(&doc);
	return 0;
}

void
settings_store_read(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	check(scope, field, setting_section_read(scope, e, s, field));
}
