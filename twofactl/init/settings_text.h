/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes twofa.conf from the answers: a new text, or the present one with the
 * answers in it and all other bytes unchanged.
 */
#ifndef TWOFA_SETTINGS_TEXT_H
#define TWOFA_SETTINGS_TEXT_H

#include "lib/system/system.h"
#include "twofactl/init/answers.h"

#define SETTINGS_TEXT_MAX (TRUSTED_FILE_SETTINGS_MAX + 64 * 1024)

/* old: the present text; NULL none. home: the folder of twofa.conf and users.d.
 * secrets: the folder of new secrets. The text, to be freed; NULL: no memory,
 * or (errno EINVAL) old is not in libconfig's form. */
char *settings_text(const struct answers *, const char *old, const char *home,
    const char *secrets);

/* --- between the files of this unit --- */

/* The list of providers with only this one; allocated. */
char *settings_text_providers(const struct answers *, const char *secrets);
char *settings_text_new(
    const struct answers *, const char *home, const char *secrets);
char *settings_text_merged(
    const struct answers *, const char *old, const char *secrets);

#endif
