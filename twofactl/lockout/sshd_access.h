/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `sshd -T` printed of who may come at all, and where keys are. Pure.
 */
#ifndef TWOFA_SSHD_ACCESS_H
#define TWOFA_SSHD_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#define SSHD_ACCESS_WORDS 2048

struct sshd_access {
	/* patterns, with a blank behind each; "" there is no such list */
	char allow_users[SSHD_ACCESS_WORDS], deny_users[SSHD_ACCESS_WORDS];
	char allow_groups[SSHD_ACCESS_WORDS], deny_groups[SSHD_ACCESS_WORDS];
	char key_files[SSHD_ACCESS_WORDS]; /* as written */
	bool other_keys; /* also those of a program or an authority */
	bool cut;        /* a list is longer */
};

void sshd_access_read(struct sshd_access *, const char *text);

/* Is the account shut out wherever it comes from? Its groups by name. A list
 * that was cut shuts nobody out. */
bool sshd_access_shuts(const struct sshd_access *, const char *user,
    const char *const *groups, size_t count);

/* The nth file (from 0) of the account's keys: 0, or -1 when there is no more,
 * 1 when its name has no room. */
int sshd_access_key_file(const struct sshd_access *, size_t n, const char *user,
    unsigned uid, const char *home, char *path, size_t cap);

#endif
