/* SPDX-License-Identifier: BSD-2-Clause */
/* Has the store compare a recovery code and use it up. */
#include "helper/factors/recovery_check.h"

#include <string.h>

#include "helper/store/store.h"
#include "lib/system/system.h"

/* The typed code with each salt. 0 or -1. */
static int
hash_all(struct store_recovery *list, int count, const char *code)
{
	for (int i = 0; i < count; i++)
		if (recovery_code_hash(list[i].salt, code, list[i].hash) != 0)
			return -1;
	return 0;
}

/* Log what failed. */
static int
failed(const char *cause)
{
	log_mend("%s", cause);
	return -1;
}

/* Also without any code left, so that all take the same calls. */
static int
claim(const struct login *l, const struct store_recovery *list, int count,
    unsigned *left)
{
	const struct store_right right = login_right(l, METHOD_RECOVERY, "");
	const int claimed =
	    store_recovery_claim(l->store, list, count, &right, left);

	return claimed < 0 ? failed(store_cause(l->store)) : claimed;
}

int
recovery_check(const struct login *l, const char *code, unsigned *left)
{
	struct store_recovery list[RECOVERY_MAX];
	int count, result;

	*left = 0;
	/* recovery_code_hash reads this many bytes */
	if (strlen(code) != RECOVERY_LEN)
		return 0;
	count = store_recovery_list(l->store, l->user, list);
	if (count < 0)
		return failed(store_cause(l->store));
	if (hash_all(list, count, code) == 0)
		result = claim(l, list, count, left);
	else
		result = failed("a recovery code could not be hashed: free "
				"memory, or install libcrypto again");
	explicit_bzero(list, sizeof(list));
	return result;
}
