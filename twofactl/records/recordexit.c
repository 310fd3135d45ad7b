/* SPDX-License-Identifier: BSD-2-Clause */
/* The exit status that a change of users' records stands for. */
#include "twofactl/records/recordexit.h"

enum ctl_exit
recordexit_of(enum recordfile_result result)
{
	switch (result) {
	case RECORDFILE_BROKEN:
		return CTL_SETTINGS;
	case RECORDFILE_DONE:
		return CTL_DONE;
	case RECORDFILE_FAILED:
		break;
	}
	return CTL_FAILED;
}
