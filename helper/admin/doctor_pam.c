/* SPDX-License-Identifier: BSD-2-Clause */
/* The PAM stacks of the services that can give root. */
#include "helper/admin/doctor.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/admin/doctor_module.h"
#include "helper/admin/pamstack.h"
#include "helper/admin/pamwalk.h"

#define FILE_MAX (64 * 1024)
#define TWOFA "pam_twofa"
#define COPY " (a copy of its file in another folder of PAM's)"

/* In the order that PAM looks (Linux-PAM 1.5). */
static const char *const folders[] = { "/etc/pam.d", "/usr/lib/pam.d",
	"/usr/etc/pam.d" };

/* Services that can give root. cron asks nobody. */
static const struct {
	const char *name;
	bool root; /* its process is root's by itself */
} services[] = {
	{ "sshd", true },
	{ "login", true },
	{ "remote", true },
	{ "su", false },
	{ "su-l", false },
	{ "sudo", false },
	{ "sudo-i", false },
	{ "doas", false },
	{ "pkexec", false },
	{ "polkit-1", false },
	{ "cockpit", true },
	{ "gdm-password", true },
	{ "gdm-fingerprint", true },
	{ "gdm-smartcard", true },
	{ "lightdm", true },
	{ "sddm", true },
	{ "xrdp-sesman", true },
};

#define SERVICES (sizeof(services) / sizeof(services[0]))

static char *
read_text(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = fd < 0 ? NULL : calloc(1, FILE_MAX + 1);
	struct stat st;
	size_t used = 0;
	ssize_t n = 1;

	if (text != NULL && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)))
		n = -1;
	while (text != NULL && n > 0 && used < FILE_MAX) {
		n = read(fd, text + used, FILE_MAX - used);
		used += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	if (n == 0)
		return text;
	free(text); /* or too long */
	return NULL;
}

static char *
read_file(void *ctx, const char *name, char path[PAMSTACK_WORD])
{
	char *text = NULL;
	int n;

	(void)ctx;
	if (name[0] == '/') {
		snprintf(path, PAMSTACK_WORD, "%s", name);
		return read_text(name);
	}
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		n = snprintf(path, PAMSTACK_WORD, "%s/%s", folders[i], name);
		if (n > 0 && n < PAMSTACK_WORD)
			text = read_text(path);
		if (text != NULL)
			return text;
	}
	return NULL;
}

/* The rule by which this service is meant to be without: its number from 1. */
static size_t
skip_rule(const struct doctor *d, const char *service)
{
	for (size_t i = 0; d->conf != NULL && i < d->conf->rule_count; i++) {
		const struct rule *r = &d->conf->rule[i];

		if (r->action != ACTION_SKIP || r->users.count > 0 ||
		    r->groups.count > 0 || r->from.count > 0)
			continue;
		for (size_t s = 0; s < r->services.count; s++)
			if (strcmp(r->services.item[s], service) == 0)
				return i + 1;
	}
	return 0;
}

/* Is its file where the admin's are? */
static bool
is_ours(const char *service)
{
	char path[PAMSTACK_WORD];

	snprintf(path, sizeof(path), "%s/%s", folders[0], service);
	return access(path, F_OK) == 0;
}

static void
tell_missing(struct doctor *d, const char *service)
{
	const size_t rule = skip_rule(d, service);

	if (rule > 0)
		doctor_note(d, "pam-missing",
		    "%s has no second factor, as rule %zu wants it", service,
		    rule);
	else
		doctor_problem(d, "pam-missing",
		    "%s has no second factor; add \"auth required "
		    "pam_twofa.so\" behind the password's lines of "
		    "/etc/pam.d/%s%s, or say that it is meant so: { services = "
		    "[\"%s\"]; action = \"skip\"; }",
		    service, service, is_ours(service) ? "" : COPY, service);
}

