/* SPDX-License-Identifier: BSD-2-Clause */
/* Users' records, as the state broker reads them itself: from their files or
 * the state. A login gets the records of its own user, and of those to whom
 * that one's record refers, only. */
#include "helper/broker/broker_inside.h"

#include <stdlib.h>
#include <sys/stat.h>

/* The settings' source of records, while a request runs: one for all threads,
 * and the request of each. */
static struct {
	struct record_source source;
	/* at user.sock, or of su's caller; else the worker looks it up */
	struct user_account own;
} record_state;
static _Thread_local struct broker_op_call *record_call;

/* Reads each record in the state once for a login. NULL if it asks for too
 * many. */
static struct broker_known_record *
record_known(struct broker_op_call *p, const char *user)
{
	struct broker_session *s = p->session;
	struct broker_known_record *k = s->known;

	while (k < s->known + s->records && strcmp(k->user, user) != 0)
		k++;
	if (k < s->known + s->records)
		return k;
	if (s->records == BROKER_RECORDS_MAX) {
		p->why = "asks for too many records";
		return NULL;
	}
	k->found = store_record_read(p->s, user, &k->text);
	if (k->found == STORE_RECORD_FOUND || k->found == STORE_RECORD_NONE) {
		PRINT_TO(k->user, "%s", user);
		s->records++;
	}
	return k;
}

static enum record_source_found
record_text(struct record_source *source, const char *user, const char **text)
{
	const struct broker_known_record *k = record_known(record_call, user);

	source->cause = "the state cannot be read";
	*text = k != NULL ? k->text : NULL;
	if (k == NULL)
		return RECORD_SOURCE_FAILED;
	switch (k->found) {
	case STORE_RECORD_FOUND:
		return RECORD_SOURCE_THERE;
	case STORE_RECORD_NONE:
		return RECORD_SOURCE_NONE;
	case STORE_RECORD_OUTAGE:
		return RECORD_SOURCE_OUTAGE;
	case STORE_RECORD_ERROR:
	case STORE_RECORD_REFUSED:
	case STORE_RECORD_OTHER_KEY:
		break;
	}
	return RECORD_SOURCE_FAILED;
}

/* The settings with this request's records. */
static const struct settings *
settings_for(struct broker_op_call *p)
{
	struct settings *conf = p->context->conf;
	const struct store_fleet *fleet = store_fleet(conf);
	const char *caller = broker_begin_caller(p->session);

	record_state.source = (struct record_source){ .text = record_text,
		.unseal = fleet != NULL ? fleet->unseal : NULL };
	record_call = p;
	conf->account = &record_state.own;
	if (caller != NULL)
		user_account_set(
		    conf, caller, (uid_t)p->session->begin.facts.real_uid);
	else
		user_account_set(conf, p->session->own, p->session->peer.uid);
	conf->records = conf->users_state || settings_has_enrolments(conf)
	    ? &record_state.source
	    : NULL;
	return conf;
}

struct user_people *
broker_record_people(struct broker_op_call *p, const char *account)
{
	struct user_people *people = calloc(1, sizeof(*people));
	enum user_result found = USER_ERROR;

	if (people != NULL)
		found = user_people_read(
		    settings_for(p), account, NULL, people, NULL);
	p->failed |= found == USER_OUTAGE;
	if (found == USER_PEOPLE)
		return people;
	free(people);
	return NULL;
}

enum user_result
broker_record_read(
    struct broker_op_call *p, const char *account, struct user_person *who)
{
	struct user_record *record = &p->session->record;
	const struct settings *conf = settings_for(p);
	enum user_result found = USER_ABSENT;

	if (who != NULL)
		found =
		    user_person_read(conf, account, NULL, who, record, NULL);
	else if (user_name_is_valid(account))
		found = user_record_read(conf, account, record, NULL);
	if (found != USER_FOUND || !record->enabled)
		user_record_wipe(record);
	return found;
}

void
broker_record_note_file(const struct settings *conf, const char *account,
    struct broker_record_file *out)
{
	char path[TRUSTED_FILE_PATH_MAX + USER_NAME_MAX + sizeof("/.conf")];
	struct stat st;

	memset(out, 0, sizeof(*out));
	PRINT_TO(path, "%s/%s.conf", conf->users_dir, account);
	if (lstat(path, &st) != 0)
		return;
	out->inode = st.st_ino;
	out->changed = st.st_ctim;
}

enum user_result
broker_record_again(struct broker_op_call *p, const char *account,
    struct user_record *record, const char **in_state)
{
	const enum user_result found =
	    user_record_read(settings_for(p), account, record, NULL);
	const struct broker_known_record *k = record_known(p, account);

	*in_state = k != NULL ? k->text : NULL;
	return k != NULL &&
		(k->found == STORE_RECORD_FOUND ||
		    k->found == STORE_RECORD_NONE)
	    ? found
	    : USER_ERROR;
}

