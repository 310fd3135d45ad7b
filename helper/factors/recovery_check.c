/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares a recovery code and uses it up. */
#include "helper/factors/recovery_check.h"

#include <openssl/crypto.h>
#include <string.h>

#include "helper/state/store.h"
#include "lib/system/log.h"

/* *found: the matching one, or NULL. All are compared, so that the time is the
 * same. 0 or -1. */
static int
match(const struct store_recovery *list, int count, const char *code,
    const struct store_recovery **found)
{
	unsigned char typed[RECOVERY_HASH];
	int hashed = 0;

	*found = NULL;
	for (int i = 0; i < count && hashed == 0; i++) {
		hashed = recovery_code_hash(list[i].salt, code, typed);
		if (hashed == 0 &&
		    CRYPTO_memcmp(typed, list[i].hash, sizeof(typed)) == 0)
			*found = &list[i];
	}
	explicit_bzero(typed, sizeof(typed));
	return hashed;
}

/* Log what failed. */
static int
failed(const char *cause)
{
	log_mend("%s", cause);
	return -1;
}

static int
claim(const struct login *l, const struct store_recovery *found, unsigned *left)
{
	const struct store_right right = login_right(l, METHOD_RECOVERY, "");
	const int claimed = store_recovery_claim(l->store, found, &right, left);

	return claimed < 0 ? failed(store_cause(l->store)) : claimed;
}

int
recovery_check(const struct login *l, const char *code, unsigned *left)
{
	struct store_recovery list[RECOVERY_MAX];
	const struct store_recovery *found;
	int count;

	*left = 0;
	/* recovery_code_hash reads this many bytes */
	if (strlen(code) != RECOVERY_LEN)
		return 0;
	count = store_recovery_list(l->store, l->user, list);
	if (count < 0)
		return failed(store_cause(l->store));
	if (match(list, count, code, &found) != 0)
		return failed("a recovery code could not be hashed: free "
			      "memory, or install libcrypto again");
	return found == NULL ? 0 : claim(l, found, left);
}
