/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every text that a person reads. Everything is in one line, because sshd shows
 * a line without a prompt late or never (field experience with OpenSSH < 10.3).
 */
#ifndef TWOFA_WORDS_H
#define TWOFA_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/dialogue/challenge.h"

#define TEXT_PROMPT_MAX 256
#define TEXT_COLUMNS 100 /* of a prompt without the rehearsal mark */

/* How the next prompt starts. */
enum text_news {
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

/* The prompt, at most TEXT_COLUMNS plus the rehearsal mark. If there is no room
 * for words with the keys, only their letters are shown. words_push.h has the
 * prompt for a push. */
void words_prompt(char out[TEXT_PROMPT_MAX], enum text_news,
    const struct challenge_view *, bool rehearsal);

/* A whole prompt, in a rehearsal with its mark. */
void words_rehearsal(char *out, size_t cap, const char *prompt, bool rehearsal);

/* The line for this ending. */
const char *words_ending(enum ending);

/* The same for END_SPENT, with the time until a new code is sent, in words for
 * the service. */
void words_spent(char *out, size_t cap, int64_t wait_s, const char *service);

/* Prompts about a lock, and about a limit on messages, which end the login. The
 * second is for users with neither app nor recovery codes. It suggests, with
 * ssh, a connection that is open already, because that needs no code. */
void words_locked(char *out, size_t cap, int64_t locked_s);
void words_limit(char *out, size_t cap, int64_t wait_s, bool ssh);
/* The same for END_BUSY if its length is known, in words for the service. */
void words_busy(char *out, size_t cap, int64_t wait_s, const char *service);

/* For broken settings, when no user can log in. */
const char *words_settings(void);

/* The prompt that shows unenrolled_text; cut to fit out. */
void words_unenrolled(char *out, size_t cap, const char *text);

#endif
