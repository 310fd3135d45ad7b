/* SPDX-License-Identifier: BSD-2-Clause */
/* The provider types that settings may name: a new one is one line here. */
#include "helper/providers/provider.h"

#include <string.h>

extern const struct provider_ops vonage_v1_ops;
extern const struct provider_ops vonage_v2_ops;
extern const struct provider_ops vonage_insight_ops;
extern const struct provider_ops twilio_verify_ops;
extern const struct provider_ops twilio_push_ops;
extern const struct provider_ops twilio_totp_ops;
extern const struct provider_ops twilio_lookup_ops;
extern const struct provider_ops telnyx_verify_ops;
extern const struct provider_ops telnyx_sms_ops;
extern const struct provider_ops telnyx_lookup_ops;
extern const struct provider_ops authy_ops;

static const struct provider_ops *const types[] = {
	&vonage_v1_ops,
	&vonage_v2_ops,
	&vonage_insight_ops,
	&twilio_verify_ops,
	&twilio_push_ops,
	&twilio_totp_ops,
	&twilio_lookup_ops,
	&telnyx_verify_ops,
	&telnyx_sms_ops,
	&telnyx_lookup_ops,
	&authy_ops,
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

unsigned
provider_methods(const struct provider_conf *conf)
{
	unsigned methods = conf->ops->methods;

	if (conf->ops->methods_set != NULL)
		methods &= conf->ops->methods_set(conf);
	return methods;
}
