/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of a stack that PAM cannot read. */
#ifndef TWOFA_DOCTOR_BROKEN_H
#define TWOFA_DOCTOR_BROKEN_H

#include "twofactl/doctor/doctor.h"
#include "twofactl/host/pam_walk.h"

/* A word in a file: the first one in that line. */
struct doctor_word {
	const char *file;
	unsigned line;
	const char *text;
};

/* With another word, or "#" before the line, nobody avoids pam_twofa or needs
 * no first factor. to: NULL, or it is written there if also somebody gets in.
 */
bool doctor_word_closed(const char *service, const struct pam_walk_service *,
    const struct doctor_word *, const char *with, struct pam_stack *to);

/* Report the first one, with the change that was tried. If that one lets people
 * in the stack is changed, too, since no login succeeds before. */
void doctor_broken(struct doctor *, const char *service,
    const struct pam_walk_service *, struct pam_stack *);

#endif
