/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of a user's record, which names phone numbers and secrets. */
#ifndef TWOFA_RECORD_WIPE_H
#define TWOFA_RECORD_WIPE_H

/* Free it when it is wiped; NULL too. */
void record_wipe_free(char *text);

#endif
