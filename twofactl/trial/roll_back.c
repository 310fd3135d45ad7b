/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A trial rolled back, by command, timer or boot; the simulator of a
 * rehearsal.
 */
#include "twofactl/trial/trial.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <utmpx.h>

#include "twofactl/client/client.h"
#include "twofactl/trial/trial_inside.h"

/* Other changes since stay, with their owner and mode. A file that enable made
 * is removed if it contains nothing else. */
static int
write_undone(const struct etc_change *f, const struct etc_file *from,
    char *text, bool clear)
{
	struct etc_file to = *from;

	to.text = text;
	to.there = f->kind == ETC_RULE || (f->before.there && !clear) ||
	    text[strspn(text, " \t\r\n")] != '\0';
	return etc_file_write(f->path, &to);
}

/* Its text contains lines of ours. */
static int
undo_file(const struct trial *t, const struct etc_change *f,
    const struct etc_file *from, bool clear)
{
	char *text = NULL;
	const int undone =
	    text_undo_trial(t->service, f, from->text, clear, &text);
	int rc = text != NULL ? write_undone(f, from, text, clear) : -1;

	free(text);
	return rc == 0 ? undone : rc;
}

static int
restore_file(const struct trial *t, const struct etc_change *f, bool clear)
{
	struct etc_file now;
	int rc = 0;

	if (etc_file_read(f->path, &now) != 0)
		return -1;
	if (etc_file_equals(&now, &f->after))
		rc = clear && f->before.there
		    ? undo_file(t, f, &f->before, clear)
		    : etc_file_write(f->path, &f->before);
	else if (now.there && (clear || !etc_file_equals(&now, &f->before)))
		rc = undo_file(t, f, &now, clear);
	etc_file_free(&now);
	return rc;
}

/* Report a failure rather than a line to look at. */
int
trial_restore(const struct trial *t, bool clear)
{
	char name[32], kept[TRIAL_CAUSE];
	int rc = 0;

	for (unsigned i = 0; i < t->files; i++) {
		const int done = restore_file(t, &t->file[i], clear);

		if (done < 0 || (done > 0 && rc == 0)) {
			memcpy(kept, etc_cause, sizeof(kept));
			rc = done;
		}
		PRINT_TO(name, "restore%u", i);
		trial_step(name);
	}
	if (rc != 0)
		memcpy(etc_cause, kept, sizeof(kept));
	return rc;
}

#define SYSTEMD_RUN "/usr/bin/systemd-run"
#define BOOT_UNIT "twofa-rollback.service"
#define TIMER "twofa-rollback-" /* and the trial's id */
#define TRIAL_TIMER_TIMEOUT_S 15
#define OUT_MAX 1024
#define NAME_BYTES 80
#define PATH_BYTES 512

/* Is systemd this machine's first process? */
static bool
trial_timer_systemd(void)
{
	return run_program_has_systemd() && access(SYSTEMD_RUN, X_OK) == 0;
}

/* This program, even if an upgrade has replaced its file meanwhile. */
static int
find_self(char path[PATH_BYTES])
{
	static const char gone[] = " (deleted)";
	const ssize_t n = readlink("/proc/self/exe", path, PATH_BYTES - 1);
	size_t len;

	if (n <= 0)
		return etc_file_set_error("/proc/self/exe", NULL);
	path[n] = '\0';
	len = strlen(path);
	if (len > sizeof(gone) &&
	    strcmp(path + len - (sizeof(gone) - 1), gone) == 0)
		path[len - (sizeof(gone) - 1)] = '\0';
	return 0;
}

