/* SPDX-License-Identifier: BSD-2-Clause */
/* A request of twofactl's, and what the purposes that answer it have in common:
 * they report in records (items.h). */
#ifndef TWOFA_REQUEST_H
#define TWOFA_REQUEST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "helper/base/result.h"
#include "helper/dialogue/ui.h"
#include "lib/items/items.h"
#include "lib/wire/wire.h"

struct settings;
struct store;

struct request {
	const struct facts *facts;
	const struct ui *ui;
	uid_t owner;      /* of the settings: 0, except in unit tests */
	int64_t deadline; /* frame_clock_ms */
	bool (*dead)(int64_t process); /* session_process_dead; NULL: none */
	/* sandbox_enter; NULL: not in a process of its own */
	void (*shut_in)(const struct settings *);
};

/* Runs a purpose, with the state open or as a login. Fills the result. */
typedef void request_with_state(const struct request *, const struct settings *,
    struct store *, struct login_result *);

/* Send a record. */
void request_say(const struct request *, enum record_kind,
    const char *const *text, const int64_t *number);
/* Report an error, in the log as well. */
void request_error(const struct request *, const char *line);
/* Report the store's cause, in the log as well, and deny. */
void request_state_failed(
    const struct request *, const struct store *, struct login_result *);

#endif
