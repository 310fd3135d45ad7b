/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Folders that only the helper may use: the state's folder, and state_dir with
 * host.key, latency and shape. Mostly both are the same.
 */
#ifndef TWOFA_STATE_FOLDER_H
#define TWOFA_STATE_FOLDER_H

#define STATE_FOLDER_MAX 256
#define STATE_FOLDER_CAUSE_MAX 256

/* The folder of an absolute path; 0, or -1 with errno. */
int state_folder_of(const char *path, char out[STATE_FOLDER_MAX]);

/* Is it a folder of the caller's user with mode 0700? 0, or -1 with what is
 * wrong, under this name, and the remedy. */
int state_folder_check(
    const char *dir, const char *name, char cause[STATE_FOLDER_CAUSE_MAX]);

/* A small file in it, created with 0600 if flags say so. The descriptor, or -1
 * with errno; EPERM for a file that others may write. */
int state_folder_file(const char *dir, const char *name, int flags);

#endif
