/* SPDX-License-Identifier: BSD-2-Clause */
/* The end prompt of a denied login. */
#include "helper/dialogue/dialogue_inside.h"

#include "lib/settings/settings.h"

#define READ_MS 5000 /* least time to read a prompt */

void
ending_show_text(const struct login *login, const char *text)
{
	char prompt[WORDS_PROMPT_MAX];
	size_t len = strlen(text);

	if (login->quiet)
		return;
	if (login_env_text_is_immediate(login->env) ||
	    login->env->deadline - frame_clock_ms() <= READ_MS) {
		login_show_line(login, text);
		return;
	}
	if (len > 0 && text[len - 1] == '.')
		len--;
	PRINT_TO(prompt, "%.*s (Enter ends): ", (int)len, text);
	ending_show_prompt(login, prompt);
}

enum frame_verdict
ending_verdict(enum ending end)
{
	return end == END_SPENT || end == END_LIMIT || end == END_INVITED
	    ? VERDICT_MAXTRIES
	    : VERDICT_DENY;
}

enum challenge_step
ending_deny(const struct login *login, enum ending end, enum reason why)
{
	ending_show_text(login, words_from_ending(end));
	return login_deny(login, ending_verdict(end), why);
}

void
ending_show_prompt(const struct login *login, const char *prompt)
{
	const struct environment *env = login->env;
	struct ui_answer answer = { .typed = 0 };

	if (!env->facts->conversation || login->quiet)
		return;
	login->result->told = true;
	login_leave_state(login);
	(void)env->ui->ask(env->ui->ctx,
	    words_mark_rehearsal(env->conf, prompt), env->deadline, NULL,
	    &answer);
	explicit_bzero(&answer, sizeof(answer));
}

void
ending_deny_settings(const struct environment *env, struct login_result *result)
{
	const struct login login = { .env = env, .result = result };

	/* sshd shows text only with a prompt, and no prompt follows */
	if (login_env_text_is_immediate(env))
		login_show_line(&login, words_settings);
	login_deny(&login,
	    env->facts->one_field != NULL ? VERDICT_DENY : VERDICT_MAXTRIES,
	    REASON_SETTINGS);
}
