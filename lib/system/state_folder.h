/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Folders that belong to the helper alone: that of the state, and state_dir,
 * which holds host.key, latency and shape and is mostly the same.
 */
#ifndef TWOFA_STATE_FOLDER_H
#define TWOFA_STATE_FOLDER_H

#define STATE_FOLDER_MAX 256
#define STATE_FOLDER_CAUSE_MAX 256

/* The folder of an absolute path; 0, or -1 with errno. */
int state_folder_of(const char *path, char out[STATE_FOLDER_MAX]);

/* Is it a folder of the caller's, 0700? 0, or -1 with what is wrong with it, as
 * of this name, and the remedy. */
int state_folder_check(
    const char *dir, const char *name, char cause[STATE_FOLDER_CAUSE_MAX]);

/* A small file in it, made 0600 where flags say so: the descriptor, or -1 with
 * errno, EPERM for one that is not ours alone to write. */
int state_folder_file(const char *dir, const char *name, int flags);

#endif
