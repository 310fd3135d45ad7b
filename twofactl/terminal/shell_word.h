/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths and names in commands that an administrator is told to run. Others
 * than root name files in the helper's own folder, accounts and groups of a
 * directory: such a name must reach the program as this one word.
 */
#ifndef TWOFA_SHELL_WORD_H
#define TWOFA_SHELL_WORD_H

#define SHELL_WORD_MAX 2048 /* any file's name of 255 bytes, and its folder */
#define SHELLWORDS 4        /* that may be in use at once */

/* Plain ASCII that a shell takes as that text: as it is when no byte of it
 * means anything, else in quotes. Unprintable bytes are $'\xNN', which bash,
 * ksh, mksh and zsh know; to dash and fish it is another, harmless word. What
 * begins with - gets ./ before it. A word that would be too long is replaced by
 * one that says so. Lives until SHELLWORDS more have been made. */
const char *shell_word(const char *text);

#endif
