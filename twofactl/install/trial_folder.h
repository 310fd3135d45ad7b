/* SPDX-License-Identifier: BSD-2-Clause */
/* A trial on the disk: a folder with facts and files. */
#ifndef TWOFA_TRIAL_FOLDER_H
#define TWOFA_TRIAL_FOLDER_H

#include "twofactl/install/trial.h"

/* Write all of it, synced. 0, or -1 with cause. */
int trial_folder_write(
    const char *folder, const struct trial *, char cause[TRIAL_CAUSE]);
/* 1; 0: no such folder; -1 with cause: it is damaged. */
int trial_folder_read(
    const char *folder, struct trial *, char cause[TRIAL_CAUSE]);
/* 0, or -1 with cause. A missing folder is fine. */
int trial_folder_remove(const char *folder, char cause[TRIAL_CAUSE]);

#endif
