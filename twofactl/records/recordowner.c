/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose the files are. */
#include "twofactl/records/recordowner.h"

#include "twofactl/link/helper_account.h"
#include "twofactl/terminal/complain.h"

int
record_owner_find(struct place_file_owner *owner)
{
	char cause[HELPER_ACCOUNT_CAUSE_MAX];
	const struct passwd *pw = helper_account_find(cause);

	if (pw == NULL) {
		complain("%s", cause);
		return -1;
	}
	*owner = (struct place_file_owner){ .uid = 0, .gid = pw->pw_gid };
	return 0;
}
