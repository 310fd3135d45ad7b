/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Twilio's verifications: one for each number and service at a time, with one
 * code however often it is sent, until it is approved, canceled, locked or
 * ten minutes old. All with the world's lock held.
 */
#ifndef SIM_TWILIO_STATE_H
#define SIM_TWILIO_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/simulator/twilio/twilio_params.h"
#include "tests/simulator/twilio/twilio_service.h"
#include "tests/simulator/twilio/twilio_budget.h"

enum { TWILIO_SENDS_MAX = 10 };

enum twilio_channel {
	TWILIO_SMS = 0,
	TWILIO_CALL,
	TWILIO_WHATSAPP,
	TWILIO_EMAIL,
	TWILIO_CHANNELS,
};

enum twilio_status {
	TWILIO_PENDING = 0,
	TWILIO_MAX_ATTEMPTS,
	TWILIO_CANCELED,
	TWILIO_EXPIRED,
	TWILIO_APPROVED,
};

enum twilio_try {
	TWILIO_TRY_WRONG = 0,
	TWILIO_TRY_LOCKED, /* too many came before it */
	TWILIO_TRY_RIGHT,
};

/* A start whose parameters have been checked. */
struct twilio_start {
	char to[256];
	enum twilio_channel channel;
	char brand[128];
};

struct twilio_send {
	char sid[TWILIO_SID];
	enum twilio_channel channel;
	int64_t at;
	int64_t deliver_at; /* WORLD_NEVER: delivered, or it never will be */
};

struct twilio_verification {
	char sid[TWILIO_SID];
	char service[TWILIO_SID];
	char account[TWILIO_SID];
	struct twilio_start start; /* the newest one's */
	enum twilio_status status;
	char code[12];
	int tries; /* wrong codes */
	int64_t created, updated, ends;
	struct twilio_send sends[TWILIO_SENDS_MAX];
	int send_count;
	struct twilio_budget fetches;
};

/* "sms", "call", ... */
const char *twilio_channel_name(enum twilio_channel);

/* The one to that number, pending or still locked, or NULL. */
struct twilio_verification *twilio_running(
    const struct twilio_service *, const char *to);

/* By its id, likewise. */
struct twilio_verification *twilio_find(
    const struct twilio_service *, const char *sid);

/* A new one, of which nothing was sent yet. */
struct twilio_verification *twilio_open(
    const struct twilio_service *, const struct twilio_start *);

/* Sends its code, if announced; else as if another host had, before. */
void twilio_send_code(
    struct twilio_verification *, const struct twilio_start *, bool announced);

/* Counts and judges a code. */
enum twilio_try twilio_try(struct twilio_verification *, const char *code);

void twilio_end(struct twilio_verification *, enum twilio_status);

void twilio_state_reset(void);
int64_t twilio_next_due(void);
void twilio_fire(void);

#endif
