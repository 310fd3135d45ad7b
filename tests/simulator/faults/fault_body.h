/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults that spoil an answer's status, headers or body. */
#ifndef SIM_FAULT_BODY_H
#define SIM_FAULT_BODY_H

struct fault;
struct sim_provider;
struct sim_reply;

/*
 * With the world's lock held: spoils reply as the fault says; faults of time
 * and connection leave it alone. previous is the answer before this one.
 */
void fault_body(const struct fault *, const struct sim_provider *,
    struct sim_reply *, const struct sim_reply *previous);

#endif
