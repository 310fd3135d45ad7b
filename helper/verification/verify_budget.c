/* SPDX-License-Identifier: BSD-2-Clause */
/* How a verification ends without a yes, and what the person is told. */
#include "helper/verification/verify.h"

#include "helper/dialogue/ending.h"

enum challenge_step
verify_deny(struct verify *v, enum frame_verdict verdict, const char *why,
    enum words_end end)
{
	char spent[TEXT_PROMPT_MAX];

	v->end = end;
	words_spent(spent, sizeof(spent), v->wait_s);
	v->env->ui->say(
	    v->env->ui->ctx, end == END_SPENT ? spent : words_end(end));
	result_deny(v->result, verdict, why);
	return STEP_DENY;
}

enum challenge_step
verify_give_up(struct verify *v, enum frame_verdict verdict, const char *why,
    enum words_end end)
{
	char prompt[TEXT_PROMPT_MAX];

	if (!v->offline && end == END_LIMIT) {
		words_limit(prompt, sizeof(prompt), v->wait_s);
		tell(v->env, prompt);
		result_deny(v->result, verdict, why);
		return STEP_DENY;
	}
	if (!v->offline && end == END_BUSY && verify_busy_s(v) > 0) {
		words_busy(prompt, sizeof(prompt), verify_busy_s(v));
		tell(v->env, prompt);
		result_deny(v->result, verdict, why);
		return STEP_DENY;
	}
	if (!v->offline)
		return verify_deny(v, verdict, why, end);
	v->end = end;
	return STEP_INSTEAD;
}
