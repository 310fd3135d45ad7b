/* SPDX-License-Identifier: BSD-2-Clause */
/* A secret of the fleet in a file of root's, which is there whole or not at
 * all. */
#ifndef TWOFA_ROOT_FILE_H
#define TWOFA_ROOT_FILE_H

#include <stddef.h>
#include <sys/types.h>

#define ROOT_FILE_PATH_MAX 4096

/* Write and sync it beside its place; what is there stays for now. 0, or -1
 * after complaining. */
int root_file_prepare(
    const char *path, mode_t mode, gid_t gid, const void *bytes, size_t len);
/* Move it to its place. 0, or -1 after complaining. */
int root_file_place(const char *path);
/* It is not wanted after all. */
void root_file_drop(const char *path);

#endif
