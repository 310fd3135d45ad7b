/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Collects the answers: first from options, then from existing settings, and
 * the rest from the admin at the terminal.
 */
#ifndef TWOFA_ASK_ANSWERS_H
#define TWOFA_ASK_ANSWERS_H

#include "lib/values/values.h"
#include "twofactl/init/answers.h"
#include "twofactl/terminal/terminal.h"

/* Provider, its keys, brand, its address. old: the existing settings, if they
 * can be read; NULL none. CTL_DONE, or after complaining CTL_USAGE (what is
 * wrong or missing) or CTL_NO (no more answers come). */
enum ctl_exit ask_answers(
    const struct ctl *, const struct settings *old, struct answers *);

/* The admin's own user: ctl->user, and what command_user_find makes of it. */
enum ctl_exit ask_user(struct ctl *);

/* The number, checked for its form. known: the user's present one; "" none. */
enum ctl_exit ask_phone(
    const struct ctl *, const char *known, char out[PHONE_MAX + 1]);

/* --- between the files of this unit --- */

/* The keys of the provider's type. */
enum ctl_exit ask_own(
    const struct ctl *, const struct settings *old, struct answers *);

#endif
