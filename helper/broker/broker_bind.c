/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose login it is, for good: the worker chooses among those whom BEGIN and
 * the records allow (the account, the person whose key sshd has seen, or by a
 * name one of the people who share it or a decoy, the caller of su). All else
 * the state broker computes itself. */
#include "helper/broker/broker_inside.h"

#include <stdlib.h>

/* Returns the person whose owner name, or whose user's, this is; or NULL, also
 * if the keys of the login say otherwise. */
static struct user_person *
person_find(struct user_people *people, const char *account, const char *owner,
    enum user_people_choice choice, size_t by_key)
{
	char own[OWNER_MAX + 1];

	for (size_t i = 0; i < people->count; i++) {
		struct user_person *who = &people->person[i];

		owner_write(own, account, who->name);
		if ((choice == USER_PEOPLE_UNKNOWN ||
			(choice == USER_PEOPLE_KNOWN && i == by_key)) &&
		    strcmp(who->user[0] != '\0' ? who->user : own, owner) == 0)
			return who;
	}
	return NULL;
}

_Static_assert(STORE_REMEMBERED_LEN == REMEMBERED_LOGIN_LEN, "it is stored");

/* A server counts messages of other names as sent. */
static bool
is_decoy_of(const char *account, const char *owner)
{
	char shared[OWNER_STATE_MAX];
	size_t len;

	owner_write_decoy(account, "", shared);
	len = strlen(shared);
	return strncmp(owner, shared, len) == 0 &&
	    strlen(owner + len) == OWNER_DECOY_LEN &&
	    text_has_only(owner + len, "0123456789abcdef");
}

static void
set_remembered_as(
    struct broker_bound *b, const char *account, const struct user_person *who)
{
	if (who->user[0] == '\0')
		PRINT_TO(b->remembered_as, "%s", b->user);
	else
		owner_write_remembered(who->user, account, b->remembered_as);
}

/* One of the people of an account, or a decoy, who has no receivers and is
 * remembered as nobody. */
static bool
bind_person(struct broker_op_call *p, const char *account)
{
	const struct broker_request *a = p->request;
	const bool decoy = is_decoy_of(account, a->user);
	struct broker_bound *b = &p->session->bound_to;
	struct user_people *people;
	struct user_person *who = NULL;
	enum user_people_choice choice = USER_PEOPLE_UNCLEAR;
	size_t by_key = 0;
	bool bound = false;

	if (decoy != (a->like != NULL))
		return false;
	people = broker_record_people(p, account);
	if (people != NULL) {
		choice = user_people_choose(
		    people, p->session->begin.facts.auth_info, &by_key);
		who = person_find(
		    people, account, decoy ? a->like : a->user, choice, by_key);
	}
	if (who != NULL && decoy && choice == USER_PEOPLE_UNKNOWN) {
		PRINT_TO(b->like, "%s", a->like);
		bound = true;
	} else if (who != NULL && !decoy) {
		const struct user_person was = *who;

		set_remembered_as(b, account, who);
		/* the file is read again, and may have changed meanwhile */
		bound = broker_record_read(p, account, who) == USER_FOUND &&
		    memcmp(who, &was, sizeof(was)) == 0;
	}
	/* wrong codes after a typed name count for the account, too */
	if (bound && choice == USER_PEOPLE_UNKNOWN)
		PRINT_TO(b->account, "%s", account);
	free(people);
	return bound;
}

/* A user without a record is bound to no receiver: an invitation may admit. So
 * is a shared account whose record is for another uid, by the name of a decoy:
 * a count of the account counts for all of its people. */
static bool
bind_account(struct broker_op_call *p, const char *account)
{
	enum user_result found;

	if (strcmp(p->request->user, account) != 0)
		return bind_person(p, account);
	if (p->request->like != NULL)
		return false;
	found = broker_record_read(p, account, NULL);
	p->failed = found == USER_OUTAGE;
	p->session->unrecorded = found == USER_ABSENT && !p->request->caller;
	p->session->enrol.absent = p->session->unrecorded &&
	    p->session->begin.most.asks &&
	    !user_account_is_other(p->context->conf);
	PRINT_TO(p->session->bound_to.remembered_as, "%s", account);
	if (found == USER_PEOPLE)
		owner_write_decoy(account, "", p->session->bound_to.user);
	return !p->failed;
}

