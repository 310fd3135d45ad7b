/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How Twilio refuses: its error codes with their HTTP status and text, in the
 * one form {"code":N,"message":...,"more_info":...,"status":N}. Source: the
 * vendor's error dictionary; the status of the rarer codes is a guess there.
 */
#ifndef SIM_TWILIO_ERRORS_H
#define SIM_TWILIO_ERRORS_H

#include <stdbool.h>

struct sim_reply;
struct sim_request;

bool twilio_error_known(int code);

/* Answers a known code in its own words. */
void twilio_refuse(struct sim_reply *, int code);

/* 60200: a parameter is missing, or its value is no good. */
void twilio_refuse_missing(struct sim_reply *, const char *name);
void twilio_refuse_value(
    struct sim_reply *, const char *name, const char *value);

/* 20404, naming what was asked for. */
void twilio_refuse_path(struct sim_reply *, const struct sim_request *);

/* A request that its path does not take: HTTP 405, or 413. */
void twilio_refuse_request(
    const struct sim_request *, int http, struct sim_reply *);

/* For sim_provider: out of rate, out of order. */
void twilio_throttled(struct sim_reply *);
void twilio_internal(struct sim_reply *);

#endif
