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

bool
limit_of_host(const char *key, const char *source)
{
	static const char *const local[] = { "uid:", "sock:", "127.", "::/64" };

	if (strcmp(key, "sends_per_host_hour") == 0 ||
	    strcmp(key, "hourly-sends") == 0 ||
	    strcmp(key, "sends_per_other_hour") == 0)
		return true;
	if (strcmp(key, "sends_per_source_hour") != 0)
		return false;
	for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		if (strncmp(local[i], source, strlen(local[i])) == 0)
			return true;
	return false;
}
