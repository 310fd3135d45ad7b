/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports to twofactl. */
#include "helper/dialogue/request.h"

#include <string.h>

#include "helper/store/store.h"
#include "helper/store/store_fleet.h"
#include "lib/system/system.h"

void
request_say(const struct request *request, enum record_kind kind,
    const char *const *text, const int64_t *number)
{
	char line[FRAME_PROMPT_MAX + 1];

	record_write(line, kind, text, number);
	request->ui->say(request->ui->ctx, line);
	explicit_bzero(line, sizeof(line));
}

void
request_error(const struct request *request, const char *line)
{
	log_mend("%s", line);
	request_say(request, ADMIN_ERROR, &line, NULL);
}

void
request_state_failed(const struct request *request, const struct store *store,
    struct login_result *result)
{
	request_error(request, store_cause(store));
	if (store_spent()->ms >= 0 && request->facts->state_admin == NULL &&
	    strstr(store_cause(store), " 42501 ") != NULL)
		request_error(request,
		    "a host may not do that: run it on the administrator's "
		    "machine, which has the file state-admin");
	result_deny(result, VERDICT_DENY, REASON_STATE);
}
