/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose the files are that twofactl writes: root's, and group twofa's. */
#ifndef TWOFA_RECORDOWNER_H
#define TWOFA_RECORDOWNER_H

#include "twofactl/records/place_file.h"

/* 0, or -1 after complaining: there is no user twofa. */
int record_owner_find(struct place_file_owner *);

#endif
