/* SPDX-License-Identifier: BSD-2-Clause */
/* Which people of shared accounts are asked for their name. */
#include "twofactl/doctor/doctor.h"

#include <stdlib.h>

#include "lib/settings/settings.h"
#include "twofactl/records/records.h"

#define NAMES_TOLD 8

static bool
is_keyed(const struct user_person *p)
{
	return p->key[0] != '\0' || p->cert_id[0] != '\0';
}

/* sshd reports a key only for logins by key. */
static void
note_keyed(struct doctor *d, const char *account, size_t keyed)
{
	if (keyed > 0 && !d->sshd_exempt && !d->sshd_key_code)
		doctor_note(d, "people",
		    "%s: %zu of its people have a key or a certificate, and "
		    "sshd's stack asks for a password: who comes by that alone "
		    "is asked who it is; keys are seen where "
		    "AuthenticationMethods has publickey first",
		    account, keyed);
}

static void
note_people(
    struct doctor *d, const char *account, const struct user_people *people)
{
	size_t keyed = 0;

	for (size_t i = 0; i < people->count; i++)
		keyed += is_keyed(&people->person[i]);
	note_keyed(d, account, keyed);
	if (keyed == 0) {
		doctor_note(d, "people",
		    "%s: none of its people has key or cert_id: each login "
		    "asks who it is",
		    account);
		return;
	}
	for (size_t i = 0, told = 0; i < people->count; i++)
		if (!is_keyed(&people->person[i]) && told++ < NAMES_TOLD)
			doctor_note(d, "people",
			    "%s: %s has neither key nor cert_id, and is asked "
			    "for the name",
			    account, people->person[i].name);
}

void
doctor_people(struct doctor *d)
{
	struct user_people *people = calloc(1, sizeof(*people));
	struct name_list users = { .count = 0 };

	if (people != NULL)
		(void)name_list_enrolled(
		    &users, d->conf, 0, &settings_report_none);
	for (size_t i = 0; i < users.count; i++)
		if (user_people_read(d->conf, users.name[i], NULL, 0, people,
			&settings_report_none) == USER_PEOPLE)
			note_people(d, users.name[i], people);
	name_list_free(&users);
	free(people);
}
