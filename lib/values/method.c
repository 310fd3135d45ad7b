/* SPDX-License-Identifier: BSD-2-Clause */

#include "lib/values/values.h"
#include <inttypes.h>
#include <time.h>

/* Methods. */
static const char *const texts_names[] = {
	[METHOD_NONE] = "",
	[METHOD_SMS] = "sms",
	[METHOD_VOICE] = "voice",
	[METHOD_WHATSAPP] = "whatsapp",
	[METHOD_EMAIL] = "email",
	[METHOD_PUSH] = "push",
	[METHOD_TOTP] = "totp",
	[METHOD_RECOVERY] = "recovery",
	[METHOD_BYPASS] = "bypass",
};
_Static_assert(COUNT_OF(texts_names) == METHOD_COUNT, "names");

const char *
method_name(enum method m)
{
	return texts_names[m];
}

enum method
method_from_name(const char *name)
{
	for (unsigned i = METHOD_SMS; i < METHOD_COUNT; i++)
		if (strcmp(texts_names[i], name) == 0)
			return (enum method)i;
	return METHOD_NONE;
}
