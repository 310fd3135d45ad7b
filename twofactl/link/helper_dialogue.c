/* SPDX-License-Identifier: BSD-2-Clause */
/* A dialogue of the helper's at the terminal. */
#include "twofactl/link/helper_dialogue.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/wire/wire.h"
#include "twofactl/link/helper_link.h"
#include "twofactl/terminal/terminal.h"

#define SHOWN_MAX (4 * FRAME_PROMPT_MAX + 1)

struct talk {
	const struct helper_dialogue *talk;
	struct helper_link link;
	struct record record;
};

/* Only errors and lines may come here. */
static int
take_line(struct talk *t, const struct frame *f)
{
	if (helper_link_record(&t->link, f, &t->record) != 0)
		return -1;
	if (t->record.kind == ADMIN_ERROR) {
		complain(HELPER_LINK_SAYS "%s", t->record.text[1]);
		return 0;
	}
	if (t->record.kind == ADMIN_SAY) {
		/* flushed, to keep the order with prompts */
		fprintf(stderr, "%s\n", t->record.text[1]);
		return 0;
	}
	return -1;
}

/* Wait for a line, or until the helper goes on at the deadline. */
static bool
wait_for_line(const struct talk *t)
{
	struct pollfd p[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = t->link.run.sock, .events = POLLIN },
		{ .fd = terminal_end(), .events = POLLIN },
	};
	int64_t left;
	int n;

	do {
		left = t->link.deadline - frame_clock_ms();
		n = poll(p, 3, left > INT_MAX ? INT_MAX : (int)left);
	} while (n < 0 && errno == EINTR);
	return n > 0 && p[1].revents == 0;
}

/* A line that is too long is sent as "", which is never a code. If the helper
 * is gone, its verdict or end counts. */
static int
answer(struct talk *t, const struct frame *f)
{
	char prompt[SHOWN_MAX], line[FRAME_ANSWER_MAX + 1] = "";
	bool typed;

	escape_text(frame_text(f, FIELD_TEXT), prompt, sizeof(prompt));
	(void)fflush(stdout);
	fputs(prompt, stderr);
	if (!wait_for_line(t)) {
		fputc('\n', stderr);
		return 0;
	}
	typed = terminal_line("", line, sizeof(line)) == 0;
	(void)helper_link_answer(&t->link, typed ? line : NULL);
	explicit_bzero(line, sizeof(line));
	return 0;
}

static enum ctl_exit
judge(const struct talk *t, const struct frame *f)
{
	int64_t verdict = -1;

	if (frame_number(f, FIELD_VERDICT, &verdict) != 0 ||
	    verdict < VERDICT_DENY || verdict > VERDICT_ALLOW) {
		complain(
		    "the helper %s", helper_link_broken(&t->link, FRAME_BAD));
		return CTL_FAILED;
	}
	if (t->talk->verdict != NULL)
		t->talk->verdict(t->talk->ctx, f);
	if (verdict == VERDICT_ALLOW)
		return CTL_DONE;
	return helper_link_status(helper_link_reason(f));
}

static enum ctl_exit
listen_to(struct talk *t)
{
	enum frame_result r;
	struct frame f;

	for (;;) {
		r = helper_link_receive(&t->link, &f);
		if (r == FRAME_OK && f.type == FRAME_VERDICT)
			return helper_link_finish(&t->link, judge(t, &f));
		if (r != FRAME_OK ||
		    (f.type == FRAME_ASK ? answer(t, &f) : take_line(t, &f)) !=
			0)
			break;
	}
	complain("the helper %s", helper_link_broken(&t->link, r));
	return CTL_FAILED;
}

enum ctl_exit
helper_dialogue(const struct ctl *ctl, const struct helper_dialogue *talk)
{
	struct talk t = { .talk = talk };
	enum ctl_exit status;

	if (helper_link_open(&t.link, ctl, talk->facts) != 0)
		return CTL_FAILED;
	status = helper_link_close(&t.link, listen_to(&t));
	explicit_bzero(&t, sizeof(t));
	return status;
}
