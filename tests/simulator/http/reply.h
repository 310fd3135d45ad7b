/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers in the making: how a body gets into one and out again. */
#ifndef SIM_REPLY_H
#define SIM_REPLY_H

#include <stddef.h>

enum { SIM_HEADERS_MAX = 4 };

/* An answer in the making. sim_reply_free releases the body. */
struct sim_reply {
	int http;         /* 200, ... */
	const char *type; /* of the body, a constant; NULL: no body */
	char *body;       /* malloc'ed */
	size_t len;       /* of the body */
	char result[24];  /* the vendor's own verdict, for the request log */
	struct sim_header {
		char name[32];
		char value[256];
	} header[SIM_HEADERS_MAX]; /* beside Content-Type */
	size_t headers;
};

/* Takes over body, which cJSON or malloc made; NULL becomes a plain 500. */
void sim_reply_json(struct sim_reply *, int http, char *body);

/* A page as a vendor's front server would send it, copied. */
void sim_reply_html(struct sim_reply *, int http, const char *title);

/* A status without a body, 204 for one. */
void sim_reply_empty(struct sim_reply *, int http);

/* One more header; those that find no room are left out. */
void sim_reply_header(struct sim_reply *, const char *name, const char *value);

void sim_reply_free(struct sim_reply *);

#endif
