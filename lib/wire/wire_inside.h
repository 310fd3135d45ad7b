/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the files of lib/wire. */
#ifndef TWOFA_WIRE_INSIDE_H
#define TWOFA_WIRE_INSIDE_H

/* reason.c: lists of words, numbered as an enum: "" for number 0, then each
 * word with its NUL. A table of pointers would be larger: in a shared object
 * each takes 32 bytes, and the module should stay small. */

/* For an X macro: list[] = "\0" REASONS(WIRE_LIST_WORD). */
#define WIRE_LIST_WORD(name, word, ...) word "\0"

/* The word of a number below count; "" for any other. */
const char *wire_word_from_number(
    const char *list, unsigned number, unsigned count);
/* The number of a word; 0 if the list does not have it. */
unsigned wire_number_from_word(
    const char *list, const char *word, unsigned count);

#endif
