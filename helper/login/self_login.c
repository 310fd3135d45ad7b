/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl self, for the user whom the kernel names at user.sock: shows the
 * devices, and makes a change after the code of a phone or an invitation. */
#include "helper/login/login.h"

#include <stdlib.h>

#include "helper/broker/broker.h"
#include "helper/dialogue/dialogue.h"
#include "helper/store/store_fleet.h"

struct self {
	struct verify verify; /* of the present phone; first: its ctx, too */
	struct login login;
	struct environment env; /* confined already */
	struct account account;
	struct user_record record;
	struct decision decision;
	char source[SOURCE_MAX + 1];
	struct challenge phone;
	size_t at; /* of the phones the one that is changed, or their count */
	bool by_phone; /* its code is enough here */
};

static void
self_end(const struct self *s, const char *line, enum reason why)
{
	login_show_line(&s->login, line);
	login_deny(&s->login, VERDICT_DENY, why);
}

static bool
find_record(struct self *s)
{
	const struct environment *env = s->login.env;
	enum user_result found = USER_ERROR;

	if (accounts_find(env->facts->user, &s->account) == ACCOUNT_FOUND &&
	    (int64_t)s->account.uid == env->facts->socket_uid) {
		user_account_set(env->conf, s->account.name, s->account.uid);
		found = user_record_read(
		    env->conf, s->account.name, &s->record, env->report);
	}
	if (found == USER_FOUND && s->record.enabled)
		return true;
	if (found == USER_ABSENT)
		self_end(s, words_self_none, REASON_UNENROLLED);
	else
		self_end(s, words_self_unread,
		    found == USER_FOUND ? REASON_DISABLED : REASON_USER_FILE);
	return false;
}

static bool
self_asks_for(const struct self *s, const char *change)
{
	const char *request = s->login.env->facts->request;

	return text_take(&request, change);
}

static bool
self_asks_for_phone(const struct self *s)
{
	return self_asks_for(s, PURPOSE_SELF_PHONE) ||
	    self_asks_for(s, PURPOSE_SELF_REMOVE);
}

/* A code of the phone may not be enough (broker_enrol.c). */
static bool
phone_is_enough(const struct self *s)
{
	return s->record.phone[0] != '\0' &&
	    (self_asks_for_phone(s) ||
		settings_phone_suffices(s->login.env->conf)) &&
	    (!self_asks_for(s, PURPOSE_SELF_APP) ||
		user_record_apps(&s->record) == 0);
}

static const char *
refusal(const struct self *s)
{
	const struct settings *conf = s->login.env->conf;

	if (settings_is_fleet(conf) && !s->record.in_state)
		return "hosts share your record";
	if (self_asks_for_phone(s) && s->record.phone[0] == '\0')
		return "you have no phone";
	if (self_asks_for(s, PURPOSE_SELF_APP) &&
	    user_record_app_is_admins(&s->record))
		return "you have several apps, or one of a provider";
	if (!broker_client_has_fd() || settings_is_rehearsal(conf))
		return "no broker of this host changes records";
	if (!phone_is_enough(s))
		return NULL;
	if (self_asks_for(s, PURPOSE_SELF_PHONE) &&
	    conf->allowed_prefixes.count == 0)
		return "any number is allowed here (allowed_prefixes)";
	if ((settings_deliverable_methods(conf) & METHODS_PHONE) == 0)
		return "no provider of this host sends codes";
	return NULL;
}

/* Returns the sentence for the user whose request for a phone cannot be done,
 * or NULL if it can. */
static const char *
slip(struct self *s)
{
	static const char *const words[] = {
		[OWN_PHONE_NONE] = words_self_no_phone,
		[OWN_PHONE_UNSAID] = words_self_unsaid,
		[OWN_PHONE_NEEDED] = words_self_needed,
		[OWN_PHONE_FOUND] = NULL,
	};
	_Static_assert(COUNT_OF(words) == OWN_PHONE_FOUND + 1, "one for each");
	const struct environment *env = s->login.env;

	return self_asks_for_phone(s)
	    ? words[own_phone_find(
		  env->conf, &s->record, env->facts->request, &s->at)]
	    : NULL;
}

