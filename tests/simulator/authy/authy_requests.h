/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authy's approval requests: waiting, answered by the phone's owner or by a
 * sandbox number's part, expired by the virtual clock.
 *
 * All functions are called with the world's lock held.
 */
#ifndef SIM_AUTHY_REQUESTS_H
#define SIM_AUTHY_REQUESTS_H

#include <stdbool.h>
#include <stdint.h>

struct cJSON;
struct authy_user;

enum authy_answer {
	AUTHY_PENDING = 0,
	AUTHY_APPROVED,
	AUTHY_DENIED,
	AUTHY_EXPIRED,
};

struct authy_request {
	uint64_t app;
	char uuid[37];
	char user_id[12];
	char number[17];
	char email[128];
	char text[1024];      /* what the phone shows */
	char compare[4];      /* a two-digit number among the details, or "" */
	struct cJSON *hidden; /* an object, or NULL */
	int seconds;          /* to expire; 0: never */
	enum authy_answer state; /* authy_answer_now knows more */
	int64_t created_at, processed_at;
	int64_t deliver_at, answer_at; /* WORLD_NEVER: not by itself */
};

/*
 * Opens a request to the user and sends it to the phone; takes over hidden.
 */
struct authy_request *authy_ask(const struct authy_user *, const char *text,
    const char *compare, struct cJSON *hidden, int seconds);

/* By UUID, or NULL. */
struct authy_request *authy_request(const char *uuid, uint64_t app);

/* Its status by the clock. */
enum authy_answer authy_answer_now(const struct authy_request *);

/* As push in struct sim_provider. */
int authy_push(const char *to, const char *identity, const char *action);

void authy_requests_reset(void);
int64_t authy_requests_due(void);
void authy_requests_fire(void);

#endif
