/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folder of what is not in its place yet: /etc/twofa/.init-RANDOM, made for
 * one run, which the helper may read and nobody else. Its maker locks it, so
 * that the next run takes away what one that was killed has left, and nothing
 * else.
 */
#ifndef TWOFA_INIT_FOLDER_H
#define TWOFA_INIT_FOLDER_H

#include <stdbool.h>

#include "twofactl/records/place_file.h"

#define INIT_FOLDER_PATH_MAX 512

struct init_folder {
	struct place_file_owner owner;
	int home, fd; /* the folder that it is in, itself; -1: not open */
	char name[64];
	char path[INIT_FOLDER_PATH_MAX];
};

/* home: the folder of twofa.conf. What earlier runs have left goes; while
 * another one is under way it is refused. 0, or -1 after complaining, and
 * nothing is left. */
int init_folder_make(
    struct init_folder *, const char *home, const struct place_file_owner *);

/* What earlier runs have left goes; a run that is under way keeps its own. */
void init_folder_sweep(const char *home);

/* A new file in it: 0, or -1 after complaining. */
int init_folder_put(const struct init_folder *, const char *name,
    const void *bytes, size_t len);

/* Move its file to where it belongs, under that folder's lock. unchanged, if
 * not NULL, is asked before, with ctx. 0, or -1 after complaining. */
int init_folder_place(const struct init_folder *, const char *name,
    const char *folder, const char *place, bool (*unchanged)(const void *),
    const void *ctx);

/* It goes, and what is in it. */
void init_folder_remove(struct init_folder *);

#endif
