/* SPDX-License-Identifier: BSD-2-Clause */
/* Doctor's findings about the new files that it does not have about the old
 * ones. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/etc/etc.h"
#include "twofactl/host/host.h"
#include "twofactl/link/link.h"
#include "twofactl/sshd/sshd.h"
#include "twofactl/terminal/terminal.h"
#include "twofactl/trial/enable.h"

#define JUDGE_S 120
#define OUT_MAX (64 * 1024)

/* Runs in the child that becomes doctor. */
static int
enter(void *ctx)
{
	const struct trial *t = ctx;
	char cause[TRIAL_CAUSE];

	if (etc_view_enter(t->file, t->files, cause) == 0)
		return 0;
	fprintf(stderr, "%s\n", cause);
	return -1;
}

/* Run a command of twofactl with the present files, or in the view; worst: the
 * highest exit status that is no error. */
static bool
ask(const char *const *argv, const struct trial *t, bool view,
    enum ctl_exit worst, char out[OUT_MAX])
{
	const struct program p = { .argv = argv,
		.timeout_s = JUDGE_S,
		.prepare = view ? enter : NULL,
		.ctx = (void *)(uintptr_t)t };
	int status = -1;

	return run_program(&p, out, OUT_MAX, &status) == PROGRAM_ENDED &&
	    status <= (int)worst;
}

/* Up to the remedy, which may be another one with the new files. */
static bool
has_line(const char *text, const struct stack_line *wanted)
{
	const char *end = memchr(wanted->at, ';', wanted->len);
	const size_t len =
	    end != NULL ? (size_t)(end - wanted->at) : wanted->len;
	struct stack_line line;

	while (stack_line_next(&text, &line))
		if (line.len >= len && memcmp(line.at, wanted->at, len) == 0)
			return true;
	return false;
}

/* The last line is a count, not a finding. */
static bool
is_finding(const struct stack_line *line, const char *rest)
{
	return !stack_line_begins(line, "note: ") && *rest != '\0';
}

/* Print and count new findings. */
static unsigned
tell_new(const char *before, const char *after)
{
	struct stack_line line;
	unsigned count = 0;

	while (stack_line_next(&after, &line)) {
		if (!is_finding(&line, after) || has_line(before, &line))
			continue;
		fwrite(line.at, 1, line.len, stderr);
		count++;
	}
	return count;
}

/* Print old findings, which do not count against the change. */
static void
tell_old(const char *before, const char *after)
{
	struct stack_line line;

	while (stack_line_next(&after, &line))
		if (is_finding(&line, after) && has_line(before, &line))
			fprintf(
			    stderr, "As before: %.*s", (int)line.len, line.at);
}

/* Run a command on the new and on the old files, print its new findings after
 * these words, and return their number. -1 after complaining. */
static int
count_new(const char *const *argv, const char *const *later,
    const struct trial *t, enum ctl_exit worst)
{
	char *before = malloc(OUT_MAX), *after = malloc(OUT_MAX);
	int count = -1;

	if (before == NULL || after == NULL) {
		complain("no memory; free some");
	} else if (!ask(argv, t, false, worst, before)) {
		complain("twofactl %s fails: %.400s", argv[5], before);
	} else if (!ask(later, t, true, worst, after)) {
		complain("the new files cannot be looked at before they are in "
			 "place: %.400s",
		    after);
	} else {
		etc_seen_name(after, ETC_VIEW_COPY);
		tell_old(before, after);
		count = (int)tell_new(before, after);
	}
	free(before);
	free(after);
	return count;
}

/* Wrong settings deny every login. */
static enum ctl_exit
judge_settings(const struct ctl *ctl, const struct trial *t)
{
	char path[CTL_PATH_MAX + sizeof(ETC_VIEW_COPY)];
	const char *copy = etc_view_copied() ? path : ctl->conf;
	const char *const argv[] = { "/proc/self/exe", "-c", ctl->conf,
		"--helper", ctl->helper, "check", "--file", ctl->conf, NULL };
	const char *const later[] = { argv[0], "-c", ctl->conf, "--helper",
		ctl->helper, "check", "--file", copy, NULL };
	int count = 0;

	(void)snprintf(path, sizeof(path), ETC_VIEW_COPY "%s", ctl->conf);
	for (unsigned i = 0; count == 0 && i < t->files; i++)
		if (t->file[i].kind == ETC_RULE)
			count = count_new(argv, later, t, CTL_SETTINGS);
	return count == 0 ? CTL_DONE : count < 0 ? CTL_FAILED : CTL_SETTINGS;
}

enum ctl_exit
enable_judge(const struct ctl *ctl, const struct trial *t)
{
	static const char copies[] = ETC_VIEW_COPY;
	const char *const argv[] = { "/proc/self/exe", "-c", ctl->conf,
		"--helper", ctl->helper, "doctor", "--files", "--service",
		t->service, NULL };
	const char *const later[] = { argv[0], "-c", ctl->conf, "--helper",
		ctl->helper, "doctor", "--files", "--service", t->service,
		etc_view_copied() ? "--etc" : NULL, copies, NULL };
	const enum ctl_exit status = judge_settings(ctl, t);
	const int count =
	    status == CTL_DONE ? count_new(argv, later, t, CTL_NO) : 0;

	if (status != CTL_DONE)
		return status;
	return count == 0 ? CTL_DONE : count < 0 ? CTL_FAILED : CTL_NO;
}

static int
do_nothing(void *ctx, FILE *out)
{
	(void)ctx;
	(void)out;
	return 0;
}

bool
enable_view(const struct trial *t, char cause[TRIAL_CAUSE])
{
	const char *sshd = sshd_ask_path();
	char text[TRIAL_CAUSE], why[TRIAL_CAUSE];

	if (etc_view_call(t->file, t->files, do_nothing, NULL, text,
		sizeof(text), cause) == 0)
		return true;
	if (errno != EPERM)
		return false;
	if (etc_view_copy(t->file, t->files,
		sshd_ask_config(sshd != NULL ? sshd : ""), why) == 0)
		return true;
	(void)snprintf(cause, TRIAL_CAUSE, "%s", why);
	return false;
}
