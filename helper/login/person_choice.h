/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of the people of an account came, by the keys that sshd has seen. Pure.
 */
#ifndef TWOFA_PERSON_CHOICE_H
#define TWOFA_PERSON_CHOICE_H

#include <stddef.h>

#include "lib/settings/user_record.h"

enum person_choice {
	PERSON_UNCLEAR = 0, /* the keys are not all of one person */
	PERSON_KNOWN,       /* *at names him */
	PERSON_UNKNOWN,     /* no key, or keys that are nobody's: ask */
};

enum person_choice person_choice(
    const struct user_people *, const char *auth_info, size_t *at);

#endif
