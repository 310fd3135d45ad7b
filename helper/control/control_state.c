/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports and changes the state for twofactl. */
#include "helper/control/control_inside.h"

#include <ctype.h>
#include <stdlib.h>

#include "helper/broker/broker.h"
#include "helper/store/store_fleet.h"

#define STEP_DIGITS 12 /* longest step of control_totp() */
#define COUNTER_DIGITS 9
_Static_assert(HOTP_COUNTER_MAX < 1000000000, "COUNTER_DIGITS");
/* Numbers of bypass codes: not to be taken for a code of six digits. */
#define CODE_NUMBER_MIN 1000000
#define CODE_NUMBERS 9000000

static enum user_result
serve_state_read_person(const struct environment *env, const struct owner *name,
    const char *text, struct user_record *record)
{
	struct user_person who = { .name = "" };
	char line[2 * USER_NAME_MAX + 64];
	enum user_result found;

	PRINT_TO(who.name, "%s", name->person);
	found = user_person_read(
	    env->conf, name->account, text, &who, record, env->report);
	if (found != USER_ABSENT)
		return found;
	PRINT_TO(line, "%s is not one of the people of %s", name->person,
	    name->account);
	settings_report_line(env->report, line);
	return USER_ERROR;
}

enum user_result
control_read_record(
    const struct environment *env, const char *text, struct user_record *record)
{
	struct owner name;

	(void)owner_read(&name, env->facts->user); /* user_fits */
	if (name.person[0] != '\0')
		return serve_state_read_person(env, &name, text, record);
	return user_record_parse(
	    env->conf, name.account, text, record, env->report);
}

/* Reads the record of the user or person in the request, without reporting
 * errors. Returns false if that failed: the phone number is then not known. The
 * caller wipes the record in any case. */
static bool
serve_user_record(const struct environment *r, struct user_record *record)
{
	struct environment quiet = *r;

	quiet.report = NULL;
	return control_read_record(&quiet, NULL, record) == USER_FOUND;
}

/* Returns a bypass code's number, which is of its salt: an id is used again. */
static int64_t
code_number(const struct store_recovery *code)
{
	uint32_t n;

	memcpy(&n, code->salt, sizeof(n));
	return CODE_NUMBER_MIN + n % CODE_NUMBERS;
}

void
control_send_codes(const struct environment *r, const char *user)
{
	struct store_recovery list[STORE_CODES_MAX];
	const int count = store_recovery_list(r->store, user, list);

	for (int i = 0; i < count; i++)
		if (list[i].use != 0)
			ui_item(r->ui, ITEM_BYPASS,
			    (const char *[]){ user, list[i].by },
			    (int64_t[]){ list[i].until, list[i].use,
				code_number(&list[i]) });
}

static void
say_codes(void *ctx, const struct store_status *row)
{
	if (row->source[0] == '\0')
		control_send_codes(ctx, row->user);
}

static void
say_row(void *ctx, const struct store_status *row)
{
	const struct environment *request = ctx;
	const char *const text[] = { row->user, row->source };
	const int64_t total[] = { row->wrong, row->locked_s, row->shut,
		row->sends_hour, row->sends_day, row->recovery,
		row->remembered };

	/* a decoy's name without wrong codes: only typed */
	if (owner_is_decoy(row->user) && row->wrong == 0)
		return;
	ui_item(request->ui, row->source[0] == '\0' ? ITEM_USER : ITEM_SOURCE,
	    text, total);
}

int
control_send_users(const struct environment *r, const char *user)
{
	return store_status_list(r->store, user, (void *)r, say_row);
}

int
control_send_passed_providers(const struct environment *r)
{
	int64_t left_ms, left_s;

	for (size_t i = 0; i < r->conf->provider_count; i++) {
		const char *name = r->conf->provider[i].name;

		if (store_provider_passed_over_left(r->store, name, &left_ms) <
		    0)
			return -1;
		left_s = (left_ms + 999) / 1000;
		ui_item(r->ui, ITEM_PASSED, &name, &left_s);
	}
	return 0;
}

