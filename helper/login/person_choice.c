/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/login/person_choice.h"

#include <stdbool.h>

#include "lib/values/values.h"

/* people->count: none has it. */
static size_t
find(const struct user_people *people, const struct ssh_identity *who)
{
	size_t i = 0;

	while (
	    i < people->count && !user_person_came_by(&people->person[i], who))
		i++;
	return i;
}

enum person_choice
person_choice(
    const struct user_people *people, const char *auth_info, size_t *at)
{
	struct ssh_identity who;
	bool first = true;

	*at = people->count;
	for (; ssh_identity_next(&auth_info, &who); first = false) {
		const size_t found = find(people, &who);

		if (!first && found != *at)
			return PERSON_UNCLEAR;
		*at = found;
	}
	return *at < people->count ? PERSON_KNOWN : PERSON_UNKNOWN;
}
