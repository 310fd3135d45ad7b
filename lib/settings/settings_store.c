/* SPDX-License-Identifier: BSD-2-Clause */
/* The group store = { } of twofa.conf. */
#include "lib/settings/settings_sections.h"

/* clang-format off */
static const struct setting_entry entries[] = {
	{ "host", setting_read_text, SETTING_AT(settings, store.host),
	    .min = 1, .max = CONFIG_STORE_HOST_MAX,
	    .charset = SETTING_LOWER SETTING_DIGITS "-",
	    .allowed = "1 to 48 of the characters a to z, 0 to 9 and -" },
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
