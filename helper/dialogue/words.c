/* SPDX-License-Identifier: BSD-2-Clause */
/* Every text that a user reads in a login. */
#include "helper/dialogue/dialogue_inside.h"

#include <ctype.h>

#include "lib/rules/rules.h"

#define MARK "[REHEARSAL] "
#define LINE_MAX_LEN 152 /* longer than any line before its keys */
#define KEYS_MAX_LEN 96  /* longer than all keys with their words */

static char words_text[FRAME_PROMPT_MAX + 1];

const char *
words_make(const char *fmt, ...)
{
	PRINT_GIVEN(words_text, fmt);
	return words_text;
}

/* How a login ends, or asks for another method in place of the phone's. */
static const struct {
	const char *prompt; /* the end prompt */
	const char *note;   /* the prompt note, as briefly as possible */
	enum reason reason;
} words_ends[] = {
	[END_NOT_SENT] = { "The code could not be sent. Try again later, or "
			   "ask your administrator.",
	    "No code could be sent", REASON_TRANSIENT },
	[END_NUMBER] = { "The code could not be sent to your number. Ask your "
			 "administrator to check it.",
	    "No code could be sent", REASON_NUMBER },
	[END_BUSY] = { "Another verification to your number is open. Wait a "
		       "few minutes, then try again.",
	    "No code can be sent now", REASON_NUMBER_BUSY },
	[END_SPENT] = { "Too many wrong codes.", "Too many wrong codes",
	    REASON_SPENT },
	[END_LIMIT] = { "Too many codes were asked for. Wait, then try again.",
	    "No more codes", REASON_LIMIT },
	[END_INVITED] = { "No message is sent while an invitation is open. Ask "
			  "your administrator.",
	    "No message is sent while an invitation is open", REASON_LIMIT },
	[END_CANCELLED] = { "Cancelled.", "No code was sent",
	    REASON_CANCELLED },
	[END_TIMEOUT] = { "Time is up. Try again.", "No code was sent",
	    REASON_EXPIRED },
	[END_DENIED] = { "The code was not accepted.", "No code was sent",
	    REASON_ENDED },
	[END_UNANSWERED] = { "The code was not accepted, as it could not be "
			     "checked. Try again later, or ask your "
			     "administrator.",
	    "The code could not be checked", REASON_TRANSIENT },
	[END_OFFLINE] = { "The database of the second factor is away. Only an "
			  "app's code or a break-glass code works now.",
	    "Database away, app or break-glass code only",
	    REASON_STORE_OUTAGE },
	[END_CLOCK] = { "A clock here is wrong, so your app's code cannot be "
			"checked. Ask your administrator.",
	    "A clock here is wrong", REASON_CLOCK },
	[END_UNCHECKED] = { "The code could not be checked, as the database of "
			    "the second factor has failed. Try again later, or "
			    "ask your administrator.",
	    "The code could not be checked", REASON_STATE },
};
_Static_assert(COUNT_OF(words_ends) == END_UNCHECKED + 1, "a row each");

const char *
words_from_ending(enum ending e)
{
	return words_ends[e].prompt;
}

enum reason
words_reason_of_ending(enum ending e)
{
	return words_ends[e].reason;
}

/* Returns the method of the newest message, as "by SMS". */
static const char *
by(const struct challenge_view *v)
{
	static const char *const ways[METHOD_COUNT] = {
		[METHOD_SMS] = "by SMS",
		[METHOD_VOICE] = "by call",
		[METHOD_WHATSAPP] = "by WhatsApp",
		[METHOD_EMAIL] = "by email",
	};

	if (v->says != NULL)
		return v->says;
	return v->method < METHOD_COUNT && ways[v->method] != NULL
	    ? ways[v->method]
	    : "";
}

/* "24 s", "14 min", "3 h": rounded up, so that a retry is never too early. */
static const char *
words_span(int64_t s)
{
	static char out[24];

	if (s < 120)
		PRINT_TO(out, "%lld s", (long long)s);
	else if (s < 7200)
		PRINT_TO(out, "%lld min", (long long)(s + 59) / 60);
	else
		PRINT_TO(out, "%lld h", (long long)(s + 3599) / 3600);
	return out;
}

