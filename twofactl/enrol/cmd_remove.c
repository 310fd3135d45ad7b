/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl remove: a user's record, and what lies beside it. */
#include "twofactl/enrol/enrol.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "twofactl/enrol/enrol_inside.h"
#include "twofactl/client/client.h"
#include "twofactl/lockout/lockout.h"

/* Remove the recovery codes, which must not let in who is enrolled again later,
 * and what else the state keeps of the name; local: the host's own. *left: how
 * many there were. CTL_DONE, or after complaining. */
static enum ctl_exit
beside_record_codes(const struct command_user *c, bool local, int64_t *left)
{
	struct new_codes none;
	const enum ctl_exit status =
	    recovery_codes_make(&c->run, c->target.owner, local, 0, &none);

	*left = none.left > 0 ? none.left : 0;
	return status;
}

/* The same of this host's break-glass codes, and says so. No server knows of
 * them: they would let in at the next outage. */
static enum ctl_exit
beside_record_local(const struct command_user *c, int64_t *left)
{
	enum ctl_exit status;

	*left = 0;
	if (!settings_outage_file(c->conf))
		return CTL_DONE;
	status = beside_record_codes(c, true, left);
	if (status == CTL_DONE && *left > 0)
		printf("The break-glass codes of %s on this host (%s) have "
		       "ended.\n",
		    command_target_text(&c->target), c->conf->store.host);
	return status;
}

/* Remove what `totp` wrote, and the leftovers of a killed one. True when there
 * was something. */
static bool
secrets_unlink(const struct target *target, int folder, const char *path)
{
	static const struct {
		const char *before, *behind;
	} form[] = { { "", ".totp" }, { ".", ".totp.old" },
		{ ".", ".totp.new" }, { "..", ".totp.new.new" } };
	char name[SECRET_FILE_NAME_MAX];
	bool any = false;

	for (size_t i = 0; i < COUNT_OF(form); i++) {
		secret_file_name(
		    name, form[i].before, target->owner, form[i].behind);
		if (unlinkat(folder, name, 0) == 0)
			any = true;
		else if (errno != ENOENT)
			terminal_error("%s/%s: %s; remove it by hand", path,
			    name, strerror(errno));
	}
	return any;
}

/* Remove what `totp` wrote, and the leftovers of a killed one; errors are
 * reported. */
static void
beside_record_secret(const struct command_user *c)
{
	const char *slash = strrchr(c->run.conf, '/');
	char path[CTL_PATH_MAX + 16];
	int folder;

	PRINT_TO(path, "%.*s/secrets", (int)(slash - c->run.conf), c->run.conf);
	folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0) {
		if (errno != ENOENT)
			terminal_error(
			    "%s: %s; remove the secret of %s there by "
			    "hand",
			    path, strerror(errno),
			    command_target_text(&c->target));
		return;
	}
	if (secrets_unlink(&c->target, folder, path) && fsync(folder) != 0)
		terminal_error(
		    "%s: %s; a power cut may bring the secret back: "
		    "check its disk, then run again: twofactl remove %s",
		    path, strerror(errno), command_person_text(&c->target));
	close(folder);
}

/* Say that the codes are still there. CTL_FAILED. */
static enum ctl_exit
beside_record_stays(const struct target *target)
{
	return terminal_error_exit(CTL_FAILED,
	    "the recovery codes of %s are still in the state and would "
	    "be valid with the next record of that name; fix that, "
	    "then run again: twofactl remove %s",
	    command_target_text(target), command_person_text(target));
}

/* Remove everything of a person. CTL_DONE, or after complaining CTL_FAILED. */
static enum ctl_exit
beside_record_person(const struct command_user *c)
{
	enum ctl_exit status, here;
	int64_t left, forgot;

	beside_record_secret(c);
	status = forget_remembered(c, &forgot);
	if (status == CTL_DONE || status == CTL_NO)
		status = beside_record_codes(c, false, &left);
	here = beside_record_local(c, &left);
	if (status == CTL_DONE)
		status = here;
	return status == CTL_DONE ? CTL_DONE : beside_record_stays(&c->target);
}

