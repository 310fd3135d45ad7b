/* SPDX-License-Identifier: BSD-2-Clause */
/* One request to the helper. */
#include "twofactl/link/helper_request.h"

#include <string.h>

#include "twofactl/link/helper_link.h"
#include "twofactl/terminal/terminal.h"

struct talk {
	const struct helper_request *call;
	struct helper_link link;
	bool answered, told;
	struct record record;
};

static int
send_answer(struct talk *t)
{
	int rc = 0;

	if (t->answered)
		return -1;
	t->answered = true;
	if (t->call->asked != NULL)
		rc = t->call->asked(t->call->ctx);
	t->told = rc > 0;
	if (rc != 0)
		return -1;
	return helper_link_answer(&t->link, t->call->answer);
}

static int
take_line(struct talk *t, const struct frame *f)
{
	if (helper_link_record(&t->link, f, &t->record) != 0)
		return -1;
	if (t->record.kind == ADMIN_ERROR) {
		complain(HELPER_LINK_SAYS "%s", t->record.text[1]);
		return 0;
	}
	if (t->call->record == NULL)
		return -1;
	return t->call->record(t->call->ctx, &t->record);
}

/* The exit status for a verdict. */
static enum ctl_exit
judge(const struct talk *t, const struct frame *f)
{
	const enum reason reason = helper_link_reason(f);
	const char *word = frame_text(f, FIELD_REASON);
	int64_t verdict = VERDICT_DENY;
	enum ctl_exit status;

	if (frame_number(f, FIELD_VERDICT, &verdict) == 0 &&
	    verdict == VERDICT_ALLOW &&
	    (t->answered || t->call->answer == NULL))
		return CTL_DONE;
	if (reason == REASON_KEPT && t->answered)
		return t->call->answer == NULL ? CTL_DONE : CTL_FAILED;
	status = helper_link_status(reason);
	if (reason == REASON_NOTHING || reason == REASON_DEADLINE ||
	    reason == REASON_STATE || status == CTL_SETTINGS)
		return status;
	complain("the helper refused: %s", word != NULL ? word : "");
	return CTL_FAILED;
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
		    (f.type == FRAME_ASK ? send_answer(t) : take_line(t, &f)) !=
			0)
			break;
	}
	if (!t->told)
		complain("the helper %s", helper_link_broken(&t->link, r));
	return CTL_FAILED;
}

enum ctl_exit
helper_request(const struct ctl *ctl, const struct helper_request *call)
{
	const struct facts facts = call->facts != NULL
	    ? *call->facts
	    : helper_link_facts(ctl, call->purpose);
	struct talk t = { .call = call };
	enum ctl_exit status;

	if ((call->sock > 0 ? helper_link_take(&t.link, call->sock, &facts)
			    : helper_link_open(&t.link, ctl, &facts)) != 0)
		return CTL_FAILED;
	status = helper_link_close(&t.link, listen_to(&t));
	explicit_bzero(&t, sizeof(t));
	return status;
}
