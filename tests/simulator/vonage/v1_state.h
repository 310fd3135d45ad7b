/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Verify v1's verifications: their workflows, PINs, tries and ends, by the
 * virtual clock. Sources: the OpenAPI document 1.2.4 and the vendor's guides
 * "Workflows and events" and "Change the event timings".
 *
 * All functions are called with the world's lock held.
 */
#ifndef SIM_V1_STATE_H
#define SIM_V1_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	V1_EVENTS_MAX = 3,
	V1_CHECKS_MAX = 32, /* remembered for search */
	V1_ID_LEN = 32,
};

enum v1_status {
	V1_IN_PROGRESS = 0,
	V1_SUCCESS,
	V1_FAILED,
	V1_EXPIRED,
	V1_CANCELLED,
};

enum v1_try {
	V1_TRY_WRONG = 0,
	V1_TRY_LAST, /* wrong too often: the verification has ended */
	V1_TRY_RIGHT,
};

enum v1_control {
	V1_REFUSED_EARLY = 0, /* cancel within the first 30 seconds */
	V1_REFUSED_LATE,      /* cancel after the second event */
	V1_REFUSED_END,       /* no next event is left */
	V1_DONE,
};

/* A start whose parameters have been checked. */
struct v1_start {
	char account[128];
	char number[17]; /* digits only */
	char brand[80];
	char sender[12];
	int code_length;
	int pin_expiry;      /* s */
	int next_event_wait; /* s; 0: the workflow's own waits */
	int workflow;
};

struct v1_check {
	char code[8];
	int64_t at;
	bool valid;
};

struct v1_event {
	char id[17];
	int64_t at;
	int64_t deliver_at; /* WORLD_NEVER: delivered, or it never will be */
};

struct v1_verification {
	char id[V1_ID_LEN + 1];
	struct v1_start start;
	enum v1_status status;
	int64_t submitted_at, finalized_at; /* the latter 0 while open */
	char pin[8];
	int64_t pin_at;        /* when this PIN was made */
	int tries;             /* wrong codes for this PIN */
	int64_t next_event_at; /* WORLD_NEVER: none is left */
	struct v1_event events[V1_EVENTS_MAX];
	int event_count;
	struct v1_check checks[V1_CHECKS_MAX];
	int check_count;
};

/*
 * Opens a verification and makes its first event. Not announced: nothing is
 * delivered, as if another host had opened it earlier.
 */
struct v1_verification *v1_open(const struct v1_start *, bool announced);

/* By id and account, open or not; NULL when there is none. */
struct v1_verification *v1_find(const char *id, const char *account);

/* The open one to a number, of whichever account, or NULL. */
struct v1_verification *v1_running(const char *number);

/* Counts and judges a code for an open verification. */
enum v1_try v1_try(struct v1_verification *, const char *code);

/* Ends an open verification. */
void v1_end(struct v1_verification *, enum v1_status);

enum v1_control v1_cancel(struct v1_verification *);
enum v1_control v1_next_event(struct v1_verification *);

/* True for an event that is a call, not an SMS. */
bool v1_event_is_call(int workflow, int event);

/* At which wrong code the verification ends (vendor: the third). */
void v1_set_wrong_limit(int limit);

void v1_state_reset(void);
int64_t v1_next_due(void);
void v1_fire(void);

#endif
