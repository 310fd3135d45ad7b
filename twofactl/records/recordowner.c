/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose the files are. */
#include "twofactl/records/recordowner.h"

#include "twofactl/link/helper_account.h"
#include "twofactl/terminal/complain.h"

int
recordowner_find(struct placefile_owner *owner)
{
	char cause[HELPERUSER_CAUSE_MAX];
	const struct passwd *pw = helperuser_find(cause);

	if (pw == NULL) {
		complain("%s", cause);
		return -1;
	}
	*owner = (struct placefile_owner){ .uid = 0, .gid = pw->pw_gid };
	return 0;
}
