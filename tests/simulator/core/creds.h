/* SPDX-License-Identifier: BSD-2-Clause */
/* Which accounts the simulated vendors know. */
#ifndef SIM_CREDS_H
#define SIM_CREDS_H

#include <stdbool.h>

/*
 * Reads "VENDOR KEY SECRET" lines; '#' begins a comment. The third word of
 * vendor "vonage-jwt" is a file with a public key. Without a call, any
 * well-formed credentials will do. 0, or -1 after a message on stderr.
 */
int creds_load(const char *path);

/* True when the vendor's account is known and its secret right. */
bool creds_good(const char *vendor, const char *key, const char *secret);

/* The same for vendors whose secret says whose it is: any of its accounts. */
bool creds_token_good(const char *vendor, const char *token);

/*
 * The third word of a vendor's line, or NULL. *listed tells whether a file
 * was read at all.
 */
const char *creds_secret(const char *vendor, const char *key, bool *listed);

#endif