#define QUESTION_MAX 320

static bool
remove_asked(
    void *ctx, const struct user_person *who, const struct user_record *record)
{
	(void)ctx;
	(void)who;
	return record->enabled;
}

/* Users whom a login would ask for a code: others, with a broken or disabled
 * record, cannot become root. */
static int
usable(const struct command_user *c, const struct name_list *enrolled,
    struct name_list *out)
{
	int rc = 0;

	*out = (struct name_list){ .count = 0 };
	for (size_t i = 0; rc == 0 && i < enrolled->count; i++) {
		const char *name = enrolled->name[i];

		if (strcmp(name, c->target.account) == 0 ||
		    command_user_each_record(c->conf, name,
			&settings_report_none, NULL, remove_asked) > 0)
			rc = name_list_add(out, name);
	}
	if (rc != 0) {
		terminal_error("%s", strerror(errno));
		name_list_free(out);
	}
	return rc;
}

/* Ask first if only a password would protect root afterwards, or if root would
 * be out of reach. */
static enum ctl_exit
remove_confirm(const struct command_user *c, const struct name_list *enrolled)
{
	char question[QUESTION_MAX];
	struct name_list others;
	bool last = lockout_root_includes(c->target.account);

	if (last && usable(c, enrolled, &others) == 0) {
		last = lockout_root_is_last(&others, c->target.account);
		name_list_free(&others);
	}
	if (!last)
		return CTL_DONE;
	PRINT_TO(question,
	    "%s is the only one enrolled who can become root. After that %s.",
	    c->target.account,
	    admission_allows_unenrolled(c->conf, admission_today(c->conf))
		? "root is behind a password alone (unenrolled = \"allow\")"
		: "root may be out of reach (unenrolled = \"deny\")");
	if (!terminal_is_open())
		return terminal_error_exit(
		    CTL_USAGE, "%s To do it anyway add --yes", question);
	puts(question);
	return terminal_confirm("Remove it? [y/N] ");
}

/* The same about one of the people. */
static struct command_user
person_of(const struct command_user *c, const struct user_person *who)
{
	struct command_user one = *c;
	struct target *to = &one.target;

	PRINT_TO(to->person, "%s", who->name);
	owner_write(to->owner, to->account, to->person);
	PRINT_TO(to->of_account, "%s", to->account);
	PRINT_TO(to->factors_of, "%s", who->user);
	return one;
}

/* Those of the state and of this host, also when one of them fails; left: how
 * many there were. */
static enum ctl_exit
end_codes(const struct command_user *c, int64_t *left)
{
	int64_t local;
	const enum ctl_exit status = beside_record_codes(c, false, left);
	const enum ctl_exit here = beside_record_local(c, &local);

	*left += local;
	return status != CTL_DONE ? status : here;
}

/* The record lets the user in, so it goes first, even if the state fails. */
static enum ctl_exit
remove_all(const struct command_user *c, const struct user_people *people)
{
	const struct record_place *place =
	    record_place_of(c->conf, c->target.account);
	enum ctl_exit status = place->remove(c->conf, c->target.account);
	struct record_source *from = c->conf->records;
	const char *text;
	int64_t left;

	if (status != CTL_DONE)
		return terminal_error_exit(status,
		    "nothing was changed: %s is enrolled as before",
		    c->target.account);
	beside_record_secret(c);
	client_audit(EVENT_REMOVED, c->target.account, "remove");
	/* what a file of this host has hidden; one that cannot be read is
	 * there */
	if (place->within == NULL && c->conf->users_state &&
	    from->text(from, c->target.account, &text) != RECORD_SOURCE_NONE) {
		printf("%s/%s.conf is gone; from now on the record of %s in "
		       "the state holds here.\n",
		    c->conf->users_dir, c->target.account, c->target.account);
		return CTL_DONE;
	}
	printf("%s is no longer enrolled; %s.\n", c->target.account,
	    admission_allows_unenrolled(c->conf, admission_today(c->conf))
		? "the password alone lets in"
		: "logins are denied");
	status = end_codes(c, &left);
	if (status != CTL_DONE)
		(void)beside_record_stays(&c->target);
	for (size_t i = 0; i < people->count; i++) {
		const struct command_user one =
		    person_of(c, &people->person[i]);

		if (beside_record_person(&one) != CTL_DONE)
			status = CTL_FAILED;
	}
	record_shape_renew(&c->run, c->conf); /* without those codes */
	return status;
}

