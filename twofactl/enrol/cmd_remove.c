/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl remove: a user's record, and the secret, codes and logins of its
 * owner. */
#include "twofactl/enrol/enrol_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "twofactl/lockout/lockout.h"

#define QUESTION_MAX 320

const char enrol_denied[] = "logins are denied";

const char *
enrol_without_record(const struct settings *conf)
{
	const unsigned today = admission_today(conf);

	if (admission_allows_unenrolled(conf, today))
		return "the password alone is enough (unenrolled = \"allow\")";
	return conf->unenrolled_enrol && admission_allows_self(conf, today)
	    ? "who has the password enrols a new device (self_enrol_until)"
	    : enrol_denied;
}

/* Removes the recovery codes, which a later record of that name must not have,
 * and what else the state has of the owner, if it is asked; and this host's
 * break-glass codes, which no server knows: they would be valid in the next
 * outage. *left is their number. Returns CTL_DONE, or another status after
 * reporting; then the others are removed. */
static enum ctl_exit
remove_codes(const struct command_user *c, bool ask_state, int64_t *left)
{
	struct new_codes none = { .left = 0 };
	enum ctl_exit status = CTL_DONE, here;

	if (ask_state)
		status = recovery_codes_make(
		    &c->run, c->target.owner, false, 0, &none);
	*left = none.left > 0 ? none.left : 0;
	if (!settings_has_outage_file(c->conf))
		return status;
	here = recovery_codes_make(&c->run, c->target.owner, true, 0, &none);
	if (none.left > 0)
		*left += none.left;
	if (here == CTL_DONE && none.left > 0)
		printf("The break-glass codes of %s on this host (%s) have "
		       "ended.\n",
		    command_target_text(&c->target), c->conf->store.host);
	return status != CTL_DONE ? status : here;
}

/* Removes the files of twofactl totp, and leftovers of a killed one. True if
 * there were any. */
static bool
unlink_secrets(const struct target *target, int folder, const char *path)
{
	static const struct {
		const char *prefix, *suffix;
	} form[] = { { "", ".totp" }, { ".", ".totp.old" },
		{ ".", ".totp.new" }, { "..", ".totp.new.new" } };
	char name[SECRET_FILE_NAME_MAX];
	bool any = false;

	for (size_t i = 0; i < COUNT_OF(form) + SECRET_FILE_MORE; i++) {
		if (i < COUNT_OF(form))
			secret_file_name(name, form[i].prefix, target->owner,
			    form[i].suffix);
		else
			secret_file_name_nth(name, target->owner,
			    (unsigned)(i - COUNT_OF(form)) + 1);
		if (unlinkat(folder, name, 0) == 0)
			any = true;
		else if (errno != ENOENT)
			terminal_error("%s/%s: %s; remove it by hand", path,
			    name, strerror(errno));
	}
	return any;
}

static void
remove_secret(const struct command_user *c)
{
	const char *path = secret_file_folder(c->run.conf);
	const int folder OWNED(owned_fd) =
	    open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (folder < 0) {
		if (errno != ENOENT)
			terminal_error(
			    "%s: %s; remove the secret of %s there by hand",
			    path, strerror(errno),
			    command_target_text(&c->target));
		return;
	}
	if (unlink_secrets(&c->target, folder, path) && fsync(folder) != 0)
		terminal_error(
		    "%s: %s; a power cut may bring the secret back: "
		    "check its disk, then run again: twofactl remove %s",
		    path, strerror(errno),
		    command_target_arguments(&c->target));
}

static enum ctl_exit
report_codes_left(const struct target *target, const char *command)
{
	return terminal_error_status(CTL_FAILED,
	    "the recovery codes of %s are still in the state and would "
	    "be valid with the next record of that name; fix that, "
	    "then run again: twofactl %s %s",
	    command_target_text(target), command,
	    command_target_arguments(target));
}

enum ctl_exit
remove_state_data(const struct command_user *c, const char *command,
    int64_t *codes, int64_t *forgot)
{
	const enum ctl_exit status = forget_remembered(c, forgot);
	const bool answers = status == CTL_DONE || status == CTL_NO;

	return remove_codes(c, answers, codes) == CTL_DONE && answers
	    ? CTL_DONE
	    : report_codes_left(&c->target, command);
}

/* Lists the users whom a login would ask for a code: others, with a broken or
 * disabled record, cannot become root. */
static int
list_usable(const struct command_user *c, const struct name_list *enrolled,
    struct name_list *out)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < enrolled->count; i++) {
		struct record_walk w OWNED(record_walk_end) = { .conf = c->conf,
			.account = enrolled->name[i] };
		bool usable = strcmp(w.account, c->target.account) == 0;

		while (!usable && record_walk_next(&w))
			usable = w.record.enabled;
		if (usable)
			rc = name_list_add(out, w.account);
	}
	if (rc != 0)
		terminal_error("%s", strerror(errno));
	return rc;
}

