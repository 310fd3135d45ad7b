/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parts of the dialogue: how the next prompt is put into words, and what the
 * answer to it means.
 */
#ifndef TWOFA_DIALOGUE_INSIDE_H
#define TWOFA_DIALOGUE_INSIDE_H

#include "helper/dialogue/dialogue.h"

/* words.c: a prompt. */

#define WORDS_COLUMNS 100 /* of a prompt without the rehearsal mark */

/* How the next prompt starts. */
enum words_news {
	NEWS_SENT = 0,    /* a code was sent, or was sent before */
	NEWS_WRONG,       /* wrong code, n tries left */
	NEWS_USED,        /* right, but used already */
	NEWS_MALFORMED,   /* that was no code */
	NEWS_WAIT,        /* not yet */
	NEWS_ANOTHER,     /* another message was sent */
	NEWS_TAKEN,       /* another login used the code; the next one */
	NEWS_RENEWED,     /* the code had expired; a new one was sent */
	NEWS_NO_KEY,      /* a key that cannot be used here */
	NEWS_INSTEAD,     /* no code could be sent; another method follows */
	NEWS_LOCKED,      /* only a recovery code helps */
	NEWS_NO_RECOVERY, /* that was no recovery code */
};

/* The prompt, at most WORDS_COLUMNS plus the rehearsal mark. If there is no
 * room for words with the keys, only their letters are shown. */
void words_prompt(char out[WORDS_PROMPT_MAX], enum words_news,
    const struct challenge_view *, bool rehearsal);

/* The whole prompt while a push is open, as long at most. */
void words_push_prompt(char out[WORDS_PROMPT_MAX], enum words_news,
    const struct challenge_view *, bool rehearsal);

/* The line if text is shown without a prompt. ctrl_c: Ctrl-C ends it. */
void words_push_wait(char out[WORDS_PROMPT_MAX], const struct challenge_view *,
    bool ctrl_c, bool rehearsal);

/* A prompt for a recovery code, after a denial on the phone. */
void words_push_recovery(
    char out[WORDS_PROMPT_MAX], int64_t locked_s, bool rehearsal);

/* A whole prompt, in a rehearsal with its mark. */
void words_rehearsal(char *out, size_t cap, const char *prompt, bool rehearsal);

/* For broken settings, when no user can log in. */
extern const char words_settings[];

/*
 * dialogue.c: what a typed answer means: a code, a key, or nothing usable.
 * Pure.
 */

#define ANSWER_CODE_MAX 16

enum answer {
	ANSWER_MALFORMED = 0,
	ANSWER_CODE,
	ANSWER_EMPTY,    /* Enter alone, or blanks */
	ANSWER_RESEND,   /* r */
	ANSWER_VOICE,    /* v */
	ANSWER_WHATSAPP, /* w */
	ANSWER_EMAIL,    /* e */
	ANSWER_PUSH,     /* p */
	ANSWER_QUIT,     /* q */
	ANSWER_TOTP,     /* t */
	ANSWER_RECOVERY, /* 16 base32 characters with a letter */
};

/* Read an answer. Blanks around it are ignored, and so are spaces and dashes
 * within a code; the code itself is exactly length ASCII digits. code is filled
 * for ANSWER_CODE, and normalised for ANSWER_RECOVERY; the caller wipes it. */
enum answer answer_read(
    const struct ui_answer *, unsigned length, char code[ANSWER_CODE_MAX + 1]);

/* For a decoy: sshd replaces a refused user's input by a stand-in of the same
 * length (OpenSSH auth-pam.c: \b \n \r \177 INCORRECT, repeated), so the
 * answer's meaning is guessed from its length alone. */
enum answer answer_guess_standin(const struct ui_answer *, unsigned length);

/* Which host is asking: ssh -J and scp -3 log in to two, one after the other.
 * Make the line: the name up to its first dot, and a colon. False: the name is
 * empty, has other bytes than letters, digits and dashes, or does not fit.
 * Pure. */
bool dialogue_host_line(char *out, size_t cap, const char *name);

#endif
