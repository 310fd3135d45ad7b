/* SPDX-License-Identifier: BSD-2-Clause */
/* The facts of one account: keys, shell, and sshd's lists. */
#include "twofactl/lockout/lockout.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 16
#define USERS_FROM 1000 /* smaller uids are those of programs */
#define TEXT_MAX (64 * 1024)
/* in cloud-init's key line for root, which only prints this text */
#define NOT_ROOT "Please login as the user"

/* Returns -1 with errno. A user's path may be a device that reacts to open. */
static int
open_regular(const char *path)
{
	char again[64];
	struct stat st;
	const int place OWNED(owned_fd) = open(path, O_PATH | O_CLOEXEC);

	if (place < 0)
		return -1;
	if (fstat(place, &st) == 0 && S_ISREG(st.st_mode)) {
		PRINT_TO(again, "/proc/self/fd/%d", place);
		return open(again, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	}
	errno = ENOENT;
	return -1;
}

static bool
text_has_key(const char *text)
{
	struct text_part rest = text_part(text), line;

	while (text_part_next(&rest, "\n", &line)) {
		const size_t blank = strspn(line.at, " \t\r");

		if (blank < line.len && line.at[blank] != '#' &&
		    memmem(line.at, line.len, NOT_ROOT, strlen(NOT_ROOT)) ==
			NULL)
			return true;
	}
	return false;
}

static enum lockout_keys
find_key_in_file(const char *path)
{
	static char text[TEXT_MAX + 1];
	enum lockout_keys found = LOCKOUT_KEYS_UNKNOWN;
	const int fd OWNED(owned_fd) = open_regular(path);
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
		    ? LOCKOUT_KEYS_NONE
		    : LOCKOUT_KEYS_UNKNOWN;
	n = read(fd, text, TEXT_MAX);
	if (n >= 0) {
		text[n] = '\0';
		found =
		    text_has_key(text) ? LOCKOUT_KEYS_SOME : LOCKOUT_KEYS_NONE;
	}
	return found;
}

/* Reads at most 64 KB of each file in sshd's settings. */
static enum lockout_keys
find_account_keys(
    const struct sshd_access *a, const char *user, uid_t uid, const char *home)
{
	/* the command gives keys to a directory's or a cloud's users */
	enum lockout_keys found = a->key_command && uid >= USERS_FROM
	    ? LOCKOUT_KEYS_SOME
	    : a->other_keys ? LOCKOUT_KEYS_UNKNOWN
			    : LOCKOUT_KEYS_NONE;
	char path[PATH_MAX];

	for (size_t i = 0; found != LOCKOUT_KEYS_SOME && i < FILES_MAX; i++) {
		const int rc = sshd_access_key_file(
		    a, i, user, uid, home, path, sizeof(path));
		enum lockout_keys here;

		if (rc < 0)
			break;
		here = rc == 0 ? find_key_in_file(path) : LOCKOUT_KEYS_UNKNOWN;
		if (here > found)
			found = here;
	}
	return found;
}

/* False if the shell cannot be started, which sshd denies, or just exits. */
static bool
has_shell(const char *shell)
{
	const char *path = shell[0] != '\0' ? shell : "/bin/sh";
	struct stat st;

	return accounts_is_login_shell(path) && stat(path, &st) == 0 &&
	    S_ISREG(st.st_mode) &&
	    (st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0;
}

/* False if the account has a group without a name. */
static bool
is_excluded(
    const struct sshd_access *access, const struct host_account *account)
{
	for (size_t n = 0; n < account->groups; n++)
		if (account->group[n] == NULL)
			return false;
	return sshd_access_denies(
	    access, account->name, account->group, account->groups);
}

int
lockout_account_fill_from_system(struct lockout_account *a,
    const struct host_account *account, const struct sshd_access *access)
{
	*a = (struct lockout_account){ .host = account,
		.excluded = account->expired || is_excluded(access, account) };
	if (!has_shell(account->shell))
		return -1;
	a->keys = find_account_keys(
	    access, account->name, account->uid, account->home);
	return 0;
}
