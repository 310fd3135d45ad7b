/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Telnyx Verify's verifications: their codes, tries and ends, by the virtual
 * clock. Source: the OpenAPI document, tag Verify. It names no cap of tries
 * and no limit of open verifications, so there is none unless a setting says
 * so.
 *
 * All functions are called with the world's lock held.
 */
#ifndef SIM_TELNYX_VERIFY_STATE_H
#define SIM_TELNYX_VERIFY_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TELNYX_CODE_MAX = 10 };

enum telnyx_channel {
	TELNYX_SMS = 0,
	TELNYX_CALL,
	TELNYX_WHATSAPP,
};

enum telnyx_status {
	TELNYX_PENDING = 0,
	TELNYX_ACCEPTED,
	TELNYX_INVALID, /* wrong too often, or declared rejected */
	TELNYX_EXPIRED,
};

/* A start whose parameters have been checked. */
struct telnyx_start {
	uint64_t account;
	char number[17]; /* with its plus */
	char profile[37];
	char custom[TELNYX_CODE_MAX + 1]; /* the caller's own code, or "" */
	enum telnyx_channel channel;
	int timeout; /* s; 0: the profile's */
};

struct telnyx_verification {
	char id[37];
	struct telnyx_start start;
	char code[TELNYX_CODE_MAX + 1];
	enum telnyx_status state; /* telnyx_status_now knows more */
	int wrong;
	int64_t created_at, updated_at, ends_at;
	int64_t deliver_at; /* WORLD_NEVER: delivered, or it never will be */
};

/* Opens one and sends its code. */
struct telnyx_verification *telnyx_open(const struct telnyx_start *);

/* By id and account, or NULL. */
struct telnyx_verification *telnyx_find(const char *id, uint64_t account);

/*
 * The n-th newest, from 0, of an account to a number, or NULL; of any profile
 * when that is NULL.
 */
struct telnyx_verification *telnyx_newest(
    const char *number, const char *profile, uint64_t account, size_t n);

/* Its status by the clock. */
enum telnyx_status telnyx_status_now(const struct telnyx_verification *);

/* Judges a code and counts a wrong one: true when it is accepted. */
bool telnyx_try(struct telnyx_verification *, const char *code);

/* Ends one. */
void telnyx_end(struct telnyx_verification *, enum telnyx_status);

/* The settings telnyx_code_length and telnyx_wrong_limit. */
int telnyx_verify_set(const char *name, int value);

/* The length of codes now. */
int telnyx_code_length(void);

void telnyx_verify_reset(void);
int64_t telnyx_verify_due(void);
void telnyx_verify_fire(void);

#endif