/* Read again: the record may have been made during this login. */
bool
broker_record_is_absent(struct broker_op_call *p, const char *account)
{
	struct user_record record;
	const struct settings *conf = settings_for(p);
	const bool absent =
	    user_record_read(conf, account, &record, NULL) == USER_ABSENT &&
	    !user_account_is_other(conf);

	user_record_wipe(&record);
	broker_record_free(p->session);
	return absent;
}

/* Ends those lines of twofactl self that an admin's file has replaced, if the
 * state still has them: another broker may have written others. */
static void
end_lines(struct broker_op_call *p, const struct user_record *r,
    const char *user, const char *was)
{
	char text[USER_CHANGES_MAX];

	PRINT_TO(text, "%s", was);
	user_change_cut(text, r->changed_at == 0, r->app_changed_at == 0);
	/* twofactl self writes one line of phones and one of the app: that
	 * which was not replaced stays */
	if (r->changed_at == 0 && r->app_changed_at == 0)
		text[0] = '\0';
	(void)store_enrol(p->s,
	    &(struct store_enrolment){ .user = user,
		.text = text,
		.phone = "",
		.phones = r->changed_to,
		.by = "phone",
		.changes = true,
		.was = was });
	explicit_bzero(text, sizeof(text));
}

/* Else it would count again with the phones or apps before. In a fleet
 * twofactl ends it. The record that the worker asked for may be old, so it is
 * read again: a later change stays. */
void
broker_record_end_overruled(struct broker_op_call *p)
{
	const char *user = p->session->bound_to.user, *was;
	struct user_record now;

	if (!p->session->record.overruled ||
	    settings_is_fleet(p->context->conf))
		return;
	broker_record_free(p->session);
	if (broker_record_again(p, user, &now, &was) == USER_FOUND &&
	    now.overruled && was != NULL)
		end_lines(p, &now, user, was);
	user_record_wipe(&now);
}

/* True if it is the record of one of the account's people: of the one whose key
 * sshd has seen, or of any who may be named. */
static bool
is_linked(struct broker_op_call *p, const char *account, const char *user)
{
	struct user_people *people =
	    account != NULL ? broker_record_people(p, account) : NULL;
	enum user_people_choice choice = USER_PEOPLE_UNCLEAR;
	bool linked = false;
	size_t by_key = 0;

	if (people != NULL)
		choice = user_people_choose(
		    people, p->session->begin.facts.auth_info, &by_key);
	for (size_t i = 0; people != NULL && i < people->count; i++)
		linked |= (choice == USER_PEOPLE_UNKNOWN ||
			      (choice == USER_PEOPLE_KNOWN && i == by_key)) &&
		    strcmp(people->person[i].user, user) == 0;
	free(people);
	return linked;
}

/* The server of a fleet that has its records in files may have no key for them,
 * and is not asked: its error would end the connection. */
static bool
has_records(struct broker_op_call *p)
{
	const struct settings *conf = p->context->conf;

	if (conf->users_state || !settings_is_fleet(conf))
		return true;
	PRINT_TO(p->reply->cause,
	    "state: its records are not used by these settings; log in again");
	return false;
}

int64_t
broker_op_give_record(struct broker_op_call *p)
{
	const char *user = p->request->user;
	const char *own = p->session->begin.facts.user;
	const struct broker_known_record *k;
	const char *caller;

	broker_begin_apply_rules(p->session, p->context->conf);
	caller = broker_begin_caller(p->session);
	/* the worker would use the fleet's old key for the record */
	if (p->context->next_key && !p->session->next_key) {
		p->session->other_key = true;
		return STORE_RECORD_OTHER_KEY;
	}
	if (!p->session->begin.most.proven ||
	    (strcmp(user, own) != 0 &&
		(caller == NULL || strcmp(user, caller) != 0) &&
		!is_linked(p, own, user) && !is_linked(p, caller, user))) {
		if (p->failed)
			return STORE_RECORD_OUTAGE;
		p->why = "asks for the record of another user";
		return -1;
	}
	if (!has_records(p))
		return STORE_RECORD_ERROR;
	k = record_known(p, user);
	if (k == NULL)
		return -1;
	p->failed =
	    k->found == STORE_RECORD_ERROR || k->found == STORE_RECORD_OUTAGE;
	p->session->other_key |= k->found == STORE_RECORD_OTHER_KEY;
	if (k->text == NULL)
		return k->found;
	p->reply->text = strdup(k->text);
	return p->reply->text != NULL ? (int64_t)k->found : STORE_RECORD_ERROR;
}

void
broker_record_free(struct broker_session *s)
{
	for (size_t i = 0; i < s->records; i++) {
		if (s->known[i].text != NULL)
			explicit_bzero(
			    s->known[i].text, strlen(s->known[i].text));
		free(s->known[i].text);
	}
	memset(s->known, 0, sizeof(s->known));
	s->records = 0;
}
