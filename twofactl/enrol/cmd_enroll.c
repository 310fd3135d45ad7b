/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl enroll: a user's record, checked, proven by a code and written. */
#include "twofactl/enrol/enrol_inside.h"

#include "lib/fleet_records/fleet_records.h"

struct enroll {
	struct command_user *c;
	const struct arguments *typed;
	struct wanted_record wanted;
	struct record_text_change change[WANTED_RECORD_KEYS];
	size_t changes;
};

static struct record_file new_record;

/* Sets the number of operand or option. "-" means none, with --email. */
static enum ctl_exit
choose_phone(const struct enroll *e, const char **phone)
{
	const struct arguments *given = e->typed;
	const char *typed = given->operand[1];

	*phone = NULL;
	if (typed != NULL && given->phone != NULL)
		return terminal_error_status(CTL_USAGE,
		    "--phone %.40s: the number is there already, %.40s",
		    given->phone, typed);
	if (typed == NULL)
		typed = given->phone;
	if (typed != NULL && strcmp(typed, "-") != 0 && typed[0] != '\0') {
		*phone = typed;
		return CTL_DONE;
	}
	if (given->email != NULL && (typed == NULL || typed[0] != '\0'))
		return CTL_DONE;
	if (typed == NULL && given->replace &&
	    (given->give_groups != NULL || given->channel != NULL ||
		given->provider != NULL))
		return CTL_DONE;
	/* a person may have another user's phone, or gets another key */
	if (typed == NULL && e->c->target.person[0] != '\0' &&
	    (given->as_user != NULL || given->replace))
		return CTL_DONE;
	return terminal_error_status(
	    CTL_USAGE, "no number: give one, or - and --email");
}

/* Reads the keys; the values in a certificate count as typed. */
static enum ctl_exit
read_typed_keys(const struct arguments *given,
    struct wanted_record_typed *typed, struct ssh_identity *id,
    struct ssh_identity *ca)
{
	typed->cert_id = given->cert_id;
	if (given->key != NULL) {
		if (typed_key_read(id, "--key", given->key) != 0)
			return CTL_USAGE;
		typed->key = id->key;
		if (id->cert_id[0] != '\0' &&
		    (given->cert_id != NULL || given->ca != NULL))
			return terminal_error_status(CTL_USAGE,
			    "--key %.200s is a certificate: leave "
			    "--cert-id and --ca out",
			    given->key);
		if (id->cert_id[0] != '\0') {
			typed->cert_id = id->cert_id;
			typed->ca = id->ca;
		}
	}
	if (given->ca == NULL)
		return CTL_DONE;
	if (typed_key_read(ca, "--ca", given->ca) != 0)
		return CTL_USAGE;
	typed->ca = ca->key;
	if (ca->key[0] != '\0')
		return CTL_DONE;
	return terminal_error_status(CTL_USAGE,
	    "--ca %.200s is a certificate: give the key that signs", given->ca);
}

static enum ctl_exit
read_values(struct enroll *e)
{
	const struct arguments *given = e->typed;
	struct wanted_record_typed typed = {
		.country = given->country,
		.email = given->email,
		.channels = given->channel,
		.provider = given->provider,
		.user = given->as_user,
	};
	struct ssh_identity id, ca;
	enum ctl_exit status = choose_phone(e, &typed.phone);

	if (status == CTL_DONE)
		status = read_typed_keys(given, &typed, &id, &ca);
	if (status != CTL_DONE)
		return status;
	if (wanted_record_read(
		&e->wanted, e->c->conf, &typed, &complain_report) != 0)
		return CTL_USAGE;
	e->changes = wanted_record_changes(&e->wanted, e->change);
	if (e->changes > 0 || given->give_groups != NULL)
		return CTL_DONE;
	return terminal_error_status(
	    CTL_USAGE, "--replace: say what to change");
}

/* Checks that the account has either people or a factor of its own, and that
 * what belongs to a person has one. */
