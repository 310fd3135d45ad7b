/* SPDX-License-Identifier: BSD-2-Clause */
/* Settings without what needs the fleet. */
#include "helper/outage/outage_settings.h"

#include <stdlib.h>
#include <string.h>

#include "helper/outage/outage_store.h"

struct settings *
outage_settings(const struct settings *conf)
{
	struct settings *c = malloc(sizeof(*c));

	if (c == NULL)
		return NULL;
	*c = *conf;
	c->provider_count = 0;
	c->guesses = (struct store_guess_limits){ .after = OUTAGE_GUESSES,
		.after_total = OUTAGE_GUESSES,
		.lock_s = STORE_LOCK_MAX_S };
	return c;
}

void
outage_settings_free(struct settings *c)
{
	if (c != NULL)
		explicit_bzero(c, sizeof(*c)); /* the secrets stand in it */
	free(c);
}