/* A host that shares the state could name more than fit in a reply. */
static void
say_success(void *ctx, const char *provider, enum method method, int64_t wall)
{
	const char *const text[] = { provider, method_name(method) };
	const struct environment *r = ctx;

	if (provider[0] == '\0' || settings_provider(r->conf, provider) != NULL)
		ui_item(r->ui, ITEM_SUCCESS, text, &wall);
}

void
control_send_state_server(const struct environment *r, bool shown)
{
	const struct store_wait_times *spent = store_wait_times();
	char host[STORE_SPENT_MAX];
	const char *at = strrchr(spent->where, '@');
	const int64_t number = shown;

	if (at == NULL)
		return;
	PRINT_TO(host, "%.*s", (int)(at - spent->where), spent->where);
	ui_item(
	    r->ui, ITEM_STORE, (const char *const[]){ host, at + 1 }, &number);
}

static void
say_one(void *ctx, const char *host, unsigned hour, unsigned day)
{
	const struct environment *r = ctx;
	const int64_t number[] = { hour, day };

	ui_item(r->ui, ITEM_HOST, &host, number);
}

static int
say_host(const struct environment *r)
{
	unsigned hour = 0, day = 0;
	int64_t total[4] = { 0 }, broker[ITEM_BROKER_NUMBERS];
	const char *state = broker_status_read(r->conf->state_dir, broker);

	if (store_totals_read(r->store, &hour, &day, &total[2], &total[3]) != 0)
		return -1;
	total[0] = hour;
	total[1] = day;
	ui_item(r->ui, ITEM_TOTALS, NULL, total);
	if (state != NULL)
		ui_item(r->ui, ITEM_BROKER, &state, broker);
	if (store_hosts(r->store, (void *)r, say_one) != 0 ||
	    control_send_passed_providers(r) != 0)
		return -1;
	return store_successes_by_provider(r->store, (void *)r, say_success);
}

/* Sends when the user may get a message, by all limits but a source's count. */
static int
say_wait(const struct environment *r)
{
	struct user_record record OWNED(user_record_wipe) = { .phone = "" };
	const bool known = serve_user_record(r, &record);
	const struct store_send_key key = { .user = r->facts->user,
		.counted_as = known ? reach_counting_receiver(&record) : "",
		.source = "" };
	const char *which = "";
	int64_t wait_s = 0;
	const enum store_send sent =
	    store_send_look(r->store, &key, &r->conf->sends, &wait_s, &which);

	if (sent == SEND_ERROR) /* without host.key no messages can be sent */
		return store_is_keyless(r->store) ? 0 : -1;
	ui_item(r->ui, ITEM_WAIT, &which, &wait_s);
	return 0;
}

enum reason
control_status(const struct environment *r)
{
	const char *user = r->facts->user;
	const bool all = user[0] == '\0';

	if (strcmp(r->facts->request, PURPOSE_STATUS_CODES) == 0)
		return store_status_list(r->store, all ? NULL : user, (void *)r,
			   say_codes) != 0
		    ? request_store_failure(r)
		    : REASON_NONE;
	control_send_state_server(r, true);
	return control_send_users(r, all ? NULL : user) != 0 ||
		(all ? say_host(r) : say_wait(r)) != 0
	    ? request_store_failure(r)
	    : REASON_NONE;
}

static void
say_got_in(void *ctx, const char *user, enum method method, int64_t wall)
{
	const struct environment *r = ctx;
	const char *const text[] = { user, method_name(method) };

	ui_item(r->ui, ITEM_GOT_IN, text, &wall);
}

enum reason
control_logins(const struct environment *r)
{
	const char *service = r->facts->request;

	if (service[0] == '\0')
		return REASON_USAGE;
	return store_successes_by_user(
		   r->store, service, (void *)r, say_got_in) != 0
	    ? request_store_failure(r)
	    : REASON_NONE;
}

