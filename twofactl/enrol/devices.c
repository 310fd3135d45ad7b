/* SPDX-License-Identifier: BSD-2-Clause */
/* The phones of a record, as a list: one more, or one less. */
#include "twofactl/enrol/enrol.h"

#include <stdlib.h>

#include "twofactl/client/client.h"
#include "twofactl/enrol/enrol_inside.h"

/* The change to the record's phones without the nth, and with the number. */
static struct record_text_change
list_phones(const struct user_record *r, size_t without, const char *number)
{
	static char text[512];

	text[0] = '\0';
	for (size_t i = 0; i <= USER_PHONES_MAX; i++) {
		const char *phone =
		    i < USER_PHONES_MAX ? user_record_phone(r, i) : number;
		const struct user_phone *p = &r->phones[i % USER_PHONES_MAX];

		if (phone == NULL || i == without)
			continue;
		PRINT_APPEND(text, "%s { number = \"%s\"; ",
		    text[0] == '\0' ? "(" : ",", phone);
		if (phone == p->number && p->name[0] != '\0')
			PRINT_APPEND(text, "name = \"%s\"; ", p->name);
		PRINT_APPEND(text, "%s}",
		    phone == p->number && p->voice ? "voice = true; " : "");
	}
	PRINT_APPEND(text, " )");
	return (struct record_text_change){ .key = "phones",
		.value = text,
		.literal = true,
		.instead = "phone" };
}

/* Reads the target's record and counts its phones: 0 without a record. */
static size_t
devices_read(const struct settings *conf, const struct target *target,
    struct user_record *r)
{
	struct user_person who;
	size_t n = 0;

	if (command_person_record(target, conf, &complain_report, &who, r) ==
	    USER_FOUND)
		while (user_record_phone(r, n) != NULL)
			n++;
	return n;
}

enum ctl_exit
devices_add_phone(const struct settings *conf, const struct target *target,
    const char *number, struct record_text_change *change)
{
	struct user_record r;
	const size_t n = devices_read(conf, target, &r);
	const char *cause = n == 0 ? "has no phone yet: leave --add out"
	    : n == USER_PHONES_MAX ? "has three phones already: first remove "
				     "one with --device"
				   : NULL;

	for (size_t i = 0; i < n; i++)
		if (strcmp(user_record_phone(&r, i), number) == 0)
			cause = "has this phone already";
	*change = list_phones(&r, USER_PHONES_MAX + 1, number);
	user_record_wipe(&r);
	return cause == NULL
	    ? CTL_DONE
	    : terminal_error_status(CTL_NO, "nothing was changed: %s %s",
		  command_target_text(target), cause);
}

enum ctl_exit
devices_remove(const struct command_user *c, const char *device, bool yes)
{
	struct user_record r;
	const size_t count = devices_read(c->conf, &c->target, &r);
	const size_t n = strtoul(device, NULL, 10);
	const char *phone = n > 0 ? user_record_phone(&r, n - 1) : NULL;
	const struct record_text_change change = list_phones(&r, n - 1, NULL);
	char mask[PHONE_MASK], question[96];
	enum ctl_exit status = CTL_NO;

	phone_mask(phone != NULL ? phone : "", mask);
	PRINT_TO(question, "Remove the phone %s? [y/N] ", mask);
	if (phone == NULL || count == 1)
		terminal_error("nothing was changed: %s has %s; see: twofactl "
			       "%s %s",
		    command_target_text(&c->target),
		    count == 1 ? "no other phone" : "no such device",
		    count == 1 ? "remove" : "show",
		    command_target_arguments(&c->target));
	else if (!yes && !terminal_is_open())
		status = terminal_error_status(
		    CTL_USAGE, "%s To do it anyway add --yes", question);
	else
		status = yes ? CTL_DONE : terminal_confirm(question);
	if (status == CTL_DONE)
		status =
		    record_file_change(c->conf, c->target.owner, &change, 1);
	if (status == CTL_DONE) {
		client_audit(
		    EVENT_NUMBER_CHANGED, c->target.owner, "remove --device");
		enrol_alert(&c->run, c->conf, c->target.owner,
		    EVENT_NUMBER_CHANGED, phone);
		record_shape_renew(&c->run, c->conf);
		printf("%s no longer has the phone %s.\n",
		    command_target_text(&c->target), mask);
	}
	user_record_wipe(&r);
	return status;
}
