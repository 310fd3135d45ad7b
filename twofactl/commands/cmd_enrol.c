/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl enroll */
#include "twofactl/arguments/command.h"

#include <stdio.h>
#include <string.h>

#include "twofactl/enrol/enrol_lookup.h"
#include "twofactl/enrol/enrol_proof.h"
#include "twofactl/enrol/wanted_record.h"
#include "twofactl/link/audit.h"
#include "twofactl/records/command_user.h"
#include "twofactl/records/host_shape.h"
#include "twofactl/records/phone_owners.h"
#include "twofactl/records/record_file.h"
#include "twofactl/terminal/complain.h"
#include "twofactl/terminal/shell_word.h"
#include "twofactl/terminal/terminal.h"

struct enroll {
	struct ctl *ctl;
	struct settings *conf;
	struct place_file_owner owner;
	struct wanted_record wish;
	struct record_text_change change[WANTED_RECORD_KEYS];
	size_t changes;
};

static struct record_file record;

static void
wrong(void *ctx, const char *what, const char *why)
{
	(void)ctx;
	complain("%s: %s", what, why);
}

static enum ctl_exit
read_wish(struct enroll *e)
{
	const struct ctl *ctl = e->ctl;
	const struct wanted_record_report report = { .wrong = wrong };
	const bool none = strcmp(ctl->operand[1], "-") == 0;
	const struct wanted_record_typed typed = {
		.phone = none ? NULL : ctl->operand[1],
		.country = ctl->country,
		.email = ctl->email,
		.channels = ctl->channel,
		.provider = ctl->provider,
	};

	if (ctl->operand[1][0] == '\0' || (none && ctl->email == NULL)) {
		complain("which number? without a phone give - and --email");
		return CTL_USAGE;
	}
	if (wanted_record_read(&e->wish, e->conf, &typed, &report) != 0)
		return CTL_USAGE;
	e->changes = wanted_record_changes(&e->wish, e->change);
	return CTL_DONE;
}

/* Ready to be committed; CTL_NO: it would replace what is there, or is there
 * already, and is dropped. */
static enum ctl_exit
prepare(const struct enroll *e)
{
	const enum ctl_exit status = record_file_exit(
	    record_file_prepare_all(&record, e->conf, e->ctl->name, &e->owner,
		e->change, e->changes, &complain_report));

	if (status != CTL_DONE)
		return status;
	if (!record.existed || (e->ctl->replace && !record.same))
		return CTL_DONE;
	record_file_drop(&record);
	if (record.same)
		return CTL_NO;
	complain("%s is enrolled already; see: twofactl show %s; to change "
		 "that, add --replace",
	    e->ctl->name, shell_word(e->ctl->name));
	return CTL_NO;
}

/* What a provider knows is advice, and so is that it does not answer. */
static void
advise(const struct enroll *e)
{
	enum method method =
	    e->wish.first != METHOD_NONE ? e->wish.first : METHOD_SMS;
	struct number_facts lookup;
	const char *advice;

	if (e->wish.phone[0] == '\0' ||
	    enrol_lookup(e->ctl, e->wish.phone, &lookup) != CTL_DONE)
		return;
	advice = number_advice(&lookup, method);
	if (advice != NULL)
		complain("warning: %s: %s", e->wish.phone, advice);
}

/* The record again, after a while without the lock: it must be the one to which
 * the code was sent. */
static enum ctl_exit
prepare_proven(const struct enroll *e, const char *proven)
{
	const enum ctl_exit status = prepare(e);

	if (status != CTL_DONE || strcmp(record.text, proven) == 0)
		return status;
	record_file_drop(&record);
	complain("nothing was changed: the record of %s was changed meanwhile; "
		 "run this again",
	    e->ctl->name);
	return CTL_NO;
}

/* Other commands do not wait while a person looks for the phone: the record is
 * prepared again when the code was right. */
static enum ctl_exit
verify(const struct enroll *e)
{
	static char proven[RECORD_FILE_TEXT_MAX];
	enum ctl_exit status;

	if (e->ctl->no_verify)
		return CTL_DONE;
	record_file_drop(&record);
	memcpy(proven, record.text, sizeof(proven));
	status = enrol_proof(e->ctl, proven);
	if (status == CTL_DONE)
		return prepare_proven(e, proven);
	complain("nothing was changed: %s is not enrolled%s", e->ctl->name,
	    record.existed ? " anew" : "");
	return status;
}

/* Allowed, for a phone that lies on a desk; mostly it is a slip. */
static void
warn_shared(const struct enroll *e)
{
	const struct phone_owner *owner;
	struct phone_owners all;
	size_t count = 0;

	if (e->wish.phone[0] == '\0' || phone_owners_read(&all, e->conf) != 0)
		return;
	owner = phone_owners_find(&all, e->wish.phone, &count);
	for (size_t i = 0; i < count; i++)
		if (strcmp(owner[i].user, e->ctl->name) != 0)
			complain("warning: %s is enrolled with this number as "
				 "well: they cannot log in at the same time",
			    owner[i].user);
	phone_owners_free(&all);
}

/* Before a message goes out for which nobody could type the code. */
static enum ctl_exit
somebody(const struct enroll *e)
{
	if (e->ctl->no_verify || terminal_is_there())
		return CTL_DONE;
	record_file_drop(&record);
	complain("nothing was changed and nothing sent: there is no terminal "
		 "to type the code at; to enrol without a code add "
		 "--no-verify");
	return CTL_USAGE;
}

/* CTL_DONE when that is why: somebody else may have been quicker. */
static enum ctl_exit
is_so_already(const struct enroll *e, enum ctl_exit status)
{
	if (status != CTL_NO || !record.same)
		return status;
	printf(
	    "%s is enrolled so already; nothing was changed.\n", e->ctl->name);
	return CTL_DONE;
}

static enum ctl_exit
enroll(const struct enroll *e)
{
	enum ctl_exit status = prepare(e);

	if (status != CTL_DONE)
		return is_so_already(e, status);
	status = somebody(e);
	if (status != CTL_DONE)
		return status;
	warn_shared(e);
	advise(e);
	status = verify(e);
	if (status != CTL_DONE)
		return is_so_already(e, status);
	if (record_file_commit(&record) != RECORD_FILE_DONE)
		return CTL_FAILED;
	audit(e->ctl, "enroll", e->ctl->name);
	host_shape_renew(e->ctl, e->conf);
	printf("%s is enrolled%s%s.\n", e->ctl->name,
	    e->wish.phone[0] != '\0' ? " with " : "", e->wish.phone);
	return CTL_DONE;
}

enum ctl_exit
cmd_enroll(struct ctl *ctl)
{
	struct enroll e = { .ctl = ctl };
	enum ctl_exit status = command_user_find(ctl, true);

	if (status != CTL_DONE)
		return status;
	if (record_file_owner(&e.owner) != 0)
		return CTL_FAILED;
	e.conf = settings_load(ctl->conf, 0, &complain_report);
	if (e.conf == NULL)
		return CTL_SETTINGS;
	status = read_wish(&e);
	if (status == CTL_DONE)
		status = enroll(&e);
	settings_free(e.conf);
	return status;
}