/* count: of what was done, or -1 if the state failed. */
static enum reason
log_done(const struct environment *r, int64_t count, enum event event,
    const char *what)
{
	const char *user = r->facts->user;

	if (count < 0)
		return request_store_failure(r);
	if (count == 0)
		return REASON_NOTHING;
	request_log(r->facts, event, what, user[0] != '\0' ? user : "(all)");
	return REASON_NONE;
}

/* Asks for a number of max digits at most. */
static enum reason
ask_number(const struct environment *r, const char *prompt, size_t max,
    int64_t *number)
{
	const struct ui *ui = r->ui;
	struct ui_answer a = { 0 };
	const enum ui_result answer =
	    ui->ask(ui->ctx, prompt, r->deadline, NULL, &a);
	size_t len = strspn(a.text, TEXT_DIGITS);

	if (answer != UI_ANSWER)
		return REASON_KEPT;
	if (len < 1 || len > max || a.text[len] != '\0')
		return REASON_USAGE;
	*number = strtoll(a.text, NULL, 10);
	return REASON_NONE;
}

static enum reason
serve_state_reset_sends(const struct environment *r)
{
	struct user_record record OWNED(user_record_wipe) = { .phone = "" };
	const bool known = serve_user_record(r, &record);
	int64_t reset = store_sends_reset(r->store, r->facts->user,
	    known ? reach_counting_receiver(&record) : "");

	for (size_t i = 1; reset >= 0 && i < record.phone_count; i++) {
		const int64_t more = store_sends_reset(
		    r->store, r->facts->user, record.phones[i].number);

		reset = more < 0 ? -1 : reset + more;
	}
	return log_done(r, reset, EVENT_NONE, "unlock --sends");
}

/* Ends what runs at the receivers of the user or person in the request, and at
 * the name under which pushes count. Returns how many, or -1. */
static int64_t
release_receivers(const struct environment *r)
{
	struct user_record of OWNED(user_record_wipe) = { .phone = "" };
	char push[OWNER_PUSH_MAX];
	const char *const receiver[] = { of.phone, of.email, of.push_identity,
		of.push_factor, of.totp_factor, of.authy_id, of.receiver, push,
		of.phones[1].number, of.phones[2].number };
	int64_t freed = 0, n = 0;

	(void)serve_user_record(r, &of);
	owner_write_push(r->facts->user, 0, push);
	for (size_t i = 0; n >= 0 && i < COUNT_OF(receiver); i++)
		if (receiver[i][0] != '\0') {
			n = store_number_release(r->store, receiver[i]);
			freed += n;
		}
	return n < 0 ? -1 : freed;
}

/* Like release_receivers(), also for all people of an account, except those who
 * have another user's record: numbers belong to that user. */
static int64_t
release_numbers(const struct environment *r)
{
	int64_t freed = release_receivers(r), n = freed;
	char owner[OWNER_MAX + 1];
	struct facts facts = *r->facts;
	struct environment one = *r;
	struct user_people people = { .count = 0 };

	one.facts = &facts;
	facts.user = owner;
	(void)user_people_read(r->conf, r->facts->user, NULL, &people, NULL);
	for (size_t i = 0; n >= 0 && i < people.count; i++)
		if (people.person[i].user[0] == '\0') {
			owner_write(
			    owner, r->facts->user, people.person[i].name);
			n = release_receivers(&one);
			freed += n;
		}
	return n < 0 ? -1 : freed;
}

enum reason
control_unlock(const struct environment *r)
{
	const bool local = strcmp(r->facts->request, PURPOSE_UNLOCK_LOCAL) == 0;
	int unlocked;
	int64_t freed;

	if (strcmp(r->facts->request, PURPOSE_UNLOCK_SENDS) == 0)
		return serve_state_reset_sends(r);
	unlocked = store_user_unlock(r->store, r->facts->user);
	/* the file of an outage has no verification */
	freed = unlocked < 0 || local ? 0 : release_numbers(r);
	if (freed > 0)
		ui_item(r->ui, ITEM_FREED, NULL, &freed);
	/* without host.key no login is at any number */
	return log_done(r,
	    unlocked < 0 || (freed < 0 && !store_is_keyless(r->store))
		? -1
		: unlocked > 0 || freed > 0,
	    EVENT_UNLOCKED, local ? "unlock --local" : "unlock");
}

