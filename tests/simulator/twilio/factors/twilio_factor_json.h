/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How Twilio words entities, factors and access tokens: the members and order
 * of the OpenAPI document.
 */
#ifndef SIM_TWILIO_FACTOR_JSON_H
#define SIM_TWILIO_FACTOR_JSON_H

#include <stddef.h>

struct cJSON;
struct sim_reply;
struct twilio_entity;
struct twilio_factor;
struct twilio_service;

/* Answers with a document, which it takes over. */
void twilio_say(struct sim_reply *, int http, struct cJSON *);

/* The ids that everything below an entity begins with; sid is its own. */
void twilio_add_ids(
    struct cJSON *, const char *sid, const struct twilio_entity *);

/* The address of something below an entity, or of the entity with "". */
void twilio_entity_url(
    const struct twilio_entity *, const char *below, char *out, size_t size);

/* The caller deletes these. */
struct cJSON *twilio_entity_json(const struct twilio_entity *);
struct cJSON *twilio_factor_json(
    const struct twilio_entity *, const struct twilio_factor *);

/* The same with what is told only once: the secret. */
struct cJSON *twilio_new_factor_json(const struct twilio_entity *,
    const struct twilio_factor *, const char *issuer);

/* name may be NULL. */
struct cJSON *twilio_token_json(const struct twilio_service *,
    const char *identity, const char *name, int ttl);

#endif