static enum challenge_step
phone_begin(void *ctx)
{
	struct self *s = ctx;

	return enrol_login_proof_step(&s->verify, s->phone.begin(s->phone.ctx));
}

static enum challenge_step
phone_check(void *ctx, const char *code)
{
	struct self *s = ctx;

	return enrol_login_proof_step(
	    &s->verify, s->phone.check(s->phone.ctx, code));
}

static bool
proves_phone(struct self *s)
{
	struct login_result *result = s->login.result;
	struct challenge challenge;
	bool right;

	s->verify.login = &s->login;
	verify_init(&s->verify, &s->phone);
	challenge = s->phone;
	challenge.begin = phone_begin;
	challenge.check = phone_check;
	dialogue_run(&s->login, &challenge);
	right = result->verdict == VERDICT_ALLOW;
	if (right) /* of the dialogue, not yet of the change */
		login_result_init(result);
	return right;
}

/* Makes a change that needs no new device: new recovery codes, which the state
 * broker makes and *codes receives, or a phone's removal. False if it was
 * refused, which is shown. */
static bool
self_commit(const struct self *s, enum event notice, char **codes)
{
	const struct login *l = &s->login;
	enum broker_enrolled done;

	/* before the change, so that no Ctrl-C comes in between */
	(void)verify_alert(l, notice);
	done = broker_client_enrol_commit(s->account.uid, codes);
	if (done == BROKER_ENROLLED_DONE &&
	    (notice != EVENT_CODES_MADE || *codes != NULL)) {
		login_result_allow(l->result, LOGIN_ALLOWED, REASON_NONE);
		return true;
	}
	ending_show_prompt(l,
	    done == BROKER_ENROLLED_NO           ? words_self_codes_untold
		: done == BROKER_ENROLLED_BEFORE ? words_self_before
						 : words_enrol_unsaved);
	(void)login_deny(l, VERDICT_DENY, REASON_UNENROLLED);
	return false;
}

