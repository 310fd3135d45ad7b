/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The meaning of a typed answer: a code, a key, or nothing usable. Pure.
 */
#ifndef TWOFA_ANSWER_H
#define TWOFA_ANSWER_H

#include "helper/dialogue/ui.h"

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

/*
 * Read an answer. Blanks around it are ignored, and so are spaces and dashes
 * within a code; the code itself is exactly length ASCII digits. code is filled
 * for ANSWER_CODE, and normalised for ANSWER_RECOVERY; the caller wipes it.
 */
enum answer answer_read(
    const struct ui_answer *, unsigned length, char code[ANSWER_CODE_MAX + 1]);

/*
 * For a decoy: sshd replaces a refused user's input by a stand-in of the same
 * length (OpenSSH auth-pam.c: \b \n \r \177 INCORRECT, repeated), so the
 * answer's meaning is guessed from its length alone.
 */
enum answer answer_read_standin(const struct ui_answer *, unsigned length);

#endif