static int
roll_back_run(const char *const *argv, char out[OUT_MAX])
{
	const int status =
	    run_program_status(argv, TRIAL_TIMER_TIMEOUT_S, out, OUT_MAX);

	if (status >= 0)
		out[strcspn(out, "\n")] = '\0';
	return status;
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
	if (roll_back_run(argv, out) == 0)
		return 0;
	return etc_file_set_error(
	    SYSTEMD_RUN, out[0] != '\0' ? out : "it fails");
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
arm_process(const struct trial *t, const char *self)
{
	const int64_t deadline_ms = clock_ms() + (t->until - t->since) * 1000;
	const pid_t pid = fork();
	int status = 0;

	if (pid < 0)
		return etc_file_set_error("fork", NULL);
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
	if (TEMP_FAILURE_RETRY(waitpid(pid, &status, 0)) < 0)
		return etc_file_set_error("waitpid", NULL);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0
	    ? 0
	    : etc_file_set_error("fork",
		  "no process could be started for the "
		  "timer; end some");
}

bool
trial_timer_at_boot(void)
{
	const char *const argv[] = { SYSTEMCTL, "is-enabled", "--quiet",
		BOOT_UNIT, NULL };
	char out[OUT_MAX];

	return access(SYSTEMCTL, X_OK) == 0 && roll_back_run(argv, out) == 0;
}

int
trial_timer_arm(const struct trial *t)
{
	const char *const argv[] = { SYSTEMCTL, "enable", "--quiet", BOOT_UNIT,
		NULL };
	char self[PATH_BYTES], out[OUT_MAX];

	if (find_self(self) != 0)
		return -1;
	/* if the unit is installed, a boot rolls back from now on */
	if (trial_timer_systemd() && !trial_timer_at_boot())
		(void)roll_back_run(argv, out);
	return trial_timer_systemd() ? arm_systemd(t, self)
				     : arm_process(t, self);
}

void
trial_timer_disarm(const struct trial *t)
{
	char name[NAME_BYTES], out[OUT_MAX];
	const char *const argv[] = { SYSTEMCTL, "stop", name, NULL };

	if (!trial_timer_systemd())
		return;
	PRINT_TO(name, TIMER "%s.timer", t->id);
	(void)roll_back_run(argv, out);
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

#define PROGRAM "twofa-rehearsal" /* beside the helper */
#define FOLDER "/var/lib/twofactl"
#define REHEARSAL_TIMEOUT_S 20

bool
rehearsal_is_ours(const struct settings *c)
{
	for (size_t i = 0; i < c->provider_count; i++)
		if (!c->provider[i].rehearsal ||
		    strcmp(c->provider[i].base_url, REHEARSAL_URL) != 0)
			return false;
	return c->provider_count > 0;
}

enum ctl_exit
rehearsal_start(const struct run *run, int64_t seconds)
{
	char path[sizeof(TWOFA_HELPER) + sizeof(PROGRAM)], number[24];
	char out[OUT_MAX] = "";
	const char *const argv[] = { path, run->conf, number, NULL };

	PRINT_TO(path, "%.*s/" PROGRAM,
	    (int)(strrchr(TWOFA_HELPER, '/') - TWOFA_HELPER), TWOFA_HELPER);
	PRINT_TO(number, "%" PRId64, seconds);
	if (run_program_status(argv, REHEARSAL_TIMEOUT_S, out, sizeof(out)) ==
	    0) {
		fputs("The codes of the rehearsal, in another terminal of "
		      "root's: tail -f " FOLDER "/codes\n",
		    stderr);
		return CTL_DONE;
	}
	return terminal_error_exit(CTL_FAILED, "no rehearsal: %s",
	    out[0] != '\0' ? out : "install the package twofa-simulator");
}

void
rehearsal_stop(void)
{
	(void)unlink(FOLDER "/account");
}

void
rehearsal_remove(const struct run *run)
{
	static const char *const files[] = { REHEARSAL_CERTIFICATE,
		REHEARSAL_SECRET };
	char path[CTL_PATH_MAX + sizeof(REHEARSAL_SECRET)];

	rehearsal_stop();
	(void)unlink(FOLDER "/codes");
	for (size_t i = 0; i < 2; i++) {
		PRINT_TO(path, "%.*s%s",
		    (int)(strrchr(run->conf, '/') + 1 - run->conf), run->conf,
		    files[i]);
		(void)unlink(path);
	}
}

static const char *const roll_back_reasons[] = { [ROLL_BACK_TIMEOUT] =
						     "timeout",
	[ROLL_BACK_BOOT] = "boot",
	[ROLL_BACK_HAND] = "hand",
	[ROLL_BACK_SSHD_CHECK] = "sshd-check",
	[ROLL_BACK_NOT_OFFERED] = "not-offered" };

_Static_assert(COUNT_OF(roll_back_reasons) == ROLL_BACK_NOT_OFFERED + 1,
    "each has its word");

/* Root's alone: others could read there that the second factor is gone. */
static void
tell_terminal(const char *path, const char *text)
{
	struct stat st;
	int fd;

	if (lstat(path, &st) != 0 || !S_ISCHR(st.st_mode) || st.st_uid != 0)
		return;
	fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_uid == 0)
		(void)!write(fd, text, strlen(text));
	close(fd);
}

/* A line of utmp must name a terminal: its writer could name a device that
 * reacts to being opened. */
static void
tell_console(const char *line, const char *text)
{
	char path[64];

	PRINT_TO(path, "/dev/%.40s", line);
	if (strncmp(line, "tty", 3) == 0 && strstr(line, "..") == NULL)
		tell_terminal(path, text);
}

/* One of logind's. */
static void
tell_session(const char *path, const char *text)
{
	FILE *f = fopen(path, "re");
	char line[256];

	while (f != NULL && fgets(line, sizeof(line), f) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "TTY=", 4) == 0)
			tell_console(line + 4, text);
	}
	if (f != NULL)
		fclose(f);
}