static enum ctl_exit
check_account_people(const struct enroll *e)
{
	static struct user_people people;
	const struct target *target = &e->c->target;
	const struct arguments *typed = e->typed;
	const enum user_result found = user_people_read(
	    e->c->conf, target->account, NULL, &people, &complain_report);

	if (found == USER_OUTAGE || found == USER_ERROR)
		return CTL_SETTINGS;
	if (found == USER_PEOPLE && target->person[0] == '\0') {
		command_person_list(e->c, &people);
		return CTL_USAGE;
	}
	if (found == USER_FOUND && target->person[0] != '\0')
		return terminal_error_status(CTL_NO,
		    "nothing was changed: %s is enrolled with a second "
		    "factor of its own, which cannot be combined with "
		    "people; first run: twofactl remove %s",
		    target->account, terminal_shell_quote(target->account));
	if (typed->person != NULL ||
	    (typed->key == NULL && typed->cert_id == NULL &&
		typed->ca == NULL && typed->as_user == NULL))
		return CTL_DONE;
	return terminal_error_status(CTL_USAGE,
	    "--key, --cert-id, --ca and --user belong to one of the "
	    "people who share an account: add --person NAME");
}

/* For --add: makes the number one more of those that the record has now. */
static enum ctl_exit
add_phone(struct enroll *e)
{
	for (size_t i = 0; i < e->changes; i++)
		if (strcmp(e->change[i].key, "phone") == 0 ||
		    strcmp(e->change[i].key, "phones") == 0)
			return devices_add_phone(e->c->conf, &e->c->target,
			    e->wanted.phone, &e->change[i]);
	return CTL_DONE;
}

/* Prepares the record for commit. Drops it and returns CTL_NO if it exists
 * already, or would replace another one. */
static enum ctl_exit
prepare_record(struct enroll *e)
{
	enum ctl_exit status = record_file_lock(&new_record, e->c->conf);

	if (status != CTL_DONE)
		return status;
	if (e->typed->add)
		status = add_phone(e);
	if (status == CTL_DONE)
		status = record_file_stage(
		    &new_record, e->c->target.owner, e->change, e->changes);
	if (status != CTL_DONE) {
		record_file_drop(&new_record);
		return status;
	}
	if (!new_record.existed ||
	    ((e->typed->replace || e->typed->add) && !new_record.same))
		return CTL_DONE;
	record_file_drop(&new_record);
	if (new_record.same)
		return CTL_NO;
	return terminal_error_status(CTL_NO,
	    "%s is already enrolled; see: twofactl show %s; to change "
	    "that, add --replace",
	    command_target_text(&e->c->target),
	    command_target_arguments(&e->c->target));
}

static int
take_lookup(void *ctx, const struct item *r)
{
	struct number_facts *lookup = ctx;
	const char *country = r->text[4];

	if (r->kind != ITEM_LOOKUP || r->number[1] > LOOKUP_YES ||
	    r->number[2] > LOOKUP_YES || r->number[3] >= NUMBER_COUNT ||
	    (country[0] != '\0' &&
		(strlen(country) != 2 || !text_has_only(country, TEXT_UPPER))))
		return -1;
	*lookup = (struct number_facts){
		.valid = (enum number_facts_known)r->number[1],
		.reachable = (enum number_facts_known)r->number[2],
		.line = (enum number_facts_line)r->number[3],
	};
	return 0;
}

/* Prints a provider's advice about the number. A missing answer is no error. */
static void
print_advice(const struct enroll *e)
{
	enum method method =
	    e->wanted.first != METHOD_NONE ? e->wanted.first : METHOD_SMS;
	struct number_facts lookup;
	const struct client_request call = { .purpose = PURPOSE_LOOKUP,
		.user = e->c->target.owner,
		.request = e->wanted.phone,
		.ctx = &lookup,
		.record = take_lookup };
	const char *advice;

	memset(&lookup, 0, sizeof(lookup));
	/* CTL_NO: no look-up is set in twofa.conf, or no provider answered */
	if (e->wanted.phone[0] == '\0' ||
	    client_request(&e->c->run, &call) != CTL_DONE)
		return;
	advice = enrol_number_advice(&lookup, method);
	if (advice != NULL)
		terminal_error("warning: %s: %s", e->wanted.phone, advice);
}

/* A user whose factors a person gets was proven by enrolment. */
static bool
skips_proof(const struct enroll *e)
{
	return e->typed->no_verify || e->wanted.user[0] != '\0';
}

/* Proves the record by a code. It is dropped meanwhile, so that other commands
 * need not wait, and prepared again; then it must be the one whose code was
 * sent. */
