/* SPDX-License-Identifier: BSD-2-Clause */
/* Options made from the tables of provider types. */
#include "twofactl/arguments/provider_keys.h"

#include <stdio.h>
#include <string.h>

#include "lib/provider_types/provider_types.h"

static struct provider_key rows[CTL_OWN_MAX];
static size_t count;

bool
provider_keys_of(const struct provider_type *type)
{
	return (type->methods & METHOD_BIT(METHOD_SMS)) != 0 &&
	    !type->by_authy_id;
}

static struct provider_key *
row_of(const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(rows[i].key->key, key) == 0)
			return &rows[i];
	return NULL;
}

static void
name_option(const char *key, char *out, size_t cap)
{
	snprintf(out, cap, "%s", key);
	for (; *out != '\0'; out++)
		if (*out == '_')
			*out = '-';
}

static void
add(const struct setting_key *key, const char *type)
{
	struct provider_key *row = row_of(key->key);
	size_t used;

	if (row == NULL && count == CTL_OWN_MAX)
		return; /* a test makes sure that they fit */
	if (row == NULL) {
		row = &rows[count++];
		row->key = key;
		name_option(key->key, row->option, sizeof(row->option));
	}
	used = strlen(row->types);
	snprintf(row->types + used, sizeof(row->types) - used, "%s%s",
	    used > 0 ? ", " : "", type);
}

static void
make(void)
{
	const struct provider_type *type;

	for (unsigned i = 0; (type = provider_type_nth(i)) != NULL; i++)
		for (const struct setting_key *k = type->keys;
		     provider_keys_of(type) && k->key != NULL; k++)
			add(k, type->name);
}

const struct provider_key *
provider_key_nth(size_t n)
{
	if (count == 0)
		make();
	return n < count ? &rows[n] : NULL;
}

const char *
provider_key_typed(const struct ctl *ctl, const char *key)
{
	const struct provider_key *row;

	for (size_t i = 0; (row = provider_key_nth(i)) != NULL; i++)
		if (strcmp(row->key->key, key) == 0)
			return ctl->own[i];
	return NULL;
}
