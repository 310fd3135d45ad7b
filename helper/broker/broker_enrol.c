/* SPDX-License-Identifier: BSD-2-Clause */
/* A user without a record enrols at a login: by an invitation, or in the window
 * that the settings name; proves a number or an app by a code; gets a record in
 * the state. Or a user changes the own phone, app or recovery codes at
 * user.sock, by a code of a present phone, whose owner is notified before, or
 * by an invitation that admitted a login. A worker only says what was typed. */
#include "helper/broker/broker_inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "helper/store/store_backend.h"

#define APP_TRIES 5
#define USER_SUFFIX ".conf"

/* SETTINGS_ENROLLED_FILE has the number of the newest record that was written:
 * next to it, an emptied or older state does not pass for one without records.
 */

/* Returns the number; 0 if the file is missing; or -1. */
static int64_t
file_read(const struct settings *conf)
{
	char text[24] = "";
	const int fd OWNED(owned_fd) =
	    folder_open_file(conf->state_dir, SETTINGS_ENROLLED_FILE, O_RDONLY);
	const ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	return n > 0 ? decimal_read(text, INT64_MAX) : -1;
}

static bool
file_write(const struct settings *conf, int64_t newest)
{
	char text[24];

	PRINT_TO(text, "%lld", (long long)newest);
	return folder_replace_file(conf->state_dir, SETTINGS_ENROLLED_FILE,
		   text, strlen(text), false) == 0;
}

void
broker_enrol_keep_file(const struct settings *conf, struct store *s)
{
	const int64_t newest = store_enrolments(s), noted = file_read(conf);

	if (noted >= 0 && noted < newest && !file_write(conf, newest))
		log_problem("%s/" SETTINGS_ENROLLED_FILE ": %s",
		    conf->state_dir, strerror(errno));
}

/* The file exists from the first record on, whatever happens next, and stays
 * ahead of an older state, which the next record would else catch up. */
static bool
file_prepare(const struct settings *conf, struct store *s)
{
	const int64_t newest = store_enrolments(s), noted = file_read(conf);

	if (newest < 0 || noted <= newest)
		return newest >= 0 &&
		    (settings_has_enrolments(conf) || file_write(conf, 0));
	return file_write(conf, noted + 1);
}

/* True if the server lets this host enrol users and change their devices. Sets
 * failed if it does not say. */
static bool
host_may_enrol(struct broker_op_call *p)
{
	const char *host = p->context->conf->store.host;
	const int may = store_enrol_may(p->s);

	if (may == 0)
		log_notice("the state lets %s enrol no user, or no more in "
			   "this hour; run: twofactl state host change %s "
			   "--enrols",
		    host, host);
	else if (may < 0)
		log_problem("%s", store_cause(p->s));
	p->failed |= may < 0;
	return may == 1;
}

static bool
is_window_open(struct broker_op_call *p)
{
	const struct settings *conf = p->context->conf;
	int64_t noted;

	if (!admission_allows_self(conf, admission_today(conf)))
		return false;
	if (settings_is_fleet(conf))
		return host_may_enrol(p);
	noted = file_read(conf);
	if (noted >= 0 && store_enrolments(p->s) >= noted)
		return true;
	log_problem("%s is older than the enrolments that were made here: "
		    "the password alone enrols no user. Restore it; or, to go "
		    "on without them, remove %s/" SETTINGS_ENROLLED_FILE,
	    conf->state, conf->state_dir);
	return false;
}

/* True if BEGIN asks for this change. */
static bool
begin_asks_for(const struct broker_session *s, const char *change)
{
	return strncmp(s->begin.facts.request, change, strlen(change)) == 0;
}

static enum event
change_of(struct broker_session *s, const struct settings *conf)
{
	const struct facts *f = &s->begin.facts;

	if (f->purpose != PURPOSE_SELF || f->request[0] == '\0')
		return EVENT_NONE;
	if (begin_asks_for(s, PURPOSE_SELF_CODES))
		return EVENT_CODES_MADE;
	return begin_asks_for(s, PURPOSE_SELF_APP) ||
		own_phone_find(conf, &s->record, f->request, &s->enrol.at) ==
		    OWN_PHONE_FOUND
	    ? EVENT_NUMBER_CHANGING
	    : EVENT_NONE;
}

/* Hosts that share a state accept no change of a record in a file, and no host
 * accepts one by a person who shares the account. */