static enum ctl_exit
verify_phone(struct enroll *e)
{
	static char proven[RECORD_FILE_TEXT_MAX];
	enum ctl_exit status;

	if (skips_proof(e))
		return CTL_DONE;
	record_file_drop(&new_record);
	memcpy(proven, new_record.text, sizeof(proven));
	status = enrol_prove_delivery(
	    &e->c->run, &e->c->target, proven, e->wanted.phone);
	if (status != CTL_DONE)
		return terminal_error_status(status,
		    "nothing was changed: %s %s",
		    command_target_text(&e->c->target),
		    new_record.existed ? "stays enrolled as before"
				       : "is not enrolled");
	status = prepare_record(e);
	if (status != CTL_DONE || strcmp(new_record.text, proven) == 0)
		return status;
	record_file_drop(&new_record);
	return terminal_error_status(CTL_NO,
	    "nothing was changed: the record of %s was changed meanwhile; "
	    "run this again",
	    command_target_text(&e->c->target));
}

/* Warns of a shared phone: allowed, but usually a mistake. */
static void
warn_shared(struct enroll *e, const struct phone_owners *all)
{
	const struct phone_owner *owner;
	size_t count = 0;

	if (e->wanted.phone[0] == '\0')
		return;
	owner = phone_owners_find(all, e->wanted.phone, &count);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(owner[i].user, e->c->target.owner) == 0)
			continue;
		terminal_error("warning: %s is enrolled with this number as "
			       "well: they cannot log in at the same time",
		    owner[i].user);
	}
}

/* Registers the user and prepares the record again, with the id. */
static enum ctl_exit
register_user(struct enroll *e, struct phone_owners *all)
{
	const enum ctl_exit status = enrol_register(
	    &e->c->run, e->c->target.owner, new_record.text, all, &e->wanted);

	if (status == CTL_NO)
		return CTL_DONE;
	record_file_drop(&new_record);
	if (status == CTL_DONE) {
		e->changes = wanted_record_changes(&e->wanted, e->change);
		return prepare_record(e);
	}
	return terminal_error_status(status,
	    "nothing was changed: %s was not registered",
	    command_target_text(&e->c->target));
}

/* Checks the phone against all records, and registers the user. */
static enum ctl_exit
check_other_users(struct enroll *e)
{
	enum ctl_exit status = CTL_DONE;
	struct phone_owners all OWNED(phone_owners_free) = { .count = 0 };

	if (phone_owners_read(&all, e->c->conf) == 0)
		warn_shared(e, &all);
	if (!e->typed->add && enrol_needs_registration(e->c->conf))
		status = register_user(e, &all);
	return status;
}

/* Returns CTL_DONE if the record is already as wanted: another twofactl may
 * have written it meanwhile. */
static enum ctl_exit
report_unchanged(const struct enroll *e, enum ctl_exit status)
{
	struct user_record now OWNED(user_record_wipe);

	if (status != CTL_NO || !new_record.same)
		return status;
	/* the file is as wanted, and does not count alone */
	if (e->c->target.person[0] == '\0' &&
	    user_record_read(e->c->conf, e->c->target.account, &now, NULL) ==
		USER_FOUND &&
	    now.changed_at > 0)
		return terminal_error_status(CTL_NO,
		    "%s has changed the phone by twofactl self; to end that, "
		    "enrol again after: twofactl remove %s",
		    e->c->target.account,
		    terminal_shell_quote(e->c->target.account));
	printf("%s is already enrolled like this; nothing was changed.\n",
	    command_target_text(&e->c->target));
	return CTL_DONE;
}

/* Changes only the groups, which needs no proof. */
static enum ctl_exit
change_groups(const struct enroll *e)
{
	struct record_source *from = e->c->conf->records;
	const char *text;

	if (from->text(from, e->c->target.account, &text) !=
	    RECORD_SOURCE_THERE)
		return terminal_error_status(CTL_NO,
		    "%s is not enrolled; run: twofactl enroll %s PHONE "
		    "--groups %s",
		    e->c->target.account,
		    terminal_shell_quote(e->c->target.account),
		    e->typed->give_groups);
	if (record_state_put(e->c->target.account, text) != 0)
		return CTL_FAILED;
	client_audit(EVENT_NONE, e->c->target.owner, "enroll --groups");
	printf("The record of %s is for hosts of the groups \"%s\".\n",
	    e->c->target.account, e->typed->give_groups);
	return CTL_DONE;
}

