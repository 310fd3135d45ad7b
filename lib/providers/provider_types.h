/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The provider types that settings may name. This is the only list: the
 * helper's table of calls (helper/providers/provider.c) is made from it, too.
 */
#ifndef TWOFA_PROVIDER_TYPES_H
#define TWOFA_PROVIDER_TYPES_H

#include "lib/providers/provider_type.h"

/*
 * Error texts list them in this order. For each X there is a struct
 * provider_type X_type in lib/providers, a struct provider_ops X_ops in
 * helper/providers, and a part X_provider of the simulator. The files of the
 * calls have its name (except authy_verify.c); the simulator's have it without
 * vonage_. X is the type's name with _ for -, except for vonage-verify, which
 * is vonage_v1, and vonage-verify-v2, which is vonage_v2, after the versions of
 * that API. tests/replies and tests/providers use the type's name. twilio_totp
 * has no part of its own in the simulator: twilio_push answers for it.
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
/* The nth type; NULL at the end. For error texts and tests. */
const struct provider_type *provider_type_nth(unsigned n);

/* METHOD_BITs that this provider can deliver by with its settings. */
unsigned provider_methods(const struct provider_conf *);

#endif
