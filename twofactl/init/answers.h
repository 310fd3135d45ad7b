/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The answers for `twofactl init`: from options, from existing settings, or
 * from the terminal. The tables of the types (provider_types.h) say which keys a
 * provider has and what they allow. Pure.
 */
#ifndef TWOFA_ANSWERS_H
#define TWOFA_ANSWERS_H

#include "lib/settings/settings.h"

#define ANSWERS_TEXT_MAX 255
#define ANSWERS_OWN_MAX 12
#define ANSWERS_LIST_MAX 512
#define ANSWERS_FILE_MAX 96

/* A key of this provider type. */
struct answer {
	const struct setting_key *key;
	/* the value for the settings: a text, a number, or the path of an
	 * existing file; "" not set */
	char text[ANSWERS_TEXT_MAX + 1];
	/* the content for a new file, and the file's name; len 0: no new
	 * content */
	struct pem secret;
	char file[ANSWERS_FILE_MAX];
};

/* Contains secrets: the caller wipes. */
struct answers {
	const struct provider_type *type;
	char name[CONFIG_NAME_MAX + 1]; /* its name in the settings */
	char brand[ANSWERS_TEXT_MAX + 1];
	/* "" leaves the present values */
	char base_url[ANSWERS_TEXT_MAX + 1], ca_file[ANSWERS_TEXT_MAX + 1];
	bool rehearsal;                  /* it is the simulator */
	char prefixes[ANSWERS_LIST_MAX]; /* a list in libconfig's form */
	char office[ANSWERS_LIST_MAX];   /* the same of networks; "" none */
	size_t count;
	struct answer own[ANSWERS_OWN_MAX];
};

/* The provider's name is the type's up to the first dash; its keys have no
 * answers yet. */
void answers_begin(struct answers *, const struct provider_type *);

bool answer_is_file(const struct answer *);
bool answer_is_set(const struct answer *);
/* Take what was typed, or a file's content. NULL, or what is wrong, to follow
 * the key's name. "" leaves the key out. */
const char *answer_take(struct answer *, const char *typed, size_t len);
/* Its form in the settings, with a new file in this folder. */
void answer_value(const struct answer *, const char *folder,
    char out[2 * ANSWERS_TEXT_MAX + 2]);

/* Are they valid together? NULL, or what is allowed; *key: for which key. */
const char *answers_fit(const struct answers *, const char **key);
/* NULL, or what is wrong. */
const char *answers_brand(struct answers *, const char *typed);
/* "+1,+44", or "any" for all. NULL, or what is wrong. */
const char *answers_prefixes(struct answers *, const char *typed);
/* "192.0.2.0/24,2001:db8::/48", or "none". NULL, or what is wrong. */
const char *answers_office(struct answers *, const char *typed);
/* Only the prefix of this number's country. */
void answers_prefix_of(struct answers *, const char *phone);

#endif
