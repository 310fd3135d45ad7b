/* SPDX-License-Identifier: BSD-2-Clause */
/* Which parameters Telnyx Verify takes for a start, and which it refuses. */
#include "tests/simulator/telnyx/telnyx_verify_params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/simulator/telnyx/telnyx.h"
#include "tests/simulator/telnyx/telnyx_errors.h"
#include "tests/simulator/telnyx/telnyx_verify_state.h"

enum { TELNYX_TIMEOUT_MAX = 86400 };

static void
refuse_value(struct sim_reply *reply, const char *pointer)
{
	telnyx_refuse(reply, 422, "10015",
	    "The value provided is not valid. Check the value used and try "
	    "again.",
	    pointer);
}

/* False after refusing. */
static bool
take_timeout(const struct sim_request *req, struct sim_reply *reply, int *out)
{
	const char *text = request_value(req, "timeout_secs");

	*out = 0;
	if (!telnyx_given(req, "timeout_secs"))
		return true;
	if (!telnyx_mistyped(req, "timeout_secs", REQUEST_NUMBER) &&
	    telnyx_is_digits(text, 1, 5))
		*out = (int)strtol(text, NULL, 10);
	if (*out >= 1 && *out <= TELNYX_TIMEOUT_MAX)
		return true;
	refuse_value(reply, "/timeout_secs");
	return false;
}

/* False after refusing. */
static bool
take_custom(const struct sim_request *req, struct sim_reply *reply, char *out)
{
	const char *text = request_value(req, "custom_code");

	if (!telnyx_mistyped(req, "custom_code", REQUEST_TEXT) &&
	    (text == NULL || telnyx_is_digits(text, 4, TELNYX_CODE_MAX))) {
		snprintf(
		    out, TELNYX_CODE_MAX + 1, "%s", text != NULL ? text : "");
		return true;
	}
	refuse_value(reply, "/custom_code");
	return false;
}

/* DTMF digits and pauses of a call; what they would dial is not simulated. */
static bool
check_extension(const struct sim_request *req, struct sim_reply *reply)
{
	const char *text = request_value(req, "extension");

	if (!telnyx_mistyped(req, "extension", REQUEST_TEXT) &&
	    (text == NULL || text[strspn(text, "0123456789ABCDwW*#")] == '\0'))
		return true;
	refuse_value(reply, "/extension");
	return false;
}

bool
telnyx_verify_params(const struct sim_request *req, struct sim_reply *reply,
    struct telnyx_start *out)
{
	const char *number, *profile;

	number = telnyx_number(req, reply, "phone_number");
	if (number == NULL)
		return false;
	profile = telnyx_uuid(req, reply, "verify_profile_id");
	if (profile == NULL || !take_timeout(req, reply, &out->timeout) ||
	    !take_custom(req, reply, out->custom))
		return false;
	if (out->channel == TELNYX_CALL && !check_extension(req, reply))
		return false;
	snprintf(out->number, sizeof(out->number), "%s", number);
	snprintf(out->profile, sizeof(out->profile), "%s", profile);
	return true;
}