struct codes {
	char code[RECOVERY_MAX][RECOVERY_LEN + 1];
	const char *list[RECOVERY_MAX];
};

/* Makes codes and sends them before they are stored: if twofactl cannot receive
 * them, the old codes stay valid. It shows them only after ALLOW. */
static int
make_codes(const struct environment *r, struct codes *codes, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		if (recovery_code_make(codes->code[i]) != 0)
			return -1;
		codes->list[i] = codes->code[i];
	}
	for (unsigned i = 0; i < count; i++)
		ui_item(r->ui, ITEM_CODE, &codes->list[i], NULL);
	return 0;
}

/* Stores new codes; with end, adds one bypass code instead. */
static enum reason
set_codes(const struct environment *r, unsigned count,
    struct store_recovery *end, enum event event, const char *what)
{
	struct codes codes = { 0 };
	const bool made = make_codes(r, &codes, count) == 0;
	const int set = made ? store_recovery_set(r->store, r->facts->user,
				   codes.list, count, end)
			     : -1;

	explicit_bzero(&codes, sizeof(codes));
	if (!made)
		return request_error(r, "the kernel gave no random bytes");
	if (set != 0)
		return set < 0 ? request_store_failure(r) : REASON_NOTHING;
	if (end != NULL)
		ui_item(r->ui, ITEM_BYPASS,
		    (const char *[]){ r->facts->user, end->by },
		    (int64_t[]){ clock_wall_s() + end->until, end->use,
			code_number(end) });
	return what != NULL ? log_done(r, 1, event, what) : REASON_NONE;
}

/* Adds a bypass code by request (wire.h), which twofactl has checked. */
static enum reason
add_code(const struct environment *r)
{
	struct store_recovery end = { .use = RECOVERY_USE_LOGIN };
	char *why, until[DAY_TIME_MAX], what[STORE_BY_MAX + 64];

	end.until = strtoll(r->facts->request, &why, 10) * 3600;
	if (*why == '+') {
		end.use = RECOVERY_USE_BOTH;
		why++;
	}
	PRINT_TO(end.by, "%.64s%s",
	    r->facts->ruser[0] != '\0' ? r->facts->ruser : "root", why);
	day_time_text(clock_wall_s() + end.until, until);
	PRINT_TO(what, "code%s until %s: \"%s\"",
	    end.use == RECOVERY_USE_BOTH ? " --invite" : "", until, why + 1);
	return set_codes(r, 1, &end, EVENT_BYPASS_MADE, what);
}

static enum reason
end_codes(const struct environment *r)
{
	struct store_recovery list[STORE_CODES_MAX];
	const int64_t number = strtoll(r->facts->request + 1, NULL, 10);
	const int count = store_recovery_list(r->store, r->facts->user, list);
	int ended = 0, rc = count;

	for (int i = 0; rc >= 0 && i < count; i++)
		if (list[i].use != 0 &&
		    (number == 0 || number == code_number(&list[i]))) {
			list[i].use = 0;
			rc = store_recovery_set(
			    r->store, r->facts->user, NULL, 0, &list[i]);
			ended += rc == 0;
		}
	return log_done(
	    r, rc < 0 ? -1 : ended, EVENT_BYPASS_ENDED, "code --end");
}

/* True if removal is left to an administrator of the fleet, who alone may
 * remove users, and this user has no code to remove. */
