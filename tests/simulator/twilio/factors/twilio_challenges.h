/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Twilio's challenges: what a phone was asked, what its owner decided and
 * when, and codes that were tried. All with the world's lock held.
 */
#ifndef SIM_TWILIO_CHALLENGES_H
#define SIM_TWILIO_CHALLENGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/simulator/twilio/factors/twilio_factors.h"

struct cJSON;

enum twilio_answer {
	TWILIO_ANSWER_PENDING = 0,
	TWILIO_ANSWER_EXPIRED,
	TWILIO_ANSWER_DENIED,
	TWILIO_ANSWER_APPROVED,
};

enum { TWILIO_NOTIFICATIONS_MAX = 3 };

struct twilio_challenge {
	char sid[TWILIO_SID]; /* "": forgotten */
	char service[TWILIO_SID];
	char account[TWILIO_SID];
	char entity[TWILIO_SID];
	char identity[TWILIO_IDENTITY];
	char factor[TWILIO_SID];
	char phone[20];
	bool push;
	int script; /* of the phone's number or of the identity */
	enum twilio_answer status;
	int64_t created, updated, responded, ends;
	int64_t decide_at;         /* WORLD_NEVER: a person does, or nobody */
	enum twilio_answer decide; /* what happens then */
	int64_t deliver_at; /* WORLD_NEVER: delivered, or never will be */
	int tries;          /* wrong codes */
	int notifications;
	struct cJSON *details; /* of a push, ours; NULL: none */
	struct cJSON *hidden;  /* likewise */
};

/* The part that a challenge to this factor would play. */
int twilio_challenge_script(
    const struct twilio_entity *, const struct twilio_factor *);

/*
 * A new one for a factor. It takes over details and hidden, tells the phone
 * of a push, and lives until ends.
 */
struct twilio_challenge *twilio_challenge_open(const struct twilio_entity *,
    const struct twilio_factor *, int64_t ends, struct cJSON *details,
    struct cJSON *hidden);

/* By SID and entity; NULL: none. */
struct twilio_challenge *twilio_challenge_find(
    const struct twilio_entity *, const char *sid);

/* The i-th of an entity, from 0, the oldest first, or NULL. */
const struct twilio_challenge *twilio_challenge_at(
    const struct twilio_entity *, size_t i);

/* Ends a pending one. */
void twilio_challenge_answer(struct twilio_challenge *, enum twilio_answer);

/* Shows the phone a push once more. */
void twilio_challenge_notify(struct twilio_challenge *);

/* As sim_provider's push. */
int twilio_challenge_decide(
    const char *to, const char *identity, enum twilio_answer);

void twilio_challenges_reset(void);
int64_t twilio_challenges_next_due(void);
void twilio_challenges_fire(void);

#endif
