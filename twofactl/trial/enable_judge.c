/* SPDX-License-Identifier: BSD-2-Clause */
/* What doctor says of the new files, beside what it says of the old ones. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/host/run_program.h"
#include "twofactl/install/stack_lines.h"
#include "twofactl/terminal/complain.h"
#include "twofactl/trial/enable.h"
#include "twofactl/install/etc_view.h"

#define JUDGE_S 120
#define OUT_MAX (64 * 1024)

/* In the child that becomes doctor. */
static int
enter(void *ctx)
{
	char cause[TRIAL_CAUSE];

	if (etc_view_enter(ctx, cause) == 0)
		return 0;
	fprintf(stderr, "%s\n", cause);
	return -1;
}

/* view NULL: of the files that are in place. */
static bool
ask(const struct ctl *ctl, const struct trial *t, bool view, char out[OUT_MAX])
{
	const char *const argv[] = { "/proc/self/exe", "-c", ctl->conf,
		"--helper", ctl->helper, "doctor", "--service", t->service,
		NULL };
	const struct program p = { .argv = argv,
		.timeout_s = JUDGE_S,
		.prepare = view ? enter : NULL,
		.ctx = (void *)(uintptr_t)t };
	int status = -1;

	return run_program(&p, out, OUT_MAX, &status) == PROGRAM_ENDED &&
	    status <= CTL_NO;
}

static bool
has_line(const char *text, const struct stack_line *wanted)
{
	struct stack_line line;

	while (stack_line_next(&text, &line))
		if (line.len == wanted->len &&
		    memcmp(line.at, wanted->at, line.len) == 0)
			return true;
	return false;
}

/* Its last line counts them. */
static bool
is_finding(const struct stack_line *line, const char *rest)
{
	return !stack_line_begins(line, "note: ") && *rest != '\0';
}

/* What is new is told, and counted. */
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

/* What was so before, and does not speak against it. */
static void
tell_old(const char *before, const char *after)
{
	struct stack_line line;

	while (stack_line_next(&after, &line))
		if (is_finding(&line, after) && has_line(before, &line))
			fprintf(
			    stderr, "As before: %.*s", (int)line.len, line.at);
}

enum ctl_exit
enable_judge(const struct ctl *ctl, const struct trial *t)
{
	char *before = malloc(OUT_MAX), *after = malloc(OUT_MAX);
	enum ctl_exit result = CTL_FAILED;

	if (before == NULL || after == NULL) {
		complain("no memory; free some");
	} else if (!ask(ctl, t, false, before)) {
		complain("twofactl doctor fails: %.400s", before);
	} else if (!ask(ctl, t, true, after)) {
		complain("the new files cannot be looked at before they are in "
			 "place: %.400s",
		    after);
	} else {
		tell_old(before, after);
		result = tell_new(before, after) == 0 ? CTL_DONE : CTL_NO;
	}
	free(before);
	free(after);
	return result;
}
