/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The file of the program that runs: where it is installed, whether it has been
 * replaced since, and whether user twofa can read it.
 */
#ifndef TWOFA_WARM_OWN_FILE_H
#define TWOFA_WARM_OWN_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

struct own_file {
	char path[PATH_MAX]; /* the installed one; it may be gone or another */
	struct stat running; /* the one that runs */
};

/* 0, or -1 with errno. */
int own_file_find(struct own_file *);

/* Is there another file at its path now, or has it another mode? False while
 * there is none. */
bool own_file_replaced(const struct own_file *);

/* Can this process read the file that runs? Then every process of its user can
 * look into this one's memory before it makes itself undumpable. */
bool own_file_readable(const struct own_file *);

#endif