static bool
is_of_others(const struct environment *r)
{
	struct store_recovery list[STORE_CODES_MAX];

	return settings_is_fleet(r->conf) && r->facts->state_admin == NULL &&
	    strcmp(r->facts->request, PURPOSE_RECOVERY_LOCAL) != 0 &&
	    store_recovery_list(r->store, r->facts->user, list) == 0;
}

/* The answer 0 removes the codes, and the user from the state with them
 * (store_recovery_set). */
enum reason
control_recovery_codes(const struct environment *r)
{
	int left = store_recovery_count_codes(r->store, r->facts->user);
	int64_t count = left;
	enum reason why;

	if (left < 0)
		return request_store_failure(r);
	ui_item(r->ui, ITEM_LEFT, NULL, &count);
	if (r->facts->request[0] == '-')
		return end_codes(r);
	if (isdigit((unsigned char)r->facts->request[0]))
		return add_code(r);
	why = ask_number(r, "count", 2, &count);
	if (why != REASON_NONE)
		return why;
	if (count > RECOVERY_MAX)
		return REASON_USAGE;
	return count == 0 && is_of_others(r)
	    ? REASON_NONE
	    : set_codes(r, (unsigned)count, NULL, EVENT_NONE,
		  count > 0 || left > 0 ? "recovery-codes" : NULL);
}

/* Sets the counter of a token of the record, by its number there. */
static enum reason
set_counter(const struct environment *r, const struct user_record *record)
{
	const size_t n = strtoul(r->facts->request, NULL, 10) - 1;
	int64_t counter;
	enum reason why;

	if (n >= user_record_apps(record) || !record->app[n].kind.hotp)
		return REASON_USAGE;
	why = ask_number(r, "counter", COUNTER_DIGITS, &counter);
	if (why != REASON_NONE)
		return why;
	return log_done(r,
	    store_hotp_set(r->store, r->conf, &record->app[n].secret, counter),
	    EVENT_ENROLLED, "token");
}

/* Returns REASON_NOTHING if a counter of the record's tokens is not known. */
static enum reason
counters_known(const struct environment *r, const struct user_record *record)
{
	const size_t count = user_record_apps(record);
	int known = 1;

	for (size_t n = 0; known == 1 && n < count; n++)
		if (record->app[n].kind.hotp)
			known = store_hotp_is_known(
			    r->store, r->conf, &record->app[n].secret);
	if (known < 0)
		return request_store_failure(r);
	return known == 1 ? REASON_NONE : REASON_NOTHING;
}

/* Uses up the code that proved the app, so that it allows no login, and ends
 * logins remembered under the old secret. */
enum reason
control_totp(const struct environment *r)
{
	const char *user = r->facts->user;
	struct user_record record OWNED(user_record_wipe) = { .phone = "" };
	int64_t step;
	enum reason why;

	if (r->facts->request[0] != '\0') {
		if (!serve_user_record(r, &record))
			return REASON_USAGE;
		return strcmp(r->facts->request, PURPOSE_TOTP_KNOWN) == 0
		    ? counters_known(r, &record)
		    : set_counter(r, &record);
	}
	why = ask_number(r, "step", STEP_DIGITS, &step);
	if (why != REASON_NONE)
		return why;
	return log_done(r,
	    store_totp_renew(r->store, user, step) == 0 &&
		    store_remembered_forget(r->store, user) >= 0
		? 1
		: -1,
	    EVENT_ENROLLED, "totp");
}

enum reason
control_forget(const struct environment *r)
{
	const char *user = r->facts->user;
	const char *account = r->facts->request;
	char there[OWNER_REMEMBERED_MAX];
	int64_t count;

	if (account[0] != '\0') {
		if (!user_name_is_valid(user) || !user_name_is_valid(account))
			return REASON_USAGE;
		owner_write_remembered(user, account, there);
		user = there;
	}
	count =
	    store_remembered_forget(r->store, user[0] != '\0' ? user : NULL);
	if (count >= 0)
		ui_item(r->ui, ITEM_FORGOT, NULL, &count);
	return log_done(r, count, EVENT_NONE, "forget");
}
