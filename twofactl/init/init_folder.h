/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The folder for staged files: /etc/twofa/.init-RANDOM, made for one run, which
 * only the helper may read. It is locked, so that the next run removes the
 * leftovers of a killed run and nothing else.
 */
#ifndef TWOFA_INIT_FOLDER_H
#define TWOFA_INIT_FOLDER_H

#include <stdbool.h>

#include "twofactl/records/records.h"

#define INIT_FOLDER_PATH_MAX 512

struct init_folder {
	struct place_file_owner owner;
	int home, fd; /* the parent folder, this folder; -1: not open */
	char name[64];
	char path[INIT_FOLDER_PATH_MAX];
};

/* home: the folder of twofa.conf. Removes leftovers of earlier runs; refuses
 * while another run is active. 0, or -1 after complaining, and nothing is
 * left. */
int init_folder_make(
    struct init_folder *, const char *home, const struct place_file_owner *);

/* Remove leftovers of earlier runs; an active run keeps its own. */
void init_folder_sweep(const char *home);

/* Make a new file in it: 0, or -1 after complaining. */
int init_folder_put(const struct init_folder *, const char *name,
    const void *bytes, size_t len);

/* Move its file to its final place, under that folder's lock. unchanged, if not
 * NULL, is called before, with ctx. 0, or -1 after complaining. */
int init_folder_place(const struct init_folder *, const char *name,
    const char *folder, const char *place, bool (*unchanged)(const void *),
    const void *ctx);

/* Remove it with its content. */
void init_folder_remove(struct init_folder *);

#endif
