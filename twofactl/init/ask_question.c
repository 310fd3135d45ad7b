/* SPDX-License-Identifier: BSD-2-Clause */
/* One question of `twofactl init`, repeated until the answer is valid. */
#include "twofactl/init/ask_question.h"

#include <stdio.h>
#include <string.h>

#include "twofactl/terminal/terminal.h"

#define TYPED_MAX 4096
#define PROMPT_MAX 512

static enum ctl_exit
ask_missing(const char *what, const char *option)
{
	complain("%s is missing, and there is no terminal to ask at: add --%s",
	    what, option);
	return CTL_USAGE;
}

static int
read_line(const struct ask_question *q, char out[TYPED_MAX])
{
	char prompt[PROMPT_MAX];

	if (q->now[0] != '\0' && q->hidden)
		snprintf(prompt, sizeof(prompt),
		    "%s (not shown; Enter keeps what is there): ", q->what);
	else if (q->hidden)
		snprintf(prompt, sizeof(prompt), "%s (not shown): ", q->what);
	else if (q->now[0] != '\0')
		snprintf(prompt, sizeof(prompt), "%s [%s]: ", q->what, q->now);
	else
		snprintf(prompt, sizeof(prompt), "%s: ", q->what);
	return q->hidden ? terminal_hidden(prompt, out, TYPED_MAX)
			 : terminal_line(prompt, out, TYPED_MAX);
}

static enum ctl_exit
ask(const struct ask_question *q, char typed[TYPED_MAX])
{
	const char *wrong, *answer;

	for (;;) {
		if (read_line(q, typed) != 0)
			return CTL_NO;
		answer = typed[0] == '\0' && !q->hidden ? q->now : typed;
		if (typed[0] == '\0' && q->hidden && q->now[0] != '\0')
			return CTL_DONE;
		wrong = q->check(q->ctx, answer, strlen(answer));
		if (wrong == NULL)
			return CTL_DONE;
		complain("%s: %s", q->option, wrong);
	}
}

enum ctl_exit
ask_question(const struct ask_question *q)
{
	char typed[TYPED_MAX];
	enum ctl_exit status;
	const char *wrong;

	if (q->typed != NULL) {
		wrong = q->check(q->ctx, q->typed, strlen(q->typed));
		if (wrong == NULL)
			return CTL_DONE;
		complain("--%s: %s", q->option, wrong);
		return CTL_USAGE;
	}
	if (!terminal_is_there()) {
		/* the present value may not suit another provider */
		if (q->now[0] != '\0' &&
		    (q->hidden ||
			q->check(q->ctx, q->now, strlen(q->now)) == NULL))
			return CTL_DONE;
		return ask_missing(q->what, q->option);
	}
	status = ask(q, typed);
	explicit_bzero(typed, sizeof(typed));
	return status;
}
