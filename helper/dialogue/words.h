/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every word a person reads. One line holds everything, since sshd shows a
 * line without a prompt late or never (field experience with OpenSSH < 10.3).
 */
#ifndef TWOFA_WORDS_H
#define TWOFA_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "helper/dialogue/challenge.h"

#define TEXT_PROMPT_MAX 256
#define TEXT_COLUMNS 100 /* a prompt's, but for the rehearsal mark */

/* What the next prompt begins with. */
enum text_news {
	NEWS_SENT = 0,    /* a code was sent, or one is on its way already */
	NEWS_WRONG,       /* wrong code, n tries left */
	NEWS_USED,        /* right, but used already */
	NEWS_MALFORMED,   /* that was no code */
	NEWS_WAIT,        /* not yet */
	NEWS_ANOTHER,     /* another message was sent */
	NEWS_TAKEN,       /* another login used the code; the next one */
	NEWS_RENEWED,     /* the code had expired; a new one was sent */
	NEWS_NO_KEY,      /* a key that cannot be used here */
	NEWS_INSTEAD,     /* no code could be sent: another method */
	NEWS_LOCKED,      /* a recovery code alone helps */
	NEWS_NO_RECOVERY, /* that was no recovery code */
};

/* The prompt, at most TEXT_COLUMNS but for the rehearsal mark: where words for
 * all keys do not fit, their letters stand alone. A push's is words_push.h's.
 */
void words_prompt(char out[TEXT_PROMPT_MAX], enum text_news,
    const struct challenge_view *, bool rehearsal);

/* A whole prompt, with the mark of a rehearsal or without. */
void words_rehearsal(char *out, size_t cap, const char *prompt, bool rehearsal);

/* The line that ends a login so. */
const char *words_ending(enum ending);

/* The same for END_SPENT, with how long no new code is sent, in words for the
 * service. */
void words_spent(char *out, size_t cap, int64_t wait_s, const char *service);

/* A prompt that tells of a lock, and of a limit on messages, and ends. Who sees
 * the latter has neither app nor recovery code, which would be asked for; ssh:
 * a connection that is open needs no code. */
void words_locked(char *out, size_t cap, int64_t locked_s);
void words_limit(char *out, size_t cap, int64_t wait_s, bool ssh);
/* The same for END_BUSY, when it is known for how long; in words for the
 * service. */
void words_busy(char *out, size_t cap, int64_t wait_s, const char *service);

/* Nobody can log in: not for this user alone. */
const char *words_settings(void);

/* The prompt that shows unenrolled_text; out is cut, never overrun. */
void words_unenrolled(char *out, size_t cap, const char *text);

#endif
