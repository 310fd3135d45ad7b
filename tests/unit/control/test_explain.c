/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An explanation and a login, on the same random cases: rules, facts, record,
 * state. What is explained is what the login then meets, and the state is the
 * same before and after it was.
 */
#include "tests/support/logins/explained.h"

#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "helper/factors/factors.h"
#include "helper/listener/listener.h"
#include "helper/login/login.h"
#include "helper/providers/providers.h"
#include "helper/control/control_inside.h"
#include "helper/store/store.h"
#include "lib/rules/rules.h"
#include "lib/values/values.h"
#include "tests/support/samples.h"
#include "tests/support/store_time.h"
#include "tests/support/unit_tests.h"

/* EXPLAIN=all takes the first number in the place of the second one. */
#define ALL_CASES 6000
#define SOME_CASES 800
#define SERVICE_UID 4294967294 /* that is not root's; nobody's account */
#define CASES_A_FOLDER 20
#define RULES 3
#define PHONE "+447700900123"
#define IDENTITY "ff483d1ff591898a9942916050d2ca3f"
#define FACTOR "YF03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define SECRET "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define DAY 10  /* so the real clock is after each end */
#define DEAD 77 /* the number of a session that was killed */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* In the place of libc's: so many cases need not wait for a disk. */
int
fsync(int fd)
{
	(void)fd;
	return 0;
}

int
fdatasync(int fd)
{
	(void)fd;
	return 0;
}

/* --- a random case ------------------------------------------------------- */

#define KEY "SHA256:xWGubjNN/hA/D36LhCnui46vitpZ7Pap46MmWkPaqj4"
#define KEY_LINE                                                               \
	"publickey ssh-ed25519 "                                               \
	"AAAAC3NzaC1lZDI1NTE5AAAAINUZvNg5OLQzyzSCrGEBcMra"                     \
	"9GKoDLeXFrt2Q5kWOlXI"

static uint64_t seed;
static unsigned number;          /* of the case */
static bool shared;              /* by people, one of whom comes by key */
static char kept[OWNER_MAX + 1]; /* as the state calls who comes */

/* Below n. xorshift64: the same cases everywhere. */
static unsigned
pick(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 20) % n);
}

static bool
one_in(unsigned n)
{
	return pick(n) == 0;
}

static struct rule rules[RULES];
static const char *self[1], *group[1];
static struct network nets[2];

static struct text_list
list(const char **item)
{
	return (struct text_list){ 1, item };
}

static void
random_conditions(struct rule *r)
{
	static const char *services[] = { "sshd", "sudo" };
	static const char *others[] = { "nobody-else" };
	static const char *nogroup[] = { "no-such-group-of-ours" };

	if (one_in(3))
		r->services = list(&services[pick(2)]);
	if (one_in(4))
		r->users = list(one_in(3) ? others : self);
	if (one_in(4))
		r->from = (struct network_list){ 1, &nets[pick(2)] };
	if (one_in(4))
		r->groups = list(one_in(4) ? nogroup : group);
	if (one_in(3))
		r->until = DAY - 1 + pick(3);
	r->console_set = one_in(6);
	r->console = one_in(2);
}

static void
random_rule(struct rule *r)
{
	static const enum action actions[] = { ACTION_REQUIRE, ACTION_REQUIRE,
		ACTION_REQUIRE, ACTION_REQUIRE, ACTION_REQUIRE, ACTION_SKIP,
		ACTION_OBSERVE, ACTION_DENY };
	/* few users have nothing but their phone, and are let in by one */
	static const enum on_outage outages[] = { OUTAGE_UNSET, OUTAGE_DENY,
		OUTAGE_OFFLINE, OUTAGE_ALLOW, OUTAGE_ALLOW, OUTAGE_ALLOW };

	*r = (struct rule){ .action = actions[pick(COUNT(actions))],
		.methods = one_in(2) ? METHOD_ALL : pick(1u << METHOD_COUNT),
		.on_outage = outages[pick(COUNT(outages))],
		.stack = one_in(5),
		.remember_minutes = one_in(2) ? 15 : 0 };
	random_conditions(r);
}

