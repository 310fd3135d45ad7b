/* SPDX-License-Identifier: BSD-2-Clause */
/* Last words. */
#include "helper/dialogue/ending.h"

#include <string.h>

#include "helper/dialogue/login_context.h"
#include "helper/dialogue/words.h"
#include "lib/settings/settings.h"

static const enum reason reasons[] = {
	[END_NOT_SENT] = REASON_TRANSIENT,
	[END_NUMBER] = REASON_NUMBER,
	[END_BUSY] = REASON_NUMBER_BUSY,
	[END_SPENT] = REASON_SPENT,
	[END_LIMIT] = REASON_LIMIT,
	[END_CANCELLED] = REASON_CANCELLED,
	[END_TIMEOUT] = REASON_EXPIRED,
	[END_DENIED] = REASON_ENDED,
};

enum reason
ending_reason(enum ending why)
{
	return reasons[why];
}

void
ending_show(const struct login *login, const char *prompt)
{
	const struct environment *env = login->env;
	struct ui_answer answer = { .typed = 0 };
	char line[FRAME_PROMPT_MAX + 1];

	if (!env->facts->conversation)
		return;
	words_rehearsal(
	    line, sizeof(line), prompt, settings_rehearsal(env->conf));
	(void)env->ui->ask(env->ui->ctx, line, env->deadline, NULL, &answer);
	explicit_bzero(&answer, sizeof(answer));
}
