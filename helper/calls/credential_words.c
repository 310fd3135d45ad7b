/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/calls/credential_words.h"

#include <stdio.h>

/* The file that this key names; "" for a text, NULL when it is not set. */
static const char *
file_of(const struct provider_conf *p, const struct setting_key *k)
{
	switch (k->kind) {
	case CONF_TEXT:
		return k->required ? "" : NULL;
	case CONF_SECRET_FILE:
		return p->secret_file[k->slot];
	case CONF_KEY_FILE:
		return p->key_file[k->slot];
	case CONF_NONE:
	case CONF_NUMBER:
		break;
	}
	return NULL;
}

const char *
credential_words(const struct provider_conf *p, char out[CREDENTIAL_WORDS_MAX])
{
	size_t used = 0;

	out[0] = '\0';
	for (const struct setting_key *k = p->type->keys; k->key != NULL; k++) {
		const char *file = file_of(p, k);

		if (file == NULL || used >= CREDENTIAL_WORDS_MAX)
			continue;
		used += (size_t)snprintf(out + used,
		    CREDENTIAL_WORDS_MAX - used, "%s%s%s%s%s",
		    used > 0 ? ", " : "", k->key, file[0] != '\0' ? " (" : "",
		    file, file[0] != '\0' ? ")" : "");
	}
	return out;
}
