/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists the phones of all enrolled users. */
#include "twofactl/enrol/enrol_inside.h"

#include <stdlib.h>

int
phone_owners_add(struct phone_owners *o, const char *user, const char *phone,
    const char *authy_id)
{
	struct phone_owner *one;

	if (!NAME_LIST_ROOM(o->of, o->cap, o->count))
		return -1;
	one = &o->of[o->count++];
	PRINT_TO(one->phone, "%s", phone);
	PRINT_TO(one->authy_id, "%s", authy_id);
	PRINT_TO(one->user, "%s", user);
	return 0;
}

static int
compare_owners(const void *a, const void *b)
{
	const struct phone_owner *x = a, *y = b;
	int order = strcmp(x->phone, y->phone);

	return order != 0 ? order : strcmp(x->user, y->user);
}

/* A person with a user's factors counts as that user. */
static int
take_owners(
    struct phone_owners *o, const struct settings *conf, const char *account)
{
	struct record_walk w OWNED(
	    record_walk_end) = { .conf = conf, .account = account };
	char name[OWNER_MAX + 1];
	int rc = 0;

	while (rc == 0 && record_walk_next(&w)) {
		if (w.who != NULL && w.who->user[0] != '\0')
			continue;
		owner_write(name, account, w.who != NULL ? w.who->name : NULL);
		for (size_t i = 0;
		     rc == 0 && user_record_phone(&w.record, i) != NULL; i++)
			rc = phone_owners_add(o, name,
			    user_record_phone(&w.record, i), w.record.authy_id);
	}
	return rc;
}

int
phone_owners_read(struct phone_owners *o, const struct settings *conf)
{
	struct name_list enrolled OWNED(name_list_free) = { .count = 0 };
	int rc = name_list_enrolled(&enrolled, conf, NULL);

	*o = (struct phone_owners){ .count = 0 };
	for (size_t i = 0; rc == 0 && i < enrolled.count; i++)
		rc = take_owners(o, conf, enrolled.name[i]);
	if (rc != 0)
		phone_owners_free(o);
	else if (o->count > 0)
		qsort(o->of, o->count, sizeof(*o->of), compare_owners);
	return rc;
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
	const struct phone_owner *first = o->count == 0
	    ? NULL
	    : bsearch(
		  phone, o->of, o->count, sizeof(*o->of), name_list_compare);

	*count = 0;
	if (first == NULL)
		return NULL;
	while (first > o->of && strcmp(first[-1].phone, phone) == 0)
		first--;
	while (first + *count < o->of + o->count &&
	    strcmp(first[*count].phone, phone) == 0)
		++*count;
	return first;
}