void
broker_enrol_bind(struct broker_op_call *p)
{
	const struct settings *conf = p->context->conf;
	struct broker_session *s = p->session;
	struct broker_enrolment *e = &s->enrol;

	if (s->peer.uid != 0 && strcmp(s->bound_to.user, s->own) == 0 &&
	    s->record.enabled &&
	    (s->record.in_state || !settings_is_fleet(conf)))
		e->change = change_of(s, conf);
	if (e->change == EVENT_NONE)
		return;
	user_phones_text(&s->record, e->before);
	e->removes = begin_asks_for(s, PURPOSE_SELF_REMOVE);
	if (e->removes && !broker_bounds_has_twice(s, e->at))
		PRINT_TO(e->gone, "%s", user_record_phone(&s->record, e->at));
	memcpy(e->digest, s->record.digest, sizeof(e->digest));
	broker_record_note_file(conf, s->bound_to.user, &e->file);
	e->newest = store_enrolments(p->s);
}

bool
broker_enrol_may_follow(
    const struct broker_session *s, const struct settings *conf)
{
	const struct facts *f = &s->begin.facts;

	/* in a rehearsal anybody reads the code */
	return s->begun && f->conversation && f->one_field == NULL &&
	    !settings_is_rehearsal(conf) &&
	    (s->enrol.change != EVENT_NONE ||
		(s->enrol.absent && f->purpose == PURPOSE_LOGIN &&
		    admission_may_enrol(conf, f->service,
			f->first_factor != FIRST_NONE, (int64_t)s->peer.uid)));
}

struct limits_of_sends
broker_enrol_limits(const struct broker_session *s, const struct settings *conf)
{
	struct limits_of_sends limits = conf->sends;
	/* others leave as many to the owner of the number */
	const unsigned half = (limits.number_day + 1) / 2;

	/* the notices that have gone out leave the code of the new phone */
	if (limits.other_hour > 0)
		limits.other_hour +=
		    (unsigned)__builtin_popcount(s->enrol.told);
	if (s->enrol.number[0] == '\0')
		return limits;
	if (limits.user_hour > LIMITS_ENROL_HOUR)
		limits.user_hour = LIMITS_ENROL_HOUR;
	if (limits.user_day > LIMITS_ENROL_DAY)
		limits.user_day = LIMITS_ENROL_DAY;
	limits.number_day = half < LIMITS_ENROL_HOUR ? half : LIMITS_ENROL_HOUR;
	if (limits.other_hour > LIMITS_ENROL_HOUR)
		limits.other_hour = LIMITS_ENROL_HOUR;
	limits.other_day = LIMITS_ENROL_DAY;
	return limits;
}

int
broker_enrol_note_finished(
    struct broker_session *s, enum method method, int result)
{
	const bool right =
	    result == 1 && (METHOD_BIT(method) & METHODS_PHONE) != 0;

	s->enrol.proven |= right && s->enrol.number[0] != '\0';
	s->enrol.shown |= right && s->enrol.number[0] == '\0';
	return result;
}

/* Without a provider that sends custom texts, the code was the message; as for
 * a phone that takes calls alone. */
static bool
owner_was_told(struct broker_session *s, const struct settings *conf)
{
	const struct provider_conf *order[SETTINGS_PROVIDERS_MAX];
	bool told = true;
	size_t n;

	for (size_t i = 0; user_record_phone(&s->record, i) != NULL; i++) {
		user_record_use_phone(&s->record, i);
		n = reach_order(
		    conf, &s->record, METHOD_BIT(METHOD_SMS), order);
		while (n > 0 && !order[n - 1]->type->own_code)
			n--;
		told &= n == 0 || (s->enrol.told >> i & 1) != 0;
	}
	user_record_use_phone(&s->record, 0);
	return told;
}

/* True if an enrolment, or a change, was given its reason. */
static bool
has_reason(struct broker_op_call *p)
{
	const struct settings *conf = p->context->conf;
	const struct broker_enrolment *e = &p->session->enrol;

	if (e->invitation.id != 0)
		return e->change == EVENT_NONE ||
		    store_invited_lately(
			p->s, p->session->bound_to.user, &e->invitation) == 1;
	if (e->change == EVENT_NONE)
		return is_window_open(p);
	/* a clock before this version's day is not set: the day that a change
	 * waits would be over once it is */
	if (admission_today(conf) == 0)
		return false;
	/* a text makes none that open more than the phone */
	if (e->change == EVENT_CODES_MADE && !settings_phone_suffices(conf))
		return false;
	if (settings_is_fleet(conf) && !host_may_enrol(p))
		return false;
	return e->shown && e->before[0] != '\0' &&
	    (e->number[0] != '\0' || e->app.len > 0 ||
		owner_was_told(p->session, conf));
}

