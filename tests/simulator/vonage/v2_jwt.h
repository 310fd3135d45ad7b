/* SPDX-License-Identifier: BSD-2-Clause */
/* Judges the signed tokens (JWT, RS256) of Vonage's applications. */
#ifndef SIM_V2_JWT_H
#define SIM_V2_JWT_H

#include <stddef.h>

enum jwt_verdict {
	JWT_BAD = 0,
	JWT_EXPIRED,
	JWT_GOOD,
};

/*
 * With the world's lock held: three parts, RS256, and the application's id
 * into app. When the credentials file knows applications, also the
 * signature by the application's key, iat and exp by the real clock, and
 * that its jti is new.
 */
enum jwt_verdict jwt_judge(const char *token, char *app, size_t size);

/* With the world's lock held: forgets which tokens have been used. */
void jwt_reset(void);

#endif