static size_t
roll_back_tell_all(const char *pattern,
    void (*tell_one)(const char *, const char *), const char *text)
{
	glob_t found = { 0 };
	size_t count;

	(void)glob(pattern, 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		tell_one(found.gl_pathv[i], text);
	count = found.gl_pathc;
	globfree(&found);
	return count;
}

/* Windows are told by their owner, since those of sudo are in no list, and
 * consoles where somebody is logged in. Debian 13 has no utmp. */
static void
tell_root(const char *text)
{
	struct utmpx *u;

	(void)roll_back_tell_all("/dev/pts/[0-9]*", tell_terminal, text);
	if (roll_back_tell_all(
		"/run/systemd/sessions/*[0-9]", tell_session, text) > 0)
		return;
	setutxent();
	while ((u = getutxent()) != NULL) {
		char line[sizeof(u->ut_line) + 1] = "";

		memcpy(line, u->ut_line, sizeof(u->ut_line));
		if (u->ut_type == USER_PROCESS)
			tell_console(line, text);
	}
	endutxent();
}

static void
roll_back_tell(const struct trial *t, enum roll_back_reason reason)
{
	char text[256];
	struct trial earlier; /* one that was confirmed */
	const int found = trial_read_enabled(t->service, &earlier);

	trial_free(&earlier);
	log_problem("%senable %s: rolled back (%s): %s",
	    logline_event_prefix(EVENT_TRIAL_ENDED, "-"), t->service,
	    roll_back_reasons[reason],
	    found != 0 ? "it is enabled as it was before"
		       : "logins by it are without a second factor, as before");
	PRINT_TO(text,
	    "\r\ntwofactl: %s was rolled back (%s): its files are as before "
	    "twofactl enable.\r\n",
	    t->service, roll_back_reasons[reason]);
	if (reason == ROLL_BACK_TIMEOUT)
		tell_root(text);
}

/* At boot sshd has not been started yet. */
static void
roll_back_reload(const struct trial *t, enum roll_back_reason reason)
{
	if (strcmp(t->service, "sshd") == 0 && reason != ROLL_BACK_BOOT &&
	    sshd_reload(etc_cause) == SSHD_RELOAD_FAILED)
		log_problem("enable sshd: after the roll-back sshd was not "
			    "reloaded: %s; correct that, then run: systemctl "
			    "restart ssh",
		    etc_cause);
}

int
roll_back(const struct trial *t, enum roll_back_reason reason)
{
	const int restored = trial_restore(t, false);

	if (restored < 0) {
		log_problem("enable %s: it cannot be rolled back: %s; correct "
			    "that, then run: twofactl rollback",
		    t->service, etc_cause);
		return -1;
	}
	if (restored > 0) {
		terminal_error("%s", etc_cause);
		log_problem(
		    "enable %s: rolled back, but %s", t->service, etc_cause);
	}
	roll_back_reload(t, reason);
	if (t->rehearsal)
		rehearsal_stop();
	trial_step("reloaded");
	roll_back_tell(t, reason);
	if (trial_forget(t) != 0)
		return -1;
	if (reason != ROLL_BACK_TIMEOUT)
		trial_timer_disarm(t);
	return 0;
}