/* From now on this is the only factor. Rows, messages, tickets and guesses of
 * the one before prove nothing about it. */
static void
switch_to(struct broker_op_call *p, const char *number)
{
	struct broker_session *s = p->session;

	user_record_wipe(&s->record);
	s->record.app[0].secret = s->enrol.app;
	s->enrol.proven = false;
	s->ids = s->requests = s->messages = s->carried = 0;
	s->may_carry = s->down = 0;
	s->ticket.serial = 0;
	s->compared = s->guesses;
	s->approved = s->app_right = 0;
	s->checked_by = NULL;
	s->sent = (struct broker_message){ 0 };
	s->sent_as[0] = s->right.id[0] = '\0';
	explicit_bzero(s->own_code, sizeof(s->own_code));
	PRINT_TO(s->enrol.number, "%s", number);
	PRINT_TO(s->enrol.owner, "%s" STORE_ENROLMENT, s->bound_to.user);
	PRINT_TO(s->record.phone, "%s", number);
}

static bool
may_enrol(struct broker_op_call *p)
{
	const struct broker_session *s = p->session;
	int64_t wait_s;

	return broker_enrol_may_follow(s, p->context->conf) &&
	    s->bound_to.like[0] == '\0' &&
	    store_guess_look(p->s, s->bound_to.user, s->bound_to.source,
		&wait_s, NULL) == GUESS_OPEN;
}

/* Opens one number for each login: no receipt of another counts for it. Without
 * a number, and before a change is proven, it returns whether the state's
 * server accepts that this host proves it by the code of a phone. */
int64_t
broker_op_enrol_open(struct broker_op_call *p)
{
	struct broker_session *s = p->session;
	struct broker_enrolment *e = &s->enrol;
	const char *number = p->request->number;
	int found = 1;

	if (e->number[0] != '\0' || e->app.len > 0 || !may_enrol(p))
		return 0;
	if (e->change != EVENT_NONE && !e->shown && number == NULL &&
	    p->request->hashes == 0 && settings_is_fleet(p->context->conf)) {
		if (host_may_enrol(p))
			return 1;
		return p->failed ? -1 : 0;
	}
	if (p->request->hashes > 0)
		found = store_invitation_find(p->s, s->bound_to.user,
		    p->request->hash, (int)p->request->hashes, &e->invitation);
	if (found != 1 || !has_reason(p))
		return found < 0 || p->failed ? -1 : 0;
	if (number == NULL)
		return 1;
	if ((e->change != EVENT_NONE ? !begin_asks_for(s, PURPOSE_SELF_PHONE)
				     : !settings_enrols_by(p->context->conf,
					   SETTINGS_ENROL_PHONE)) ||
	    !phone_is_valid(number) ||
	    broker_bounds_phone(s, number) < USER_PHONES_MAX ||
	    p->context->conf->allowed_prefixes.count == 0 ||
	    !reach_number_allowed(p->context->conf, number))
		return 0;
	switch_to(p, number);
	return 1;
}

/* An invitation alone replaces an app: neither its own code, which may be
 * caught, nor a text, whose SIM another may have, does that; nor may a text add
 * one that opens more than the phone. */
static bool
may_take_app(const struct broker_op_call *p)
{
	const struct broker_session *s = p->session;
	const struct user_record *r = &s->record;

	if (s->enrol.change == EVENT_NONE)
		return settings_enrols_by(p->context->conf, SETTINGS_ENROL_APP);
	return begin_asks_for(s, PURPOSE_SELF_APP) &&
	    !user_record_app_is_admins(r) &&
	    (s->enrol.invitation.id != 0 ||
		(user_record_apps(r) == 0 &&
		    settings_phone_suffices(p->context->conf)));
}

/* Also after a number to which no code could be sent. BEGIN is kept only for
 * who may enrol. */
