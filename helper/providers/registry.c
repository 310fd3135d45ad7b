/* SPDX-License-Identifier: BSD-2-Clause */
/* The provider types that settings may name: a new one is one line here. */
#include "helper/providers/provider.h"

#include <string.h>

extern const struct provider_ops vonage_v1_ops;

static const struct provider_ops *const types[] = {
	&vonage_v1_ops,
};

const struct provider_ops *
provider_nth(unsigned n)
{
	return n < sizeof(types) / sizeof(types[0]) ? types[n] : NULL;
}

const struct provider_ops *
provider_of_type(const char *type)
{
	for (unsigned i = 0; provider_nth(i) != NULL; i++)
		if (strcmp(types[i]->type, type) == 0)
			return types[i];
	return NULL;
}
