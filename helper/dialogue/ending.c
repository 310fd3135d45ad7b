/* SPDX-License-Identifier: BSD-2-Clause */
/* The last words of a login. */
#include "helper/dialogue/ending.h"

#include <stdio.h>
#include <string.h>

#include "helper/dialogue/login_context.h"
#include "helper/dialogue/words.h"
#include "lib/settings/settings.h"

#define ENDING_READ_MS 5000

static const enum reason reasons[] = {
	[END_NOT_SENT] = REASON_TRANSIENT,
	[END_NUMBER] = REASON_NUMBER,
	[END_BUSY] = REASON_NUMBER_BUSY,
	[END_SPENT] = REASON_SPENT,
	[END_LIMIT] = REASON_LIMIT,
	[END_CANCELLED] = REASON_CANCELLED,
	[END_TIMEOUT] = REASON_EXPIRED,
	[END_DENIED] = REASON_ENDED,
	[END_OFFLINE] = REASON_STORE_OUTAGE,
	[END_CLOCK] = REASON_CLOCK,
};

enum reason
ending_reason(enum ending why)
{
	return reasons[why];
}

/* Is there time to read a line? */
static bool
in_time(const struct environment *env)
{
	return env->deadline - frame_clock_ms() > ENDING_READ_MS;
}

void
ending_say(const struct login *login, const char *text)
{
	char prompt[TEXT_PROMPT_MAX];
	size_t len = strlen(text);

	if (login->quiet)
		return;
	if (environment_shows_text(login->env) || !in_time(login->env)) {
		login_say(login, text);
		return;
	}
	if (len > 0 && text[len - 1] == '.')
		len--;
	snprintf(prompt, sizeof(prompt), "%.*s (Enter ends): ", (int)len, text);
	ending_show(login, prompt);
}

void
ending_show(const struct login *login, const char *prompt)
{
	const struct environment *env = login->env;
	struct ui_answer answer = { .typed = 0 };
	char line[FRAME_PROMPT_MAX + 1];

	if (!env->facts->conversation || login->quiet)
		return;
	login->result->told = true;
	words_rehearsal(line, sizeof(line), prompt,
	    env->conf != NULL && settings_rehearsal(env->conf));
	(void)env->ui->ask(env->ui->ctx, line, env->deadline, NULL, &answer);
	explicit_bzero(&answer, sizeof(answer));
}

void
ending_settings(const struct environment *env, struct login_result *result)
{
	const struct login login = { .env = env, .result = result };

	/* sshd shows text only with a prompt, and a prompt asks for a code */
	if (environment_shows_text(env))
		login_say(&login, words_settings());
	login_deny(&login,
	    env->facts->one_field != NULL ? VERDICT_DENY : VERDICT_MAXTRIES,
	    REASON_SETTINGS);
}
