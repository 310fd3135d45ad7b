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

/* From here on the signals that end a process (INT, TERM, HUP, QUIT) end the
 * question that is asked, and every later one, as the end of input would: who
 * has files to take away does so before terminal_let_end, where such a signal
 * then ends the process. 0, or -1 with errno. */
int terminal_hold_end(void);
void terminal_let_end(void);
/* Readable once such a signal has come; -1: they are not held. */
int terminal_end(void);

/* True for y or yes. */
bool terminal_yes(const char *question);

#endif
