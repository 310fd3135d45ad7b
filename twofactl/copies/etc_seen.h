/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Future files of /etc, for a process that must judge them where no mount
 * namespace is possible: a folder has copies of some, such as
 * FOLDER/etc/pam.d/sudo for /etc/pam.d/sudo.
 */
#ifndef TWOFA_ETC_SEEN_H
#define TWOFA_ETC_SEEN_H

#define ETC_SEEN_PATH 512

/* Use this folder from now on, in this process. The text must stay valid. */
void etc_seen_in(const char *folder);

/* The file to open for this path: its copy, written to out, or the path itself
 * when there is no copy or no folder. */
const char *etc_seen(const char *path, char out[ETC_SEEN_PATH]);

/* Replace names of files in that folder by their names in /etc. */
void etc_seen_name(char *text, const char *folder);

#endif
