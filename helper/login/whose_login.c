/* SPDX-License-Identifier: BSD-2-Clause */
/* One of several people. */
#include "helper/login/whose_login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "helper/dialogue/dialogue.h"
#include "helper/fleet_store/fleet_store.h"
#include "helper/login/person_choice.h"
#include "helper/store/store.h"
#include "helper/verification/verification.h"
#include "lib/rules/rules.h"
#include "lib/system/system.h"

/* The search for a person. */
struct search {
	const struct login *login;
	struct whose_login *whose;
	struct user_people *people;
	struct user_person who;
};

/* false: the login is denied. */
static bool
denied(const struct login *l, enum reason why)
{
	login_deny(l, VERDICT_DENY, why);
	return false;
}

static bool
read_people(struct search *s)
{
	const struct environment *env = s->login->env;
	enum user_result found;

	s->people = calloc(1, sizeof(*s->people));
	if (s->people == NULL) {
		log_mend("out of memory: free some");
		return denied(s->login, REASON_STATE);
	}
	/* anything else: the people were removed since the file was read */
	found = user_people_read(env->conf, s->login->user, NULL, env->owner,
	    s->people, env->report);
	return found == USER_PEOPLE ||
	    denied(s->login, admission_unread(env->conf, found));
}

static size_t
find_name(const struct user_people *people, const char *name)
{
	size_t i = 0;

	while (i < people->count && strcmp(people->person[i].name, name) != 0)
		i++;
	return i;
}

/* The same steps for a known and an unknown name. */
static bool
take_name(struct search *s, const char *name)
{
	const struct login *l = s->login;
	struct whose_login *w = s->whose;
	size_t at = find_name(s->people, name);
	unsigned char mac[STRANGER_MAC];

	if (stranger_mac(l->env->conf, l->user, name, mac) != 0)
		return denied(l, REASON_STATE);
	w->named = true;
	w->stranger = at == s->people->count;
	if (w->stranger)
		at = stranger_like(mac, s->people->count);
	s->who = s->people->person[at];
	memcpy(w->mac, mac, sizeof(mac));
	stranger_hex(mac, w->hex);
	return true;
}

static bool
ask(struct search *s)
{
	char name[UI_ANSWER_MAX + 1];
	bool taken;

	login_records_rest(s->login->env->conf);
	taken = ask_name(s->login, name) && take_name(s, name);

	explicit_bzero(name, sizeof(name));
	return taken;
}

static bool
find(struct search *s)
{
	const struct login *l = s->login;
	size_t at;

	switch (person_choice(s->people, l->env->facts->auth_info, &at)) {
	case PERSON_KNOWN:
		s->who = s->people->person[at];
		return true;
	case PERSON_UNKNOWN:
		return ask(s);
	case PERSON_UNCLEAR:
		break;
	}
	log_mend("the keys of this login are not all of one of the people of "
		 "%s: users.d/%s.conf says whose they are",
	    l->user, l->user);
	return denied(l, REASON_PERSON_UNCLEAR);
}

/* His name in the state, and for an admin. */
static void
name_person(
    struct whose_login *w, const char *account, const struct user_person *who)
{
	if (who->user[0] == '\0') {
		kept_name_write(w->user, account, who->name);
		snprintf(
		    w->remembered_as, sizeof(w->remembered_as), "%s", w->user);
		snprintf(w->shown, sizeof(w->shown), "%s --person %s", account,
		    who->name);
	} else {
		snprintf(w->user, sizeof(w->user), "%s", who->user);
		person_remembered_name(who->user, account, w->remembered_as);
		snprintf(w->shown, sizeof(w->shown), "%s", who->user);
	}
}

static void
name_stranger(struct whose_login *w, const char *account)
{
	memcpy(w->like, w->user, sizeof(w->like));
	person_stranger_name(account, w->hex, w->user);
	snprintf(w->shown, sizeof(w->shown), "%s", w->user);
}

/* The file may have changed: its present content counts. */
static enum user_result
read_record(struct search *s, struct user_record *record)
{
	const struct login *l = s->login;
	const enum user_result found = user_person_read(l->env->conf, l->user,
	    NULL, l->env->owner, &s->who, record, l->env->report);

	if (s->whose->stranger)
		l->result->reason = REASON_PERSON_UNKNOWN;
	else
		snprintf(l->result->person, sizeof(l->result->person), "%s",
		    s->who.name);
	if (found != USER_FOUND) {
		denied(l, admission_unread(l->env->conf, found));
		return USER_ERROR;
	}
	name_person(s->whose, l->user, &s->who);
	if (s->whose->stranger) {
		name_stranger(s->whose, l->user);
		stranger_disguise(l->env->conf, s->whose->mac, record);
	}
	return USER_FOUND;
}

enum user_result
whose_login(const struct login *l, struct whose_login *whose,
    struct user_record *record)
{
	struct search s = { .login = l, .whose = whose };
	enum user_result found = USER_ERROR;

	whose->account = l->user;
	if (read_people(&s) && find(&s))
		found = read_record(&s, record);
	free(s.people);
	return found;
}

int
whose_login_count(struct login *l, const struct whose_login *w)
{
	char own[PERSON_STATE_MAX], shared[PERSON_STATE_MAX];
	int few;

	if (!w->named)
		return 0;
	store_guess_account(l->store, w->account);
	person_stranger_name(w->account, w->hex, own);
	person_stranger_name(w->account, "", shared);
	few = store_stranger(l->store, own, shared);
	l->alike = few == 0;
	if (l->alike && w->stranger)
		l->seems = l->store;
	if (l->alike)
		log_notice("%s: %d names or more were typed at its prompt "
			   "within a day, so until then no login by name is "
			   "told of a lock, a limit or a code that is on its "
			   "way: twofactl unlock %s",
		    w->account, STORE_STRANGERS_MAX, w->account);
	return few < 0 ? -1 : 0;
}

int
whose_login_seem(const struct login *l, const struct whose_login *w)
{
	int left = 0;

	if (w->stranger)
		left = store_recovery_left(l->store, w->like);
	if (left > 0)
		l->begun->found.recovery_left = (unsigned)left;
	return left < 0 ? -1 : 0;
}
