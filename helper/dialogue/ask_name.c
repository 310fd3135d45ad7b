/* SPDX-License-Identifier: BSD-2-Clause */
/* Asks who of several people it is. */
#include "helper/dialogue/ask_name.h"

#include <string.h>

#include "helper/dialogue/dialogue.h"
#include "helper/dialogue/words.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"

#define QUESTION "Who are you? "
#define EMPTY_MAX 3 /* answers by Enter only */

/* A program with one field shows no question. */
static bool
can_ask(const struct login *l)
{
	const struct facts *f = l->env->facts;

	if (f->one_field != NULL)
		log_mend("%s is shared by people, and no_prompt cannot ask who "
			 "it is: let them come by key, or by another service",
		    f->user);
	else if (f->conversation)
		return true;
	login_deny(l, VERDICT_CONV_ERR, REASON_NO_CONVERSATION);
	return false;
}

static void
trim(const char *text, char name[UI_ANSWER_MAX + 1])
{
	const char *begin = text + strspn(text, " \t");
	size_t len = strlen(begin);

	while (len > 0 && (begin[len - 1] == ' ' || begin[len - 1] == '\t'))
		len--;
	memcpy(name, begin, len);
	name[len] = '\0';
}

bool
ask_name(const struct login *l, char name[UI_ANSWER_MAX + 1])
{
	const struct environment *env = l->env;
	struct ui_answer answer = { .typed = 0 };
	char prompt[TEXT_PROMPT_MAX];
	bool answered = can_ask(l);

	name[0] = '\0';
	words_rehearsal(
	    prompt, sizeof(prompt), QUESTION, settings_rehearsal(env->conf));
	for (unsigned n = 0; answered && name[0] == '\0'; n++) {
		if (n == EMPTY_MAX) {
			login_deny(l, VERDICT_MAXTRIES, REASON_PROMPTS);
			return false;
		}
		answered = dialogue_answered(l,
		    env->ui->ask(
			env->ui->ctx, prompt, env->deadline, NULL, &answer),
		    &answer, n);
		trim(answer.text, name);
		explicit_bzero(&answer, sizeof(answer));
	}
	return answered;
}