static void
random_conf(struct scripted *s)
{
	static const enum on_outage outages[] = { OUTAGE_OFFLINE, OUTAGE_DENY,
		OUTAGE_ALLOW, OUTAGE_ALLOW };
	static const char *prefixes[] = { "+44", "+1" };
	struct settings *c = &s->conf;

	c->rule = rules;
	c->rule_count = pick(RULES + 1);
	for (size_t i = 0; i < c->rule_count; i++)
		random_rule(&rules[i]);
	c->on_outage = outages[pick(COUNT(outages))];
	c->unenrolled_allow = one_in(2);
	c->unenrolled_text = one_in(2) ? "See the help desk" : "";
	/* a day before an end, it, one after it, or a clock that is wrong */
	c->today = one_in(9) ? 0 : DAY;
	c->unenrolled_until = one_in(3) ? DAY - 1 + pick(3) : 0;
	c->on_outage_until = one_in(3) ? DAY + 1 - pick(3) / 2 * 2 : 0;
	c->failover_after_unknown = !one_in(3);
	c->tell_locked = !one_in(3);
	c->allowed_prefixes = (struct text_list){ 0 };
	if (one_in(3))
		c->allowed_prefixes = list(&prefixes[one_in(3)]);
	c->socket_uids = !one_in(4);
	c->socket_uid[0] = SERVICE_UID;
	c->sends.other_hour = 1 + pick(3);
	c->sends.user_hour = 1 + pick(4);
	c->sends.push_hour = 1 + pick(2);
	c->sends.source_hour = 2 + pick(6);
	c->sends.price = 1000;
	c->sends.spend_day = one_in(6) ? 2000 : -1;
}

static void
random_channels(char *out, size_t cap)
{
	static const char *const names[] = { "sms", "voice", "push", "totp" };
	unsigned left = 1 + pick(15), first = pick(4);
	size_t used = (size_t)snprintf(out, cap, "channels = [");
	bool some = false;

	for (unsigned i = 0; i < 4; i++) {
		const unsigned n = (first + i) % 4;

		if ((left >> n & 1) == 0)
			continue;
		used += (size_t)snprintf(out + used, cap - used, "%s\"%s\"",
		    some ? ", " : "", names[n]);
		some = true;
	}
	snprintf(out + used, cap - used, "]; ");
}

