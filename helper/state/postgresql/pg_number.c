/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers as the state knows them: the key is read when the first one is looked
 * up, so that a damaged key stops nothing else. */
#include <errno.h>
#include <string.h>

#include "helper/state/postgresql/pg.h"

/* 0; 1: none is there, and none was to be made; -1 with the cause. */
static int
key_read(struct store *s, bool look)
{
	int rc;

	if (s->keyed)
		return 0;
	errno = 0;
	rc = look && s->fleet_key == NULL
	    ? host_key_look(s->keys, s->key)
	    : shared_key_read(s->keys, s->fleet_key, s->key);
	if (rc != 0 && look && errno == ENOENT)
		return 1;
	s->keyed = rc == 0;
	s->keyless = rc != 0;
	if (rc != 0)
		pg_complain(s,
		    "host.key cannot be read or made (%s): make it a file of "
		    "32 bytes, twofa's own, 0600, or remove it",
		    strerror(errno));
	return rc;
}

int
pg_digest(
    struct store *s, const char *number, bool look, char out[PG_DIGEST_TEXT])
{
	const int rc = key_read(s, look);

	out[0] = '\0';
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if (host_key_number(s->key, number, out) != 0) {
		pg_complain(s, "SHA-256 failed: check libcrypto");
		return -1;
	}
	return 0;
}
