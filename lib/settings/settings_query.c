/* SPDX-License-Identifier: BSD-2-Clause */
/* What others, and the readers themselves, ask settings for. */
#include "lib/settings/settings.h"

#include <string.h>

#include "lib/providers/provider_types.h"

/* An item that could not be read is NULL. */
bool
settings_list_has(const struct text_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->item[i] != NULL && strcmp(list->item[i], text) == 0)
			return true;
	return false;
}

const struct provider_conf *
settings_provider(const struct settings *c, const char *name)
{
	for (size_t i = 0; i < c->provider_count; i++)
		if (c->provider[i].name != NULL &&
		    strcmp(c->provider[i].name, name) == 0)
			return &c->provider[i];
	return NULL;
}

bool
settings_rehearsal(const struct settings *c)
{
	for (size_t i = 0; i < c->provider_count; i++)
		if (strcmp(c->provider[i].scheme, "https") != 0)
			return true;
	return false;
}

unsigned
settings_methods(const struct settings *c)
{
	unsigned methods = 0;

	for (size_t i = 0; i < c->provider_count; i++)
		methods |= provider_methods(&c->provider[i]);
	return methods;
}
