/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Match blocks of sshd_config and of what it includes: their conditions,
 * and the lines in them. sshd -T shows no more than one case of them.
 */
#ifndef TWOFA_SSHD_MATCH_H
#define TWOFA_SSHD_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#define SSHDMATCH_BLOCKS 64
#define SSHDMATCH_WORDS 512
#define SSHDMATCH_LINES 2048

struct sshdmatch_block {
	char file[256];
	unsigned number;             /* of the Match line in it, from 1 */
	char words[SSHDMATCH_WORDS]; /* behind Match, as written */
	char users[SSHDMATCH_WORDS]; /* the patterns of User; "" none */
	bool group;                  /* asks for Group */
	bool other; /* asks for more than users and groups, as Address does */
	/* "key value" lines as sshd -T prints them, the first of each key */
	char lines[SSHDMATCH_LINES];
};

struct sshdmatch {
	size_t count;
	bool cut; /* there is more than fits, or that cannot be read */
	struct sshdmatch_block block[SSHDMATCH_BLOCKS];
};

/* Relative includes are those of the file's folder. */
void sshdmatch_read(struct sshdmatch *, const char *path);

/* Does the list of patterns, "a*,!ab", take in the name? */
bool sshdmatch_list(const char *patterns, const char *name);

#endif
