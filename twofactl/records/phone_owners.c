/* SPDX-License-Identifier: BSD-2-Clause */
/* The phones of everybody who is enrolled. */
#include "twofactl/records/phone_owners.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/records/name_list.h"

#define FIRST 64

static void
ignore(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

static int
add(struct phoneowners *o, const char *user, const char *phone)
{
	size_t cap = o->cap == 0 ? FIRST : 2 * o->cap;
	struct phoneowner *more;

	if (o->count == o->cap) {
		more = realloc(o->of, cap * sizeof(*more));
		if (more == NULL)
			return -1;
		o->of = more;
		o->cap = cap;
	}
	snprintf(o->of[o->count].phone, sizeof(o->of->phone), "%s", phone);
	snprintf(o->of[o->count].user, sizeof(o->of->user), "%s", user);
	o->count++;
	return 0;
}

static int
compare(const void *a, const void *b)
{
	const struct phoneowner *x = a, *y = b;
	int order = strcmp(x->phone, y->phone);

	return order != 0 ? order : strcmp(x->user, y->user);
}

int
phoneowners_read(struct phoneowners *o, const struct config *conf)
{
	static const struct config_report quiet = { .line = ignore };
	struct user_record record;
	struct namelist enrolled;
	int rc;

	*o = (struct phoneowners){ .count = 0 };
	rc = namelist_enrolled(&enrolled, conf, 0, &quiet);
	for (size_t i = 0; rc == 0 && i < enrolled.count; i++) {
		if (config_user(conf, enrolled.name[i], 0, &record, &quiet) ==
			USER_FOUND &&
		    record.phone[0] != '\0')
			rc = add(o, enrolled.name[i], record.phone);
		config_user_wipe(&record);
	}
	namelist_free(&enrolled);
	if (rc != 0) {
		phoneowners_free(o);
		return -1;
	}
	if (o->count > 0)
		qsort(o->of, o->count, sizeof(*o->of), compare);
	return 0;
}

void
phoneowners_free(struct phoneowners *o)
{
	free(o->of);
	*o = (struct phoneowners){ .count = 0 };
}

const struct phoneowner *
phoneowners_find(const struct phoneowners *o, const char *phone, size_t *count)
{
	size_t low = 0, high = o->count, at;

	while (low < high) {
		at = low + (high - low) / 2;
		if (strcmp(o->of[at].phone, phone) < 0)
			low = at + 1;
		else
			high = at;
	}
	*count = 0;
	while (low + *count < o->count &&
	    strcmp(o->of[low + *count].phone, phone) == 0)
		++*count;
	return *count > 0 ? &o->of[low] : NULL;
}
