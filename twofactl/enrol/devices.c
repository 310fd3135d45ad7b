/* SPDX-License-Identifier: BSD-2-Clause */
/* The phones of a record, as a list: one more, or one less. */
#include "twofactl/enrol/enrol.h"

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
	size_t n = 0;

	if (command_owner_record(
		conf, target->owner, &complain_report, NULL, r) == USER_FOUND)
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

/* Removes the phone from the record as it is now, unless that has no other. */
static enum ctl_exit
remove_phone(const struct command_user *c, const char *phone)
{
	static struct record_file file;
	struct user_record r;
	size_t count, at = 0;
	struct record_text_change change;
	enum ctl_exit status = record_file_lock(&file, c->conf);

	if (status != CTL_DONE)
		return status;
	count = devices_read(c->conf, &c->target, &r);
	while (at < count && strcmp(user_record_phone(&r, at), phone) != 0)
		at++;
	change = list_phones(&r, at, NULL);
	user_record_wipe(&r);
	if (at == count || count == 1)
		status = terminal_error_status(CTL_NO,
		    "nothing was changed: the record of %s was changed "
		    "meanwhile; run this again",
		    command_target_text(&c->target));
	return record_file_end(&file, status, c->target.owner, &change, 1);
}

/* Sets phone to what show gives this number, and asks whether to remove it. */
static enum ctl_exit
choose_device(const struct command_user *c, const char *device, bool yes,
    char phone[PHONE_MAX + 1])
{
	struct user_record r;
	const size_t count = devices_read(c->conf, &c->target, &r);
	const int64_t n = decimal_read(device, USER_PHONES_MAX);
	char mask[PHONE_MASK], question[96];

	phone[0] = '\0';
	if (n > 0 && (size_t)n <= count)
		snprintf(phone, PHONE_MAX + 1, "%s",
		    user_record_phone(&r, (size_t)n - 1));
	user_record_wipe(&r);
	if (phone[0] == '\0' || count == 1)
		return terminal_error_status(CTL_NO,
		    "nothing was changed: %s has %s; see: twofactl %s %s",
		    command_target_text(&c->target),
		    count == 1 ? "no other phone" : "no such device",
		    count == 1 ? "remove" : "show",
		    command_target_arguments(&c->target));
	phone_mask(phone, mask);
	PRINT_TO(question, "Remove the phone %s? [y/N] ", mask);
	if (yes)
		return CTL_DONE;
	return terminal_is_open()
	    ? terminal_confirm(question)
	    : terminal_error_status(
		  CTL_USAGE, "%s To do it anyway add --yes", question);
}

enum ctl_exit
devices_remove(const struct command_user *c, const char *device, bool yes)
{
	char phone[PHONE_MAX + 1], mask[PHONE_MASK];
	enum ctl_exit status = choose_device(c, device, yes, phone);

	if (status == CTL_DONE)
		status = remove_phone(c, phone);
	if (status != CTL_DONE)
		return status;
	client_audit(EVENT_NUMBER_CHANGED, c->target.owner, "remove --device");
	enrol_alert(
	    &c->run, c->conf, c->target.owner, EVENT_NUMBER_CHANGED, phone);
	record_shape_renew(&c->run, c->conf);
	phone_mask(phone, mask);
	printf("%s no longer has the phone %s.\n",
	    command_target_text(&c->target), mask);
	return CTL_DONE;
}