/* " 40 s ago", " 7 min ago": rounded down, as people say it. */
static const char *
ago(int64_t s)
{
	static char out[32];

	if (s < 120)
		PRINT_TO(out, " %lld s ago", (long long)s);
	else
		PRINT_TO(out, " %lld min ago", (long long)s / 60);
	return out;
}

static void
text_message(char *out, size_t cap, const struct challenge_view *v,
    const char *to, bool another)
{
	const char *what = "Verification code sent", *time = "";

	if (another) {
		what = v->same_code ? "Verification code sent again"
				    : "Verification code: new one sent";
	} else if (v->age_s >= 0) {
		what = "Verification code already sent";
		if (to[0] != '\0')
			time = ago(v->age_s);
	}
	snprintf(out, cap, "%s%s %s%s", what, to, by(v), time);
}

/* Asks for a code. All prompts for one begin with "Verification code", except
 * for a recovery code: GNOME Files, VS Code and Emacs Tramp show no other
 * prompt to the user. brief: without the receiver and the time. */
static void
text_asked(char *out, size_t cap, const struct challenge_view *v, bool another,
    bool brief)
{
	char to[CHALLENGE_RECEIVER_MAX + sizeof(" to ")] = "";

	if (!brief && v->receiver[0] != '\0')
		PRINT_TO(to, " to %s", v->receiver);
	if (v->method == METHOD_TOTP)
		snprintf(out, cap, "Verification code of your app");
	else if (v->method == METHOD_RECOVERY)
		snprintf(out, cap, "Recovery code");
	else if (v->method == METHOD_VOICE && (another || v->age_s < 0))
		snprintf(out, cap, "Verification code: calling %s now",
		    brief ? "you" : v->receiver);
	else
		text_message(out, cap, v, to, another);
}

static void
text_shape(char *out, size_t cap, const struct challenge_view *v)
{
	if (v->method == METHOD_RECOVERY)
		snprintf(out, cap, "A recovery code is 16 letters and digits");
	else
		snprintf(out, cap, "Verification code has %s%u digits",
		    v->other_length != 0 ? "6 or " : "",
		    v->other_length != 0 ? v->other_length : v->code_length);
}

static void
text_lock(char *out, size_t cap, int64_t locked_s, bool brief)
{
	const char *locked = brief ? "Locked" : "Too many wrong codes: locked";

	snprintf(out, cap, "%s%s%s", locked, locked_s > 0 ? " for " : "",
	    locked_s > 0 ? words_span(locked_s) : "");
}

static void
text_other(char *out, size_t cap, enum challenge_step note,
    const struct challenge_view *v, bool brief)
{
	char why[64];

	if (note == STEP_LOCKED) {
		text_lock(why, sizeof(why), v->locked_s, brief);
	} else if (v->resend_s > 0 &&
	    (v->why == END_BUSY || v->why == END_LIMIT)) {
		PRINT_TO(why, "%s for %s",
		    v->why == END_BUSY ? "No code can be sent"
				       : words_ends[END_LIMIT].note,
		    words_span(v->resend_s));
	} else {
		PRINT_TO(why, "%s", words_ends[v->why].note);
	}
	if (v->method == METHOD_RECOVERY) {
		snprintf(out, cap, "%s. Recovery code", why);
		return;
	}
	text_asked(out, cap, v, false, brief);
	why[0] = (char)tolower((unsigned char)why[0]);
	PRINT_BEHIND(out, cap, "; %s", why);
}

/* The old code is no longer valid, for the reason in old; a new one was sent.
 */
static void
text_new_one(char *out, size_t cap, const char *old,
    const struct challenge_view *v, bool brief)
{
	brief = brief || v->receiver[0] == '\0';
	if (v->method == METHOD_VOICE)
		snprintf(out, cap, "%s; calling %s now", old,
		    brief ? "you" : v->receiver);
	else
		snprintf(out, cap, "%s; new one sent%s%s %s", old,
		    brief ? "" : " to ", brief ? "" : v->receiver, by(v));
}

