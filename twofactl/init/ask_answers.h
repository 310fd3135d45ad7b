/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the answers come from: options first, then the settings that there are,
 * and what is still missing from the admin at the terminal.
 */
#ifndef TWOFA_ASK_ANSWERS_H
#define TWOFA_ASK_ANSWERS_H

#include "lib/values/phone.h"
#include "twofactl/arguments/command.h"
#include "twofactl/init/answers.h"

#define ASK_REHEARSAL_URL "http://127.0.0.1:8443"

/* Provider, its keys, brand, where it answers. old: the settings that there
 * are and can be read; NULL none. CTL_DONE, or after complaining CTL_USAGE
 * (what is wrong or missing), CTL_NO (nobody answers any more). */
enum ctl_exit ask_answers(
    const struct ctl *, const struct settings *old, struct answers *);

/* Whose machine it is: ctl->user and what command_user_find makes of it. */
enum ctl_exit ask_user(struct ctl *);

/* The number, checked for its shape. known: the user's; "" none. */
enum ctl_exit ask_phone(
    const struct ctl *, const char *known, char out[PHONE_MAX + 1]);

/* --- between the files of this unit --- */

/* The keys of the provider's own. */
enum ctl_exit ask_own(
    const struct ctl *, const struct settings *old, struct answers *);

#endif
