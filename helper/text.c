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
	[END_SPENT] = "Too many wrong codes.",
	[END_LIMIT] = "Too many codes were asked for. Wait, then try again.",
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

/* Why another method is asked for, in the fewest words. */
static const char *const instead[] = {
	[END_NOT_SENT] = "No code could be sent",
	[END_NUMBER] = "No code could be sent",
	[END_BUSY] = "No code can be sent now",
	[END_SPENT] = "Too many wrong codes",
	[END_LIMIT] = "No more codes now",
	[END_CANCELLED] = "No code was sent",
	[END_TIMEOUT] = "No code was sent",
	[END_DENIED] = "No code was sent",
};

/* "24 s", "14 min", "3 h": rounded up, so that nobody comes too early. */
static void
span(char *out, size_t cap, int64_t s)
{
	if (s < 120)
		snprintf(out, cap, "%lld s", (long long)s);
	else if (s < 7200)
		snprintf(out, cap, "%lld min", (long long)(s + 59) / 60);
	else
		snprintf(out, cap, "%lld h", (long long)(s + 3599) / 3600);
}

/* What is asked for. */
static void
text_asked(char *out, size_t cap, const struct challenge_view *v, bool anew)
{
	if (v->method == METHOD_TOTP)
		snprintf(out, cap, "Code from your authenticator app");
	else if (v->method == METHOD_RECOVERY)
		snprintf(out, cap, "Recovery code");
	else if (v->age_s >= 0 && !anew)
		snprintf(out, cap, "Code already sent to %s %s %lld s ago",
		    v->number, by(v->method), (long long)v->age_s);
	else if (v->method == METHOD_VOICE)
		snprintf(out, cap, "Calling %s now", v->number);
	else
		snprintf(out, cap, "%s sent to %s %s",
		    anew ? "New code" : "Code", v->number, by(v->method));
}

static void
text_shape(char *out, size_t cap, const struct challenge_view *v)
{
	if (v->method == METHOD_RECOVERY)
		snprintf(out, cap, "A recovery code is 16 letters and digits");
	else
		snprintf(out, cap, "A code is %u digits", v->code_length);
}

static void
text_lock(char *out, size_t cap, int64_t locked_s)
{
	char time[24];

	span(time, sizeof(time), locked_s);
	if (locked_s > 0)
		snprintf(out, cap, "Too many wrong codes: locked for %s", time);
	else
		snprintf(out, cap, "Too many wrong codes: locked");
}

static void
text_other(
    char *out, size_t cap, enum text_news news, const struct challenge_view *v)
{
	char asked[48], lock[64];

	text_asked(asked, sizeof(asked), v, false);
	text_lock(lock, sizeof(lock), v->locked_s);
	snprintf(out, cap, "%s. %s",
	    news == NEWS_LOCKED ? lock : instead[v->why], asked);
}

static void
text_news(
    char *out, size_t cap, enum text_news news, const struct challenge_view *v)
{
	char time[24];

	switch (news) {
	case NEWS_SENT:
		text_asked(out, cap, v, false);
		return;
	case NEWS_AGAIN:
		text_asked(out, cap, v, true);
		return;
	case NEWS_WRONG:
		snprintf(out, cap, "Wrong code, %u %s left", v->tries_left,
		    v->tries_left == 1 ? "try" : "tries");
		return;
	case NEWS_MALFORMED:
		text_shape(out, cap, v);
		return;
	case NEWS_WAIT:
		span(time, sizeof(time), v->resend_s);
		snprintf(
		    out, cap, "Wait %s before asking for another code", time);
		return;
	case NEWS_RENEWED:
		snprintf(out, cap, "The code had expired; new one sent to %s",
		    v->number);
		return;
	case NEWS_NO_KEY:
		snprintf(out, cap, "Not possible here; type the code");
		return;
	case NEWS_INSTEAD:
	case NEWS_LOCKED:
		text_other(out, cap, news, v);
		return;
	case NEWS_NO_RECOVERY:
		snprintf(out, cap, "That is no recovery code of yours");
		return;
	}
}

/* What r does at this prompt. */
static const char *
key_again(enum method m)
{
	if (m == METHOD_VOICE)
		return "r call again, ";
	return m == METHOD_TOTP ? "r code by phone, " : "r resend, ";
}

static const char *
key_of(const struct challenge_view *v, enum method m, const char *word)
{
	return (v->keys & METHOD_BIT(m)) != 0 ? word : "";
}

void
text_prompt(char out[TEXT_PROMPT_MAX], enum text_news news,
    const struct challenge_view *v, bool rehearsal)
{
	char line[TEXT_PROMPT_MAX / 2];

	text_news(line, sizeof(line), news, v);
	snprintf(out, TEXT_PROMPT_MAX,
	    "%s%s (%s%s%s%s%s%sq cancel): ", rehearsal ? "[REHEARSAL] " : "",
	    line, v->can_resend ? key_again(v->method) : "",
	    key_of(v, METHOD_VOICE, "v call, "),
	    key_of(v, METHOD_WHATSAPP, "w WhatsApp, "),
	    key_of(v, METHOD_EMAIL, "e email, "),
	    key_of(v, METHOD_PUSH, "p push, "),
	    key_of(v, METHOD_TOTP, "t app, "));
}

void
text_rehearsal(char *out, size_t cap, const char *prompt, bool rehearsal)
{
	snprintf(out, cap, "%s%s", rehearsal ? "[REHEARSAL] " : "", prompt);
}

void
text_spent(char *out, size_t cap, int64_t wait_s)
{
	char time[24];

	span(time, sizeof(time), wait_s);
	if (wait_s > 0)
		snprintf(out, cap, "%s Wait %s, then log in again.",
		    ends[END_SPENT], time);
	else
		snprintf(out, cap, "%s", ends[END_SPENT]);
}

void
text_locked(char *out, size_t cap, int64_t locked_s)
{
	char lock[64];

	text_lock(lock, sizeof(lock), locked_s);
	snprintf(out, cap, "%s (Enter ends): ", lock);
}

void
text_limit(char *out, size_t cap, int64_t wait_s)
{
	char time[24];

	span(time, sizeof(time), wait_s);
	snprintf(out, cap,
	    "Wait %s before asking for another code (Enter ends): ", time);
}

void
text_unenrolled(char *out, size_t cap, const char *text)
{
	snprintf(out, cap, "%s (Enter ends): ", text);
}
