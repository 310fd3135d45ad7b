/* SPDX-License-Identifier: BSD-2-Clause */
/* The phones of all enrolled users. */
#include "twofactl/enrol/phone_owners.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/records/records.h"

#define FIRST 64

static int
add(struct phone_owners *o, const char *user, const char *phone)
{
	size_t cap = o->cap == 0 ? FIRST : 2 * o->cap;
	struct phone_owner *more;

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
	const struct phone_owner *x = a, *y = b;
	int order = strcmp(x->phone, y->phone);

	return order != 0 ? order : strcmp(x->user, y->user);
}

/* A person with a user's factors counts as that user. */
static int
add_people(
    struct phone_owners *o, const struct settings *conf, const char *account)
{
	struct user_people *people = calloc(1, sizeof(*people));
	char name[KEPT_NAME_MAX + 1];
	struct user_record record = { .phone = "" };
	int rc = people != NULL ? 0 : -1;

	if (rc == 0)
		(void)user_people_read(
		    conf, account, NULL, 0, people, &settings_report_none);
	for (size_t i = 0; rc == 0 && i < people->count; i++) {
		struct user_person *who = &people->person[i];

		if (who->user[0] == '\0' &&
		    user_person_read(conf, account, NULL, 0, who, &record,
			&settings_report_none) == USER_FOUND &&
		    record.phone[0] != '\0') {
			kept_name_write(name, account, who->name);
			rc = add(o, name, record.phone);
		}
		user_record_wipe(&record);
	}
	free(people);
	return rc;
}

int
phone_owners_read(struct phone_owners *o, const struct settings *conf)
{
	struct user_record record;
	struct name_list enrolled;
	int rc;

	*o = (struct phone_owners){ .count = 0 };
	rc = name_list_enrolled(&enrolled, conf, 0, &settings_report_none);
	for (size_t i = 0; rc == 0 && i < enrolled.count; i++) {
		const char *name = enrolled.name[i];
		const enum user_result found = user_record_read(
		    conf, name, 0, &record, &settings_report_none);

		if (found == USER_FOUND && record.phone[0] != '\0')
			rc = add(o, name, record.phone);
		else if (found == USER_PEOPLE)
			rc = add_people(o, conf, name);
		user_record_wipe(&record);
	}
	name_list_free(&enrolled);
	if (rc != 0) {
		phone_owners_free(o);
		return -1;
	}
	if (o->count > 0)
		qsort(o->of, o->count, sizeof(*o->of), compare);
	return 0;
}

void
phone_owners_free(struct phone_owners *o)
{
	free(o->of);
	*o = (struct phone_owners){ .count = 0 };
}

const struct phone_owner *
phone_owners_find(
    const struct phone_owners *o, const char *phone, size_t *count)
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
