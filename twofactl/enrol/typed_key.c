/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the fingerprint of a key that is typed or in a file. */
#include "twofactl/enrol/enrol.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define AS_SSHD "publickey " /* the prefix for ssh_identity_next */
#define LINE_MAX_LEN 20000   /* enough for a certificate with many principals */

static int
read_key_line(const char *path, char *line, size_t cap)
{
	int fd OWNED(owned_fd) = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		errno = EINVAL;
	else
		n = read(fd, line, cap - 1);
	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	return n < 0 ? -1 : 0;
}

static int
read_key_file(struct ssh_identity *id, const char *option, const char *path)
{
	char line[sizeof(AS_SSHD) + LINE_MAX_LEN] = AS_SSHD;
	const char *at = line;

	if (read_key_line(path, line + strlen(AS_SSHD), LINE_MAX_LEN) != 0)
		return terminal_error(
		    "%s %.200s: %s; give a fingerprint, SHA256: and 43 "
		    "characters, or a file FILE.pub",
		    option, path, strerror(errno));
	if (ssh_identity_next(&at, "", id) &&
	    (id->key[0] != '\0' || id->cert_id[0] != '\0'))
		return 0;
	return terminal_error(
	    "%s %.200s: the first line is neither an ssh public key nor a user "
	    "certificate with an id without blanks; see: ssh-keygen -l -f FILE",
	    option, path);
}

int
typed_key_read(struct ssh_identity *id, const char *option, const char *typed)
{
	*id = (struct ssh_identity){ .key = "" };
	if (strncmp(typed, "SHA256:", strlen("SHA256:")) != 0)
		return read_key_file(id, option, typed);
	if (ssh_fingerprint_is_valid(typed)) {
		PRINT_TO(id->key, "%s", typed);
		return 0;
	}
	return terminal_error("%s \"%.60s\" is not a fingerprint as ssh-keygen "
			      "-l prints it: SHA256: and 43 characters",
	    option, typed);
}
