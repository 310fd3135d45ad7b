/* SPDX-License-Identifier: BSD-2-Clause */
/* The conversation of a login: every text that a user reads, and the loop that
 * shows prompts and reads answers. */
#ifndef TWOFA_DIALOGUE_H
#define TWOFA_DIALOGUE_H

#include "helper/session/session.h"

/* ending.c: the end prompt of a denied login. */

/* Shows why the login is denied. As OpenSSH shows no lines with a denial, it
 * gets a prompt that ends with Enter, unless the deadline is near. */
void ending_show_text(const struct login *, const char *text);

/* MAXTRIES for an end after which asking again does not help, else DENY. */
enum frame_verdict ending_verdict(enum ending);
/* Shows the line for this end, and denies with that verdict. Returns
 * STEP_DENY. */
enum challenge_step ending_deny(
    const struct login *, enum ending, enum reason why);

/* Denies because the settings are invalid (env->conf is NULL), and shows that.
 * The verdict is MAXTRIES, so that the application does not ask for the
 * password again, which was right; or DENY for no_prompt services. */
void ending_deny_settings(const struct environment *, struct login_result *);

/* Shows a prompt that ends with Enter, before the login is denied; the answer
 * is ignored. */
void ending_show_prompt(const struct login *, const char *prompt);

/* words.c: every text that a user reads. Each is one line, because sshd shows
 * lines without a prompt late or never (seen with OpenSSH < 10.3). A text that
 * a function returns is valid until the next call of one of them. */

#define WORDS_PROMPT_MAX 284

/* Returns the line for this end of a login. */
const char *words_from_ending(enum ending);
/* Returns the reason for a login that ends with this line because no other
 * method is left. */
enum reason words_reason_of_ending(enum ending);

/* Returns the line for END_SPENT, with the time until a new code is sent, in
 * words for the service. */
const char *words_spent(int64_t wait_s, const char *service);

/* End prompts for a lock (refused: after a denial on the phone) and for a limit
 * on messages. The second is for users without app and recovery codes; with ssh
 * it suggests a connection that is already open, which needs no code. */
const char *words_locked(int64_t locked_s, bool refused);
const char *words_limit(int64_t wait_s, bool ssh);
/* The end prompt for END_BUSY with a known wait, in words for the service. */
const char *words_busy(int64_t wait_s, const char *service);

/* Returns why no code is sent for wait_s; prompt: with the key that goes on. */
const char *words_wait(int64_t wait_s, bool prompt);
/* Lines that say why a login waits, when that takes long. */
extern const char words_sending[], words_asking_phone[], words_checking[],
    words_ending_code[], words_other_start[], words_other_check[];
/* Returns what a broken-off enrolment waits for. */
const char *words_wait_to_cancel(int64_t wait_s);

/* Returns the end prompt with unenrolled_text, cut to fit. */
const char *words_unenrolled(const struct settings *);

/* Returns the line for users admitted without a record until unenrolled_until.
 */
const char *words_unenrolled_until(const struct settings *);

/* The question for a name. */
extern const char words_who[];
/* An enrolment at the login: its prompts for a number, its end prompts, and the
 * line after it. */
extern const char words_enrol_number[], words_enrol_either[],
    words_enrol_app_first[], words_enrol_app[], words_enrol_unsent[],
    words_enrol_malformed[], words_enrol_country[];
extern const char words_enrol_before[], words_enrol_refused[],
    words_enrol_unsaved[];
/* codes: the user can make recovery codes. */
const char *words_enrolled(const char *user, const char *number, bool codes);

/* words_self.c: twofactl self's lines and prompts; at_once: no day is waited.
 */
extern const char words_self_none[], words_self_unread[], words_self_not_you[],
    words_self_no_invitation[], words_self_number[], words_self_untold[],
    words_self_before[], words_self_invitation[], words_self_invited_here[],
    words_self_unsaid[], words_self_no_phone[], words_self_needed[];
const char *words_self_proof(const char *masked);
const char *words_self_devices(const struct user_record *);
const char *words_self_not_here(const char *why, const char *command);
/* number: NULL for an app. */
const char *words_self_changed(const char *number, bool at_once);
const char *words_self_removed(bool at_once);
/* The line of later logins: what was changed; to these phones, or "". */
const char *words_self_notice(const char *what, const char *phones, int64_t at);
/* New recovery codes. from: when they count, 0: at once. */
extern const char words_self_codes_untold[], words_self_codes_once[],
    words_self_codes_last[];
const char *words_self_codes(int64_t from);

/* Results of a push, where text is shown without a prompt. */
extern const char words_push_refused[], words_push_failed[], words_push_other[],
    words_push_weak[], words_push_expired[];

/* End prompts if no push is possible and there is no other method. why: as in
 * struct push. The second is for a limit on pushes. */
const char *words_push_none(enum reason why);
const char *words_push_limit(int64_t wait_s);

/* dialogue.c: shows prompts and reads answers and keys for a challenge, until
 * it ends; asks for a person's name at a shared account. */

/* Fills in the result: allowed only after RIGHT or ADMIT of the challenge. */
void dialogue_run(const struct login *, const struct challenge *);

/* Waits for the provider to let go of the number, until then (login_now_ms),
 * and shows that: in a prompt where no line is shown before one. Returns false
 * if the peer disconnected, or after the login was denied. */
bool dialogue_wait(const struct login *, int64_t until_ms);

/* Prompts for a name, or a number. Returns true with it, without blanks around
 * it and never "", or false if the login is denied. The caller must not reveal
 * whether the name is known, and wipes it, as it may be a password. */
bool dialogue_ask_name(
    const struct login *, const char *question, char name[UI_ANSWER_MAX + 1]);

#endif
