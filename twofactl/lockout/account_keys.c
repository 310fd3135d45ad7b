/* SPDX-License-Identifier: BSD-2-Clause */
/* Has an account keys that sshd accepts? */
#include "twofactl/lockout/account_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_MAX 16
#define TEXT_MAX (64 * 1024)
/* cloud-init's line for a root who must log in as another user */
#define NOT_ROOT "Please login as the user"

/* -1 with errno. The path belongs to a user: it might be a device that reacts
 * to being opened. */
static int
open_regular(const char *path)
{
	char again[64];
	struct stat st;
	int fd = -1, place = open(path, O_PATH | O_CLOEXEC);

	if (place < 0)
		return -1;
	if (fstat(place, &st) == 0 && S_ISREG(st.st_mode)) {
		snprintf(again, sizeof(again), "/proc/self/fd/%d", place);
		fd = open(again, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	} else
		errno = ENOENT;
	close(place);
	return fd;
}

static bool
has_key(const char *text)
{
	while (*text != '\0') {
		const size_t len = strcspn(text, "\n");
		const size_t blank = strspn(text, " \t\r");
		const char *no = strstr(text, NOT_ROOT);

		if (blank < len && text[blank] != '#' &&
		    (no == NULL || no >= text + len))
			return true;
		text += len + (text[len] == '\n' ? 1 : 0);
	}
	return false;
}

static enum account_keys
look(const char *path)
{
	static char text[TEXT_MAX + 1];
	enum account_keys found = KEYS_UNKNOWN;
	const int fd = open_regular(path);
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP
		    ? KEYS_NONE
		    : KEYS_UNKNOWN;
	n = read(fd, text, TEXT_MAX);
	if (n >= 0) {
		text[n] = '\0';
		found = has_key(text) ? KEYS_SOME : KEYS_NONE;
	}
	close(fd);
	return found;
}

enum account_keys
account_keys_look(
    const struct sshd_access *a, const char *user, uid_t uid, const char *home)
{
	enum account_keys found = a->other_keys ? KEYS_UNKNOWN : KEYS_NONE;
	char path[PATH_MAX];

	for (size_t i = 0; found != KEYS_SOME && i < FILES_MAX; i++) {
		const int rc = sshd_access_key_file(
		    a, i, user, uid, home, path, sizeof(path));
		enum account_keys here;

		if (rc < 0)
			break;
		here = rc == 0 ? look(path) : KEYS_UNKNOWN;
		if (here > found)
			found = here;
	}
	return found;
}
