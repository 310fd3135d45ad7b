/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the output of `sshd -T`: who may log in at all, and where keys are.
 * Pure.
 */
#ifndef TWOFA_SSHD_ACCESS_H
#define TWOFA_SSHD_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#define SSHD_ACCESS_WORDS 2048

struct sshd_access {
	/* patterns, each followed by a blank; "" no such list */
	char allow_users[SSHD_ACCESS_WORDS], deny_users[SSHD_ACCESS_WORDS];
	char allow_groups[SSHD_ACCESS_WORDS], deny_groups[SSHD_ACCESS_WORDS];
	char key_files[SSHD_ACCESS_WORDS]; /* as written */
	bool other_keys; /* also keys from a program or an authority */
	bool cut;        /* a list did not fit */
};

void sshd_access_read(struct sshd_access *, const char *text);

/* Is the account always shut out? Groups are names. A cut list excludes no
 * account. */
bool sshd_access_shuts(const struct sshd_access *, const char *user,
    const char *const *groups, size_t count);

/* The nth file (from 0) of the account's keys: 0; -1 when there are no more; 1
 * when its name does not fit. */
int sshd_access_key_file(const struct sshd_access *, size_t n, const char *user,
    unsigned uid, const char *home, char *path, size_t cap);

#endif
