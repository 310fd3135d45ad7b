/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which of an account's people it is, by the keys that sshd has checked. Pure.
 */
#ifndef TWOFA_PERSON_CHOICE_H
#define TWOFA_PERSON_CHOICE_H

#include <stddef.h>

#include "lib/settings/settings.h"

enum person_choice {
	PERSON_UNCLEAR = 0, /* the keys do not all belong to one person */
	PERSON_KNOWN,       /* it is the one in *at */
	PERSON_UNKNOWN,     /* no key, or unknown keys: ask for the name */
};

enum person_choice person_choice(
    const struct user_people *, const char *auth_info, size_t *at);

#endif
