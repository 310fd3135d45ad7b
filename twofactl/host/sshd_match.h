/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Match blocks of sshd_config and of what it includes: their conditions,
 * and the lines in them. sshd -T shows no more than one case of them.
 */
#ifndef TWOFA_SSHD_MATCH_H
#define TWOFA_SSHD_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#define SSHD_MATCH_BLOCKS 64
#define SSHD_MATCH_WORDS 512
#define SSHD_MATCH_LINES 2048

struct sshd_match_block {
	char file[256];
	unsigned number;              /* of the Match line in it, from 1 */
	char words[SSHD_MATCH_WORDS]; /* behind Match, as written */
	/* the patterns of User and Group; "" none */
	char users[SSHD_MATCH_WORDS], groups[SSHD_MATCH_WORDS];
	bool other; /* asks for more than users and groups, as Address does */
	/* "key value" lines as sshd -T prints them, the first of each key */
	char lines[SSHD_MATCH_LINES];
};

struct sshd_match {
	size_t count;
	bool cut; /* there is more than fits, or that cannot be read */
	struct sshd_match_block block[SSHD_MATCH_BLOCKS];
};

/* Relative includes are those of the file's folder. */
void sshd_match_read(struct sshd_match *, const char *path);

/* May who it is decide which of them holds? */
bool sshd_match_asks_who(const struct sshd_match *);

/* Does the list of patterns, "a*,!ab", take in the name? */
bool sshd_match_list(const char *patterns, const char *name);

#endif
