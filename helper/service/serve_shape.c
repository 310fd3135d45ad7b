/* SPDX-License-Identifier: BSD-2-Clause */
/* Stores the most common shape of records for decoys. */
#include "helper/service/serve_shape.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/service/serve_status.h"
#include "helper/store/store.h"
#include "lib/rules/rules.h"
#include "lib/system/system.h"

#define COUNT_DIGITS 9

/* Splits "USERS SHAPE". 0 or -1. */
static int
read_request(const char *request, long *users, char shape[SHAPE_MAX])
{
	const size_t digits = strspn(request, "0123456789");
	struct user_record record;
	bool recovery;

	if (digits < 1 || digits > COUNT_DIGITS || request[digits] != ' ' ||
	    strlen(request + digits + 1) >= SHAPE_MAX)
		return -1;
	*users = strtol(request, NULL, 10);
	snprintf(shape, SHAPE_MAX, "%s", request + digits + 1);
	return record_shape_made_up(shape, &record, &recovery);
}

static int
write_shape(const struct request *request, const char *dir, const char *shape)
{
	char line[STATE_FOLDER_MAX + 160];

	if (record_shape_write(dir, shape) == 0)
		return 0;
	snprintf(line, sizeof(line),
	    "%s/shape cannot be written: %s; make it a file of user twofa "
	    "with mode 0600, or remove it",
	    dir, strerror(errno));
	request_error(request, line);
	return -1;
}

void
serve_shape(const struct request *request, const struct settings *conf,
    struct store *store, struct login_result *result)
{
	char shape[SHAPE_MAX];
	int64_t holders;
	long users;

	if (read_request(request->facts->request, &users, shape) != 0) {
		result_deny(result, VERDICT_DENY, REASON_USAGE);
		return;
	}
	holders = store_recovery_users(store);
	if (holders < 0) {
		request_state_failed(request, store, result);
		return;
	}
	if (2 * holders > users)
		(void)record_shape_recovery(shape);
	if (write_shape(request, conf->state_dir, shape) == 0)
		result_allow(result, LOGIN_ALLOWED, REASON_NONE);
	else
		result_deny(result, VERDICT_DENY, REASON_STATE);
}