int64_t
broker_op_enrol_secret(struct broker_op_call *p)
{
	struct broker_enrolment *e = &p->session->enrol;

	if (e->app.len > 0 || !may_enrol(p) || !may_take_app(p) ||
	    !has_reason(p))
		return 0;
	if (secret_random_base32(e->app.b, SECRET_RANDOM_MAX) != 0)
		return -1;
	e->app.len = SECRET_RANDOM_MAX;
	memcpy(p->reply->secret, e->app.b, sizeof(p->reply->secret));
	switch_to(p, "");
	if (e->change != EVENT_NONE)
		p->session->methods = METHOD_BIT(METHOD_TOTP);
	return 1;
}

bool
broker_enrol_takes_code(struct broker_session *s)
{
	return s->enrol.app.len == 0 || s->enrol.tries++ < APP_TRIES;
}

/* Returns whether a record may have this number, also one that cannot be
 * read. */
static bool
file_has(int folder, const char *name, const char *number)
{
	static char text[TRUSTED_FILE_USER_MAX + 1];
	const int fd OWNED(owned_fd) = openat(
	    folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	const ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
	const bool gone = fd < 0 && errno == ENOENT;

	return !gone &&
	    (n < 0 || n == (ssize_t)sizeof(text) ||
		memmem(text, (size_t)n, number, strlen(number)) != NULL);
}

/* Of the files; the store compares with the records of the state. */
static bool
is_of_another(const struct settings *conf, const char *number, const char *user)
{
	DIR *dir OWNED(owned_folder) = opendir(conf->users_dir);
	const struct dirent *e;
	bool found = dir == NULL;
	char own[OWNER_STATE_MAX + sizeof(USER_SUFFIX)];

	PRINT_TO(own, "%s" USER_SUFFIX, user);

	while (!found && (e = readdir(dir)) != NULL) {
		const size_t len = strlen(e->d_name), end = strlen(USER_SUFFIX);

		found = e->d_name[0] != '.' && len > end &&
		    strcmp(e->d_name + len - end, USER_SUFFIX) == 0 &&
		    strcmp(e->d_name, own) != 0 &&
		    file_has(dirfd(dir), e->d_name, number);
	}
	return found;
}

/* By what it was allowed. */
static const char *
proof_of(const struct broker_enrolment *e)
{
	if (e->invitation.id != 0)
		return "invitation";
	return e->change != EVENT_NONE ? "phone" : "window";
}

/* Writes the secret of the app as the state has it: a row of this host's is
 * encrypted as a whole, of a fleet's the secret alone. The caller wipes. */
static bool
app_write(const struct broker_op_call *p, char out[STORE_SEALED_MAX])
{
	const struct settings *conf = p->context->conf;
	const struct secret *app = &p->session->enrol.app;
	const struct store_fleet *fleet = store_fleet(conf);

	snprintf(out, STORE_SEALED_MAX, "%s", app->b);
	if (fleet == NULL || app->len == 0 ||
	    fleet->seal(conf->store.fleet_key, p->session->bound_to.user, app,
		out) == 0)
		return true;
	explicit_bzero(out, STORE_SEALED_MAX);
	return false;
}

/* Writes the text of a record with the device that was proven. False if
 * that failed, or the text is too long. The caller wipes. */
static bool
record_write(const struct broker_op_call *p, char out[SECRET_MAX + 1])
{
	const struct settings *conf = p->context->conf;
	const struct broker_session *s = p->session;
	char uid[32] = "", app[STORE_SEALED_MAX];
	const bool written = app_write(p, app);
	int len;

	/* a name may have other uids on other hosts of a fleet */
	if (!settings_is_fleet(conf) || conf->store.same_uids)
		PRINT_TO(uid, "uid = %lld;\n", (long long)p->request->uid);
	len =
	    snprintf(out, SECRET_MAX + 1, "%s%s = \"%s\";\nchannels = [%s];\n",
		uid, s->enrol.app.len > 0 ? "totp_secret_file" : "phone",
		s->enrol.app.len > 0 ? app : s->enrol.number,
		s->enrol.app.len > 0 ? "\"totp\"" : "\"sms\", \"voice\"");
	explicit_bzero(app, sizeof(app));
	return written && len > 0 && len <= SECRET_MAX;
}

/* Writes the record, in place of what the state has; or the codes. phones: what
 * it has then. Returns NULL; or why not, with the result. */
static const char *
enrol(struct broker_op_call *p, const char *text, const char *const *codes,
    const char *phones, const char *was, int64_t *result)
{
	const struct settings *conf = p->context->conf;
	struct broker_session *s = p->session;
	const struct store_enrolment e = { .user = s->bound_to.user,
		.text = text,
		.codes = codes,
		.phone = s->enrol.number,
		.phones = phones,
		.by = proof_of(&s->enrol),
		.invitation =
		    s->enrol.invitation.id != 0 ? &s->enrol.invitation : NULL,
		.changes = s->enrol.change != EVENT_NONE,
		.was = was,
		.newest = s->enrol.newest };

	if (!settings_is_fleet(conf) && codes == NULL &&
	    !file_prepare(conf, p->s)) {
		*result = -1;
		p->failed = true;
		return "the state or its folder cannot be read and written: "
		       "free some space, or check its disk";
	}
	switch (store_enrol(p->s, &e)) {
	case STORE_ENROLLED_DONE:
		/* the file is never ahead of what a power cut leaves */
		if (store_sync(p->s) != 0) {
			PRINT_TO(p->context->unsynced, "%s", store_cause(p->s));
			break;
		}
		*result = BROKER_ENROLLED_DONE;
		broker_enrol_keep_file(conf, p->s);
		return NULL;
	case STORE_ENROLLED_BEFORE:
		*result = BROKER_ENROLLED_BEFORE;
		return "there is a record by now";
	case STORE_ENROLLED_SPENT:
		return "the invitation was used or has expired";
	case STORE_ENROLLED_PHONE:
		return "the number is another user's";
	case STORE_ENROLLED_REFUSED:
		return "the state lets this host enrol no user, or no more in "
		       "this hour, or its clock is wrong";
	case STORE_ENROLLED_FAILED:
		break;
	}
	*result = -1;
	p->failed = true;
	return store_cause(p->s);
}

/* Like enrol(), with new codes. The reply has them, a line each. */
static const char *
renew_codes(struct broker_op_call *p, const char *was, int64_t *result)
{
	char code[RECOVERY_SELF][RECOVERY_LEN + 1];
	char *text = calloc(RECOVERY_SELF, RECOVERY_TEXT + 1);
	const char *list[RECOVERY_SELF], *why = NULL;

	for (size_t i = 0; i < RECOVERY_SELF && why == NULL; i++) {
		char *line = text + i * (RECOVERY_TEXT + 1);

		list[i] = code[i];
		if (text == NULL || recovery_code_make(code[i]) != 0) {
			why = "there is no memory, or no random byte";
			continue;
		}
		text_in_fours(line, RECOVERY_TEXT + 1, code[i], '-');
		line[RECOVERY_TEXT] = '\n';
	}
	if (why == NULL)
		why = enrol(p, NULL, list, NULL, was, result);
	explicit_bzero(code, sizeof(code));
	if (why == NULL) {
		text[RECOVERY_SELF * (RECOVERY_TEXT + 1) - 1] = '\0';
		p->reply->text = text;
	} else if (text != NULL) {
		explicit_bzero(text, RECOVERY_SELF * (RECOVERY_TEXT + 1));
		free(text);
	}
	return why;
}

/* Writes what the state has after the change of this record; and the phones in
 * that. False if there is no such change. */
static bool
change_write(const struct broker_op_call *p, const struct user_record *now,
    const char *was, char text[USER_CHANGES_MAX], char phones[USER_PHONES_TEXT])
{
	const struct broker_enrolment *e = &p->session->enrol;
	const bool waits = e->invitation.id == 0, state = now->in_state;
	const struct user_phones_change c = { e->before, e->at, e->number };
	char app[STORE_SEALED_MAX];

	if (e->app.len > 0) {
		if (!app_write(p, app))
			return false;
		user_change_write_app(
		    text, clock_wall_s(), app, waits, now->app_base);
		explicit_bzero(app, sizeof(app));
		user_change_keep(text, was, false);
		snprintf(phones, USER_PHONES_TEXT, "%s",
		    now->changed_at > 0 ? now->changed_to
			: state         ? e->before
					: "");
		return true;
	}
	user_change_write(text, clock_wall_s(), &c, waits, now->base);
	user_change_keep(text, was, !state);
	return user_phones_after(&c, phones);
}

/* Like enrol(), of a user whose record is as it was. */
static const char *
change(struct broker_op_call *p, int64_t *result)
{
	const struct broker_enrolment *e = &p->session->enrol;
	struct user_record now;
	const char *was, *why = "the record was changed meanwhile";
	struct broker_record_file file;
	char text[USER_CHANGES_MAX], phones[USER_PHONES_TEXT];
	enum user_result found =
	    broker_record_again(p, p->session->bound_to.user, &now, &was);

	user_phones_text(&now, phones);
	broker_record_note_file(
	    p->context->conf, p->session->bound_to.user, &file);
	if (found != USER_FOUND || !now.enabled ||
	    user_account_is_other(p->context->conf) ||
	    strcmp(phones, e->before) != 0 ||
	    memcmp(&file, &e->file, sizeof(file)) != 0 ||
	    memcmp(now.digest, e->digest, sizeof(e->digest)) != 0) {
		*result = BROKER_ENROLLED_BEFORE;
	} else if (e->change == EVENT_CODES_MADE) {
		why = renew_codes(p, was, result);
	} else {
		why = change_write(p, &now, was, text, phones)
		    ? enrol(p, text, NULL, phones, was, result)
		    : "the phones cannot be so";
		explicit_bzero(text, sizeof(text));
	}
	user_record_wipe(&now);
	broker_record_free(p->session);
	return why;
}

/* Like enrol(), once all is read again, as the window may have closed; of an
 * invitation the store does that. Not by settings of before: a login that has
 * begun goes on with them, but the record would stay. A credential that was
 * renewed says nothing of who may enrol. */
static const char *
enrol_if_allowed(struct broker_op_call *p, int64_t *result)
{
	const struct broker_session *s = p->session;
	const char *why = "out of memory, or the record is too long";
	char text[SECRET_MAX + 1];

	if (p->context->stale)
		return "the settings have changed meanwhile";
	if (!may_enrol(p) || (s->enrol.invitation.id == 0 && !has_reason(p))) {
		*result = p->failed ? -1 : *result;
		return "locked, too late, or not proven";
	}
	if (s->enrol.number[0] != '\0' &&
	    is_of_another(p->context->conf, s->enrol.number, s->bound_to.user))
		return "the number is in a file of users_dir, or one cannot be "
		       "read";
	if (s->enrol.change != EVENT_NONE)
		return change(p, result);
	if (broker_record_is_absent(p, s->bound_to.user)) {
		if (record_write(p, text))
			why = enrol(p, text, NULL, NULL, NULL, result);
		explicit_bzero(text, sizeof(text));
		return why;
	}
	*result = BROKER_ENROLLED_BEFORE;
	return "there is a record by now";
}

/* How the log has what was done. */
static enum event
done_event(const struct broker_enrolment *e)
{
	if (e->change == EVENT_NUMBER_CHANGING)
		return EVENT_NUMBER_CHANGED;
	return e->change != EVENT_NONE ? e->change : EVENT_ENROLLED;
}

static const char *
done_text(const struct broker_enrolment *e)
{
	if (e->change == EVENT_NONE)
		return "enrolled at a login";
	if (e->change == EVENT_CODES_MADE)
		return "has new recovery codes by twofactl self";
	if (e->removes)
		return "has one phone less by twofactl self";
	return e->app.len > 0 ? "has a new app by twofactl self"
			      : "has a new phone by twofactl self";
}

/* Only once in a login: another change needs another proof. */
int64_t
broker_op_enrol_commit(struct broker_op_call *p)
{
	struct broker_session *s = p->session;
	const char *user = s->bound_to.user, *why;
	int64_t result = BROKER_ENROLLED_NO;

	if (!s->enrol.proven && s->enrol.change != EVENT_CODES_MADE &&
	    !s->enrol.removes)
		return result;
	s->enrol.proven = false;
	why = enrol_if_allowed(p, &result);
	if (why != NULL)
		log_notice("%s asked to enrol, or for a change, and is "
			   "refused: %s; root may run %s, or recovery-codes",
		    user, why, settings_enrol_command(p->context->conf, user));
	else
		log_notice("%s%s %s, by %s, from %s",
		    logline_event_prefix(done_event(&s->enrol), user), user,
		    done_text(&s->enrol), proof_of(&s->enrol),
		    s->bound_to.source);
	s->enrol.change = EVENT_NONE;
	return result;
}
