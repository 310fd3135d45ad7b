/* SPDX-License-Identifier: BSD-2-Clause */

#include "twofactl/sshd/sshd.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include "twofactl/host/host.h"
#include "twofactl/client/client.h"

#define SELINUX "/sys/fs/selinux/"
#define PERMISSIVE 1u /* a flag of an answer */
#define CONTEXT 256

/* The kernel's number of a class, or of one of its rights; 0: none. */
static unsigned
selinux_number(const char *class, const char *what)
{
	char path[128], text[32];

	PRINT_TO(path, SELINUX "class/%s/%s", class, what);
	return sshd_file_read_line(path, NULL, text, sizeof(text))
	    ? (unsigned)strtoul(text, NULL, 10)
	    : 0;
}

/* About this domain and the label of that file. */
static bool
query_label(const char *what, const char *domain, const char *path,
    const char *class, char *answer, size_t size)
{
	char label[CONTEXT] = "", request[2 * CONTEXT + 16], node[64];

	if (getxattr(path, "security.selinux", label, CONTEXT - 1) <= 0)
		return false;
	PRINT_TO(node, SELINUX "%s", what);
	PRINT_TO(
	    request, "%s %s %u", domain, label, selinux_number(class, "index"));
	return sshd_file_read_line(node, request, answer, size);
}

/* Where the module runs if that process starts sshd, of which newer ones start
 * a program for each session. */
static bool
find_domain(const char *begin, char domain[CONTEXT])
{
	static const char *const programs[] = { "/usr/sbin/sshd",
		"/usr/libexec/openssh/sshd-session",
		"/usr/lib/openssh/sshd-session" };
	bool known = sshd_file_read_line(begin, NULL, domain, CONTEXT);

	for (size_t i = 0; known && i < 3; i++)
		if (access(programs[i], F_OK) == 0)
			known = query_label("create", domain, programs[i],
			    "process", domain, CONTEXT);
	return known;
}

/* May it write to such a file? *watched: it may, and the log tells. */
static bool
may_write(const char *domain, const char *path, bool *permissive)
{
	const unsigned bit = selinux_number("file", "perms/write");
	const char *flags;
	char text[128];

	*permissive = false;
	if (bit < 1 || bit > 32 ||
	    !query_label("access", domain, path, "file", text, sizeof(text)) ||
	    (flags = strrchr(text, ' ')) == NULL)
		return true;
	*permissive = (strtoul(flags, NULL, 16) & PERMISSIVE) != 0;
	return *permissive || (strtoul(text, NULL, 16) >> (bit - 1) & 1) != 0;
}

bool
selinux_sshd_denies(const struct settings *conf, const char *helper,
    char text[SELINUX_SSHD_TEXT])
{
	const char *state =
	    settings_is_fleet(conf) ? conf->state_dir : conf->state;
	char sshd[CONTEXT], own[CONTEXT], domain[CONTEXT];
	bool permissive;

	text[0] = '\0';
	if (!sshd_file_read_line(SELINUX "enforce", NULL, own, sizeof(own)) ||
	    own[0] != '1')
		return false;
	(void)find_domain("/proc/self/attr/current", own);
	snprintf(text, SELINUX_SSHD_TEXT, "sshd's domain is not known");
	if (!find_domain("/proc/1/attr/current", sshd) ||
	    !query_label(
		"create", sshd, helper, "process", domain, sizeof(domain)))
		return false;
	if (!may_write(domain, state, &permissive)) {
		snprintf(text, SELINUX_SSHD_TEXT,
		    "a helper that sshd starts is %s, which may not write "
		    "to %s, so every login is denied",
		    domain, state);
		return true;
	}
	snprintf(text, SELINUX_SSHD_TEXT,
	    "logins run as %s, and what is tried from here as %s", sshd, own);
	/* a domain of its own comes with all that it needs */
	if (permissive || strcmp(sshd, own) == 0 || strcmp(domain, sshd) != 0)
		text[0] = '\0';
	return false;
}
