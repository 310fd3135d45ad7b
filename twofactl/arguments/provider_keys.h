/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys of provider types as options of a command: api_key is --api-key. Made
 * from the types' own tables.
 */
#ifndef TWOFA_PROVIDER_KEYS_H
#define TWOFA_PROVIDER_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/provider_types/provider_types.h"
#include "twofactl/arguments/command.h"

struct provider_key {
	const struct setting_key *key;
	char option[32]; /* its name, without the dashes */
	char types[96];  /* the types that have it, for the help */
};

/* Does it send codes to any phone number, without registration there? The keys
 * of these types are options. */
bool provider_keys_of(const struct provider_type *);

/* Each key once, in the order of the types; NULL at the end. n is its index in
 * ctl->own. */
const struct provider_key *provider_key_nth(size_t n);

/* The value of this key on the command line; NULL: not given. */
const char *provider_key_typed(const struct ctl *, const char *key);

#endif
