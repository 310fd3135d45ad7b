/* SPDX-License-Identifier: BSD-2-Clause */
/* The most common shape of records. */
#include "twofactl/records/host_shape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/link/link.h"
#include "twofactl/records/name_list.h"
#include "twofactl/terminal/terminal.h"

#define REQUEST_MAX (SHAPE_MAX + 24)

/* Only of users who can log in. Returns their number. */
static size_t
read_shapes(const struct settings *conf, uid_t owner,
    const struct name_list *enrolled, size_t most, char (*shape)[SHAPE_MAX])
{
	struct user_record record;
	size_t count = 0;

	for (size_t i = 0; i < most; i++) {
		const char *name = enrolled->name[i * enrolled->count / most];

		if (user_record_read(conf, name, owner, &record,
			&settings_report_none) == USER_FOUND &&
		    record.enabled)
			record_shape_of(&record, shape[count++]);
		user_record_wipe(&record);
	}
	return count;
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* The longest run of equal ones; of several, the first. */
static const char *
most_common(char (*shape)[SHAPE_MAX], size_t count)
{
	size_t best = 0, longest = 0, begun = 0;

	qsort(shape, count, sizeof(shape[0]), compare);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(shape[i], shape[begun]) != 0)
			begun = i;
		if (i - begun + 1 > longest) {
			longest = i - begun + 1;
			best = begun;
		}
	}
	return shape[best];
}

int
host_shape_find(const struct settings *conf, uid_t owner, char out[SHAPE_MAX],
    size_t *users)
{
	struct name_list enrolled;
	char(*shape)[SHAPE_MAX];
	size_t count = 0, most;

	if (name_list_enrolled(&enrolled, conf, owner, &settings_report_none) !=
	    0)
		return -1;
	*users = enrolled.count;
	most = enrolled.count < HOST_SHAPE_READ_MAX ? enrolled.count
						    : HOST_SHAPE_READ_MAX;
	shape = calloc(most > 0 ? most : 1, sizeof(shape[0]));
	if (shape != NULL)
		count = read_shapes(conf, owner, &enrolled, most, shape);
	if (count > 0)
		snprintf(out, SHAPE_MAX, "%s", most_common(shape, count));
	free(shape);
	name_list_free(&enrolled);
	return count > 0 ? 0 : -1;
}

void
host_shape_renew(const struct ctl *ctl, const struct settings *conf)
{
	struct facts facts = helper_link_facts(ctl, PURPOSE_SHAPE);
	const struct helper_request call = { .facts = &facts };
	char shape[SHAPE_MAX], request[REQUEST_MAX];
	size_t users;

	if (host_shape_find(conf, 0, shape, &users) != 0)
		return;
	snprintf(request, sizeof(request), "%zu %s", users, shape);
	facts.user = "";
	facts.request = request;
	if (helper_request(ctl, &call) != CTL_DONE)
		complain("prompts for people who are not enrolled "
			 "look as before, not as those of most users; fix "
			 "the error above, then run: twofactl check");
}
