/* SPDX-License-Identifier: BSD-2-Clause */
#include "twofactl/programs/systemd.h"

#include <unistd.h>

bool
systemd_runs(void)
{
	/* the folder exists while systemd is process 1 */
	return access("/run/systemd/system", F_OK) == 0 &&
	    access(SYSTEMCTL, X_OK) == 0;
}
