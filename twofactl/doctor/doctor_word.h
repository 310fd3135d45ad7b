/* SPDX-License-Identifier: BSD-2-Clause */
/* Tries another word in a file of PAM. */
#ifndef TWOFA_DOCTOR_WORD_H
#define TWOFA_DOCTOR_WORD_H

#include <stdbool.h>

#include "twofactl/host/host.h"

/* A word in a file: the first one in that line. */
struct doctor_word {
	const char *file;
	unsigned line;
	const char *text;
};

/* With another word, or "#" before the line, no login avoids pam_twofa or needs
 * no first factor. to: NULL, or it is written there if also somebody gets in.
 */
bool doctor_word_closed(const char *service, const struct pam_walk_service *,
    const struct doctor_word *, const char *with, struct pam_stack *to);

#endif
