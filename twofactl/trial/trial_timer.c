/* SPDX-License-Identifier: BSD-2-Clause */
/* The timer of a trial. */
#include "twofactl/trial/trial_timer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/system/system.h"
#include "twofactl/link/link.h"

#define SYSTEMD_RUN "/usr/bin/systemd-run"
#define BOOT_UNIT "twofa-rollback.service"
#define TIMEOUT_S 15
#define OUT_MAX 1024
#define NAME_BYTES 80
#define PATH_BYTES 512

static int
fail(char cause[TRIAL_CAUSE], const char *what, const char *why)
{
	(void)snprintf(cause, TRIAL_CAUSE, "%.100s: %.350s", what, why);
	return -1;
}

bool
trial_timer_systemd(void)
{
	return systemd_runs() && access(SYSTEMD_RUN, X_OK) == 0;
}

/* This program, even if an upgrade has replaced its file meanwhile. */
static int
find_self(char path[PATH_BYTES], char cause[TRIAL_CAUSE])
{
	static const char gone[] = " (deleted)";
	const ssize_t n = readlink("/proc/self/exe", path, PATH_BYTES - 1);
	size_t len;

	if (n <= 0)
		return fail(cause, "/proc/self/exe", strerror(errno));
	path[n] = '\0';
	len = strlen(path);
	if (len > sizeof(gone) &&
	    strcmp(path + len - (sizeof(gone) - 1), gone) == 0)
		path[len - (sizeof(gone) - 1)] = '\0';
	return 0;
}

static void
name_unit(char out[NAME_BYTES], const struct trial *t, const char *kind)
{
	(void)snprintf(out, NAME_BYTES, "twofa-rollback-%s%s", t->id, kind);
}

static int
run(const char *const *argv, char out[OUT_MAX])
{
	const struct program p = { .argv = argv, .timeout_s = TIMEOUT_S };
	int status = -1;

	if (run_program(&p, out, OUT_MAX, &status) != PROGRAM_ENDED)
		return -1;
	out[strcspn(out, "\n")] = '\0';
	return status;
}

static int
arm_systemd(const struct trial *t, const char *self, char cause[TRIAL_CAUSE])
{
	char unit[NAME_BYTES + 8], after[48], out[OUT_MAX];
	char name[NAME_BYTES];
	const char *const argv[] = { SYSTEMD_RUN, "--quiet", "--collect", unit,
		after, "--timer-property=AccuracySec=1s", self, "rollback",
		"--timer", t->id, NULL };

	name_unit(name, t, "");
	(void)snprintf(unit, sizeof(unit), "--unit=%s", name);
	(void)snprintf(
	    after, sizeof(after), "--on-active=%" PRId64, t->until - t->since);
	if (run(argv, out) == 0)
		return 0;
	return fail(cause, SYSTEMD_RUN, out[0] != '\0' ? out : "it fails");
}

void
trial_timer_wait(int64_t deadline_ms)
{
	const struct timespec second = { .tv_sec = 1 };

	while (clock_ms() < deadline_ms)
		(void)nanosleep(&second, NULL);
}

/* Becomes another program, without a terminal or our descriptors. */
static void
sleep_and_run(const struct trial *t, const char *self, int64_t deadline_ms)
{
	const char *const argv[] = { self, "rollback", "--timer", t->id, NULL };
	const int null = open("/dev/null", O_RDWR);
	sigset_t none;

	(void)signal(SIGHUP, SIG_IGN);
	/* enable holds back signals that end a program */
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	if (chdir("/") != 0 || null < 0)
		_exit(1);
	for (int fd = 0; fd < 3; fd++)
		(void)dup2(null, fd);
	trial_timer_wait(deadline_ms);
	(void)signal(SIGHUP, SIG_DFL);
	(void)execv(self, (char *const *)(uintptr_t)argv);
	_exit(127);
}

static int
arm_process(const struct trial *t, const char *self, char cause[TRIAL_CAUSE])
{
	const int64_t deadline_ms = clock_ms() + (t->until - t->since) * 1000;
	const pid_t pid = fork();
	int status = 0;

	if (pid < 0)
		return fail(cause, "fork", strerror(errno));
	if (pid == 0) {
		pid_t second;

		(void)setsid();
		/* only the parent may hold the lock */
		(void)close_range(3, ~0U, 0);
		second = fork();
		if (second == 0)
			sleep_and_run(t, self, deadline_ms);
		_exit(second < 0 ? 1 : 0);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return fail(cause, "waitpid", strerror(errno));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0
	    ? 0
	    : fail(cause, "fork", "no process for the timer; end some");
}

bool
trial_timer_at_boot(void)
{
	const char *const argv[] = { SYSTEMCTL, "is-enabled", "--quiet",
		BOOT_UNIT, NULL };
	char out[OUT_MAX];

	return access(SYSTEMCTL, X_OK) == 0 && run(argv, out) == 0;
}

/* If the unit is installed, a boot rolls back from now on. */
static void
enable_at_boot(void)
{
	const char *const argv[] = { SYSTEMCTL, "enable", "--quiet", BOOT_UNIT,
		NULL };
	char out[OUT_MAX];

	if (trial_timer_systemd() && !trial_timer_at_boot())
		(void)run(argv, out);
}

int
trial_timer_arm(const struct trial *t, char cause[TRIAL_CAUSE])
{
	char self[PATH_BYTES];

	if (find_self(self, cause) != 0)
		return -1;
	enable_at_boot();
	return trial_timer_systemd() ? arm_systemd(t, self, cause)
				     : arm_process(t, self, cause);
}

void
trial_timer_disarm(const struct trial *t)
{
	char name[NAME_BYTES], out[OUT_MAX];
	const char *const argv[] = { SYSTEMCTL, "stop", name, NULL };

	if (!trial_timer_systemd())
		return;
	name_unit(name, t, ".timer");
	(void)run(argv, out);
}

void
trial_timer_clock(const struct trial *t, char out[TRIAL_TIMER_CLOCK])
{
	const time_t until = (time_t)t->until;
	struct tm tm;

	out[0] = '\0';
	if (localtime_r(&until, &tm) != NULL)
		(void)strftime(out, TRIAL_TIMER_CLOCK, "%H:%M:%S", &tm);
}

int
trial_boot(char out[TRIAL_BOOT], char cause[TRIAL_CAUSE])
{
	static const char path[] = "/proc/sys/kernel/random/boot_id";
	FILE *file = fopen(path, "re");
	const bool read = file != NULL && fgets(out, TRIAL_BOOT, file) != NULL;

	if (file != NULL)
		fclose(file);
	if (!read)
		return fail(cause, path, "it cannot be read");
	out[strcspn(out, "\n")] = '\0';
	return 0;
}
