/* SPDX-License-Identifier: BSD-2-Clause */
/* Languages of messages. */
#include "lib/provider_types/provider_types.h"

#define LOCALE(word, vonage) { word, vonage },

const char *
language_to_locale(const char *language)
{
	static const char *const names[][2] = { PROVIDER_LANGUAGES(LOCALE) };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (strcmp(names[i][0], language) == 0)
			return names[i][1];
	return NULL;
}

bool
language_is_known(const char *language)
{
	return language_to_locale(language) != NULL;
}
