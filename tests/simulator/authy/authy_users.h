/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Authy's users and their tokens, by the virtual clock. How long a token lives
 * and how many wrong ones suspend a user, the vendor does not say.
 *
 * All functions are called with the world's lock held.
 */
#ifndef SIM_AUTHY_USERS_H
#define SIM_AUTHY_USERS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/simulator/core/inbox.h"

enum { AUTHY_TOKEN_MAX = 10 };

struct authy_user {
	uint64_t app;
	char id[12];
	char number[17]; /* with its plus */
	char country[5];
	char email[128];
	bool confirmed;                  /* has had a token right once */
	char token[AUTHY_TOKEN_MAX + 1]; /* "": none is valid */
	int64_t token_at;
	char used[AUTHY_TOKEN_MAX + 1]; /* the last one that was right */
	int wrong;
	int64_t suspended_until;
	int64_t deliver_at; /* WORLD_NEVER: nothing is on its way */
	enum inbox_channel deliver_by;
};

enum authy_try {
	AUTHY_WRONG = 0,
	AUTHY_USED, /* right, but for the second time */
	AUTHY_SUSPENDED,
	AUTHY_RIGHT,
};

/* The user of that number, a new one if need be; NULL when there is no room. */
struct authy_user *authy_register(
    uint64_t app, const char *number, const char *country, const char *email);

/* By id, or NULL. */
struct authy_user *authy_user(const char *id, uint64_t app);

/* By number, of whichever application, or NULL. */
struct authy_user *authy_user_at(const char *number);

/* By id, of whichever application, or NULL. */
struct authy_user *authy_user_any(const char *id);

void authy_remove(struct authy_user *);

/* Sends the token that is valid, or a new one. INBOX_PUSH: the app shows it. */
void authy_send(struct authy_user *, enum inbox_channel);

/* Judges a token; lenient counts any as right for who was never confirmed. */
enum authy_try authy_try(struct authy_user *, const char *token, bool lenient);

bool authy_is_suspended(const struct authy_user *);

/* The setting authy_app: whether phones have the app. */
bool authy_has_app(void);

/* The setting authy_lenient: what the API once did without force=true. */
bool authy_is_lenient(void);

int authy_users_set(const char *name, int value);
void authy_users_reset(void);
int64_t authy_users_due(void);
void authy_users_fire(void);

#endif
