/* SPDX-License-Identifier: BSD-2-Clause */
/* Distinguishes a missing user from a failed look-up: the remedies differ. */
#include "twofactl/link/helper_account.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

const struct passwd *
helper_account_find(char cause[HELPER_ACCOUNT_CAUSE_MAX])
{
	const struct passwd *pw;
	int error;

	errno = 0;
	pw = getpwnam(HELPER_USER);
	if (pw != NULL)
		return pw;
	error = errno;
	if (error != 0)
		snprintf(cause, HELPER_ACCOUNT_CAUSE_MAX,
		    "user " HELPER_USER ": cannot be looked up: %s; repair the "
		    "name service (nsswitch.conf), or free memory and "
		    "descriptors",
		    strerror(error));
	else
		snprintf(cause, HELPER_ACCOUNT_CAUSE_MAX,
		    "user " HELPER_USER
		    ": no such user; run: " HELPER_USER_ADD);
	errno = error;
	return NULL;
}
