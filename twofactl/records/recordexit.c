/* SPDX-License-Identifier: BSD-2-Clause */
/* The exit status that a change of users' records stands for. */
#include "twofactl/records/recordexit.h"

enum ctl_exit
record_exit_of(enum record_file_result result)
{
	switch (result) {
	case RECORD_FILE_BROKEN:
		return CTL_SETTINGS;
	case RECORD_FILE_DONE:
		return CTL_DONE;
	case RECORD_FILE_FAILED:
		break;
	}
	return CTL_FAILED;
}
