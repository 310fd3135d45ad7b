/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts and stops the timer that rolls back a trial. */
#include "twofactl/trial/trial_inside.h"
#include <errno.h>
#include <inttypes.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SYSTEMD_RUN "/usr/bin/systemd-run"
#define BOOT_UNIT "twofa-rollback.service"
#define TIMER "twofa-rollback-" /* prefix; the trial's id follows */
#define TRIAL_TIMER_TIMEOUT_S 15
#define OUT_MAX 1024
#define NAME_BYTES 80
#define PATH_BYTES 512

static bool
trial_timer_systemd(void)
{
	return run_program_has_systemd() && access(SYSTEMD_RUN, X_OK) == 0;
}

/* The path of this program, which also holds after an upgrade replaced it. */
static int
find_self(char path[PATH_BYTES])
{
	static const char gone[] = " (deleted)";
	const ssize_t n = readlink("/proc/self/exe", path, PATH_BYTES - 1);
	size_t len;

	if (n <= 0)
		return etc_file_fail_with_path("/proc/self/exe", NULL);
	path[n] = '\0';
	len = strlen(path);
	if (len > sizeof(gone) &&
	    strcmp(path + len - (sizeof(gone) - 1), gone) == 0)
		path[len - (sizeof(gone) - 1)] = '\0';
	return 0;
}

static int
arm_systemd(const struct trial *t, const char *self)
{
	char unit[NAME_BYTES], after[48], out[OUT_MAX];
	const char *const argv[] = { SYSTEMD_RUN, "--quiet", "--collect", unit,
		after, "--timer-property=AccuracySec=1s", self, "rollback",
		"--timer", t->id, NULL };

	PRINT_TO(unit, "--unit=" TIMER "%s", t->id);
	PRINT_TO(after, "--on-active=%" PRId64, t->until - t->since);
	if (run_program_status(argv, TRIAL_TIMER_TIMEOUT_S, out, OUT_MAX) == 0)
		return 0;
	out[strcspn(out, "\n")] = '\0';
	return etc_file_fail_with_path(
	    SYSTEMD_RUN, out[0] != '\0' ? out : "it fails");
}

void
trial_timer_wait(int64_t deadline_ms)
{
	const struct timespec second = { .tv_sec = 1 };

	while (clock_ms() < deadline_ms)
		(void)nanosleep(&second, NULL);
}

/* Detaches from the terminal, waits, and executes twofactl rollback. */
static _Noreturn void
sleep_and_run(const struct trial *t, const char *self, int64_t deadline_ms)
{
	const char *const argv[] = { self, "rollback", "--timer", t->id, NULL };
	sigset_t none;

	/* the child must not keep the trial lock */
	(void)close_range(3, ~0U, 0);
	if (daemon(0, 0) != 0)
		_exit(1);
	(void)signal(SIGHUP, SIG_IGN);
	/* enable has blocked the signals that terminate a program */
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	trial_timer_wait(deadline_ms);
	(void)signal(SIGHUP, SIG_DFL);
	(void)execv(self, (char *const *)(uintptr_t)argv);
	_exit(127);
}

static int
arm_process(const struct trial *t, const char *self)
{
	const int64_t deadline_ms = clock_ms() + (t->until - t->since) * 1000;
	const pid_t pid = fork();
	int status = 0;

	if (pid < 0)
		return etc_file_fail_with_path("fork", NULL);
	if (pid == 0)
		sleep_and_run(t, self, deadline_ms);
	if (TEMP_FAILURE_RETRY(waitpid(pid, &status, 0)) < 0)
		return etc_file_fail_with_path("waitpid", NULL);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0
	    ? 0
	    : etc_file_fail_with_path("fork",
		  "no process could be started for the timer; end some");
}

bool
trial_timer_boot_unit_is_enabled(void)
{
	char out[OUT_MAX];

	return run_program_systemctl(
		   "is-enabled", BOOT_UNIT, out, sizeof(out)) == 0;
}

int
trial_timer_arm(const struct trial *t)
{
	char self[PATH_BYTES], out[OUT_MAX];

	if (find_self(self) != 0)
		return -1;
	/* best effort: the unit that rolls back at boot may be missing */
	if (trial_timer_systemd() && !trial_timer_boot_unit_is_enabled())
		(void)run_program_systemctl(
		    "enable", BOOT_UNIT, out, sizeof(out));
	return trial_timer_systemd() ? arm_systemd(t, self)
				     : arm_process(t, self);
}

void
trial_timer_disarm(const struct trial *t)
{
	char name[NAME_BYTES], out[OUT_MAX];

	if (!trial_timer_systemd())
		return;
	PRINT_TO(name, TIMER "%s.timer", t->id);
	(void)run_program_systemctl("stop", name, out, sizeof(out));
}

void
trial_timer_write_end_time(const struct trial *t, char out[TRIAL_TIMER_CLOCK])
{
	const time_t until = (time_t)t->until;
	struct tm tm;

	out[0] = '\0';
	if (localtime_r(&until, &tm) != NULL)
		(void)strftime(out, TRIAL_TIMER_CLOCK, "%H:%M:%S", &tm);
}
