/* SPDX-License-Identifier: BSD-2-Clause */
/* The phones, apps and tokens of a record: one more, or one less. */
#include "twofactl/enrol/enrol_inside.h"

#include <errno.h>
#include <unistd.h>

static const char changed_by_self[] =
    "has changed the phone by twofactl self, and the one before would count "
    "again: first make it the file's, by enroll --replace with the new number, "
    "or of several by edit";

static const char app_by_self[] =
    "has set up an app by twofactl self, which no file has: end it by twofactl "
    "totp, which makes a new one, or by remove and enroll";

/* A line of show --devices: a phone, or an app or token. */
struct device {
	char text[SECRET_MAX + 1]; /* its number or its secret */
	char name[USER_DEVICE_NAME_MAX + sizeof("token ")]; /* for the admin */
	bool phone;
	struct record_text_change cut; /* removes it */
};

enum ctl_exit
devices_add_phone(const struct settings *conf, const struct target *target,
    const char *number, struct record_text_change *change)
{
	static char group[PHONE_MAX + sizeof("{ number = \"\"; }")];
	struct user_record r OWNED(user_record_wipe);
	const char *cause = NULL;
	size_t n = 0;

	if (command_owner_record(conf, target->owner, &complain_report, NULL,
		&r) != USER_FOUND ||
	    user_record_phone(&r, 0) == NULL)
		cause = "has no phone yet: leave --add out";
	while (cause == NULL && user_record_phone(&r, n) != NULL)
		if (strcmp(user_record_phone(&r, n++), number) == 0)
			cause = "has this phone already";
	if (cause == NULL && r.changed_at > 0)
		cause = changed_by_self;
	if (cause == NULL && n == USER_PHONES_MAX)
		cause = "has three phones already: first remove one with "
			"--device";
	PRINT_TO(group, "{ number = \"%s\"; }", number);
	*change = (struct record_text_change){ .key = "phones",
		.value = group,
		.list = true,
		.instead = "phone" };
	return cause == NULL
	    ? CTL_DONE
	    : terminal_error_status(CTL_NO, "nothing was changed: %s %s",
		  command_target_text(target), cause);
}

size_t
devices_change_apps(const struct user_record *r,
    const struct record_text_change *change,
    struct record_text_change out[DEVICES_CHANGES])
{
	const bool usual =
	    r->app[0].kind.period <= TOTP_STEP_S && !r->app[0].kind.sha256;

	out[0] = *change;
	out[1] = (struct record_text_change){
		.key = "totp_period", .value = "30", .literal = true
	};
	out[2] =
	    (struct record_text_change){ .key = "totp_hash", .value = "SHA1" };
	return change->instead == NULL || usual ? 1 : DEVICES_CHANGES;
}

/* Finds the nth device, from 0. False if the record has fewer. */
static bool
device_find(const struct user_record *r, size_t n, struct device *d)
{
	size_t phones = 0, apps = 0;
	char mask[PHONE_MASK];

	while (user_record_phone(r, phones) != NULL)
		phones++;
	while (apps < USER_APPS_MAX && r->app[apps].secret.len > 0 &&
	    !r->app[apps].token)
		apps++;
	*d = (struct device){ .phone = n < phones, .cut = { .list = true } };
	if (d->phone) {
		PRINT_TO(d->text, "%s", user_record_phone(r, n));
		phone_mask(d->text, mask);
		PRINT_TO(d->name, "phone %s", mask);
		d->cut.key = "phones";
		d->cut.instead = "phone";
		d->cut.cut = n + 1;
		return true;
	}
	n -= phones;
	if (n >= user_record_apps(r))
		return false;
	PRINT_TO(d->text, "%s", r->app[n].secret.b);
	PRINT_TO(d->name, "%s%s%s", n < apps ? "app" : "token",
	    r->app[n].name[0] != '\0' ? " " : "", r->app[n].name);
	d->cut.key = n < apps ? "apps" : "tokens";
	d->cut.instead = n < apps ? "totp_secret_file" : NULL;
	d->cut.cut = n < apps ? n + 1 : n - apps + 1;
	return true;
}

static size_t
device_count(const struct user_record *r)
{
	struct device d;
	size_t n = 0;

	while (device_find(r, n, &d))
		n++;
	explicit_bzero(&d, sizeof(d));
	return n;
}

static bool
holds_secret(const char *path, const char *text)
{
	struct secret secret = { .len = 0 };
	const bool same = trusted_file_read_secret(path, 0, &secret) == 0 &&
	    strcmp(secret.b, text) == 0;

	explicit_bzero(&secret, sizeof(secret));
	return same;
}

/* Removes the file of this secret, which the record, as text, no longer names:
 * any other may be of a command that has begun meanwhile. */