/* No code can be sent yet. old: the state of the last code. */
static void
text_wait(
    char *out, size_t cap, const char *old, const struct challenge_view *v)
{
	if (v->why == END_INVITED)
		snprintf(out, cap,
		    "%s: none is sent while an invitation is open", old);
	else if (v->none_sent && v->resend_s == 0)
		snprintf(out, cap, "%s: press r for another", old);
	else
		snprintf(out, cap, "%s: wait %s, then ask again", old,
		    words_span(v->resend_s));
}

static void
text_taken(char *out, size_t cap, const struct challenge_view *v, bool brief)
{
	static const char old[] = "Verification code used by another login";

	if (v->none_sent)
		text_wait(out, cap, old, v);
	else if (v->age_s >= 0)
		snprintf(out, cap, "%s; new one sent %s%s", old, by(v),
		    brief ? "" : ago(v->age_s));
	else
		text_new_one(out, cap, old, v, brief);
}

static void
text_note(char *out, size_t cap, enum challenge_step note,
    const struct challenge_view *v, bool brief)
{
	if (note == STEP_WAIT || (note == STEP_ASK && v->none_sent))
		text_wait(out, cap, "Verification code", v);
	else if (note == STEP_ASK || note == STEP_SENT)
		text_asked(out, cap, v, note == STEP_SENT, brief);
	else if (note == STEP_WRONG)
		snprintf(out, cap, "Verification code was wrong, %u %s left",
		    v->tries_left, v->tries_left == 1 ? "try" : "tries");
	else if (note == STEP_USED)
		snprintf(out, cap,
		    "Verification code was used already; type the next one"
		    "%s%s%s",
		    v->next_s > 0 ? " (in " : "",
		    v->next_s > 0 ? words_span(v->next_s) : "",
		    v->next_s > 0 ? ")" : "");
	else if (note == STEP_MALFORMED)
		text_shape(out, cap, v);
	else if (note == STEP_TAKEN)
		text_taken(out, cap, v, brief);
	else if (note == STEP_RENEWED)
		text_new_one(out, cap, "Verification code expired", v, brief);
	else if (note == STEP_NO_KEY)
		snprintf(out, cap,
		    "%s code wanted; that key does not work here",
		    v->method == METHOD_RECOVERY ? "Recovery" : "Verification");
	else if (note == STEP_INSTEAD || note == STEP_LOCKED)
		text_other(out, cap, note, v, brief);
	else if (note == STEP_NO_RECOVERY)
		snprintf(out, cap, "%s recovery code is not valid",
		    v->method == METHOD_RECOVERY
			? "That"
			: "Verification code wanted; that");
	else
		out[0] = '\0'; /* no prompt follows the others */
}

static const char *
key_again(enum method m)
{
	if (m == METHOD_VOICE)
		return "r call again, ";
	return m == METHOD_TOTP ? "r code by phone, " : "r resend, ";
}

/* The keys that work now, each with a word, or brief: "r v q cancel". */
static void
text_keys(char *out, size_t cap, const struct challenge_view *v, bool brief)
{
	snprintf(out, cap, "%s",
	    !v->can_resend ? ""
		: brief    ? "r "
			   : key_again(v->method));
	for (const struct answer_key *k = answer_keys;
	     k < answer_keys + ANSWER_KEYS && k->word != NULL; k++)
		if ((v->keys & METHOD_BIT(k->method)) != 0)
			PRINT_BEHIND(out, cap, "%c %s%s", k->letter,
			    brief ? "" : k->word, brief ? "" : ", ");
	PRINT_BEHIND(out, cap, "q cancel");
}

static bool
words_fits(const char *line, const char *keys)
{
	return strlen(line) + strlen(keys) + strlen(" (): ") <= WORDS_COLUMNS;
}

const char *
words_prompt(enum challenge_step note, const struct challenge_view *v)
{
	char line[LINE_MAX_LEN], keys[KEYS_MAX_LEN];

	text_note(line, sizeof(line), note, v, false);
	text_keys(keys, sizeof(keys), v, false);
	if (!words_fits(line, keys))
		text_keys(keys, sizeof(keys), v, true);
	if (!words_fits(line, keys))
		text_note(line, sizeof(line), note, v, true);
	return words_make("%s (%s): ", line, keys);
}

