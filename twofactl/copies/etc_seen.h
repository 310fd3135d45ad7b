/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files of /etc as they will be, for a process that is to judge them where no
 * mount namespace can be made: a folder has copies of some,
 * FOLDER/etc/pam.d/sudo for /etc/pam.d/sudo.
 */
#ifndef TWOFA_ETC_SEEN_H
#define TWOFA_ETC_SEEN_H

#define ETC_SEEN_PATH 512

/* From here on, in this process. The text must stay. */
void etc_seen_in(const char *folder);

/* What to open for this file: its copy in out, or the path itself, when there
 * is no copy or no folder. */
const char *etc_seen(const char *path, char out[ETC_SEEN_PATH]);

/* What names files in that folder names those of /etc then. */
void etc_seen_name(char *text, const char *folder);

#endif
