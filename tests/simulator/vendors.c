/* SPDX-License-Identifier: BSD-2-Clause */
/* Which vendors are simulated. */
#include "tests/simulator/vendors.h"

#include <stddef.h>

#include "tests/simulator/core/provider.h"

/* In this order; a new one is one line here. */
#define HALVES(X)                                                              \
	X(vonage_v1)                                                           \
	X(vonage_v2)                                                           \
	X(vonage_insight)                                                      \
	X(vonage_identity)                                                     \
	X(twilio_verify)                                                       \
	X(twilio_push)                                                         \
	X(twilio_lookup)                                                       \
	X(telnyx_verify)                                                       \
	X(telnyx_sms)                                                          \
	X(telnyx_lookup)                                                       \
	X(http_sms)                                                            \
	X(authy)                                                               \
	X(authy_onetouch)                                                      \
	X(authy_phones)

#define DECLARE(half) extern const struct sim_provider half##_provider;
HALVES(DECLARE)

#define LIST(half) &half##_provider,
const struct sim_provider *const sim_vendors[] = { HALVES(LIST) NULL };
