/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Match blocks of sshd_config and its includes: their conditions and lines.
 * sshd -T shows only one case of them.
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
	unsigned number;              /* of its Match line, from 1 */
	char words[SSHD_MATCH_WORDS]; /* the words after Match */
	/* the patterns of User and Group; "" none */
	char users[SSHD_MATCH_WORDS], groups[SSHD_MATCH_WORDS];
	bool other; /* has other conditions, like Address */
	/* "key value" lines as sshd -T prints them, the first for each key */
	char lines[SSHD_MATCH_LINES];
};

struct sshd_match {
	size_t count;
	bool cut; /* something does not fit or cannot be read */
	struct sshd_match_block block[SSHD_MATCH_BLOCKS];
};

/* Relative includes start at the file's folder. */
void sshd_match_read(struct sshd_match *, const char *path);

/* True when a block's condition depends on the user. */
bool sshd_match_asks_who(const struct sshd_match *);

/* Does the list of patterns, "a*,!ab", match the name? */
bool sshd_match_list(const char *patterns, const char *name);

#endif