static void
random_record(const struct scripted *s)
{
	char path[256], channels[128], text[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.conf", s->users, s->user);
	unlink(path);
	shared = number % 5 == 4 && pick(10) > 0;
	owner_write(kept, s->user, shared ? "anna" : NULL);
	if (!shared && one_in(10))
		return;
	snprintf(path, sizeof(path), "%s/totp", s->dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(SECRET "\n", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(path, 0640), 0);
	random_channels(channels, sizeof(channels));
	snprintf(text, sizeof(text), "%s%s%s%s", one_in(15) ? "wrong " : "",
	    shared ? "people = ( { name = \"ben\"; phone = \"+14155550199\"; },"
		     " { name = \"anna\"; key = \"" KEY "\"; "
		   : "",
	    one_in(15) ? "enabled = false; " : "", channels);
	if (strstr(channels, "sms") != NULL ||
	    strstr(channels, "voice") != NULL || one_in(2))
		strcat(text, "phone = \"" PHONE "\"; ");
	if (strstr(channels, "push") != NULL || one_in(2))
		strcat(text,
		    "push_identity = \"" IDENTITY "\"; push_factor = \"" FACTOR
		    "\"; ");
	if (one_in(3))
		strcat(text,
		    one_in(3) ? "provider = \"push2\"; "
			      : "provider = \"second\"; ");
	if (strstr(channels, "totp") != NULL || one_in(2))
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
		    "totp_secret_file = \"%s\";", path);
	if (shared)
		strcat(text, " } );");
	scripted_user(s, text);
}

static void
random_facts(struct scripted *s)
{
	static const char *const services[] = { "sshd", "sshd", "sudo",
		"login" };
	static const char *const addresses[] = { "192.0.2.7", "10.1.2.3", "",
		"host.example.org" };
	struct facts *f = &s->facts;

	f->user = s->user;
	if (!shared && one_in(20))
		f->user = one_in(2) ? "no-such-account-" : "-x";
	f->service = services[pick(COUNT(services))];
	f->rhost = addresses[pick(COUNT(addresses))];
	f->ssh_addr = strcmp(f->service, "sshd") == 0 ? f->rhost : "";
	f->tty = one_in(2) ? "tty1" : "pts/3";
	f->real_uid = one_in(4) ? 1001 : 0;
	f->session_id = 12;
	f->leader_start = 34;
	f->leader_tty = 0x8803;
	f->first_factor = one_in(8) ? FIRST_NONE
	    : one_in(2)             ? FIRST_PASSWORD_SEEN
				    : FIRST_SSH_METHODS;
	f->auth_info = one_in(2) ? "publickey ssh-ed25519 AAAA" : "";
	f->socket_uid = 0;
	if (shared) {
		f->service = "sshd";
		f->auth_info = KEY_LINE;
	} else if (one_in(4)) {
		(void)admission_filter_facts(f, SERVICE_UID);
	}
}

/* A program with one field, and what stands in it. */
static void
random_field(struct scripted *s)
{
	static const char *const parts[] = { "", "000000", "000000",
		"ABCDEFGH234567AB", "sms", "sms", "call", "push" };

	s->facts.conversation = false;
	s->facts.one_field = parts[pick(COUNT(parts))];
	for (size_t i = 0; i < s->conf.rule_count; i++)
		rules[i].push_blind = !one_in(3);
}

/* --- a random state ------------------------------------------------------ */

static int64_t
wall_of(const struct scripted *s)
{
	return s->wall + s->clock / 1000;
}

/* A verification on its way or over, of this user or another's. */
static void
random_row(const struct scripted *s, struct store *store)
{
	static const char *const at[] = { "vonage", "second", "gone" };
	const struct store_key key = { one_in(5) ? "somebody" : kept, PHONE,
		at[pick(COUNT(at))], "vonage-verify", { NULL } };
	const enum method method = one_in(2) ? METHOD_SMS : METHOD_VOICE;
	const int64_t session = one_in(2) ? DEAD : 5;
	struct store_row row;
	char id[32];

	if (at_claim(store, &key, 0, method, session, s->clock, 60000, &row) !=
	    CLAIM_NEW)
		return;
	snprintf(id, sizeof(id), "random-%u", number);
	switch (pick(6)) {
	case 0:
	case 1:
		return; /* starting */
	case 2:
		at_unknown(store, row.id, session, s->clock);
		return;
	}
	at_started(
	    store, row.id, session, id, method, s->clock, s->clock + 300000, 0);
	if (one_in(4))
		at_spend(store, row.id, id, s->clock + 60000);
}

/* The last start got no answer, at one provider or at both. */
static void
random_unknown(const struct scripted *s, struct store *store)
{
	static const char *const at[] = { "vonage", "second" };
	const unsigned some = 1 + pick(3);
	struct store_row row;

	for (unsigned i = 0; i < COUNT(at); i++) {
		const struct store_key key = { kept, PHONE, at[i],
			"vonage-verify", { NULL } };

		if ((some >> i & 1) != 0 &&
		    at_claim(store, &key, 0, METHOD_SMS, 5, s->clock, 60000,
			&row) == CLAIM_NEW)
			at_unknown(store, row.id, 5, s->clock);
	}
}

static void
random_guesses(const struct scripted *s, struct store *store)
{
	static const struct limits_of_guesses hundred = { 200, 200, 900, 0 };
	const unsigned times = one_in(8) ? LIMITS_LOCKOUT_AT : 7;
	/* a lock from the clock's future is repaired by a login alone */
	const int64_t wall = wall_of(s) + (one_in(4) ? 5000 : 0);
	struct store_guess_token token;
	char source[SOURCE_MAX + 1];
	int64_t wait_s;

	source_from_address(one_in(2) ? "192.0.2.7" : "10.1.2.3", 1001, source);
	if (one_in(4))
		source_from_socket_uid(SERVICE_UID, source);
	if (one_in(6))
		at_guess_refuse(store, kept, source, 3600, wall_of(s));
	for (unsigned i = 0; i < times; i++)
		at_guess_take(store, kept, source,
		    times == 7 ? &s->conf.guesses : &hundred, wall, &token,
		    &wait_s);
}

static void
random_push(const struct scripted *s, struct store *store)
{
	char name[OWNER_PUSH_MAX];
	const struct store_key key = { kept, name, one_in(2) ? "push" : "push2",
		"type", { NULL } };
	struct store_row row;

	owner_write_push(kept, s->facts.socket_uid, name);
	if (at_claim(store, &key, 0, METHOD_PUSH, 5, s->clock, 60000, &row) ==
		CLAIM_NEW &&
	    one_in(2))
		at_unknown(store, row.id, 5, s->clock);
}

static void
ignore(void *ctx, const char *line)
{
	(void)ctx;
	(void)line;
}

static enum user_result
read_record(const struct scripted *s, struct user_record *record)
{
	const struct settings_report none = { .ctx = NULL, .line = ignore };
	struct user_person who = { .name = "anna" };

	return shared
	    ? user_person_read(&s->conf, s->user, NULL, &who, record, &none)
	    : user_record_read(&s->conf, s->user, record, &none);
}

static void
random_grace(const struct scripted *s, struct store *store)
{
	unsigned char binding[STORE_REMEMBERED_LEN];
	struct user_record record;
	static const struct settings none;
	struct facts facts;
	char address[46];
	char path[256];

	snprintf(path, sizeof(path), "%s/%s.conf", s->users, s->user);
	if (access(path, R_OK) != 0 || one_in(2))
		return;
	admission_address(
	    s->facts.service, s->facts.rhost, s->facts.ssh_addr, address);
	if (read_record(s, &record) != USER_FOUND)
		return;
	facts = s->facts;
	facts.socket_uid = 0;
	if (remembered_login_bind_if_allowed(
		&none, &facts, kept, address, false, &record, binding))
		at_remembered_put(
		    store, kept, binding, wall_of(s), wall_of(s) + 900);
	user_record_wipe(&record);
}

/* Some, or all who were asked in this minute. */
static void
random_outage(const struct scripted *s, struct store *store)
{
	const bool all = one_in(2);

	for (size_t i = 0; i < s->conf.provider_count; i++)
		if (all || one_in(2))
			at_pass_over(
			    store, s->conf.provider[i].name, s->clock + 50000);
}

static void
random_state(struct scripted *s)
{
	static const char *const codes[] = { "ABCDEFGH234567AB" };
	static const int64_t steps[] = { 1000, 30000, 90000, 400000, 4000000 };
	const int64_t asks = s->facts.socket_uid;
	struct store *store;

	s->clock += steps[pick(COUNT(steps))];
	s->dead = DEAD;
	/* who was there before may be another than who asks now */
	s->facts.socket_uid = one_in(3) ? SERVICE_UID : 0;
	store = scripted_store(s);
	store_recovery_set(store, kept, codes, one_in(3) ? 1 : 0, NULL);
	if (one_in(2))
		store_user_unlock(store, kept);
	if (one_in(5))
		random_guesses(s, store);
	if (one_in(4))
		random_unknown(s, store);
	if (one_in(2))
		random_row(s, store);
	if (one_in(4))
		random_push(s, store);
	if (one_in(6))
		at_pass_over(store, "vonage", s->clock + 50000);
	if (one_in(6))
		at_pass_over(store, "push", s->clock + 50000);
	random_grace(s, store);
	if (one_in(2))
		random_outage(s, store);
	store_close(store);
	s->facts.socket_uid = asks;
}

/* --- the explanation ----------------------------------------------------- */

static bool
is_dead(int64_t session)
{
	return session == DEAD;
}

static void
copy(char *out, size_t cap, const char *text)
{
	assert_true((size_t)snprintf(out, cap, "%s", text) < cap);
}

/* --- the login ----------------------------------------------------------- */

/* Who was asked first, and for what; out: who is passed over is out of reach,
 * and how many requests came to nothing by that. */
static struct {
	bool out;
	bool passed[SETTINGS_PROVIDERS_MAX];
	unsigned requests, lost;
	char provider[40];
	bool push;
} asked;

static void
answer(struct scripted *s, const struct provider_conf *p,
    const struct http_request *req, struct http_reply *reply)
{
	const bool push = strstr(req->path, "/Challenges") != NULL;

	/* what cannot be joined is ended first */
	if (strcmp(req->path, "/verify/control/json") == 0) {
		memset(reply, 0, sizeof(*reply));
		reply->fate = HTTP_REPLIED;
		reply->status = 200;
		reply->len = (size_t)snprintf((char *)reply->body, 64,
		    "{\"status\":\"0\",\"command\":\"cancel\"}");
		return;
	}
	if (asked.out && asked.passed[p - s->conf.provider]) {
		asked.lost++;
		memset(reply, 0, sizeof(*reply));
		reply->fate = HTTP_NOT_SENT;
		return;
	}
	if (asked.requests++ == 0) {
		copy(asked.provider, sizeof(asked.provider), p->name);
		asked.push = push;
	}
	memset(reply, 0, sizeof(*reply));
	reply->fate = HTTP_REPLIED;
	reply->status = push ? 201 : 200;
	reply->len = (size_t)snprintf((char *)reply->body, 512,
	    push ? "{\"sid\":\"YC%032u\",\"service_sid\":"
		   "\"VAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\",\"identity\":"
		   "\"" IDENTITY "\",\"factor_sid\":\"" FACTOR
		   "\",\"status\":\"pending\",\"factor_type\":\"push\"}"
		 : "{\"request_id\":\"case%u\",\"status\":\"0\"}",
	    number);
}

static struct login_result result;

#define EXPECT(what)                                                           \
	do {                                                                   \
		if (!(what))                                                   \
			wrong(e, script, #what);                               \
	} while (0)

static void
wrong(const struct explained *e, const struct script *script, const char *what)
{
	fail_msg("case %u: %s\n  explained: %s %s %s, %s %s %s %s, in an "
		 "outage %s\n  login: verdict %d outcome %d reason %s method "
		 "%s provider %s, %u "
		 "prompts, %u requests\n  prompt: %s",
	    number, what, e->end, e->reason, e->would, e->ask, e->method,
	    e->provider, e->asked_reason, e->outage, (int)result.verdict,
	    (int)result.outcome,
	    result.reason != REASON_NONE ? reason_word(result.reason) : "-",
	    method_name(result.method), result.provider, script->prompts,
	    asked.requests, script->prompt[0]);
}

static bool
reason_is(const char *reason)
{
	return result.reason != REASON_NONE &&
	    strcmp(reason_word(result.reason), reason) == 0;
}

static bool
is(const char *text, const char *other)
{
	return strcmp(text, other) == 0;
}

static bool
prompt_has(const struct script *script, const char *words)
{
	return script->prompts == 1 && strstr(script->prompt[0], words) != NULL;
}

/* How a login ends that the state does not decide about. */
static void
compare_end(const struct explained *e, const struct script *script, bool asks)
{
	const bool admits = is(e->end, "skipped") || is(e->end, "observed") ||
	    is(e->end, "unenrolled");

	EXPECT((result.verdict == VERDICT_ALLOW) == admits);
	EXPECT(result.until[0] == '\0' || admits);
	EXPECT(asked.requests == 0);
	if (e->reason[0] != '\0')
		EXPECT(reason_is(e->reason));
	EXPECT(is(e->would, result.would != NULL ? result.would : ""));
	EXPECT((result.outcome == LOGIN_SKIPPED) == is(e->end, "skipped"));
	EXPECT((result.outcome == LOGIN_OBSERVED) == is(e->end, "observed"));
	EXPECT((script->prompts > 0) ==
	    (asks && (is(e->end, "decoy") || is(e->end, "told"))));
}

static void
compare_phone(const struct explained *e, const struct script *script)
{
	const bool joins = is(e->ask, "join");

	EXPECT(asked.requests == (joins ? 0 : 1));
	EXPECT(script->prompts == 1);
	EXPECT(reason_is("peer-gone"));
	EXPECT(is(result.provider, e->provider));
	EXPECT(joins || (is(asked.provider, e->provider) && !asked.push));
	EXPECT(is(method_name(result.method), e->method));
	EXPECT((strstr(script->prompt[0], "already sent") != NULL ||
		   strstr(script->prompt[0], "Already calling") != NULL ||
		   strstr(script->prompt[0], "ago") != NULL) == joins);
}

/* One that shows as a line, where nothing need be typed. */
static bool
made_up_push(const struct script *script)
{
	return script->prompts == 0 && script->said > 0 &&
	    strstr(script->line[0], "Approve ") != NULL;
}

static void
compare_ask(const struct explained *e, const struct script *script)
{
	EXPECT((result.verdict == VERDICT_ALLOW) == is(e->ask, "remembered"));
	if (is(e->ask, "denied")) {
		EXPECT(reason_is(e->asked_reason));
		EXPECT(asked.requests == 0);
	} else if (is(e->ask, "remembered")) {
		EXPECT(reason_is("grace"));
	} else if (is(e->ask, "send") || is(e->ask, "join")) {
		compare_phone(e, script);
	} else if (is(e->ask, "wait")) {
		EXPECT(reason_is("deadline") && script->paused > 0);
		EXPECT(asked.requests == 0);
	} else if (is(e->ask, "push")) {
		EXPECT(asked.push && is(asked.provider, e->provider));
	} else if (is(e->ask, "app")) {
		EXPECT(prompt_has(script, "of your app"));
		EXPECT(asked.requests == 0);
	} else if (is(e->ask, "recovery")) {
		EXPECT(prompt_has(script, "ecovery code"));
		EXPECT(asked.requests == 0);
	} else {
		EXPECT(is(e->ask, "hidden"));
		EXPECT(reason_is("locked"));
		EXPECT(script->prompts == 1 || made_up_push(script));
		EXPECT(asked.requests == 0);
	}
}

static bool
field_is(const struct scripted *s, const char *part)
{
	return is(s->facts.one_field, part);
}

/* A code that was typed already: of the app first, then of the message. */
static void
compare_field_code(const struct explained *e, const struct script *script)
{
	const unsigned checks = e->method[0] != '\0' ? 1 : 0;

	EXPECT(asked.requests <= checks);
	EXPECT(result.tries >= 1);
	if (is(e->ask, "join"))
		EXPECT(is(result.provider, e->provider) && asked.requests == 1);
	else
		EXPECT(asked.requests == checks || result.tries == 1);
}

/* Nothing is asked, so one field is all that such a login has. */
static void
compare_field(const struct scripted *s, const struct explained *e,
    const struct script *script)
{
	EXPECT(script->prompts == 0 && script->said == 0);
	EXPECT(
	    result.verdict == VERDICT_ALLOW || result.verdict == VERDICT_DENY);
	if (is(e->ask, "denied")) {
		EXPECT(reason_is(e->asked_reason));
		EXPECT(asked.requests == 0);
	} else if (is(e->ask, "remembered")) {
		EXPECT(reason_is("grace"));
	} else if (is(e->ask, "send")) {
		EXPECT(reason_is("code-sent") && asked.requests == 1);
		EXPECT(is(asked.provider, e->provider) && !asked.push);
		EXPECT(is(method_name(result.method), e->method));
	} else if (is(e->ask, "join") && !field_is(s, "000000")) {
		EXPECT(reason_is("code-sent") && asked.requests == 0);
	} else if (is(e->ask, "join") || is(e->ask, "app")) {
		compare_field_code(e, script);
	} else if (is(e->ask, "wait")) {
		EXPECT(asked.requests == 0 && script->paused > 0);
	} else if (is(e->ask, "push")) {
		EXPECT(asked.push && is(asked.provider, e->provider));
	} else if (is(e->ask, "recovery")) {
		EXPECT(result.verdict == VERDICT_ALLOW);
		EXPECT(result.method == METHOD_RECOVERY);
	} else {
		EXPECT(is(e->ask, "hidden"));
		EXPECT(reason_is("locked") || result.method == METHOD_RECOVERY);
		EXPECT(asked.requests == 0);
	}
}

/* The same where nobody who is passed over answers. */
static void
compare_outage(const struct explained *e, const struct script *script)
{
	struct explained then = *e;

	EXPECT(asked.lost > 0);
	EXPECT(reason_is("outage") == is(e->outage, "admitted"));
	if (is(e->outage, "admitted")) {
		EXPECT(result.verdict == VERDICT_ALLOW);
		return;
	}
	EXPECT(result.verdict != VERDICT_ALLOW);
	copy(then.ask, sizeof(then.ask), e->outage);
	if (is(then.ask, "app") || is(then.ask, "recovery") ||
	    is(then.ask, "wait"))
		compare_ask(&then, script);
	else if (is(then.ask, "push"))
		EXPECT(asked.push);
	else if (is(then.ask, "send"))
		EXPECT(asked.requests == 1 && script->prompts == 1);
	else if (is(then.ask, "join"))
		EXPECT(asked.requests == 0 && script->prompts == 1);
	else
		EXPECT(is(then.ask, "denied") && asked.requests == 0 &&
		    (prompt_has(script, "(Enter ends)") || /* of a limit */
			!prompt_has(script, "ecovery code")));
}

static void
look_passed(const struct scripted *s)
{
	struct store *store = scripted_store(s);

	for (size_t i = 0; i < s->conf.provider_count; i++)
		asked.passed[i] = store_provider_is_passed_over(
				      store, s->conf.provider[i].name) == 1;
	store_close(store);
}

static void
login(struct scripted *s, const struct explained *e)
{
	struct script given = { .answer = { { 0, UI_GONE, NULL, NULL } } };
	struct script *script = &given;
	const enum reason why = admission_check_socket(&s->conf, &s->facts, "");

	memset(&asked, 0, sizeof(asked));
	login_result_init(&result);
	if (why != REASON_NONE) { /* such a login does not begin */
		login_result_deny(&result, VERDICT_DENY, why);
		compare_end(e, script, s->facts.conversation);
		return;
	}
	look_passed(s);
	asked.out = e->outage[0] != '\0' && number % 4 != 0;
	s->answer = answer;
	/* nobody ends that other login's start here */
	script->leaves_ms =
	    is(e->ask, "wait") || (asked.out && is(e->outage, "wait")) ? 100
								       : 0;
	scripted_run(s, script, 1000 + number, &result);
	if (asked.out && s->facts.one_field != NULL)
		EXPECT(reason_is("outage") == is(e->outage, "admitted"));
	else if (asked.out)
		compare_outage(e, script);
	else if (is(e->end, "on") && s->facts.one_field != NULL)
		compare_field(s, e, script);
	else if (is(e->end, "on"))
		compare_ask(e, script);
	else
		compare_end(e, script, s->facts.conversation);
}

/* --- all of them --------------------------------------------------------- */

static const char *const ends[] = { "denied", "decoy", "told", "skipped",
	"observed", "unenrolled", "on" };
static unsigned seen_end[COUNT(ends)], seen_ask[FORECAST_ASKS];

static void
count(const struct explained *e)
{
	for (size_t i = 0; i < COUNT(ends); i++)
		seen_end[i] += is(e->end, ends[i]);
	for (unsigned i = 0; i < FORECAST_ASKS; i++)
		seen_ask[i] += is(e->ask, forecast_name((enum forecast)i)) +
		    is(e->outage, forecast_name((enum forecast)i));
}

static void
set_providers(struct scripted *s)
{
	struct provider_conf *p = s->conf.provider;

	p[1] = p[2] = p[0];
	p[1].name = "second";
	sample_conf(sample_of_type("twilio-push"), &p[2]);
	p[2].name = "push";
	snprintf(p[2].scheme, sizeof(p[2].scheme), "https");
	p[2].base_url = "https://localhost";
	p[2].timeout_ms = 10000;
	p[3] = p[2];
	p[3].name = "push2";
	s->conf.provider_count = 4;
}

static void
run_cases(unsigned from, unsigned count_of, bool fields)
{
	struct explained e;
	struct scripted *s;
	void *state;

	assert_int_equal(scripted_setup(&state), 0);
	s = state;
	set_providers(s);
	self[0] = s->user;
	for (number = from; number < from + count_of; number++) {
		seed = 88172645463325252u + number * UINT64_C(2654435761);
		pick(1);
		random_conf(s);
		random_record(s);
		random_facts(s);
		if (fields)
			random_field(s);
		random_state(s);
		if (shared)
			s->facts.user = kept;
		explained_run(s, is_dead, &e);
		if (shared)
			s->facts.user = s->user;
		login(s, &e);
		count(&e);
	}
	assert_int_equal(scripted_teardown(&state), 0);
}

/* A case that never comes up tests nothing. */
static void
same_cases(bool fields)
{
	const struct group *gr = getgrgid(getgid());
	const char *all = getenv("EXPLAIN");
	const unsigned least = fields ? 1 : 3;
	const unsigned cases =
	    all != NULL && is(all, "all") ? ALL_CASES : SOME_CASES;

	memset(seen_end, 0, sizeof(seen_end));
	memset(seen_ask, 0, sizeof(seen_ask));
	assert_non_null(gr);
	group[0] = gr->gr_name;
	assert_int_equal(network_parse("192.0.2.0/24", &nets[0]), 0);
	assert_int_equal(network_parse("10.0.0.0/8", &nets[1]), 0);
	for (unsigned i = 0; i < cases; i += CASES_A_FOLDER)
		run_cases(i, CASES_A_FOLDER, fields);
	for (size_t i = 0; i < COUNT(ends); i++)
		print_message("%s %u, ", ends[i], seen_end[i]);
	for (unsigned i = 0; i < FORECAST_ASKS; i++)
		print_message(
		    "%s %u, ", forecast_name((enum forecast)i), seen_ask[i]);
	print_message("\n");
	for (size_t i = 0; i < COUNT(ends); i++)
		if (seen_end[i] < 3)
			fail_msg("%s: %u times", ends[i], seen_end[i]);
	for (unsigned i = 0; i < FORECAST_ASKS; i++)
		if (seen_ask[i] < least &&
		    !(fields && i == FORECAST_ASK_ADMITTED))
			fail_msg("%s: %u times",
			    forecast_name((enum forecast)i), seen_ask[i]);
}

static void
test_same_cases(void **state)
{
	(void)state;
	same_cases(false);
}

static void
test_same_fields(void **state)
{
	(void)state;
	same_cases(true);
}

/* Of every rule it is said how it fared, and the decision fits. */
static void
test_every_rule(void **state)
{
	static const char *services[] = { "sudo" };
	static const char *users[] = { "bob" };
	static const char *groups[] = { "ops", "lost" };
	struct rule rule[] = {
		{ .services = list(services), .action = ACTION_SKIP },
		{ .users = list(users), .action = ACTION_SKIP },
		{ .from = { 1, &nets[1] }, .action = ACTION_SKIP },
		{ .console_set = true, .console = true },
		{ .groups = list(&groups[0]), .action = ACTION_SKIP },
		{ .action = ACTION_REQUIRE, .on_outage = OUTAGE_UNSET },
		{ .action = ACTION_SKIP },
	};
	static const char *const failed[] = { "services", "users", "from",
		"console", "groups" };
	const struct group_fact facts[] = { { .name = "ops",
	    .membership = GROUP_NOT_MEMBER } };
	const struct rule_facts f = { .user = "alice",
		.service = "sshd",
		.address = "192.0.2.7",
		.first_factor = true,
		.group = facts,
		.groups = 1 };
	struct settings conf = { .rule = rule, .rule_count = COUNT(rule) };
	struct rule_result each[COUNT(rule)];
	struct decision d = policy_explain(&conf, &f, each);

	(void)state;
	assert_int_equal(d.rule, 6);
	for (size_t i = 0; i < COUNT(failed); i++) {
		assert_int_equal(each[i].end, POLICY_FAILS);
		assert_string_equal(each[i].by->name, failed[i]);
	}
	assert_int_equal(each[5].end, POLICY_MATCHES);
	assert_int_equal(each[6].end, POLICY_NOT_REACHED);
	rule[4].groups = list(&groups[1]);
	d = policy_explain(&conf, &f, each);
	assert_int_equal(d.rule, 6);
	assert_int_equal(d.unknown, 5);
	assert_int_equal(each[4].end, POLICY_UNKNOWN);
	assert_string_equal(each[4].by->name_unknown, "group-unknown");
	assert_int_equal(each[5].end, POLICY_MATCHES);
	rule[4].action = ACTION_DENY;
	d = policy_explain(&conf, &f, each);
	assert_int_equal(d.action, ACTION_REQUIRE);
	assert_int_equal(d.rule, 5);
	assert_int_equal(each[5].end, POLICY_NOT_REACHED);
}

UNIT_TESTS(test_explain)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_cases),
		cmocka_unit_test(test_same_fields),
		cmocka_unit_test(test_every_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
