/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Verify v2's verifications: their workflows, codes, tries and ends, by the
 * virtual clock. Source: the OpenAPI document 1.0.1.
 *
 * All functions are called with the world's lock held.
 */
#ifndef SIM_V2_STATE_H
#define SIM_V2_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	V2_STEPS_MAX = 3,
	V2_CODE_MAX = 10,
};

enum v2_channel {
	V2_NO_CHANNEL = 0,
	V2_SMS,
	V2_VOICE,
	V2_WHATSAPP,
	V2_RCS,
	V2_EMAIL,
	V2_SILENT_AUTH,
};

enum v2_status {
	V2_RUNNING = 0,
	V2_COMPLETED,
	V2_FAILED,
	V2_EXPIRED,
	V2_CANCELLED,
};

enum v2_try {
	V2_TRY_WRONG = 0,
	V2_TRY_NO_CODE, /* this step takes none */
	V2_TRY_LAST,    /* wrong too often: the verification has ended */
	V2_TRY_RIGHT,
};

struct v2_step {
	enum v2_channel channel;
	char to[256]; /* digits, or an address */
	bool reuse_code;
};

/* A start whose members have been checked. */
struct v2_start {
	char account[136]; /* "key:..." or "app:..." */
	char brand[80];
	char code[V2_CODE_MAX + 1]; /* the client's own, or "" */
	int code_length;
	int channel_timeout; /* s, of each step */
	struct v2_step steps[V2_STEPS_MAX];
	int step_count;
};

struct v2_verification {
	char id[37];
	struct v2_start start;
	enum v2_status status;
	int64_t submitted_at;
	int step;             /* the one that runs, from 0 */
	int64_t step_ends_at; /* then the next one begins */
	int64_t deliver_at;   /* WORLD_NEVER: delivered, or it never will be */
	char code[V2_CODE_MAX + 1];
	int tries; /* wrong ones for this code */
};

/*
 * Opens a verification and runs its first step. Not announced: nothing is
 * delivered, as if another host had opened it earlier.
 */
struct v2_verification *v2_open(const struct v2_start *, bool announced);

/* The open one with this id that the account may see, or NULL. */
struct v2_verification *v2_find(const char *id, const char *account);

/* The open one that shares a number or address with a start, or NULL. */
struct v2_verification *v2_running(const struct v2_start *);

/* Counts and judges a code. */
enum v2_try v2_try(struct v2_verification *, const char *code);

/* False within the first 30 seconds and once the second step has begun. */
bool v2_cancel(struct v2_verification *);

/* False when no step is left. */
bool v2_next_step(struct v2_verification *);

/* At which wrong code the verification ends (vendor: the third). */
void v2_set_wrong_limit(int limit);

void v2_state_reset(void);
int64_t v2_next_due(void);
void v2_fire(void);

#endif
