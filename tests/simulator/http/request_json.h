/* SPDX-License-Identifier: BSD-2-Clause */
/* Flattens a JSON body into the fields of a request. */
#ifndef SIM_REQUEST_JSON_H
#define SIM_REQUEST_JSON_H

struct sim_request;

/* Adds the fields, as request.h tells; sets bad_json when it is no object. */
void request_json(struct sim_request *);

#endif
