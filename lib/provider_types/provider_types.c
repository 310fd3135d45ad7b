/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of provider types. */
#include "lib/provider_types/provider_types.h"

#define LIST(X) &X##_type,

static const struct provider_type *const provider_types[] = { PROVIDER_TYPES(
    LIST) };

const struct provider_type *
provider_type_nth(unsigned n)
{
	return n < COUNT_OF(provider_types) ? provider_types[n] : NULL;
}

const struct provider_type *
provider_type_find(const char *name)
{
	for (unsigned i = 0; provider_type_nth(i) != NULL; i++)
		if (strcmp(provider_types[i]->name, name) == 0)
			return provider_types[i];
	return NULL;
}

unsigned
provider_methods(const struct provider_conf *conf)
{
	unsigned methods = conf->type->methods;

	if (conf->type->methods_set != NULL)
		methods &= conf->type->methods_set(conf);
	return methods;
}

bool
provider_by_receiver(const struct provider_conf *conf)
{
	return conf->type->by_receiver != NULL && conf->type->by_receiver(conf);
}

const char *
provider_account_claim(const struct provider_conf *conf)
{
	const char *claim = conf->type->account_claim != NULL
	    ? conf->type->account_claim(conf)
	    : NULL;

	return claim != NULL ? claim : "";
}

const char *
provider_prompt_words(const struct provider_conf *conf)
{
	return conf->type->prompt_words != NULL ? conf->type->prompt_words(conf)
						: NULL;
}

const char *
provider_key_file(const struct provider_conf *p, const struct setting_key *k)
{
	return k->kind == CONF_SECRET_FILE ? p->secret_file[k->slot]
	    : k->kind == CONF_KEY_FILE     ? p->key_file
					   : NULL;
}
