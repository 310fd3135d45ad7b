/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of a freshly started helper, line by line.
 */
#include "tests/host/fake_report.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#define TEXT_MAX 900

static void
report_status(void (*line)(const char *))
{
	static const char *const words[] = { "Uid", "Gid", "Groups", "CapInh",
		"CapPrm", "CapEff", "CapAmb", "NoNewPrivs", "SigBlk", "SigIgn",
		"SigCgt" };
	char text[TEXT_MAX];
	FILE *f = fopen("/proc/self/status", "re");

	while (f != NULL && fgets(text, sizeof(text), f) != NULL) {
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
			const size_t len = strlen(words[i]);

			if (strncmp(text, words[i], len) != 0)
				continue;
			text[strcspn(text, "\n")] = '\0';
			for (char *p = text; *p != '\0'; p++) {
				if (*p == '\t')
					*p = ' ';
			}
			line(text);
		}
	}
	if (f != NULL)
		(void)fclose(f);
}

static void
report_fds(void (*line)(const char *))
{
	for (int fd = 0; fd < 1024; fd++) {
		char path[64], target[256], text[TEXT_MAX];
		ssize_t n;

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target) - 1);
		if (n < 0)
			continue;
		target[n] = '\0';
		(void)snprintf(text, sizeof(text), "fd %d %s", fd, target);
		line(text);
	}
}

static void
report_limits(void (*line)(const char *))
{
	for (int i = 0; i < (int)RLIM_NLIMITS; i++) {
		struct rlimit limit = { 0, 0 };
		char text[TEXT_MAX];

		(void)getrlimit((__rlimit_resource_t)i, &limit);
		(void)snprintf(text, sizeof(text),
		    "limit %d %" PRIu64 " %" PRIu64, i,
		    (uint64_t)limit.rlim_cur, (uint64_t)limit.rlim_max);
		line(text);
	}
}

void
fake_report_process(void (*line)(const char *), char **envp)
{
	char text[TEXT_MAX], cwd[512];
	struct itimerval timer = { 0 };
	const mode_t mask = umask(077);
	int death = 0, count = 0;

	report_fds(line);
	report_status(line);
	report_limits(line);
	while (envp[count] != NULL)
		count++;
	(void)prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0);
	(void)getitimer(ITIMER_REAL, &timer);
	(void)snprintf(text, sizeof(text),
	    "other env %d cwd %s umask %03o death %d parents-session %d alarm "
	    "%ld",
	    count, getcwd(cwd, sizeof(cwd)), (unsigned)mask, death,
	    getsid(0) == getppid(), (long)timer.it_value.tv_sec);
	line(text);
}

void
fake_report_facts(void (*line)(const char *), const struct facts *f)
{
	char text[TEXT_MAX];

	(void)snprintf(text, sizeof(text),
	    "facts conf=%s deadline=%" PRId64 " user=%s service=%s tty=%s "
	    "rhost=%s ssh=%s ruser=%s uid=%" PRId64 " session=%" PRId64
	    " start=%" PRId64 " terminal=%" PRId64
	    " boot=%s conversation=%d first=%d",
	    f->conf, f->deadline_ms, f->user, f->service, f->tty, f->rhost,
	    f->ssh_addr, f->ruser, f->real_uid, f->session_id, f->leader_start,
	    f->leader_tty, f->boot_id, f->conversation, (int)f->first_factor);
	line(text);
	(void)snprintf(text, sizeof(text), "auth_info %zu %.64s",
	    strlen(f->auth_info), f->auth_info);
	line(text);
}
