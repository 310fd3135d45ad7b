/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the settings hold a provider's credentials, for an admin whose vendor
 * refuses them. */
#ifndef TWOFA_CREDENTIAL_WORDS_H
#define TWOFA_CREDENTIAL_WORDS_H

#include "lib/provider_types/provider_types.h"

#define CREDENTIAL_WORDS_MAX 640

/* "api_key, api_secret_file (/etc/twofa/secrets/vonage)": the keys that the
 * type needs, and those that name a secret, each with its file. Returns out. */
const char *credential_words(
    const struct provider_conf *, char out[CREDENTIAL_WORDS_MAX]);

#endif