static void
tell_ways(struct doctor *d, const char *service, const struct pamwalk *w)
{
	if (!w->reached)
		doctor_problem(d, "pam-unreached",
		    "%s: no way leads to %s:%u; correct the lines before it",
		    service, w->twofa->file, w->twofa->number);
	if (w->bypass != NULL && pamstack_is(w->bypass, TWOFA))
		doctor_problem(d, "pam-bypass",
		    "%s: %s:%u: with the control value \"%s\" the login goes "
		    "on "
		    "when the code is wrong; write: auth required %s",
		    service, w->bypass->file, w->bypass->number,
		    w->bypass->control, w->bypass->module);
	else if (w->bypass != NULL)
		doctor_problem(d, "pam-bypass",
		    "%s: %s:%u: \"%s %s\" can let in without pam_twofa; put "
		    "pam_twofa before it, or change its control value",
		    service, w->bypass->file, w->bypass->number,
		    w->bypass->control, w->bypass->module);
	if (w->failed != NULL)
		doctor_problem(d, "pam-after-failure",
		    "%s: %s:%u: when %s fails pam_twofa still sends a code; "
		    "before pam_twofa end such logins: auth [success=1 "
		    "default=ignore] %s, auth requisite pam_deny.so",
		    service, w->failed->file, w->failed->number,
		    w->failed->module, w->failed->module);
}

/* Without one pam_twofa denies; for sshd a key may have been shown. */
static void
tell_no_factor(struct doctor *d, const char *service, const struct pamwalk *w)
{
	if (w->no_factor && strcmp(service, "sshd") != 0)
		doctor_problem(d, "pam-no-password",
		    "%s: nothing asks for a password before %s:%u, so that "
		    "everybody is denied; put the password's lines before it",
		    service, w->twofa->file, w->twofa->number);
}

static void
judge(struct doctor *d, const char *service, bool root,
    const struct pamstack *stack)
{
	struct pamwalk w;

	pamwalk_judge(stack, root, &w);
	if (w.twofa == NULL) {
		tell_missing(d, service);
		return;
	}
	if (w.too_complex) {
		doctor_problem(d, "pam-unknown",
		    "%s: the stack has too many ways to be judged; make it "
		    "simpler",
		    service);
		return;
	}
	tell_ways(d, service, &w);
	tell_no_factor(d, service, &w);
	for (size_t i = 0; i < stack->count; i++)
		if (pamstack_is(&stack->line[i], TWOFA))
			doctor_module(d, service, &stack->line[i]);
}

static bool
has_twofa(const struct pamstack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		if (pamstack_is(&stack->line[i], TWOFA))
			return true;
	return false;
}

/* listed: it can give root, and so has to have pam_twofa. */
static void
check_service(struct doctor *d, struct pamstack *stack, const char *service,
    bool root, bool listed)
{
	const struct pamstack_source files = { .read = read_file };

	switch (pamstack_read(stack, service, &files)) {
	case PAMSTACK_ABSENT:
		return;
	case PAMSTACK_TOO_LONG:
		if (listed)
			doctor_problem(d, "pam-unknown",
			    "%s: the stack is too long to be judged; make it "
			    "simpler",
			    service);
		return;
	case PAMSTACK_READ:
		break;
	}
	if (!listed && !has_twofa(stack))
		return;
	if (stack->fault[0] != '\0')
		doctor_problem(d, "pam-broken",
		    "%s: %s, which fails logins; correct it", service,
		    stack->fault);
	judge(d, service, root, stack);
}

static bool
is_listed(const char *service)
{
	for (size_t i = 0; i < SERVICES; i++)
		if (strcmp(services[i].name, service) == 0)
			return true;
	return false;
}

/* All other services that use pam_twofa. Parts that stacks include are seen
 * there: Debian's names of them begin with "common-". */
static void
check_others(struct doctor *d, struct pamstack *stack)
{
	const struct dirent *entry;
	DIR *dir = opendir(folders[0]);

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' &&
		    strncmp(entry->d_name, "common-", 7) != 0 &&
		    !is_listed(entry->d_name))
			check_service(d, stack, entry->d_name, true, false);
	if (dir != NULL)
		closedir(dir);
}

void
doctor_pam(struct doctor *d)
{
	struct pamstack *stack = malloc(sizeof(*stack));

	if (stack == NULL) {
		doctor_problem(d, "pam-unknown",
		    "no memory to read /etc/pam.d; free some");
		return;
	}
	for (size_t i = 0; i < SERVICES; i++)
		check_service(
		    d, stack, services[i].name, services[i].root, true);
	check_others(d, stack);
	free(stack);
}
