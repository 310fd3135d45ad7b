/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The running program's file: where it is installed, whether it has been
 * replaced, and whether user twofa can read it.
 */
#ifndef TWOFA_WARM_OWN_FILE_H
#define TWOFA_WARM_OWN_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

struct own_file {
	char path[PATH_MAX]; /* the installed file; maybe missing or newer */
	struct stat running; /* the running file */
};

/* 0, or -1 with errno. */
int own_file_find(struct own_file *);

/* True when another file is at its path now, or its mode has changed. False
 * while there is no file. */
bool own_file_replaced(const struct own_file *);

/* True when this process can read the running file. Then every process of its
 * user could look into this one's memory before it becomes undumpable. */
bool own_file_readable(const struct own_file *);

#endif
