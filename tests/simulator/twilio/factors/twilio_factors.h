/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Twilio's entities and their factors: which phones and which shared secrets
 * belong to an identity. All with the world's lock held.
 */
#ifndef SIM_TWILIO_FACTORS_H
#define SIM_TWILIO_FACTORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/simulator/twilio/factors/twilio_totp.h"
#include "tests/simulator/twilio/twilio_params.h"
#include "tests/simulator/twilio/twilio_budget.h"

struct twilio_service;

enum { TWILIO_IDENTITY = 65 };

struct twilio_entity {
	char sid[TWILIO_SID]; /* "": forgotten */
	char service[TWILIO_SID];
	char account[TWILIO_SID];
	char identity[TWILIO_IDENTITY];
	int64_t created;
};

struct twilio_factor {
	char sid[TWILIO_SID];    /* "": forgotten */
	char entity[TWILIO_SID]; /* "": until the first service asks */
	char identity[TWILIO_IDENTITY];
	char name[260];
	char phone[20]; /* where a push arrives; "": not told */
	bool push, verified;
	int64_t created, updated;
	struct twilio_totp totp;
	int wrong; /* codes while it was unverified */
	struct twilio_budget challenges;
	struct {
		char app_id[104], platform[8], token[260], sdk_version[36];
		char public_key[260];
	} device; /* of a push */
};

/* 8 to 64 letters, digits and dashes. */
bool twilio_identity(const char *);

/* NULL when there is none. */
struct twilio_entity *twilio_entity_find(
    const struct twilio_service *, const char *identity);

/* The same, made if need be. */
struct twilio_entity *twilio_entity_need(
    const struct twilio_service *, const char *identity);

/* The i-th of a service, from 0, or NULL behind the last. */
struct twilio_entity *twilio_entity_at(const struct twilio_service *, size_t i);

/* With all its factors. */
void twilio_entity_forget(struct twilio_entity *);

/* A new factor with the defaults of its kind. */
struct twilio_factor *twilio_factor_add(
    const struct twilio_entity *, bool push);

/* By SID and entity; unverified ones vanish after a day. NULL: none. */
struct twilio_factor *twilio_factor_find(
    const struct twilio_entity *, const char *sid);

/* The i-th of an entity, from 0, or NULL behind the last. */
struct twilio_factor *twilio_factor_at(const struct twilio_entity *, size_t i);

void twilio_factor_forget(struct twilio_factor *);

/*
 * What the app does on a phone: a verified push factor for the identity, in
 * the service that knows it last, or else the first one that asks for it.
 */
const struct twilio_factor *twilio_factor_register(
    const char *identity, const char *phone);

void twilio_factors_reset(void);

#endif
