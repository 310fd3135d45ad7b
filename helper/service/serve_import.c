/* SPDX-License-Identifier: BSD-2-Clause */
/* A state in a file is taken over by the one that hosts share. */
#include "helper/service/serve_import.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/store/store.h"
#include "helper/store/store_fleet.h"
#include "lib/settings/settings.h"
#include "lib/system/system.h"

/* All that the file has, to be wiped and freed; NULL after reporting. */
static char *
read_file(const struct request *request, const struct settings *conf,
    const char *path, size_t *len)
{
	const struct store_session me = { .host = conf->store.host,
		.keys = conf->state_dir };
	char cause[STORE_CAUSE_MAX] = "", *text = NULL;
	struct store *from = store_open(path, &me, cause);
	int64_t rows = -1;
	FILE *to;

	if (from == NULL) {
		request_error(request, cause);
		return NULL;
	}
	to = open_memstream(&text, len);
	if (to != NULL) {
		rows = store_rows_out(from, to);
		if (fclose(to) != 0)
			rows = -1;
	}
	if (rows < 0) {
		request_error(request,
		    store_cause(from)[0] != '\0' ? store_cause(from)
						 : "state: out of memory");
		if (text != NULL)
			explicit_bzero(text, *len);
		free(text);
		text = NULL;
	}
	store_close(from);
	return text;
}

void
serve_import(const struct request *request, const struct settings *conf,
    struct store *store, struct login_result *result)
{
	const struct facts *f = request->facts;
	const char *path = strchr(f->request, ' ');
	char host[STORE_HOST_MAX + 1];
	struct store_moved moved;
	size_t len = 0;
	char *rows;
	int done;

	if (!store_url_is(conf->state) || path == NULL || path[1] != '/' ||
	    snprintf(host, sizeof(host), "%.*s", (int)(path - f->request),
		f->request) >= (int)sizeof(host)) {
		result_deny(result, VERDICT_DENY, REASON_USAGE);
		return;
	}
	rows = read_file(request, conf, ++path, &len);
	if (rows == NULL) {
		result_deny(result, VERDICT_DENY, REASON_STATE);
		return;
	}
	done = store_rows_in(store, host, path, rows, &moved);
	explicit_bzero(rows, len);
	free(rows);
	if (done != 0) {
		request_state_failed(request, store, result);
	} else if (!moved.fresh) {
		result_deny(result, VERDICT_DENY, REASON_NOTHING);
	} else {
		request_say(request, ADMIN_IMPORTED, NULL,
		    (int64_t[]){
			moved.steps, moved.guesses, moved.sends, moved.codes });
		log_notice("twofactl: import of host %s by uid=%lld",
		    f->request, (long long)f->real_uid);
		result_allow(result, LOGIN_ALLOWED, REASON_NONE);
	}
}
