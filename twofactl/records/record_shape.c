/* SPDX-License-Identifier: BSD-2-Clause */
/* The most common shape of users' records, found and sent to the helper. */
#include "twofactl/records/records.h"

#include <stdlib.h>

#define READ_MAX 1000 /* records, spread evenly over all */
#define REQUEST_MAX (DECOY_SHAPE_MAX + 24)

static size_t
read_shapes(const struct settings *conf, const struct name_list *enrolled,
    size_t most, char (*shape)[DECOY_SHAPE_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < most; i++) {
		const char *name = enrolled->name[i * enrolled->count / most];
		struct user_record record OWNED(user_record_wipe);

		if (user_record_read(conf, name, &record, NULL) == USER_FOUND &&
		    record.enabled && !record.left)
			decoy_shape_from_record(&record, shape[count++]);
	}
	return count;
}

/* Returns the most common shape; of several, the first by bytes. */
static const char *
most_common(char (*shape)[DECOY_SHAPE_MAX], size_t count)
{
	size_t best = 0, longest = 0, begun = 0;

	qsort(shape, count, sizeof(shape[0]), name_list_compare);
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
record_shape_find(
    const struct settings *conf, char out[DECOY_SHAPE_MAX], size_t *users)
{
	struct name_list enrolled OWNED(name_list_free) = { .count = 0 };
	char(*shape)[DECOY_SHAPE_MAX];
	size_t count = 0, most;

	if (name_list_enrolled(&enrolled, conf, NULL) != 0)
		return -1;
	*users = enrolled.count;
	most = enrolled.count < READ_MAX ? enrolled.count : READ_MAX;
	shape = calloc(most > 0 ? most : 1, sizeof(shape[0]));
	if (shape != NULL)
		count = read_shapes(conf, &enrolled, most, shape);
	if (count > 0)
		snprintf(out, DECOY_SHAPE_MAX, "%s", most_common(shape, count));
	free(shape);
	return count > 0 ? 0 : -1;
}

void
record_shape_renew(const struct run *run, const struct settings *conf)
{
	char shape[DECOY_SHAPE_MAX], request[REQUEST_MAX];
	const struct client_request call = { .purpose = PURPOSE_SHAPE,
		.request = request };
	size_t users;

	if (record_shape_find(conf, shape, &users) != 0)
		return;
	PRINT_TO(request, "%zu %s", users, shape);
	if (client_request(run, &call) != CTL_DONE)
		terminal_error("prompts for people who are not enrolled look "
			       "as before, not as those of most users; fix the "
			       "error above, then run: twofactl check");
}
