/* SPDX-License-Identifier: BSD-2-Clause */
#include "twofactl/link/audit.h"

#include "lib/system/system.h"
#include "twofactl/link/helper_link.h"

void
audit(const struct ctl *ctl, const char *what, const char *user)
{
	const struct facts f = helper_link_facts(ctl, PURPOSE_NONE);

	log_notice("%s%s%s by uid=%lld%s%s", what, user != NULL ? " user=" : "",
	    user != NULL ? user : "", (long long)f.real_uid,
	    f.ruser[0] != '\0' ? " ruser=" : "", f.ruser);
}