static void
remove_secret_file(
    const struct command_user *c, const char *secret, const char *record)
{
	char name[SECRET_FILE_NAME_MAX], path[CTL_PATH_MAX + sizeof(name) + 9];

	for (unsigned n = 0; n <= SECRET_FILE_MORE; n++) {
		secret_file_name_nth(name, c->target.owner, n);
		PRINT_TO(path, "%s/%s", secret_file_folder(c->run.conf), name);
		if (strstr(record, name) == NULL &&
		    holds_secret(path, secret) && unlink(path) != 0)
			terminal_error(
			    "%s: %s; remove it by hand", path, strerror(errno));
	}
}

/* Without its last app a record has one channel less, or the phone's alone.
 * Returns the number of changes. */
static size_t
change_channels(const struct user_record *r, const struct device *gone,
    char channels[ENROL_CHANNELS_MAX], struct record_text_change *out)
{
	const enum method phone =
	    r->phones[0].voice ? METHOD_VOICE : METHOD_SMS;

	if (gone->phone || user_record_apps(r) != 1 ||
	    !reach_lists(r, METHOD_BIT(METHOD_TOTP)))
		return 0;
	enrol_write_channels(
	    r, METHOD_TOTP, r->channels == 1 ? phone : METHOD_NONE, channels);
	*out = (struct record_text_change){
		.key = "channels", .value = channels, .literal = true
	};
	return 1;
}

/* Removes the device from the record as it is now, unless that has no other. */
static enum ctl_exit
device_remove(const struct command_user *c, const struct device *gone)
{
	static struct record_file file;
	struct record_text_change change[DEVICES_CHANGES + 1];
	char channels[ENROL_CHANNELS_MAX];
	struct user_record r OWNED(user_record_wipe);
	struct device d;
	size_t changes = 0;
	enum ctl_exit status = record_file_lock(&file, c->conf);

	if (status != CTL_DONE)
		return status;
	(void)command_user_record(c, &complain_report, &r);
	for (size_t n = 0; changes == 0 && device_find(&r, n, &d); n++)
		if (d.phone == gone->phone && strcmp(d.text, gone->text) == 0)
			changes = devices_change_apps(&r, &d.cut, change);
	if (changes > 0)
		changes +=
		    change_channels(&r, gone, channels, change + changes);
	if (changes == 0 || device_count(&r) == 1)
		status = terminal_error_status(CTL_NO,
		    "nothing was changed: the record of %s was changed "
		    "meanwhile; run this again",
		    command_target_text(&c->target));
	explicit_bzero(&d, sizeof(d));
	status =
	    record_file_end(&file, status, c->target.owner, change, changes);
	if (status == CTL_DONE && !gone->phone)
		remove_secret_file(c, gone->text, file.text);
	return status;
}

static enum ctl_exit
choose_device(const struct command_user *c, const char *device, bool yes,
    struct device *d)
{
	const int64_t n = decimal_read(device, USER_PHONES_MAX + USER_APPS_MAX);
	struct user_record r OWNED(user_record_wipe);
	bool found, last, changed;
	char question[96];

	if (command_user_record(c, &complain_report, &r) == USER_ERROR)
		return terminal_error_status(CTL_SETTINGS,
		    "nothing was changed: the record cannot be read; fix it "
		    "by: twofactl edit %s",
		    c->target.account);
	found = n > 0 && device_find(&r, (size_t)n - 1, d);
	last = found &&
	    (device_count(&r) == 1 ||
		(d->phone && user_record_phone(&r, 1) == NULL));
	changed = found &&
	    (d->phone ? r.changed_at > 0
		      : !r.app_waits && r.app_changed_at > 0);
	if (changed)
		return terminal_error_status(CTL_NO,
		    "nothing was changed: %s %s",
		    command_target_text(&c->target),
		    d->phone ? changed_by_self : app_by_self);
	if (!found || last)
		return terminal_error_status(CTL_NO,
		    "nothing was changed: %s has %s; see: twofactl %s %s",
		    command_target_text(&c->target),
		    !found         ? "no such device"
			: d->phone ? "no other phone"
				   : "no other device",
		    last ? "remove" : "show",
		    command_target_arguments(&c->target));
	PRINT_TO(question, "Remove the %s? [y/N] ", d->name);
	user_record_wipe(&r); /* not kept while the question waits */
	if (yes)
		return CTL_DONE;
	return terminal_confirm_or(
	    question, "%s To do it anyway add --yes", question);
}

enum ctl_exit
devices_remove(const struct command_user *c, const char *device, bool yes)
{
	struct device d = { .text = "" };
	enum ctl_exit status = choose_device(c, device, yes, &d);

	if (status == CTL_DONE)
		status = device_remove(c, &d);
	if (status == CTL_DONE) {
		client_audit(
		    EVENT_NUMBER_CHANGED, c->target.owner, "remove --device");
		enrol_alert(&c->run, c->conf, c->target.owner,
		    EVENT_NUMBER_CHANGED, d.phone ? d.text : NULL);
		record_shape_renew(&c->run, c->conf);
		printf("%s no longer has the %s.\n",
		    command_target_text(&c->target), d.name);
	}
	explicit_bzero(&d, sizeof(d));
	return status;
}
