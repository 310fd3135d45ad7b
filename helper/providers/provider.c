/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls of each provider type. */
#include "helper/providers/provider.h"

#define DECLARE(X) extern const struct provider_ops X##_ops;
PROVIDER_TYPES(DECLARE)

#define LIST(X) &X##_ops,
static const struct provider_ops *const calls[] = { PROVIDER_TYPES(LIST) };

const struct provider_ops *
provider_ops(const struct provider_type *type)
{
	static const struct provider_ops none;

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i]->type == type)
			return calls[i];
	return &none;
}
