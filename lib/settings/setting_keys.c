/* SPDX-License-Identifier: BSD-2-Clause */
/* Which keys a group may hold. */
#include "lib/settings/setting_keys.h"

#include <libconfig.h>
#include <stdio.h>
#include <string.h>

#include "lib/system/system.h"

struct setting_entry
setting_entry_of_key(
    const struct setting_key *k, char number[SETTING_NUMBER_MAX])
{
	struct setting_entry e = {
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
is_known(const struct setting_section *keys, const struct setting_key *own,
    const char *key)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strcmp(keys->entry[i].key, key) == 0)
			return true;
	for (; own != NULL && own->key != NULL; own++)
		if (strcmp(own->key, key) == 0)
			return true;
	return keys->more != NULL && is_known(keys->more, NULL, key);
}

static bool
is_later(const struct setting_section *keys, const char *key)
{
	for (const char *const *l = keys->later; l != NULL && *l != NULL; l++)
		if (strcmp(*l, key) == 0)
			return true;
	return keys->more != NULL && is_later(keys->more, key);
}

static void
report_unknown(struct setting_scope *scope, const struct config_setting_t *s,
    const struct setting_section *keys, const struct setting_key *own)
{
	char text[SETTING_ALLOWED_MAX] = "";
	size_t used = 0;

	for (const struct setting_section *k = keys; k != NULL; k = k->more)
		for (size_t i = 0; i < k->n; i++)
			used +=
			    (size_t)snprintf(text + used, sizeof(text) - used,
				"%s%s", used > 0 ? ", " : "", k->entry[i].key);
	for (; own != NULL && own->key != NULL && used < sizeof(text); own++)
		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, ", %s", own->key);
	settings_error(scope, setting_line(s), config_setting_name(s),
	    "unknown key, allowed: %s", text);
}

void
setting_known(struct setting_scope *scope, const struct config_setting_t *group,
    const struct setting_section *keys, const struct setting_key *own)
{
	int n = config_setting_length(group);

	for (int i = 0; i < n; i++) {
		const config_setting_t *s =
		    config_setting_get_elem(group, (unsigned)i);
		const char *key = config_setting_name(s);

		if (is_known(keys, own, key))
			continue;
		if (is_later(keys, key))
			settings_error(scope, setting_line(s), key,
			    "not in this version yet: remove it, allowed: "
			    "what twofa.conf(5) lists");
		else
			report_unknown(scope, s, keys, own);
	}
}

const struct config_setting_t *
setting_section_read(struct setting_scope *scope, const struct setting_entry *e,
    const struct config_setting_t *s, void *field)
{
	const struct setting_section *keys = e->inside;

	if (s != NULL && !setting_is_group(scope, e, s))
		s = NULL;
	if (s != NULL)
		setting_known(scope, s, keys, NULL);
	setting_group_read(scope, keys->entry, keys->n, s, field);
	return s;
}
