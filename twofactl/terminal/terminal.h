/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The administrator at the terminal. Prompts go to stderr, so that stdout only
 * has the output.
 */
#ifndef TWOFA_TERMINAL_H
#define TWOFA_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* True when there is a terminal for questions. */
bool terminal_is_there(void);

/* Read a line of stdin into out[cap], without its end; too long: "". 0, or -1
 * at the end of input. The caller wipes. */
int terminal_line(const char *prompt, char *out, size_t cap);

/* The same without showing the input, if stdin is a terminal. */
int terminal_hidden(const char *prompt, char *out, size_t cap);

/* From now on the signals that end a process (INT, TERM, HUP, QUIT) act like
 * the end of input for the present question and all later ones, so that files
 * can be cleaned up. After terminal_let_end such a signal ends the process. 0,
 * or -1 with errno. */
int terminal_hold_end(void);
void terminal_let_end(void);
/* Becomes readable once such a signal has come; -1: they are not held. */
int terminal_end(void);

/* True for y or yes. */
bool terminal_yes(const char *question);

#endif
