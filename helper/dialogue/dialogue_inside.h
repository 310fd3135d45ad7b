/* SPDX-License-Identifier: BSD-2-Clause */
/* Internals of the dialogue: the words of a prompt, the meaning of an answer.
 */
#ifndef TWOFA_DIALOGUE_INSIDE_H
#define TWOFA_DIALOGUE_INSIDE_H

#include "helper/dialogue/dialogue.h"

/* words.c: prompts. */

/* Makes the text that functions here and in dialogue.h return. */
const char *words_make(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));

#define WORDS_COLUMNS 100 /* of a prompt, without "[REHEARSAL] " */

/* Returns a prompt of at most WORDS_COLUMNS; if the words for the keys do not
 * fit, only their letters are shown. */
const char *words_prompt(enum challenge_step, const struct challenge_view *);

/* Returns the prompt of a login whose push has not been answered. */
const char *words_push_prompt(
    enum challenge_step, const struct challenge_view *);

/* Returns the prompt for the first code of an app that enrols. */
const char *words_app_key(const struct challenge_view *);

/* Returns the line for a push without a prompt. ctrl_c: Ctrl-C ends it. */
const char *words_push_wait(const struct challenge_view *, bool ctrl_c);

/* Returns the prompt for a recovery code after a denial on the phone. */
const char *words_recovery_after_denial(int64_t locked_s);

/* Returns the whole text, in a rehearsal with its mark. */
const char *words_mark_rehearsal(const struct settings *, const char *text);

/* The line for invalid settings, when nobody can log in. */
extern const char words_settings[];

/* answer.c: parses a typed answer: a code, a key, or neither. Pure. */

#define ANSWER_CODE_MAX 16

enum answer {
	ANSWER_MALFORMED = 0,
	ANSWER_CODE,
	ANSWER_EMPTY,    /* Enter alone, or blanks */
	ANSWER_RESEND,   /* r */
	ANSWER_METHOD,   /* a letter of answer_keys */
	ANSWER_QUIT,     /* q */
	ANSWER_RECOVERY, /* 16 base32 characters with a letter */
};

/* The keys for a method, as in challenge_view.keys, with their words in a
 * prompt; NULL for one that only a push's prompt has. */
#define ANSWER_KEYS 8
extern const struct answer_key {
	char letter;
	enum method method;
	const char *word;
} answer_keys[ANSWER_KEYS];

/* Returns the kind of an answer. Ignores blanks around it, and spaces and
 * dashes within a code of length ASCII digits. Sets code for ANSWER_CODE, its
 * small letter for ANSWER_METHOD, and normalised for ANSWER_RECOVERY. The
 * caller wipes code. */
enum answer answer_read(const struct ui_answer *, const struct challenge_view *,
    char code[ANSWER_CODE_MAX + 1]);

/* Guesses the kind of an answer from its length, for a decoy: sshd replaces the
 * input of a refused user by a stand-in of that length (OpenSSH auth-pam.c: \b
 * \n \r \177 INCORRECT, repeated). */
enum answer answer_guess_standin(
    const struct ui_answer *, const struct challenge_view *);

/* Writes the line that names the host, as ssh -J and scp -3 log in to two in
 * turn: the name up to its first dot, and a colon. Returns false if the name is
 * empty, has bytes other than letters, digits and dashes, or does not fit.
 * Pure. */
bool dialogue_host_line(char *out, size_t cap, const char *name);

/* The text without the blanks around it. */
struct text_part answer_trim(const char *text);

/* qr.c: the QR code of a page. */

/* Loads what it needs, before the process is confined; the first returns
 * whether the settings have a provider with pages. */
bool qr_has_pages(const struct settings *);
void qr_load(void);
bool qr_is_loaded(void);
/* Shows the text's QR code, above the next prompt. */
void qr_show(const struct login *, const char *text);

#endif
