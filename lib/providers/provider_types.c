/* SPDX-License-Identifier: BSD-2-Clause */
/* The provider types that settings may name. */
#include "helper/providers/provider.h"

#include <string.h>

/* In this order; a new one is one line here. */
#define TYPES(X)                                                               \
	X(vonage_v1)                                                           \
	X(vonage_v2)                                                           \
	X(vonage_insight)                                                      \
	X(twilio_verify)                                                       \
	X(twilio_push)                                                         \
	X(twilio_totp)                                                         \
	X(twilio_lookup)                                                       \
	X(telnyx_verify)                                                       \
	X(telnyx_sms)                                                          \
	X(telnyx_lookup)                                                       \
	X(authy)

#define DECLARE(type) extern const struct provider_ops type##_ops;
TYPES(DECLARE)

#define LIST(type) &type##_ops,
static const struct provider_ops *const types[] = { TYPES(LIST) };

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

unsigned
provider_methods(const struct provider_conf *conf)
{
	unsigned methods = conf->ops->methods;

	if (conf->ops->methods_set != NULL)
		methods &= conf->ops->methods_set(conf);
	return methods;
}
