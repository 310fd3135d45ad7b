/* SPDX-License-Identifier: BSD-2-Clause */
/* Last words. */
#include "helper/dialogue/ending.h"

#include <string.h>

#include "helper/dialogue/words.h"

void
tell(const struct environment *env, const char *prompt)
{
	struct ui_answer answer = { .typed = 0 };
	char line[FRAME_PROMPT_MAX + 1];

	if (!env->facts->conversation)
		return;
	words_rehearsal(
	    line, sizeof(line), prompt, settings_rehearsal(env->conf));
	(void)env->ui->ask(env->ui->ctx, line, env->deadline, NULL, &answer);
	explicit_bzero(&answer, sizeof(answer));
}
