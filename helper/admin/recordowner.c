/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose the files are. */
#include "helper/admin/recordowner.h"

#include <pwd.h>

#include "helper/admin/complain.h"

int
recordowner_find(struct placefile_owner *owner)
{
	const struct passwd *pw = getpwnam("twofa");

	if (pw == NULL) {
		complain("no user twofa; run: make install");
		return -1;
	}
	*owner = (struct placefile_owner){ .uid = 0, .gid = pw->pw_gid };
	return 0;
}
