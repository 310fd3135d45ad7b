/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The provider types that settings may name. This list is the only one: the
 * helper's table of calls (helper/providers/provider.c) is made of it, too.
 */
#ifndef TWOFA_PROVIDER_TYPES_H
#define TWOFA_PROVIDER_TYPES_H

#include "lib/providers/provider_type.h"

/*
 * In this order. X: there is a struct provider_type X_type in lib/providers, a
 * struct provider_ops X_ops in helper/providers, and the simulator's half
 * X_provider; the files of the calls are called by it (but authy_verify.c), the
 * simulator's, too, without the vonage_. X is the type's name with _ for -,
 * but that vonage-verify is vonage_v1 and vonage-verify-v2 vonage_v2, by the
 * versions of that API. tests/replies and tests/providers have the type's name.
 * No half of its own has twilio_totp: that of twilio_push answers.
 */
#define PROVIDER_TYPES(X)                                                      \
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

#define PROVIDER_TYPE_DECLARE(X) extern const struct provider_type X##_type;
PROVIDER_TYPES(PROVIDER_TYPE_DECLARE)

/* The type of this name, or NULL. */
const struct provider_type *provider_type_named(const char *name);
/* The nth type, NULL at the end: for error texts and tests. */
const struct provider_type *provider_type_nth(unsigned n);

/* METHOD_BITs that this provider can deliver by, as it is set. */
unsigned provider_methods(const struct provider_conf *);

#endif
