/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The administrator at the terminal. Prompts go to stderr, so that stdout holds
 * nothing but what was asked for.
 */
#ifndef TWOFA_TERMINAL_H
#define TWOFA_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Is somebody there to be asked? */
bool terminal_is_there(void);

/* Read a line of stdin into out[cap], without its end; too long: "". 0, or -1
 * at the end of input. The caller wipes. */
int terminal_line(const char *prompt, char *out, size_t cap);

/* The same without showing what is typed, where stdin is a terminal. */
int terminal_hidden(const char *prompt, char *out, size_t cap);

/* True for y or yes. */
bool terminal_yes(const char *question);

#endif