const char *
words_app_key(const struct challenge_view *v)
{
	return words_make(
	    "Verification code of your app, key %s (%sq cancel): ",
	    v->user_code,
	    (v->keys & METHOD_BIT(METHOD_PAGE)) != 0 ? "s QR, " : "");
}

const char *
words_mark_rehearsal(const struct settings *conf, const char *text)
{
	static char marked[FRAME_PROMPT_MAX + 1];

	if (conf == NULL || !settings_is_rehearsal(conf))
		return text;
	PRINT_TO(marked, MARK "%s", text);
	return marked;
}

/* How to try again: at sudo or su the user is logged in already, and twofactl
 * enroll is no login. */
static const char *
once_more(const char *service)
{
	if (strncmp(service, "sudo", 4) == 0 || strcmp(service, "su") == 0 ||
	    strcmp(service, "su-l") == 0)
		return "try again";
	if (strcmp(service, "twofactl") == 0)
		return "ask for another code";
	return "log in again";
}

const char *
words_spent(int64_t wait_s, const char *service)
{
	const char *prompt = words_ends[END_SPENT].prompt;

	return wait_s > 0 ? words_make("%s Wait %s before you %s.", prompt,
				words_span(wait_s), once_more(service))
			  : prompt;
}

const char *
words_locked(int64_t locked_s, bool refused)
{
	char lock[64];

	text_lock(lock, sizeof(lock), locked_s, refused);
	return words_make("%s (Enter ends): ", lock);
}

const char *
words_limit(int64_t wait_s, bool ssh)
{
	return words_make("Wait %s%s (Enter ends): ", words_span(wait_s),
	    ssh ? ", or use an ssh connection that you have open" : "");
}

const char *
words_busy(int64_t wait_s, const char *service)
{
	return words_make(
	    "Another verification to your number is open. Wait %s before you "
	    "%s (Enter ends): ",
	    words_span(wait_s), once_more(service));
}

const char *
words_wait(int64_t wait_s, bool prompt)
{
	return words_make(
	    "Verification code can be sent in %lld s: another is open for "
	    "your number%s",
	    (long long)wait_s, prompt ? " (Enter waits): " : "");
}

const char words_sending[] = "Sending the code ...";
const char words_asking_phone[] = "Asking your phone ...";
const char words_checking[] = "Checking the code ...";
const char words_ending_code[] = "Ending the code that was sent ...";
const char words_other_start[] =
    "Waiting for another login that sends a code to your number ...";
const char words_other_check[] =
    "Waiting for another login, whose code is being checked ...";

const char *
words_wait_to_cancel(int64_t wait_s)
{
	return words_make(
	    "Waiting %lld s until the provider ends the code, for which the "
	    "next login would wait; Ctrl-C leaves it open.",
	    (long long)wait_s);
}

const char words_settings[] =
    "The settings of the second factor are broken. The log tells "
    "your administrator why.";

const char *
words_unenrolled(const struct settings *conf)
{
	return words_make("%s (Enter ends): ", conf->unenrolled_text);
}

const char *
words_unenrolled_until(const struct settings *conf)
{
	const char *text = conf->unenrolled_text;
	char day[DAY_TEXT_MAX];

	day_text(conf->unenrolled_until, day);
	return words_make("%s%sAfter %s you are denied here without a second "
			  "factor: ask your "
			  "administrator to enrol you before.",
	    text, text[0] != '\0' ? " " : "", day);
}

const char words_who[] = "Who are you? ";
const char words_enrol_number[] =
    "Verification code: you have none yet. Mobile number, such as +44 7700 "
    "900123 (q cancel): ";
const char words_enrol_either[] =
    "Verification code: you have none yet. Mobile number (such as +44 ...), or "
    "a for an app (q cancel): ";
const char words_enrol_app_first[] =
    "Verification code: you have none yet. a for an app, or a mobile number "
    "(+44 ...) (q cancel): ";
