/* SPDX-License-Identifier: BSD-2-Clause */
/* selinuxfs answers in text, as security_compute_av(3) has it, so no library is
 * needed. Some rights are known to be missing without a policy; others, as to
 * connections, depend on labels that only a library knows. */
#include "twofactl/sshd/sshd_domain.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/settings/settings.h"

#define SELINUX "/sys/fs/selinux/"
#define PERMISSIVE 1u /* a flag of an answer */
#define CONTEXT 256

/* What the file says, after this question if there is one. */
static bool
ask(const char *path, const char *question, char *answer, size_t size)
{
	const int fd = open(path,
	    (question != NULL ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NOCTTY);
	ssize_t n = -1;

	if (fd >= 0 &&
	    (question == NULL || write(fd, question, strlen(question)) > 0))
		n = read(fd, answer, size - 1);
	if (fd >= 0)
		(void)close(fd);
	answer[n > 0 ? n : 0] = '\0';
	answer[strcspn(answer, "\n")] = '\0';
	return answer[0] != '\0';
}

/* The kernel's number of a class, or of one of its rights; 0: none. */
static unsigned
number(const char *class, const char *what)
{
	char path[128], text[32];

	(void)snprintf(path, sizeof(path), SELINUX "class/%s/%s", class, what);
	return ask(path, NULL, text, sizeof(text))
	    ? (unsigned)strtoul(text, NULL, 10)
	    : 0;
}

/* About this domain and the label of that file. */
static bool
ask_about(const char *what, const char *domain, const char *path,
    const char *class, char *answer, size_t size)
{
	char label[CONTEXT] = "", question[2 * CONTEXT + 16], node[64];

	if (getxattr(path, "security.selinux", label, CONTEXT - 1) <= 0)
		return false;
	(void)snprintf(node, sizeof(node), SELINUX "%s", what);
	(void)snprintf(question, sizeof(question), "%s %s %u", domain, label,
	    number(class, "index"));
	return ask(node, question, answer, size);
}

/* Where the module runs if that process starts sshd, of which newer ones start
 * a program for each session. */
static bool
find_domain(const char *begin, char domain[CONTEXT])
{
	static const char *const programs[] = { "/usr/sbin/sshd",
		"/usr/libexec/openssh/sshd-session",
		"/usr/lib/openssh/sshd-session" };
	bool known = ask(begin, NULL, domain, CONTEXT);

	for (size_t i = 0; known && i < 3; i++)
		if (access(programs[i], F_OK) == 0)
			known = ask_about("create", domain, programs[i],
			    "process", domain, CONTEXT);
	return known;
}

/* May it write to such a file? *watched: it may, and the log tells. */
static bool
may_write(const char *domain, const char *path, bool *watched)
{
	const unsigned bit = number("file", "perms/write");
	const char *flags;
	char text[128];

	*watched = false;
	if (bit < 1 || bit > 32 ||
	    !ask_about("access", domain, path, "file", text, sizeof(text)) ||
	    (flags = strrchr(text, ' ')) == NULL)
		return true;
	*watched = (strtoul(flags, NULL, 16) & PERMISSIVE) != 0;
	return *watched || (strtoul(text, NULL, 16) >> (bit - 1) & 1) != 0;
}

bool
sshd_domain_refuses(const struct settings *conf, const char *helper,
    char text[SSHD_DOMAIN_TEXT])
{
	const char *state =
	    store_url_is(conf->state) ? conf->state_dir : conf->state;
	char sshd[CONTEXT], own[CONTEXT], domain[CONTEXT];
	bool watched;

	text[0] = '\0';
	if (!ask(SELINUX "enforce", NULL, own, sizeof(own)) || own[0] != '1')
		return false;
	(void)find_domain("/proc/self/attr/current", own);
	(void)snprintf(text, SSHD_DOMAIN_TEXT, "sshd's domain is not known");
	if (!find_domain("/proc/1/attr/current", sshd) ||
	    !ask_about(
		"create", sshd, helper, "process", domain, sizeof(domain)))
		return false;
	if (!may_write(domain, state, &watched)) {
		(void)snprintf(text, SSHD_DOMAIN_TEXT,
		    "a helper that sshd starts is %s, which may not write to "
		    "%s, so that every login is denied",
		    domain, state);
		return true;
	}
	(void)snprintf(text, SSHD_DOMAIN_TEXT,
	    "logins run as %s, and what is tried from here as %s", sshd, own);
	if (watched || strcmp(sshd, own) == 0)
		text[0] = '\0';
	return false;
}
