/* SPDX-License-Identifier: BSD-2-Clause */
/* Last words. */
#include "helper/tell.h"

#include <string.h>

void
tell(const struct session_env *env, const char *prompt)
{
	struct ui_answer answer = { .typed = 0 };

	if (!env->facts->conversation)
		return;
	(void)env->ui->ask(env->ui->ctx, prompt, env->deadline, &answer);
	explicit_bzero(&answer, sizeof(answer));
}
