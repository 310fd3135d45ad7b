/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a login gets from outside: the application's facts, settings, clocks,
 * the person, the network. This struct is the only way in, so that tests run
 * the same code on scripts.
 */
#ifndef TWOFA_ENVIRONMENT_H
#define TWOFA_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/wire/wire.h"

struct http_reply;
struct http_request;
struct provider_conf;
struct settings;
struct settings_report;
struct ui;

/* Sends a request to a provider; net/http.c behind it (connections.h). */
struct connection {
	void *ctx;
	void (*send)(void *ctx, const struct provider_conf *,
	    const struct http_request *, int64_t deadline, struct http_reply *);
};

struct environment {
	const struct facts *facts;
	const struct settings *conf;
	const struct ui *ui;
	const struct connection *connection;
	const struct settings_report *report; /* errors in a user's file */
	const char *host;       /* the application's name; NULL: not shown */
	uid_t owner;            /* of the settings: 0 */
	int64_t deadline;       /* frame_clock_ms */
	int64_t session_number; /* random: this session's name in the store */
	/* The name of a made-up person: no provider is asked (made_up_call.h),
	 * and no code is right. NULL: a real person. */
	const char *stranger;
	void *ctx;
	/* CLOCK_BOOTTIME milliseconds: everything that the store keeps */
	int64_t (*now)(void *ctx);
	/* the wall clock in seconds: limits, locks, remembered logins, TOTP */
	int64_t (*wall)(void *ctx);
	/* True when the process of that name (store.h) has surely
	 * ended. */
	bool (*dead)(void *ctx, int64_t process);
	/* Wait that long; false as soon as the peer leaves. */
	bool (*pause)(void *ctx, int64_t ms);
};

/* True when a line is shown at once. sshd keeps it for the next prompt. */
bool environment_shows_text(const struct environment *);

#endif
