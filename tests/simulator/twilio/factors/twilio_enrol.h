/* SPDX-License-Identifier: BSD-2-Clause */
/* Twilio's calls about entities, factors and access tokens. */
#ifndef SIM_TWILIO_ENROL_H
#define SIM_TWILIO_ENROL_H

struct sim_reply;
struct sim_request;
struct twilio_entity;
struct twilio_service;

/* The entity in part 1 of the path, or NULL when reply says no already. */
struct twilio_entity *twilio_entity_of(
    const struct sim_request *, struct sim_reply *);

/* The same when the service has been found, and the rate counted. */
struct twilio_entity *twilio_entity_in(const struct twilio_service *,
    const struct sim_request *, struct sim_reply *);

void twilio_entity_create(const struct sim_request *, struct sim_reply *);
void twilio_entity_list(const struct sim_request *, struct sim_reply *);
void twilio_entity_fetch(const struct sim_request *, struct sim_reply *);
void twilio_entity_delete(const struct sim_request *, struct sim_reply *);

void twilio_factor_create(const struct sim_request *, struct sim_reply *);
void twilio_factor_list(const struct sim_request *, struct sim_reply *);
void twilio_factor_fetch(const struct sim_request *, struct sim_reply *);
void twilio_factor_update(const struct sim_request *, struct sim_reply *);
void twilio_factor_delete(const struct sim_request *, struct sim_reply *);

void twilio_token_create(const struct sim_request *, struct sim_reply *);

#endif
