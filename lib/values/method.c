/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/values/method.h"

#include <string.h>

static const char *const names[] = {
	[METHOD_NONE] = "",
	[METHOD_SMS] = "sms",
	[METHOD_VOICE] = "voice",
	[METHOD_WHATSAPP] = "whatsapp",
	[METHOD_EMAIL] = "email",
	[METHOD_PUSH] = "push",
	[METHOD_TOTP] = "totp",
	[METHOD_RECOVERY] = "recovery",
};
_Static_assert(sizeof(names) / sizeof(names[0]) == METHOD_COUNT, "names");

const char *
method_name(enum method m)
{
	return names[m];
}

enum method
method_of_name(const char *name)
{
	for (unsigned i = METHOD_SMS; i < METHOD_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return (enum method)i;
	return METHOD_NONE;
}
