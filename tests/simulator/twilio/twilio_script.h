/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The parts that sandbox numbers play at Twilio. An e-mail address plays one
 * when it begins with such a number, an identity when it ends in one, as
 * 00000000-0000-4000-8000-447700900141 does.
 */
#ifndef SIM_TWILIO_SCRIPT_H
#define SIM_TWILIO_SCRIPT_H

enum {
	TWILIO_SHARED = 10, /* somebody else's verification is open */
	TWILIO_LANDLINE = 15,
	TWILIO_ALL_WRONG = 16,
	TWILIO_LOCKED = 17,
	TWILIO_SILENT = 31, /* accepted, never delivered */
	TWILIO_LATE = 32,   /* delivered after 45 s */
	TWILIO_PUSH_DENIED = 41,
	TWILIO_PUSH_SILENT = 42,
	TWILIO_PUSH_SLOW = 43,    /* approved after 5 s */
	TWILIO_PUSH_FOREIGN = 44, /* approved for another factor */
	TWILIO_FOREIGN_ID = 51,
	TWILIO_FOREIGN_TO = 52,
	TWILIO_NO_ID = 53,
	TWILIO_LATE_MS = 45 * 1000,
};

/* As sandbox_script, of the number that an identity ends in. */
int twilio_script_identity(const char *identity);

/* What such a number's start is refused with, or 0. */
int twilio_script_refusal(int script);

#endif