const char words_enrol_app[] =
    "Verification code: you have none yet. a for an app (q cancel): ";
const char words_enrol_unsent[] =
    "Verification code: no message can be sent now. a for an app (q cancel): ";
const char words_enrol_malformed[] =
    "Verification code: write the number with + and country code, such as +44 "
    "7700 900123 (q cancel): ";
const char words_enrol_country[] =
    "Verification code: numbers of that country are not allowed here. Another "
    "(q cancel): ";
const char words_enrol_before[] =
    "You were enrolled in another window. Log in again (Enter ends): ";
const char words_enrol_refused[] =
    "The code was not accepted. Ask your administrator (Enter ends): ";
const char words_enrol_unsaved[] = "Not saved. Try again later (Enter ends): ";

const char *
words_enrolled(const char *user, const char *number, bool codes)
{
	return words_make("%s is enrolled with %s.%s", user, number,
	    codes ? " Recovery codes: twofactl self --codes" : "");
}

/* Returns what is wrong with the last answer at a push's prompt, or NULL. */
static const char *
met(enum challenge_step note)
{
	if (note == STEP_WRONG || note == STEP_MALFORMED)
		return "No code is wanted";
	if (note == STEP_NO_KEY)
		return "Not possible here";
	if (note == STEP_NO_RECOVERY)
		return "No such recovery code";
	return note == STEP_INSTEAD ? "No code could be sent" : NULL;
}

const char *
words_push_prompt(enum challenge_step note, const struct challenge_view *v)
{
	const char *words = met(note);
	const bool page = v->page != NULL && v->page[0] != '\0';
	char line[WORDS_PROMPT_MAX]; /* of the longest page and code */

	if (page)
		PRINT_TO(line, "%s%s %s and enter %s, then press Enter",
		    words != NULL       ? words
			: v->push_early ? "Not approved yet"
					: "",
		    words != NULL || v->push_early ? ": open" : "Open", v->page,
		    v->user_code);
	else if (words == NULL)
		PRINT_TO(line, "%s your phone (number %s), then press Enter",
		    v->push_early ? "Not approved yet: see" : "Approve on",
		    v->push_digits);
	else
		PRINT_TO(line, "%s; approve (number %s) and press Enter", words,
		    v->push_digits);
	return words_make("%s (%s%s%sq cancel): ", line,
	    page && (v->keys & METHOD_BIT(METHOD_PAGE)) != 0 ? "k QR code, "
							     : "",
	    v->can_resend ? "r code by phone, " : "",
	    (v->keys & METHOD_BIT(METHOD_TOTP)) != 0 ? "t app, " : "");
}

const char *
words_push_wait(const struct challenge_view *v, bool ctrl_c)
{
	const char *end = ctrl_c ? "; Ctrl-C gives up" : "";

	if (v->page != NULL && v->page[0] != '\0')
		return words_make("Open %s and enter %s within %lld s%s",
		    v->page, v->user_code, (long long)v->push_s, end);
	return words_make("Approve on your phone, number %s, within %lld s%s",
	    v->push_digits, (long long)v->push_s, end);
}

const char words_push_refused[] = "Denied on your phone.";
const char words_push_failed[] =
    "Your answer on the phone could not be read. Try again later.";
const char words_push_other[] = "Approved by another account than yours.";
const char words_push_weak[] =
    "Approved, but without the second factor that is demanded here.";
const char words_push_expired[] = "Not approved in time.";

const char *
words_push_none(enum reason why)
{
	return words_make("%s (Enter ends): ",
	    why == REASON_PUSH_OPEN
		? "Another login waits for your answer on the phone"
		: "Your phone could not be asked. Try again later, or ask your "
		  "administrator");
}

const char *
words_push_limit(int64_t wait_s)
{
	return words_make(
	    "No more pushes for %s (Enter ends): ", words_span(wait_s));
}

const char *
words_recovery_after_denial(int64_t locked_s)
{
	char line[48];

	text_lock(line, sizeof(line), locked_s, true);
	return words_make("%s. Recovery code (q cancel): ", line);
}