/* Asks first if afterwards only a password would protect root, or no user could
 * become root. */
static enum ctl_exit
confirm_last_root(
    const struct command_user *c, const struct name_list *enrolled)
{
	char question[QUESTION_MAX];
	struct name_list others OWNED(name_list_free) = { .count = 0 };
	bool last = lockout_root_includes(c->target.account);

	if (last && list_usable(c, enrolled, &others) == 0)
		last = lockout_root_is_last(&others, c->target.account);
	if (!last)
		return CTL_DONE;
	PRINT_TO(question,
	    "%s is the only one enrolled who can become root. After that %s.",
	    c->target.account,
	    enrol_without_record(c->conf) != enrol_denied
		? "only a password protects root (unenrolled)"
		: "root may be out of reach (unenrolled = \"deny\")");
	if (!terminal_is_open())
		return terminal_error_status(
		    CTL_USAGE, "%s To do it anyway add --yes", question);
	puts(question);
	return terminal_confirm("Remove it? [y/N] ");
}

/* Asks first if the user is denied without a record. Where a file precedes the
 * record in the state, that one holds afterwards. */
static enum ctl_exit
confirm_denied(const struct command_user *c)
{
	const struct lockout_record gone = { c->target.account, NULL };
	const struct lockout_source source = {
		.conf = c->conf, .changed = &gone, .changes = 1
	};

	if (c->conf->users_state &&
	    record_place_of(c->conf, c->target.account)->within == NULL)
		return CTL_DONE;
	return lockout_confirm_denied(&source, false);
}

/* Removes what an interrupted remove has left. */
static enum ctl_exit
remove_leftovers(const struct command_user *c)
{
	enum ctl_exit status;
	int64_t left;

	remove_secret(c);
	status = remove_codes(c, true, &left);
	if (status != CTL_DONE)
		return status;
	if (left == 0) {
		printf(
		    "%s is not enrolled.\n", command_target_text(&c->target));
		return CTL_NO;
	}
	printf("%s is not enrolled; the remaining recovery codes have been "
	       "deleted.\n",
	    command_target_text(&c->target));
	return CTL_DONE;
}

/* Removes the record that a user who enrolled at a login has in the state of
 * this host, perhaps since this command read it. Returns CTL_NO without one;
 * where that is not known it need not succeed. */
static enum ctl_exit
remove_enrolled(const struct command_user *c)
{
	struct settings *conf = c->conf;
	const char *text, *user = c->target.account;
	enum record_source_found found;
	enum ctl_exit status;

	if (conf->users_state || !settings_has_enrolments(conf))
		return CTL_NO;
	record_state_use(&c->run, conf);
	if (conf->records == NULL)
		return CTL_NO;
	record_state_forget();
	found = conf->records->text(conf->records, user, &text);
	if (found == RECORD_SOURCE_NONE)
		return CTL_NO;
	status = record_place_state.remove(conf, user, -1);
	return found == RECORD_SOURCE_THERE || status == CTL_DONE ? status
								  : CTL_NO;
}

/* Removes the record, and the part of it in the state of this host: before, as
 * that must not be left if the rest fails, and after, as twofactl self may have
 * changed a phone until the file was gone. Sets *again to the second result. */
static enum ctl_exit
remove_both(const struct command_user *c, int folder, enum ctl_exit *again)
{
	const char *user = c->target.account;
	const enum ctl_exit own = remove_enrolled(c);
	enum ctl_exit status = own;

	*again = CTL_NO;
	if (own != CTL_FAILED)
		status = record_place_of(c->conf, user)
			     ->remove(c->conf, user, folder);
	if (status == CTL_DONE)
		*again = remove_enrolled(c);
	return status == CTL_NO && own == CTL_DONE ? CTL_DONE : status;
}

/* Removes the record first, as it is what logins need, and then the rest, even
 * if the state fails. folder is users_dir, locked. */