static enum ctl_exit
enroll(struct enroll *e)
{
	char before[PHONE_MAX + 1];
	enum event event;
	enum ctl_exit status;

	if (e->changes == 0)
		return change_groups(e);
	status = prepare_record(e);
	if (status != CTL_DONE)
		return report_unchanged(e, status);
	if (!skips_proof(e) && !terminal_is_open()) {
		record_file_drop(&new_record);
		return terminal_error_status(CTL_USAGE,
		    "nothing was changed and nothing sent: there is no "
		    "terminal to type the code at; to enrol without a code "
		    "add --no-verify");
	}
	status = check_other_users(e);
	if (status != CTL_DONE)
		return status;
	print_advice(e);
	status = verify_phone(e);
	if (status != CTL_DONE)
		return report_unchanged(e, status);
	wanted_record_old_number(e->c->conf, e->c->target.owner, before);
	if (record_file_commit(&new_record) != CTL_DONE ||
	    record_place_end_change(e->c->conf, e->c->target.account,
		e->wanted.phone[0] != '\0') != CTL_DONE)
		return CTL_FAILED;
	event = wanted_record_event(before, &e->wanted);
	client_audit(event, e->c->target.owner, "%s", e->c->run.command);
	if (event == EVENT_NUMBER_CHANGED)
		enrol_alert(&e->c->run, e->c->conf, e->c->target.owner, event,
		    e->typed->add ? NULL : before);
	record_shape_renew(&e->c->run, e->c->conf);
	printf("%s is enrolled%s%s%s%s%s%s.\n",
	    command_target_text(&e->c->target),
	    e->wanted.phone[0] != '\0' ? " with " : "", e->wanted.phone,
	    e->wanted.user[0] != '\0' ? " with the factors of " : "",
	    e->wanted.user, e->c->conf->users_state ? ", in " : "",
	    e->c->conf->users_state
		? record_place_describe(e->c->conf, e->c->target.account)
		: "");
	return CTL_DONE;
}

static enum ctl_exit
choose_place(const struct enroll *e)
{
	const char *user = e->c->target.account,
		   *groups = e->typed->give_groups;

	if (e->typed->here)
		e->c->conf->users_state = false;
	if (groups == NULL)
		return CTL_DONE;
	if (!fleet_batch_groups_are_valid(groups))
		return terminal_error_status(CTL_USAGE,
		    "--groups %.80s: allowed are names with commas between "
		    "them, such as ops,db; \"\" for none",
		    groups);
	if (record_place_of(e->c->conf, user)->within == NULL)
		return terminal_error_status(CTL_USAGE,
		    "--groups is for a record in the state, and that of "
		    "%s is in %s",
		    user, record_place_describe(e->c->conf, user));
	record_state_give(groups);
	return CTL_DONE;
}

/* The user who left, or had another uid, has the account again. */
static enum ctl_exit
enroll_again(const struct enroll *e)
{
	const char *user = e->c->target.account;
	const struct record_owner who =
	    record_owner_find(e->c->conf, user, NULL);
	char uid[16];
	const struct record_text_change change[] = {
		{ .key = "left", .value = "false", .literal = true },
		{ .key = "uid", .value = uid, .literal = true },
	};
	enum ctl_exit status;

	if (e->typed->operand[1] != NULL || e->c->target.person[0] != '\0')
		return terminal_error_status(
		    CTL_USAGE, "--again takes USER alone");
	if (who.is < USER_LEFT || who.account.name[0] == '\0')
		return terminal_error_status(CTL_NO,
		    "%s has no record of a user who left or of another uid",
		    user);
	PRINT_TO(uid, "%u", (unsigned)who.account.uid);
	status = record_file_drop_mark(e->c->conf, user);
	if (status == CTL_NO)
		status = record_file_change(
		    e->c->conf, user, change, COUNT_OF(change));
	if (status != CTL_DONE)
		return status;
	if (record_owner_find(e->c->conf, user, NULL).is >= USER_LEFT)
		return terminal_error_status(CTL_NO,
		    "%s enrolled an app with another uid; run: twofactl "
		    "remove %s",
		    user, terminal_shell_quote(user));
	client_audit(EVENT_ENROLLED, user, "enroll --again");
	record_shape_renew(&e->c->run, e->c->conf);
	printf("%s is enrolled as before.\n", user);
	return CTL_DONE;
}

enum ctl_exit
cmd_enroll(struct command_user *c, const struct arguments *typed)
{
	struct enroll e = { .c = c, .typed = typed };
	enum ctl_exit status = choose_place(&e);

	if (status == CTL_DONE && typed->again)
		return enroll_again(&e);
	if (status == CTL_DONE)
		status = check_account_people(&e);
	if (status == CTL_DONE)
		status = read_values(&e);
	return status == CTL_DONE ? enroll(&e) : status;
}
