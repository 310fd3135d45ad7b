/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl test */
#include "twofactl/arguments/command.h"

#include <stdio.h>

#include "lib/wire/login_line.h"
#include "twofactl/link/helper_dialogue.h"
#include "twofactl/link/helper_link.h"
#include "twofactl/link/made_up_login.h"
#include "twofactl/records/command_user.h"
#include "twofactl/terminal/complain.h"
#include "twofactl/terminal/terminal.h"

struct test {
	const struct facts *facts;
	int64_t began; /* frame_clock_ms */
	bool unasked;  /* a code would have been asked for */
	struct login_line line;
};

/* As the module would write it. */
static void
take_verdict(void *ctx, const struct frame *f)
{
	struct test *t = ctx;
	int64_t verdict = VERDICT_DENY;
	const bool allowed = frame_number(f, FIELD_VERDICT, &verdict) == 0 &&
	    verdict == VERDICT_ALLOW;

	t->unasked = helper_link_reason(f) == REASON_NO_CONVERSATION;
	login_line_text(&t->line, "user", t->facts->user);
	login_line_text(&t->line, "service", t->facts->service);
	if (t->facts->rhost[0] != '\0')
		login_line_text(&t->line, "rhost", t->facts->rhost);
	login_line_verdict(
	    &t->line, f, allowed, REASON_NONE, frame_clock_ms() - t->began);
}

static void
print(const struct ctl *ctl, const struct test *t, bool allowed)
{
	printf("%s %s. The log would say:\n  pam_twofa:%s\n", ctl->name,
	    allowed ? "would be let in" : "would not be let in", t->line.text);
}

enum ctl_exit
cmd_test(struct ctl *ctl)
{
	enum ctl_exit status = command_user_find(ctl, true);
	struct facts facts = helper_link_facts(ctl, PURPOSE_TEST);
	struct test test = { .facts = &facts, .began = frame_clock_ms() };
	const struct helper_dialogue talk = {
		.facts = &facts, .ctx = &test, .verdict = take_verdict
	};

	facts.request = facts.ruser; /* who tests */
	if (status == CTL_DONE)
		status = made_up_login(ctl, ctl->service, ctl->from, &facts);
	if (status != CTL_DONE)
		return status;
	/* nobody could type a code: none is sent then */
	facts.conversation = terminal_is_there();
	status = helper_dialogue(ctl, &talk);
	if (test.unasked) {
		complain("nothing was sent: there is no terminal to type the "
			 "code at; run it on one");
		return CTL_USAGE;
	}
	if (test.line.len > 0)
		print(ctl, &test, status == CTL_DONE);
	return status;
}
