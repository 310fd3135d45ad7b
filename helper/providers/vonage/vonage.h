/* SPDX-License-Identifier: BSD-2-Clause */
/* What Vonage's APIs have in common: locales, credentials. */
#ifndef TWOFA_VONAGE_H
#define TWOFA_VONAGE_H

#include "helper/providers/provider.h"
#include "lib/providers/vonage_types.h"

/* The vendor's locale for a language that settings may name, or NULL: the
 * vendor then goes by the number's country. */
const char *vonage_locale(const char *language);

/* Basic with the account's key and secret; failed when there is none. */
void vonage_basic(const struct provider_ctx *, struct http_request *);

#endif
