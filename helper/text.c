/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of the dialogue. */
#include "helper/text.h"

#include <stdio.h>

static const char *const ends[] = {
	[END_NOT_SENT] = "The code could not be sent. Try again later, or ask "
			 "your administrator.",
	[END_NUMBER] = "The code could not be sent to your number. Ask your "
		       "administrator to check it.",
	[END_BUSY] = "Another verification to your number is open. Wait a few "
		     "minutes, then try again.",
	[END_SPENT] = "Too many wrong codes. Wait a minute, then log in again.",
	[END_CANCELLED] = "Cancelled.",
	[END_TIMEOUT] = "Time is up. Log in again.",
	[END_DENIED] = "The code was not accepted.",
};

const char *
text_end(enum text_end e)
{
	return ends[e];
}

/* "by SMS": how the newest message travels. */
static const char *
by(enum method m)
{
	switch (m) {
	case METHOD_SMS:
		return "by SMS";
	case METHOD_VOICE:
		return "by call";
	case METHOD_WHATSAPP:
		return "by WhatsApp";
	case METHOD_EMAIL:
		return "by email";
	case METHOD_NONE:
	case METHOD_PUSH:
	case METHOD_TOTP:
	case METHOD_RECOVERY:
	case METHOD_COUNT:
		break;
	}
	return "";
}

static void
text_sent(char *out, size_t cap, const struct challenge_view *v, bool anew)
{
	if (v->age_s >= 0 && !anew)
		snprintf(out, cap, "Code already sent to %s %s %lld s ago",
		    v->number, by(v->method), (long long)v->age_s);
	else if (v->method == METHOD_VOICE)
		snprintf(out, cap, "Calling %s now", v->number);
	else
		snprintf(out, cap, "%s sent to %s %s",
		    anew ? "New code" : "Code", v->number, by(v->method));
}

static void
text_news(
    char *out, size_t cap, enum text_news news, const struct challenge_view *v)
{
	switch (news) {
	case NEWS_SENT:
		text_sent(out, cap, v, false);
		return;
	case NEWS_AGAIN:
		text_sent(out, cap, v, true);
		return;
	case NEWS_WRONG:
		snprintf(out, cap, "Wrong code, %u %s left", v->tries_left,
		    v->tries_left == 1 ? "try" : "tries");
		return;
	case NEWS_MALFORMED:
		snprintf(out, cap, "A code is %u digits", v->code_length);
		return;
	case NEWS_WAIT:
		snprintf(out, cap, "Wait %lld s before asking for another code",
		    (long long)v->resend_s);
		return;
	case NEWS_RENEWED:
		snprintf(out, cap, "The code had expired; new one sent to %s",
		    v->number);
		return;
	case NEWS_NO_KEY:
		snprintf(out, cap, "Not possible here; type the code");
		return;
	}
}

void
text_prompt(char out[TEXT_PROMPT_MAX], enum text_news news,
    const struct challenge_view *v, bool rehearsal)
{
	char line[TEXT_PROMPT_MAX / 2];
	const char *again =
	    v->method == METHOD_VOICE ? "r call again, " : "r resend, ";

	text_news(line, sizeof(line), news, v);
	snprintf(out, TEXT_PROMPT_MAX,
	    "%s%s (%s%sq cancel): ", rehearsal ? "[REHEARSAL] " : "", line,
	    v->can_resend ? again : "", v->can_call ? "v call, " : "");
}

void
text_unenrolled(char *out, size_t cap, const char *text)
{
	snprintf(out, cap, "%s (Enter ends): ", text);
}
