/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that pass for root's, so that twofactl's commands take a test's. */
#ifndef TWOFA_TESTS_ROOTFILES_H
#define TWOFA_TESTS_ROOTFILES_H

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

static bool rootfiles; /* are they? */
static const char *rootfiles_gone
    __attribute__((unused)); /* a path, suddenly */

/* A function and an object pointer are not the same thing in C. */
static inline void
rootfiles_look_up(const char *call, void *to)
{
	void *found = dlsym(RTLD_NEXT, call);

	memcpy(to, &found, sizeof(found));
}

int
fstat(int fd, struct stat *st)
{
	int (*real)(int, struct stat *), rc;

	rootfiles_look_up("fstat", &real);
	rc = real(fd, st);
	if (rootfiles)
		st->st_uid = 0;
	return rc;
}

int
lstat(const char *path, struct stat *st)
{
	int (*real)(const char *, struct stat *), rc;

	rootfiles_look_up("lstat", &real);
	if (rootfiles_gone != NULL && strcmp(path, rootfiles_gone) == 0) {
		errno = ENOENT;
		return -1;
	}
	rc = real(path, st);
	if (rootfiles)
		st->st_uid = 0;
	return rc;
}

#endif