static void
self_make_codes(const struct self *s, bool invited)
{
	const struct login *l = &s->login;
	char *codes, *rest, *line;

	if (!self_commit(s, EVENT_CODES_MADE, &codes))
		return;
	login_show_line(l,
	    words_self_codes(
		invited ? 0 : login_env_wall_s(l->env) + USER_CHANGE_WAIT_S));
	for (line = strtok_r(codes, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		login_show_line(l, line);
		explicit_bzero(line, strlen(line));
	}
	free(codes);
	login_show_line(l, words_self_codes_once);
}

static void
self_remove(const struct self *s, bool invited)
{
	char *none;

	if (self_commit(s, EVENT_NUMBER_CHANGING, &none))
		login_show_line(&s->login, words_self_removed(invited));
}

/* Swaps the number that goes, which proves nothing, with an empty one. */
static void
swap_going(struct self *s, char number[PHONE_MAX + 1])
{
	char now[PHONE_MAX + 1];

	if (!self_asks_for(s, PURPOSE_SELF_REMOVE))
		return;
	PRINT_TO(now, "%s", s->record.phones[s->at].number);
	PRINT_TO(s->record.phones[s->at].number, "%s", number);
	snprintf(number, PHONE_MAX + 1, "%s", now);
	user_record_use_phone(&s->record, s->at == 0 ? 1 : 0);
}

/* Nothing is sent before an answer: perhaps the phone is lost. */
static void
self_change(struct self *s)
{
	struct login *l = &s->login;
	char line[UI_ANSWER_MAX + 1], code[RECOVERY_LEN + 1],
	    number[PHONE_MASK], going[PHONE_MAX + 1] = "";
	bool proven = false, invited = false;

	swap_going(s, going);
	user_record_use_phone(
	    &s->record, reach_phone(s->env.conf, &s->record, METHODS_PHONE, 0));
	phone_mask(s->record.phone, number);
	if (dialogue_ask_name(l,
		s->by_phone ? words_self_proof(number) : words_self_invitation,
		line)) {
		if (strcmp(line, "q") == 0)
			self_end(s, words_from_ending(END_CANCELLED),
			    REASON_CANCELLED);
		else if (strcmp(line, "s") == 0 && s->by_phone)
			proven = proves_phone(s);
		else if (recovery_code_normalise(line, code))
			invited = enrol_login_open(l, code);
		if (!proven && !invited && l->result->reason == REASON_NONE)
			self_end(
			    s, words_self_no_invitation, REASON_WRONG_CODES);
	}
	explicit_bzero(line, sizeof(line));
	explicit_bzero(code, sizeof(code));
	swap_going(s, going);
	if ((proven || invited) && self_asks_for(s, PURPOSE_SELF_CODES))
		self_make_codes(s, invited);
	else if ((proven || invited) && self_asks_for(s, PURPOSE_SELF_REMOVE))
		self_remove(s, invited);
	else if (proven || invited)
		enrol_login_change(
		    l, self_asks_for(s, PURPOSE_SELF_APP), invited);
}

/* Sets by_phone; returns false if the state failed. Where hosts share a state,
 * only those with the right accept a phone's code as proof. */
static bool
find_proofs(struct self *s)
{
	int right;

	s->by_phone = phone_is_enough(s);
	if (!s->by_phone || !settings_is_fleet(s->env.conf))
		return true;
	right = broker_client_enrol_open(NULL, NULL, 0);
	s->by_phone = right == 1;
	if (right == 0)
		login_show_line(&s->login, words_self_invited_here);
	return right >= 0;
}

static void
with_state(struct self *s)
{
	const struct environment *env = &s->env;
	char cause[STORE_CAUSE_MAX] = "";
	const struct store_bound bound = { .user = s->login.user };
	bool is_bound;
	struct store *store = store_open_from_settings(
	    env->conf, env->facts, env->store_session_id_new, cause);

	s->login.store = s->login.decoy_store = store;
	is_bound = store != NULL && store_is_brokered(store) &&
	    store_bind(store, &bound) == 0;
	if (is_bound) {
		user_record_wipe_secrets(&s->record);
		login_confine(&s->login);
		s->env.confine = NULL;
	}
	if (is_bound && find_proofs(s)) {
		self_change(s);
	} else {
		log_problem("%s", store != NULL ? store_cause(store) : cause);
		self_end(
		    s, words_enrol_unsaved, login_store_failure_reason(store));
	}
	store_close(store);
}

static const char *
admins_command(const struct self *s)
{
	if (self_asks_for(s, PURPOSE_SELF_APP))
		return "totp";
	if (self_asks_for(s, PURPOSE_SELF_REMOVE))
		return "remove --device";
	return self_asks_for(s, PURPOSE_SELF_CODES) ? "recovery-codes"
						    : "enroll";
}

void
self_login_run(const struct environment *env, struct login_result *result)
{
	static struct self s;
	const char *why, *said;

	s.env = *env;
	s.login = (struct login){ .env = &s.env,
		.user = s.account.name,
		.record = &s.record,
		.decision = &s.decision,
		.source = s.source,
		.steps = &login_table,
		.result = result };
	s.decision = (struct decision){ .action = ACTION_REQUIRE,
		.methods = METHODS_PHONE,
		.on_outage = OUTAGE_DENY,
		.brand = env->conf->brand };
	source_from_socket_uid((uid_t)env->facts->socket_uid, s.source);
	if (find_record(&s)) {
		login_show_line(&s.login, words_self_devices(&s.record));
		why = refusal(&s);
		said = why == NULL ? slip(&s) : NULL;
		if (env->facts->request[0] == '\0')
			login_result_allow(result, LOGIN_ALLOWED, REASON_NONE);
		else if (why != NULL)
			self_end(&s,
			    words_self_not_here(why, admins_command(&s)),
			    REASON_NOTHING);
		else if (said != NULL)
			self_end(&s, said, REASON_NOTHING);
		else
			with_state(&s);
	}
	explicit_bzero(&s, sizeof(s));
}
