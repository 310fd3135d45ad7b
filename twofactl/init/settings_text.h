/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The text of twofa.conf that the answers make: a new one, or the one that is
 * there with the answers put in and every other byte as it was.
 */
#ifndef TWOFA_SETTINGS_TEXT_H
#define TWOFA_SETTINGS_TEXT_H

#include "lib/system/trusted_file.h"
#include "twofactl/init/answers.h"

#define SETTINGS_TEXT_MAX (TRUSTED_FILE_SETTINGS_MAX + 64 * 1024)

/* old: what is there; NULL none. home: the folder of twofa.conf, which users.d
 * is in. secrets: the folder that new files of secrets are named in. The text,
 * to be freed; NULL: no memory, or (errno EINVAL) old is not of libconfig's
 * form. */
char *settings_text(const struct answers *, const char *old, const char *home,
    const char *secrets);

/* --- between the files of this unit --- */

/* The list of providers with this one alone; allocated. */
char *settings_text_providers(const struct answers *, const char *secrets);
char *settings_text_new(
    const struct answers *, const char *home, const char *secrets);
char *settings_text_merged(
    const struct answers *, const char *old, const char *secrets);

#endif