/* The worker says whether a rule asks the caller, as the broker may not know
 * its groups: su's caller may be one of the people of the account, too, and has
 * nothing to do with their locks. */
static bool
bind_user(struct broker_op_call *p)
{
	const char *user = p->session->begin.facts.user;
	const char *caller = broker_begin_caller(p->session);
	struct broker_bound *b = &p->session->bound_to;

	PRINT_TO(b->user, "%s", p->request->user);
	if (!p->request->caller)
		return (p->session->begin.most.ask_user || caller == NULL) &&
		    bind_account(p, user);
	/* a program may call its user what it likes: the uid says who it is */
	if (caller == NULL || !bind_account(p, caller) ||
	    user_account_is_other(p->context->conf))
		return false;
	owner_write_remembered(b->remembered_as, user, b->remembered_as);
	return true;
}

/* No login is remembered for longer than the rules say, without a record, or by
 * a typed name at sshd, which anybody with a key of the account could type. */
static void
bind_remembered(struct broker_session *s, const struct settings *conf,
    const struct broker_request *a)
{
	const struct facts *f = &s->begin.facts;
	const int64_t most =
	    s->begin.most.remember_minutes[a->flag] * INT64_C(60);
	const int64_t asked = a->ms / 1000;
	struct broker_bound *b = &s->bound_to;

	b->remember_s = asked < most ? asked : most;
	b->remembered = a->remembered && b->remember_s > 0 &&
	    s->record.enabled && b->like[0] == '\0' &&
	    (b->account[0] == '\0' || strcmp(f->service, "sshd") != 0) &&
	    remembered_login_bind_if_allowed(conf, f, b->remembered_as,
		s->begin.address, a->flag, &s->record, b->binding);
}

int64_t
broker_op_bind(struct broker_op_call *p)
{
	struct broker_session *s = p->session;
	const struct facts *f = &s->begin.facts;

	broker_begin_apply_rules(s, p->context->conf);
	if (!s->begin.most.proven)
		p->why = "has shown no first factor, and would be bound";
	else if (!bind_user(p) && !p->failed)
		p->why = "would be bound to another user";
	if (p->why != NULL || p->failed)
		return -1;
	PRINT_TO(s->bound_to.named, "%s", f->user);
	PRINT_TO(s->bound_to.asking, "%s", f->service);
	PRINT_TO(s->bound_to.address, "%s", s->begin.address);
	PRINT_TO(s->bound_to.source, "%s", s->begin.source);
	PRINT_TO(s->bound_to.sent_from, "%s",
	    source_for_counting(f->one_field != NULL, s->begin.source));
	if (f->purpose == PURPOSE_LOGIN)
		PRINT_TO(s->bound_to.service, "%s",
		    s->peer.uid != 0 ? STORE_USER_SOCKET : f->service);
	s->methods = f->purpose == PURPOSE_LOGIN && s->bound_to.like[0] == '\0'
	    ? s->begin.most.methods
	    : f->purpose == PURPOSE_SELF ? METHODS_PHONE
					 : METHOD_ALL;
	s->bound_to.office = settings_network_has(
	    &p->context->conf->office_networks, s->begin.address);
	bind_remembered(s, p->context->conf, p->request);
	broker_record_end_overruled(p);
	broker_enrol_bind(p); /* notes what that has written */
	s->bound = true;
	if (!broker_enrol_may_follow(s, p->context->conf))
		broker_begin_free(s);
	broker_record_free(s);
	return 0;
}

/* A login notes one name, at its own account; a decoy notes its own name. One
 * worker could use up all names that an account may have in a day. */
int64_t
broker_op_note_decoy(struct broker_op_call *p)
{
	const struct broker_bound *b = &p->session->bound_to;
	const char *own = p->request->user;
	char shared[OWNER_STATE_MAX];
	int few = -1;

	if (b->account[0] == '\0')
		p->why = "notes a name of an account that is not shared";
	else if (!is_decoy_of(b->account, own) ||
	    (b->like[0] != '\0' && strcmp(own, b->user) != 0))
		p->why = "notes another name";
	else if (p->session->noted)
		p->why = "notes a second name";
	else {
		owner_write_decoy(b->account, "", shared);
		few = store_decoy_note_name(p->s, own, shared);
		p->session->noted = few >= 0;
		p->session->few = few == 1;
	}
	return few;
}
