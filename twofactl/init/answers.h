/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `twofactl init` has been told for the settings, by options, by settings
 * that there are, or at the terminal. Which keys a provider takes, and what may
 * stand in them, is in the tables of the types (provider_type.h). Pure.
 */
#ifndef TWOFA_ANSWERS_H
#define TWOFA_ANSWERS_H

#include "lib/settings/settings.h"

#define ANSWERS_TEXT_MAX 255
#define ANSWERS_OWN_MAX 12
#define ANSWERS_LIST_MAX 512
#define ANSWERS_FILE_MAX 96

/* A key of the provider type's own. */
struct answer {
	const struct setting_key *key;
	/* as it stands in the settings: a text, a number, or the path of a
	 * file that is there already; "" not set */
	char text[ANSWERS_TEXT_MAX + 1];
	/* what is to stand in a file, and the file's name; len 0: what stands
	 * there stays */
	struct pem secret;
	char file[ANSWERS_FILE_MAX];
};

/* Holds secrets: the caller wipes. */
struct answers {
	const struct provider_type *type;
	char name[CONFIG_NAME_MAX + 1]; /* the provider's, in the settings */
	char brand[ANSWERS_TEXT_MAX + 1];
	/* "" leaves these as they are */
	char base_url[ANSWERS_TEXT_MAX + 1], ca_file[ANSWERS_TEXT_MAX + 1];
	char prefixes[ANSWERS_LIST_MAX]; /* as libconfig has a list */
	size_t count;
	struct answer own[ANSWERS_OWN_MAX];
};

/* The type's name up to the first dash is the provider's, and its keys wait for
 * answers. */
void answers_begin(struct answers *, const struct provider_type *);

bool answer_is_file(const struct answer *);
bool answer_is_set(const struct answer *);
/* Take what was typed, of a file its content. NULL, or what is wrong, to be put
 * behind the key's name. "" leaves it out. */
const char *answer_take(struct answer *, const char *typed, size_t len);
/* As the settings have it, with a new file in this folder. */
void answer_value(const struct answer *, const char *folder,
    char out[2 * ANSWERS_TEXT_MAX + 2]);

/* Do they make a provider? NULL, or what is allowed; *key: which one. */
const char *answers_fit(const struct answers *, const char **key);
/* NULL, or what is wrong. */
const char *answers_brand(struct answers *, const char *typed);
/* "+1,+44", or "any": all. NULL, or what is wrong. */
const char *answers_prefixes(struct answers *, const char *typed);
/* Those of this number's country alone. */
void answers_prefix_of(struct answers *, const char *phone);

#endif
