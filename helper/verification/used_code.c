/* SPDX-License-Identifier: BSD-2-Clause */
/* How a used code of an app is stored. */
#include "helper/verification/used_code.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "helper/store/store.h"
#include "lib/provider_types/provider_types.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"

_Static_assert(STORE_OWNER_MAX > 32 + CONFIG_SID_LEN &&
	STORE_OWNER_MAX > 32 + CONFIG_AUTHY_ID_MAX,
    "an owner fits");

/* 0, or -1 after a log line. */
static int
read_key(const struct settings *conf, unsigned char key[HOST_KEY_LEN])
{
	errno = 0;
	if (shared_key_read(conf->state_dir, settings_fleet_key(conf), key) ==
	    0)
		return 0;
	log_mend("%s/host.key cannot be read or made: %s; it is a file "
		 "of 32 bytes, and like its folder twofa's own (0600, "
		 "0700): fix that, or remove it",
	    conf->state_dir, strerror(errno));
	return -1;
}

/* The digest's end identifies the key, because the same code has another digest
 * under another key. */
static void
mark(const unsigned char key[HOST_KEY_LEN],
    unsigned char digest[STORE_CODE_DIGEST])
{
	unsigned char name[STORE_CODE_DIGEST];

	host_key_hmac(key, "host.key", name);
	memcpy(digest + STORE_KEYED_DIGEST, name,
	    STORE_CODE_DIGEST - STORE_KEYED_DIGEST);
}

int
used_code_secret(const struct settings *conf, const struct secret *secret,
    unsigned char digest[STORE_CODE_DIGEST])
{
	unsigned char key[HOST_KEY_LEN];
	char text[SECRET_MAX + sizeof("totp:")];

	if (read_key(conf, key) != 0)
		return -1;
	snprintf(text, sizeof(text), "totp:%s", secret->b);
	host_key_hmac(key, text, digest);
	explicit_bzero(text, sizeof(text));
	mark(key, digest);
	explicit_bzero(key, sizeof(key));
	return 0;
}

int
used_code_name(const struct login *login, const struct provider_type *type,
    const char *code, struct store_code *out)
{
	const struct user_record *r = login->record;
	unsigned char key[HOST_KEY_LEN];
	char text[STORE_OWNER_MAX + 32];
	int known;

	out->seconds = USED_CODE_S;
	snprintf(out->owner, sizeof(out->owner), "%s:%s", type->name,
	    type->by_authy_id ? r->authy_id : r->totp_factor);
	snprintf(text, sizeof(text), "app:%s:%s", out->owner, code);
	known = read_key(login->env->conf, key);
	if (known == 0) {
		host_key_hmac(key, text, out->digest);
		mark(key, out->digest);
	}
	explicit_bzero(key, sizeof(key));
	explicit_bzero(text, sizeof(text));
	return known;
}
