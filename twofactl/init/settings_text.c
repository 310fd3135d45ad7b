/* SPDX-License-Identifier: BSD-2-Clause */
/* A new twofa.conf, or a changed one. */
#include "twofactl/init/settings_text.h"

#include <stddef.h>

char *
settings_text(const struct answers *a, const char *old, const char *home,
    const char *secrets)
{
	return old != NULL ? settings_text_merged(a, old, secrets)
			   : settings_text_new(a, home, secrets);
}
