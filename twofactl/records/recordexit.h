/* SPDX-License-Identifier: BSD-2-Clause */
/* The exit status that a change of users' records stands for. */
#ifndef TWOFA_RECORDEXIT_H
#define TWOFA_RECORDEXIT_H

#include "twofactl/arguments/command.h"
#include "twofactl/records/record_file.h"

/* CTL_DONE; CTL_SETTINGS: the record is not fit; CTL_FAILED: I/O. */
enum ctl_exit record_exit_of(enum record_file_result);

#endif
