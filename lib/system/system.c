/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of uids, random names, the boot id. */
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
	const int fd =
	    open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	const ssize_t n = fd < 0 ? 0 : read(fd, id, BOOT_ID_MAX);

	id[n > 0 ? n : 0] = '\0';
	id[strcspn(id, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}
