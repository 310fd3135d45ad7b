/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of uids, random names, the boot id, nsswitch.conf. */
#include "lib/system/system.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sys/random.h>
#include <unistd.h>

#define LOOKUP_MAX 4096

const char *
system_uid_text(uid_t uid, char out[UID_WORDS_MAX])
{
	char buffer[LOOKUP_MAX];
	struct passwd pw, *found = NULL;
	const int error = errno;

	if (getpwuid_r(uid, &pw, buffer, sizeof(buffer), &found) == 0 &&
	    found != NULL)
		snprintf(out, UID_WORDS_MAX, "user %.64s", found->pw_name);
	else
		snprintf(out, UID_WORDS_MAX, "uid %u", uid);
	errno = error;
	return out;
}

int
system_random_name(char out[RANDOM_NAME_LEN + 1])
{
	unsigned char raw[RANDOM_NAME_LEN / 2];

	out[0] = '\0';
	if (getrandom(raw, sizeof(raw), 0) != (ssize_t)sizeof(raw))
		return -1;
	hex_text(raw, sizeof(raw), out);
	return 0;
}

void
system_boot_id(char id[BOOT_ID_MAX + 1])
{
	const int fd OWNED(owned_fd) =
	    open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	const ssize_t n = fd < 0 ? 0 : read(fd, id, BOOT_ID_MAX);

	id[n > 0 ? n : 0] = '\0';
	id[strcspn(id, "\n")] = '\0';
}

bool
system_nsswitch_has_only(const char *databases, const char *services)
{
	FILE *file OWNED(owned_file) = fopen("/etc/nsswitch.conf", "re");
	char line[512], *rest, *word;
	bool only = file != NULL || errno == ENOENT;

	while (
	    only && file != NULL && fgets(line, sizeof(line), file) != NULL) {
		/* false for a line longer than the buffer */
		only = strchr(line, '\n') != NULL || feof(file);
		line[strcspn(line, "#")] = '\0';
		word = strtok_r(line, " \t\n:", &rest);
		if (word == NULL || !text_has_word(databases, word))
			continue;
		/* brackets contain actions, not services */
		while ((word = strtok_r(NULL, " \t\n:", &rest)) != NULL)
			only = only &&
			    (word[0] == '[' || text_has_word(services, word));
	}
	return only;
}
