/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Vonage's APIs have in common: locales, credentials. What replies mean:
 * docs/provider-outcomes.md, "Vonage".
 */
#ifndef TWOFA_VONAGE_H
#define TWOFA_VONAGE_H

#include "helper/providers/providers.h"
#include "lib/provider_types/provider_types.h"

/* The vendor's locale for a language of the settings, or NULL: then the vendor
 * uses the number's country. */
const char *vonage_locale(const char *language);

/* Basic with the account's key and secret; failed when there are none. */
void vonage_basic(const struct provider_ctx *, struct http_request *);

#endif
