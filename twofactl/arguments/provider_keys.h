/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keys that provider types take, as options of a command: api_key is
 * --api-key. Made of the types' own tables.
 */
#ifndef TWOFA_PROVIDER_KEYS_H
#define TWOFA_PROVIDER_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/providers/provider_type.h"
#include "twofactl/arguments/command.h"

struct provider_key {
	const struct setting_key *key;
	char option[32]; /* its name, without the dashes */
	char types[96];  /* that take it, for the help */
};

/* Does it send codes to a phone number that nobody has registered there? The
 * keys of these types are options. */
bool provider_keys_of(const struct provider_type *);

/* Each key once, in the order of the types; NULL at the end. n is its place in
 * ctl->own. */
const struct provider_key *provider_key_nth(size_t n);

/* What the command line says of this key; NULL: nothing. */
const char *provider_key_typed(const struct ctl *, const char *key);

#endif
