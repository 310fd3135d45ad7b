/* SPDX-License-Identifier: BSD-2-Clause */
/* Does systemd run? */
#include "twofactl/programs/systemd.h"

#include <unistd.h>

bool
systemd_runs(void)
{
	/* the folder is there while it is process 1 */
	return access("/run/systemd/system", F_OK) == 0 &&
	    access(SYSTEMCTL, X_OK) == 0;
}
