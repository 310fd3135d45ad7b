/* SPDX-License-Identifier: BSD-2-Clause */
/* The phone's screen on standard output: how a person sees a message. */
#ifndef SIM_SCREEN_H
#define SIM_SCREEN_H

struct inbox_message;

enum screen_style {
	SCREEN_FRAME = 0, /* a small picture of a phone's screen */
	SCREEN_PLAIN,     /* one line */
	SCREEN_OFF,
};

/* Once, before any message; draws lines in UTF-8 where the locale has it. */
void screen_init(enum screen_style);

/*
 * Shows a message at once. A standard output that nobody reads loses
 * messages; it never holds up the simulator.
 */
void screen_show(const struct inbox_message *);

#endif
