/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/verification/claim_key.h"

#include <string.h>

#include "helper/providers/providers.h"
#include "lib/rules/rules.h"

struct store_key
claim_key(
    const struct login *l, const struct provider_conf *p, enum method method)
{
	const struct user_record *r = l->record;
	const char *const all[] = { r->phone, r->email, r->authy_id };
	struct store_key key = { .user = l->user,
		.receiver = reach_receiver(r, p, method),
		.provider = p->name,
		.type = p->type->name };
	size_t others = 0;

	if (l->env->stranger != NULL) {
		key.receiver = l->user;
		return key;
	}

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i][0] != '\0' && strcmp(all[i], key.receiver) != 0 &&
		    others < STORE_OTHERS)
			key.other[others++] = all[i];
	return key;
}

const struct provider_conf *
claim_key_provider(const struct settings *conf, const struct store_row *row)
{
	const struct provider_conf *p = settings_provider(conf, row->provider);

	if (p == NULL || row->type[0] == '\0')
		return p;
	return strcmp(p->type->name, row->type) == 0 ? p : NULL;
}

bool
claim_key_foreign(const struct provider_type *type, const struct store_row *row)
{
	return row->foreign && !type->names_receiver;
}

bool
claim_key_joins(const struct settings *conf, const struct user_record *r,
    unsigned allowed, const struct store_row *row)
{
	const struct provider_conf *p = claim_key_provider(conf, row);

	return p != NULL && row->left_ms > 0 && !row->apart &&
	    !claim_key_foreign(p->type, row) &&
	    (reach_methods(conf, r, allowed, p) & METHOD_BIT(row->method)) != 0;
}
