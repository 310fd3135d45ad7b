/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the person who logs in to a shared account, and reads their record. */

#include "helper/login/login.h"
#include "helper/dialogue/dialogue.h"
#include "helper/store/store_fleet.h"

struct search {
	const struct login *login;
	struct person_login *whose;
	struct user_people people;
	struct user_person who;
};

/* Denies the login, and returns false for the caller to return. */
static bool
person_login_denied(const struct login *l, enum reason why)
{
	login_deny(l, VERDICT_DENY, why);
	return false;
}

static bool
person_login_read_people(struct search *s)
{
	const struct environment *env = s->login->env;
	/* USER_FOUND or USER_ABSENT: the file was changed meanwhile */
	const enum user_result found = user_people_read(
	    env->conf, s->login->user, NULL, &s->people, env->report);

	return found == USER_PEOPLE ||
	    person_login_denied(
		s->login, admission_unread_reason(env->conf, found));
}

/* Known and unknown names take the same steps, and thus the same time. */
static bool
take_name(struct search *s, const char *name)
{
	const struct login *l = s->login;
	struct person_login *w = s->whose;
	size_t at = 0;
	unsigned char mac[PERSON_DECOY_MAC];

	if (person_decoy_mac(l->env->conf, l->user, name, mac) != 0)
		return person_login_denied(l, REASON_STATE);
	while (at < s->people.count &&
	    strcmp(s->people.person[at].name, name) != 0)
		at++;
	w->named = true;
	w->decoy_person = at == s->people.count;
	if (w->decoy_person)
		at = person_decoy_template(mac, s->people.count);
	s->who = s->people.person[at];
	memcpy(w->mac, mac, sizeof(mac));
	person_decoy_hex(mac, w->hex);
	return true;
}

static bool
person_login_ask(struct search *s)
{
	const struct settings *conf = s->login->env->conf;
	const struct store_fleet *fleet = store_fleet(conf);
	char name[UI_ANSWER_MAX + 1];
	bool taken;

	if (fleet != NULL)
		fleet->records_rest(conf);
	taken =
	    dialogue_ask_name(s->login, words_who, name) && take_name(s, name);

	explicit_bzero(name, sizeof(name));
	return taken;
}

static bool
find_person(struct search *s)
{
	const struct login *l = s->login;
	enum user_people_choice found;
	size_t at;

	found = user_people_choose(&s->people, l->env->facts->auth_info, &at);
	if (found == USER_PEOPLE_KNOWN) {
		s->who = s->people.person[at];
		return true;
	}
	if (found == USER_PEOPLE_UNKNOWN)
		return person_login_ask(s);
	log_problem(
	    "the ssh keys of this login belong to different people of %s; "
	    "see users.d/%s.conf",
	    l->user, l->user);
	return person_login_denied(l, REASON_PERSON_UNCLEAR);
}

/* Sets the person's names: in the state, and as shown to an admin. */
static void
name_person(
    struct person_login *w, const char *account, const struct user_person *who)
{
	if (who->user[0] == '\0') {
		owner_write(w->user, account, who->name);
		PRINT_TO(w->remembered_as, "%s", w->user);
		PRINT_TO(w->shown, "%s --person %s", account, who->name);
	} else {
		snprintf(w->user, sizeof(w->user), "%s", who->user);
		owner_write_remembered(who->user, account, w->remembered_as);
		snprintf(w->shown, sizeof(w->shown), "%s", who->user);
	}
}

/* Reads the file again, since it may have changed during a prompt. */
static enum user_result
person_login_read_record(struct search *s, struct user_record *record)
{
	const struct login *l = s->login;
	struct person_login *w = s->whose;
	const enum user_result found = user_person_read(
	    l->env->conf, l->user, NULL, &s->who, record, l->env->report);

	if (w->decoy_person)
		l->result->reason = REASON_PERSON_UNKNOWN;
	else
		PRINT_TO(l->result->person, "%s", s->who.name);
	if (found != USER_FOUND) {
		person_login_denied(
		    l, admission_unread_reason(l->env->conf, found));
		return USER_ERROR;
	}
	name_person(w, l->user, &s->who);
	if (w->decoy_person) {
		memcpy(w->like, w->user, sizeof(w->like));
		owner_write_decoy(l->user, w->hex, w->user);
		PRINT_TO(w->shown, "%s", w->user);
		person_decoy_apply(l->env->conf, w->mac, record);
	}
	return USER_FOUND;
}

enum user_result
person_login(const struct login *l, struct person_login *whose,
    struct user_record *record)
{
	struct search s = { .login = l, .whose = whose };
	enum user_result found = USER_ERROR;

	whose->account = l->user;
	if (person_login_read_people(&s) && find_person(&s))
		found = person_login_read_record(&s, record);
	return found;
}

int
person_login_set_counting(struct login *l, const struct person_login *w)
{
	char own[OWNER_STATE_MAX], shared[OWNER_STATE_MAX];
	int few;

	if (!w->named)
		return 0;
	store_guess_set_account(l->store, w->account);
	owner_write_decoy(w->account, w->hex, own);
	owner_write_decoy(w->account, "", shared);
	few = store_decoy_note_name(l->store, own, shared);
	l->alike = few == 0;
	if (l->alike && w->decoy_person)
		l->decoy_store = l->store;
	if (l->alike)
		log_notice("%s: %d names or more were typed at its prompt "
			   "within a day; until it has passed, no login by "
			   "name is shown a lock, a limit or a code already "
			   "sent; run twofactl unlock %s",
		    w->account, STORE_DECOYS_MAX, w->account);
	return few < 0 ? -1 : 0;
}

int
person_login_set_decoy_recovery(
    const struct login *l, const struct person_login *w)
{
	int left = 0;

	if (w->decoy_person)
		left = store_recovery_count_codes(l->store, w->like);
	if (left > 0)
		l->begun->found.recovery_left = (unsigned)left;
	return left < 0 ? -1 : 0;
}
