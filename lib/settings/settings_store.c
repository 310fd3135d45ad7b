/* SPDX-License-Identifier: BSD-2-Clause */
/* The group store = { } of twofa.conf. */
#include "lib/settings/settings_sections.h"

#include "lib/system/trusted_file.h"

static void
read_fleet_key(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	struct store_conf *c = field;
	char cause[TRUSTED_FILE_CAUSE_MAX];

	setting_read_path(scope, e, s, &c->fleet_key_file);
	if (c->fleet_key_file != NULL &&
	    trusted_file_key(c->fleet_key_file, scope->owner, c->fleet_key,
		sizeof(c->fleet_key), cause) != 0)
		settings_error(scope, setting_line(s), e->key, "%s: %s",
		    c->fleet_key_file, cause);
}

/* clang-format off */
static const struct setting_entry entries[] = {
	{ "host", setting_read_text, SETTING_AT(settings, store.host),
	    .min = 1, .max = CONFIG_STORE_HOST_MAX,
	    .charset = SETTING_LOWER SETTING_DIGITS "-",
	    .allowed = "1 to 48 of the characters a to z, 0 to 9 and -" },
	{ "fleet_key_file", read_fleet_key, SETTING_AT(settings, store),
	    .min = 2, .max = TRUSTED_FILE_PATH_MAX,
	    .allowed = "an absolute path of a file of 32 bytes" },
};
/* clang-format on */

const struct setting_section settings_store_keys = {
	.entry = entries,
	.n = sizeof(entries) / sizeof(entries[0]),
};

void
settings_store_read(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	const struct setting_section *keys = e->inside;

	if (s != NULL && !setting_is_group(scope, e, s))
		s = NULL;
	if (s != NULL)
		setting_known(scope, s, keys, NULL);
	setting_group_read(scope, keys->entry, keys->n, s, field);
}
