/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether SELinux lets a helper that sshd starts write to the state. selinuxfs
 * replies in text, see security_compute_av(3), so no library is needed. Only
 * file rights are checked: connections depend on labels that only a library
 * can look up. */
#include "twofactl/sshd/sshd.h"

#include <stdlib.h>
#include <sys/xattr.h>
#include <unistd.h>

#define SELINUX "/sys/fs/selinux/"
#define PERMISSIVE 1u /* a flag of the reply of selinuxfs */
#define CONTEXT 256

/* Returns the kernel's number of a class or of one of its rights, or 0. */
static unsigned
selinux_number(const char *class, const char *what)
{
	char path[128], text[32];

	PRINT_TO(path, SELINUX "class/%s/%s", class, what);
	return sshd_file_read_line(path, NULL, text, sizeof(text))
	    ? (unsigned)strtoul(text, NULL, 10)
	    : 0;
}

/* Queries a node of selinuxfs about domain and the label of path. */
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

/* Finds the domain of sshd, where the module runs, if the process whose domain
 * is in the file begin starts it. Newer versions run a program for each
 * session, which may change the domain again. */
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

/* True if domain may write to files with the label of path. *permissive is set
 * if denials for this domain are only logged. */
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
	/* the policy of a separate helper domain grants what it needs */
	if (permissive || strcmp(sshd, own) == 0 || strcmp(domain, sshd) != 0)
		text[0] = '\0';
	return false;
}
