/* SPDX-License-Identifier: BSD-2-Clause */
/* The log line of a login whose service has left. */
#include "helper/login/ended_line.h"

#include "lib/system/system.h"
#include "lib/wire/wire.h"

void
ended_line_write(const struct facts *facts, const struct login_result *result)
{
	unsigned char bytes[FRAME_MAX];
	struct login_line line = { 0 };
	struct frame f;

	login_line_text(&line, "user", facts->user);
	login_line_text(&line, "service", facts->service);
	frame_init(&f, FRAME_VERDICT, bytes, sizeof(bytes));
	result_frame(result, &f);
	if (result->told && result->verdict != VERDICT_ALLOW)
		login_line_verdict(
		    &line, &f, LINE_DENIED, REASON_NONE, result->total_ms);
	else
		login_line_verdict(
		    &line, &f, LINE_ENDED, REASON_PEER_GONE, result->total_ms);
	/* last, because it may be long and our lines are cut */
	if (facts->rhost[0] != '\0')
		login_line_text(&line, "rhost", facts->rhost);
	log_notice("login%s", line.text);
}
