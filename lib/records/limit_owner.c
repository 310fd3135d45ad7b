/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/records/limit_owner.h"

#include <stddef.h>
#include <string.h>

bool
limit_of_person(const char *key)
{
	static const char *const keys[] = { "sends_per_user_hour",
		"sends_per_user_day", "sends_per_number_day",
		"answered_per_number_day", "push_per_hour" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i], key) == 0)
			return true;
	return false;
}
