/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the version of a state; opening the state would upgrade it. */
#include "helper/state/sqlite/engine/sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
embedded_version_look(const char *where, const struct store_session *me,
    struct store_version *v, char cause[STORE_CAUSE_MAX])
{
	struct store *s = calloc(1, sizeof(*s));
	struct sqlite_header header;
	int result = -1;

	(void)me;
	*v = (struct store_version){ .ours = sqlite_schema_newest() };
	if (s == NULL) {
		snprintf(cause, STORE_CAUSE_MAX, "state: out of memory");
		return -1;
	}
	s->queue = -1;
	if ((size_t)snprintf(s->path, sizeof(s->path), "%s", where) >=
	    sizeof(s->path))
		sqlite_complain(s, "too long a path: use a shorter one");
	else
		result = sqlite_open_look(s, &header);
	if (result == 0)
		v->found = header.version;
	memcpy(cause, s->cause, STORE_CAUSE_MAX);
	sqlite3_close(s->db);
	sqlite_queue_close(s);
	free(s);
	return result;
}
