/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Paths and names in commands that an administrator is told to run. Users other
 * than root choose names of files in the helper's folder and of a directory's
 * accounts and groups: such a name must reach the program as this one word.
 */
#ifndef TWOFA_SHELL_WORD_H
#define TWOFA_SHELL_WORD_H

#define SHELL_WORD_MAX 2048 /* a name of 255 bytes, and its folder */
#define SHELLWORDS 4        /* words that may be in use at once */

/* Plain ASCII that a shell reads as this text: unquoted when no byte is
 * special, else in quotes. Unprintable bytes are $'\xNN', which bash, ksh, mksh
 * and zsh know; in dash and fish that is a different, harmless word. A word
 * that begins with - gets ./ before it. A word that is too long is replaced by
 * one that says so. Valid until SHELLWORDS more have been made. */
const char *shell_word(const char *text);

#endif
