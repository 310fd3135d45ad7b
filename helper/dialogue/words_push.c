/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts about a push. */
#include "helper/dialogue/words_push.h"

#include <stdio.h>
#include <string.h>

/* The question: the first half of a prompt. */
static void
asked_for(char *out, size_t cap, const struct challenge_view *v)
{
	snprintf(out, cap, "%s your phone (number %s), then press Enter",
	    v->push_early ? "Not approved yet: see" : "Approve on",
	    v->push_digits);
}

/* The result of the last answer; the rest of the prompt is always the same. */
static const char *
met(enum text_news news)
{
	switch (news) {
	case NEWS_WRONG:
	case NEWS_MALFORMED:
		return "No code is wanted";
	case NEWS_NO_KEY:
		return "Not possible here";
	case NEWS_NO_RECOVERY:
		return "No such recovery code";
	case NEWS_INSTEAD:
		return "No code could be sent";
	case NEWS_SENT:
	case NEWS_USED:
	case NEWS_WAIT:
	case NEWS_ANOTHER:
	case NEWS_TAKEN:
	case NEWS_RENEWED:
	case NEWS_LOCKED:
		break;
	}
	return NULL;
}

void
words_push_prompt(char out[TEXT_PROMPT_MAX], enum text_news news,
    const struct challenge_view *v, bool rehearsal)
{
	const char *words = met(news);
	char line[TEXT_PROMPT_MAX / 2];

	if (words == NULL)
		asked_for(line, sizeof(line), v);
	else
		snprintf(line, sizeof(line),
		    "%s; approve (number %s) and press Enter", words,
		    v->push_digits);
	snprintf(out, TEXT_PROMPT_MAX,
	    "%s%s (%s%sq cancel): ", rehearsal ? "[REHEARSAL] " : "", line,
	    v->can_resend ? "r code by phone, " : "",
	    (v->keys & METHOD_BIT(METHOD_TOTP)) != 0 ? "t app, " : "");
}

void
words_push_wait(char out[TEXT_PROMPT_MAX], const struct challenge_view *v,
    bool ctrl_c, bool rehearsal)
{
	snprintf(out, TEXT_PROMPT_MAX,
	    "%sApprove on your phone, number %s, within %lld s%s",
	    rehearsal ? "[REHEARSAL] " : "", v->push_digits,
	    (long long)v->push_s, ctrl_c ? "; Ctrl-C gives up" : "");
}

const char *
words_push_refused(void)
{
	return "Denied on your phone.";
}

const char *
words_push_failed(void)
{
	return "Your answer on the phone could not be read. Try again later.";
}

const char *
words_push_expired(void)
{
	return "Not approved in time.";
}

void
words_push_none(char *out, size_t cap, enum reason why)
{
	snprintf(out, cap, "%s (Enter ends): ",
	    why == REASON_PUSH_OPEN
		? "Another login waits for your answer on the phone"
		: "Your phone could not be asked. Try again later, or ask your "
		  "administrator");
}

/* Rounded up, so that a retry is never too early. */
static void
span(char *out, size_t cap, int64_t s)
{
	const bool minutes = s >= 120;

	snprintf(out, cap, "%lld %s", (long long)(minutes ? (s + 59) / 60 : s),
	    minutes ? "min" : "s");
}

void
words_push_limit(char *out, size_t cap, int64_t wait_s)
{
	char time[32];

	span(time, sizeof(time), wait_s);
	snprintf(out, cap, "No more pushes for %s (Enter ends): ", time);
}

static void
lock(char *out, size_t cap, int64_t locked_s)
{
	char time[32];

	span(time, sizeof(time), locked_s);
	if (locked_s > 0)
		snprintf(out, cap, "Locked for %s", time);
	else
		snprintf(out, cap, "Locked");
}

void
words_push_locked(char *out, size_t cap, int64_t locked_s)
{
	char line[48];

	lock(line, sizeof(line), locked_s);
	snprintf(out, cap, "%s (Enter ends): ", line);
}

void
words_push_recovery(char out[TEXT_PROMPT_MAX], int64_t locked_s, bool rehearsal)
{
	char line[48];

	lock(line, sizeof(line), locked_s);
	snprintf(out, TEXT_PROMPT_MAX,
	    "%s%s. Recovery code (q cancel): ", rehearsal ? "[REHEARSAL] " : "",
	    line);
}
