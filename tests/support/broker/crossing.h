/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What crosses between a copy and the state broker, told a second time: which
 * fields each act has, values for them, and the frame that they must become.
 */
#ifndef TWOFA_TESTS_CROSSING_H
#define TWOFA_TESTS_CROSSING_H

#include "helper/broker/broker_inside.h"

#define CROSSING_ABSENT UINT32_MAX /* the length of a text that is NULL */

struct part {
	enum {
		PART_END = 0,
		PART_NUM,
		PART_INT,
		PART_YES,
		PART_STR, /* a pointer to a text */
		PART_OPT, /* or NULL */
		PART_OWN, /* it is the reader's */
		PART_ARR, /* a text in an array of most + 1 */
		PART_RAW_IN,
		PART_ALL, /* a count of structs */
	} kind;
	size_t at;
	int64_t least, most;
	const struct part *of;
	size_t list, size;
};

enum side { QUESTION, ANSWER, SIDES };
enum level { TYPICAL, LEAST, MOST, LEVELS };

union crossing {
	struct broker_request ask;
	struct broker_reply answer;
};

/* The fields in their order; first those that every answer has. */
const struct part *crossing_parts(enum broker_op, enum side);
extern const struct part crossing_every[];

/* A text of this length, and a few bytes; both stay. */
char *crossing_text(int64_t len);
extern const unsigned char crossing_bytes[64];

/* All its fields, which were 0. LEAST: no text that may be absent. */
void crossing_fill(enum broker_op, enum side, enum level, union crossing *);

/* The frame of these, and where each field of it stands. */
extern struct wire {
	size_t used, marks;
	struct mark {
		const struct part *part;
		size_t at, end; /* PART_ALL: the end of the first struct */
	} mark[256];
	unsigned char b[2 * BROKER_FRAME_MAX];
} wire;
void wire_of(enum broker_op, enum side, const union crossing *);

#endif
