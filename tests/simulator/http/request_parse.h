/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads credentials and fields out of a vendor API request. */
#ifndef SIM_REQUEST_PARSE_H
#define SIM_REQUEST_PARSE_H

struct sim_request;

/* Fills the second half of the struct, from scheme on, from the first. */
void request_parse(struct sim_request *);

#endif
