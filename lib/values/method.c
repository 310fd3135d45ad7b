/* SPDX-License-Identifier: BSD-2-Clause */
/* The names of methods. */
#include "lib/values/values.h"

static const char *const names[] = {
	[METHOD_NONE] = "",
	[METHOD_SMS] = "sms",
	[METHOD_VOICE] = "voice",
	[METHOD_WHATSAPP] = "whatsapp",
	[METHOD_EMAIL] = "email",
	[METHOD_PUSH] = "push",
	[METHOD_TOTP] = "totp",
	[METHOD_RECOVERY] = "recovery",
	[METHOD_BYPASS] = "bypass",
	[METHOD_PAGE] = "page",
};
_Static_assert(COUNT_OF(names) == METHOD_COUNT, "names");

const char *
method_name(enum method m)
{
	return names[m];
}

enum method
method_from_name(const char *name)
{
	for (unsigned i = METHOD_SMS; i < METHOD_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return (enum method)i;
	return METHOD_NONE;
}