static enum ctl_exit
remove_locked(const struct command_user *c, int folder)
{
	static struct user_people people;
	const struct record_place *place =
	    record_place_of(c->conf, c->target.account);
	struct record_source *from = c->conf->records;
	const char *text;
	enum ctl_exit status, again;
	int64_t left, forgot;

	(void)user_people_read(c->conf, c->target.account, NULL, &people, NULL);
	status = remove_both(c, folder, &again);
	if (status == CTL_NO) /* not enrolled, perhaps no longer */
		return remove_leftovers(c);
	if (status != CTL_DONE)
		return terminal_error_status(status,
		    "nothing was changed: %s is enrolled as before",
		    c->target.account);
	remove_secret(c);
	client_audit(EVENT_REMOVED, c->target.account, "remove");
	/* the file preceded a record in the state, perhaps an unreadable one */
	if (place->within == NULL && c->conf->users_state && from != NULL &&
	    from->text(from, c->target.account, &text) != RECORD_SOURCE_NONE) {
		printf("%s/%s.conf is gone; from now on the record of %s in "
		       "the state holds here.\n",
		    c->conf->users_dir, c->target.account, c->target.account);
		return CTL_DONE;
	}
	printf("%s is no longer enrolled; %s.\n", c->target.account,
	    enrol_without_record(c->conf));
	status = remove_codes(c, true, &left);
	if (status != CTL_DONE)
		(void)report_codes_left(&c->target, "remove");
	if (again == CTL_FAILED)
		status = again;
	for (size_t i = 0; i < people.count; i++) {
		const struct user_person *who = &people.person[i];
		struct command_user one = *c;

		PRINT_TO(one.target.person, "%s", who->name);
		PRINT_TO(one.target.of_account, "%s", one.target.account);
		PRINT_TO(one.target.factors_of, "%s", who->user);
		owner_write(one.target.owner, one.target.account, who->name);
		remove_secret(&one);
		if (remove_state_data(&one, "remove", &left, &forgot) !=
		    CTL_DONE)
			status = CTL_FAILED;
	}
	record_shape_renew(&c->run, c->conf);
	return status;
}

/* The lock is held to the end: a secret that is put into use meanwhile would be
 * removed. */
enum ctl_exit
remove_record(const struct command_user *c)
{
	struct place_file_folder folder;
	enum ctl_exit status;

	if (place_file_open_folder(&folder, c->conf->users_dir, 0) != 0)
		return terminal_error_status(CTL_SETTINGS,
		    "%s; nothing was changed", trusted_file_cause);
	status = remove_locked(c, folder.fd);
	place_file_close_folder(&folder);
	return status;
}

/* Removes a person, unless the only one: without people the account would not
 * be enrolled, and unenrolled = "allow" would admit it. Another command does
 * that, with a warning. */
static enum ctl_exit
remove_person_locked(const struct command_user *c, struct record_file *file)
{
	static struct user_people people;
	const enum user_result found =
	    user_people_read(c->conf, c->target.account, NULL, &people, NULL);
	enum ctl_exit status;
	int64_t codes, forgot;

	if (found == USER_ERROR || found == USER_OUTAGE)
		return CTL_SETTINGS; /* command_person_find has reported it */
	if (command_person_named(&people, c->target.person) == NULL)
		return remove_leftovers(c);
	if (people.count == 1)
		return terminal_error_status(CTL_NO,
		    "nothing was changed: %s is the last of the people "
		    "of %s; to end the account's second factor run: "
		    "twofactl remove %s",
		    c->target.person, c->target.account,
		    terminal_shell_quote(c->target.account));
	status = record_file_stage(file, c->target.owner, NULL, 0);
	if (status == CTL_DONE)
		status = record_file_move(file, c->target.owner);
	if (status != CTL_DONE)
		return terminal_error_status(status,
		    "nothing was changed: %s is enrolled as before",
		    command_target_text(&c->target));
	client_audit(EVENT_REMOVED, c->target.owner, "remove");
	printf("%s is no longer enrolled; the other people of %s are as "
	       "before.\n",
	    command_target_text(&c->target), c->target.account);
	remove_secret(c);
	return remove_state_data(c, "remove", &codes, &forgot);
}

/* Lists people before it asks: one of them may have been meant. */
static enum ctl_exit
remove_whole(const struct command_user *c, bool yes)
{
	static struct user_people people;
	enum ctl_exit status = CTL_DONE;
	struct name_list enrolled OWNED(name_list_free) = { .count = 0 };

	/* also a broken file */
	(void)user_people_read(c->conf, c->target.account, NULL, &people, NULL);
	if (record_place_of(c->conf, c->target.account)->within != NULL &&
	    !record_place_can_list_or_report(c->conf))
		return CTL_FAILED;
	if (name_list_enrolled(&enrolled, c->conf, &complain_report) != 0)
		return CTL_SETTINGS;
	/* when asked; remove_record() reads it again */
	if (!name_list_has(&enrolled, c->target.account))
		yes = true;
	if (!yes && people.count > 0) {
		command_person_list(c, &people);
		status = terminal_confirm_or("Remove all of them? [y/N] ",
		    "to remove all of them add --yes");
	}
	if (!yes && status == CTL_DONE)
		status = confirm_last_root(c, &enrolled);
	if (!yes && status == CTL_DONE)
		status = confirm_denied(c);
	return status == CTL_DONE ? remove_record(c) : status;
}

enum ctl_exit
cmd_remove(struct command_user *c, const struct arguments *typed)
{
	static struct record_file file;
	enum ctl_exit status;

	if (typed->device != NULL)
		return devices_remove(c, typed->device, typed->yes);
	if (c->target.person[0] == '\0')
		return remove_whole(c, typed->yes);
	status = record_file_lock(&file, c->conf);
	if (status == CTL_DONE)
		status = remove_person_locked(c, &file);
	record_file_drop(&file);
	return status;
}
