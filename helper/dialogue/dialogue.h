/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The conversation of a login: every text that a user reads, and the loop that
 * shows prompts and reads answers.
 */
#ifndef TWOFA_DIALOGUE_H
#define TWOFA_DIALOGUE_H

#include "helper/session/session.h"

/* ending.c: the last prompt of a login. */

/* The reason if the phone was given up like this and there is no other
 * method. */
enum reason ending_reason(enum ending);

/* Tell the person how the login ends, before it is denied. OpenSSH does not
 * show lines that come with a refusal: there it is a prompt that ends with
 * Enter, unless the deadline is near. */
void ending_show_text(const struct login *, const char *text);

/* The settings are broken, env->conf is NULL: say so and deny. A login that
 * asks nothing has the same result as for any denial. In others the result
 * keeps the application from asking for the password again, because that was
 * right. */
void ending_deny_settings(const struct environment *, struct login_result *);

/* Show a prompt that ends with Enter, before the login is denied. What is typed
 * is ignored. */
void ending_show(const struct login *, const char *prompt);

/*
 * words.c: every text that a person reads. Everything is in one line, because
 * sshd shows a line without a prompt late or never (field experience with
 * OpenSSH < 10.3).
 */

#define WORDS_PROMPT_MAX 256

/* The line for this ending. */
const char *words_end(enum ending);

/* The same for END_SPENT, with the time until a new code is sent, in words for
 * the service. */
void words_spent(char *out, size_t cap, int64_t wait_s, const char *service);

/* Prompts about a lock (refused: after a denial on the phone), and about a
 * limit on messages, which end the login. The second is for users with neither
 * app nor recovery codes. It suggests, with ssh, a connection that is open
 * already, because that needs no code. */
void words_locked(char *out, size_t cap, int64_t locked_s, bool refused);
void words_limit(char *out, size_t cap, int64_t wait_s, bool ssh);
/* The same for END_BUSY if its length is known, in words for the service. */
void words_busy(char *out, size_t cap, int64_t wait_s, const char *service);

/* The prompt that shows unenrolled_text, cut to fit out, with the command by
 * which the person may enrol that day. */
void words_unenrolled(
    char *out, size_t cap, const struct settings *, unsigned today);

/* The line for who is let in without a record, until unenrolled_until. */
void words_unenrolled_ends(
    char *out, size_t cap, const struct settings *, unsigned today);

/* About a push: the result, if text is shown without a prompt. */
extern const char words_push_refused[], words_push_failed[],
    words_push_expired[];

/* Prompts that end the login, because a push is not possible and there is no
 * other method; why: as in struct push. The second: no more pushes for some
 * time. */
void words_push_none(char *out, size_t cap, enum reason why);
void words_push_limit(char *out, size_t cap, int64_t wait_s);

/*
 * dialogue.c: shows prompts and reads answers and keys for a challenge, until
 * it ends; asks who of several people it is.
 */

/* Fills the result; only a challenge's RIGHT or ADMIT allows. */
void dialogue_run(const struct login *, const struct challenge *);

/* The typed name, without blanks around it; never "". The caller finds out
 * whose name it is, if any, and must not show that. false: the login is denied.
 * The caller wipes, because it may be a password. */
bool dialogue_ask_name(const struct login *, char name[UI_ANSWER_MAX + 1]);

#endif