/* Remove what an interrupted remove has left. */
static enum ctl_exit
remove_rest(const struct command_user *c)
{
	enum ctl_exit status;
	int64_t left;

	beside_record_secret(c);
	status = end_codes(c, &left);
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

/* Without people the account would look never enrolled, and unenrolled =
 * "allow" would let in by password. Another command does that, and says so. */
static enum ctl_exit
remove_person(const struct command_user *c, const struct user_people *people)
{
	enum ctl_exit status;

	if (command_person_named(people, c->target.person) == NULL)
		return remove_rest(c);
	if (people->count == 1)
		return terminal_error_exit(CTL_NO,
		    "nothing was changed: %s is the last of the people "
		    "of %s; to end the account's second factor run: "
		    "twofactl remove %s",
		    c->target.person, c->target.account,
		    terminal_shell_quote(c->target.account));
	status = record_file_change(c->conf, c->target.owner, NULL, 0);
	if (status != CTL_DONE)
		return terminal_error_exit(status,
		    "nothing was changed: %s is enrolled as before",
		    command_target_text(&c->target));
	client_audit(EVENT_REMOVED, c->target.owner, "remove");
	printf("%s is no longer enrolled; the other people of %s are as "
	       "before.\n",
	    command_target_text(&c->target), c->target.account);
	return beside_record_person(c);
}

/* One of them may have been meant. */
static enum ctl_exit
confirm_people(const struct command_user *c, const struct user_people *people)
{
	if (people->count == 0)
		return CTL_DONE;
	command_person_list(&c->run, &c->target, people);
	if (!terminal_is_open())
		return terminal_error_exit(
		    CTL_USAGE, "to remove all of them add --yes");
	return terminal_confirm("Remove all of them? [y/N] ");
}

static enum ctl_exit
remove_whole(
    const struct command_user *c, bool yes, const struct user_people *people)
{
	enum ctl_exit status = CTL_DONE;
	struct name_list enrolled;
	bool there;

	if (record_place_of(c->conf, c->target.account)->within != NULL &&
	    !record_place_check_list(c->conf))
		return CTL_FAILED;
	if (name_list_enrolled(&enrolled, c->conf, 0, &complain_report) != 0)
		return CTL_SETTINGS;
	there = name_list_has(&enrolled, c->target.account);
	if (there && !yes)
		status = confirm_people(c, people);
	if (there && !yes && status == CTL_DONE)
		status = remove_confirm(c, &enrolled);
	name_list_free(&enrolled);
	if (!there)
		return remove_rest(c);
	return status == CTL_DONE ? remove_all(c, people) : status;
}

enum ctl_exit
cmd_remove(struct command_user *c, const struct arguments *typed)
{
	static struct user_people people;
	const enum user_result found = user_people_read(c->conf,
	    c->target.account, NULL, 0, &people, &settings_report_none);

	if (c->target.person[0] == '\0') /* also remove a broken file */
		return remove_whole(c, typed->yes, &people);
	if (found == USER_ERROR || found == USER_OUTAGE)
		return CTL_SETTINGS; /* command_person_find has reported it */
	return remove_person(c, &people);
}
