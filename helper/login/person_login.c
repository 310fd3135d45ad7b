/* SPDX-License-Identifier: BSD-2-Clause */
/* Who it is that logs in to an account, and whether it is known already. */
#include "helper/login/login.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "helper/store/store_fleet.h"

/* Made-up people. */

/* the use of the digest's bytes; the name takes the first eight */
#define MAC_LIKE 8
#define MAC_TEXT 10

/* Separates them from decoys, which use a bare name. */
#define PREFIX "person\n"

/* The digest of a name at this account. It is made for every name, so that a
 * known one takes as long. 0, or -1 after a log line: host.key is missing. */
static int
person_decoy_mac(const struct settings *conf, const char *account,
    const char *name, unsigned char mac[PERSON_DECOY_MAC])
{
	char text[sizeof(PREFIX "\n") + USER_NAME_MAX + UI_ANSWER_MAX];
	unsigned char key[HOST_KEY_LEN];

	errno = 0;
	if (host_key_shared(conf->state_dir, settings_fleet_key(conf), key) !=
	    0) {
		log_problem("%s/host.key cannot be read or made: %s",
		    conf->state_dir, strerror(errno));
		return -1;
	}
	snprintf(text, sizeof(text), PREFIX "%s\n%s", account, name);
	host_key_hmac(key, text, mac);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(text, sizeof(text));
	return 0;
}

size_t
person_decoy_template(const unsigned char mac[PERSON_DECOY_MAC], size_t people)
{
	return (size_t)(mac[MAC_LIKE] << 8 | mac[MAC_LIKE + 1]) % people;
}

void
person_decoy_hex(
    const unsigned char mac[PERSON_DECOY_MAC], char hex[OWNER_DECOY_LEN + 1])
{
	hex_text(mac, OWNER_DECOY_LEN / 2, hex);
}

/* This much of a number is shown, or decides whether it is allowed. */
static size_t
kept_of(const struct settings *conf, const char *phone)
{
	const struct text_list *allowed = &conf->allowed_prefixes;
	size_t keep = 1 + phone_country_len(phone);

	for (size_t i = 0; i < allowed->count; i++) {
		const size_t len = strlen(allowed->item[i]);

		if (strncmp(phone, allowed->item[i], len) == 0 && len > keep)
			keep = len;
	}
	return keep;
}

static void
disguise_phone(const struct settings *conf,
    const unsigned char mac[PERSON_DECOY_MAC], char *phone)
{
	const size_t len = strlen(phone);

	for (size_t i = kept_of(conf, phone); i < len; i++)
		phone[i] = (char)('0' + mac[MAC_TEXT + i] % 10);
}

/* The domain is the most common one. */
static void
disguise_email(const unsigned char mac[PERSON_DECOY_MAC], char *email)
{
	const size_t len = strcspn(email, "@");

	for (size_t i = 0; i < len; i++)
		email[i] = (char)('a' +
		    mac[MAC_TEXT + i % (PERSON_DECOY_MAC - MAC_TEXT)] % 26);
}

void
person_decoy_apply(const struct settings *conf,
    const unsigned char mac[PERSON_DECOY_MAC], struct user_record *r)
{
	_Static_assert(
	    MAC_TEXT + PHONE_MAX <= PERSON_DECOY_MAC, "one for each");

	if (r->phone[0] != '\0')
		disguise_phone(conf, mac, r->phone);
	disguise_email(mac, r->email);
	/* codes are not compared with it */
	explicit_bzero(r->totp.b, sizeof(r->totp.b));
	memset(r->totp.b, 'A', r->totp.len);
}

struct search {
	const struct login *login;
	struct person_login *whose;
	struct user_people *people;
	struct user_person who;
};

/* false: the login is denied. */
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
	enum user_result found;

	s->people = calloc(1, sizeof(*s->people));
	if (s->people == NULL) {
		log_problem("out of memory: free some");
		return person_login_denied(s->login, REASON_STATE);
	}
	/* anything else: the people were removed since the file was read */
	found = user_people_read(env->conf, s->login->user, NULL, env->owner,
	    s->people, env->report);
	return found == USER_PEOPLE ||
	    person_login_denied(
		s->login, admission_unread_reason(env->conf, found));
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
	struct person_login *w = s->whose;
	size_t at = find_name(s->people, name);
	unsigned char mac[PERSON_DECOY_MAC];

	if (person_decoy_mac(l->env->conf, l->user, name, mac) != 0)
		return person_login_denied(l, REASON_STATE);
	w->named = true;
	w->decoy_person = at == s->people->count;
	if (w->decoy_person)
		at = person_decoy_template(mac, s->people->count);
	s->who = s->people->person[at];
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
	taken = dialogue_ask_name(s->login, name) && take_name(s, name);

	explicit_bzero(name, sizeof(name));
	return taken;
}

static bool
whose_login_find(struct search *s)
{
	const struct login *l = s->login;
	size_t at;

	switch (person_login_choose(s->people, l->env->facts->auth_info, &at)) {
	case PERSON_KNOWN:
		s->who = s->people->person[at];
		return true;
	case PERSON_UNKNOWN:
		return person_login_ask(s);
	case PERSON_UNCLEAR:
		break;
	}
	log_problem(
	    "the keys of this login are not all of one of the people of "
	    "%s: users.d/%s.conf says whose they are",
	    l->user, l->user);
	return person_login_denied(l, REASON_PERSON_UNCLEAR);
}

/* His name in the state, and for an admin. */
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

static void
name_stranger(struct person_login *w, const char *account)
{
	memcpy(w->like, w->user, sizeof(w->like));
	owner_write_decoy(account, w->hex, w->user);
	snprintf(w->shown, sizeof(w->shown), "%s", w->user);
}

/* The file may have changed: its present content counts. */
static enum user_result
person_login_read_record(struct search *s, struct user_record *record)
{
	const struct login *l = s->login;
	const enum user_result found = user_person_read(l->env->conf, l->user,
	    NULL, l->env->owner, &s->who, record, l->env->report);

	if (s->whose->decoy_person)
		l->result->reason = REASON_PERSON_UNKNOWN;
	else
		PRINT_TO(l->result->person, "%s", s->who.name);
	if (found != USER_FOUND) {
		person_login_denied(
		    l, admission_unread_reason(l->env->conf, found));
		return USER_ERROR;
	}
	name_person(s->whose, l->user, &s->who);
	if (s->whose->decoy_person) {
		name_stranger(s->whose, l->user);
		person_decoy_apply(l->env->conf, s->whose->mac, record);
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
	if (person_login_read_people(&s) && whose_login_find(&s))
		found = person_login_read_record(&s, record);
	free(s.people);
	return found;
}

int
person_login_set_counting(struct login *l, const struct person_login *w)
{
	char own[OWNER_STATE_MAX], shared[OWNER_STATE_MAX];
	int few;

	if (!w->named)
		return 0;
	store_guess_account(l->store, w->account);
	owner_write_decoy(w->account, w->hex, own);
	owner_write_decoy(w->account, "", shared);
	few = store_decoy(l->store, own, shared);
	l->alike = few == 0;
	if (l->alike && w->decoy_person)
		l->decoy_store = l->store;
	if (l->alike)
		log_notice("%s: %d names or more were typed at its prompt "
			   "within a day, so until then no login by name is "
			   "told of a lock, a limit or a code that is on its "
			   "way: twofactl unlock %s",
		    w->account, STORE_DECOYS_MAX, w->account);
	return few < 0 ? -1 : 0;
}

int
person_login_decoy_step(const struct login *l, const struct person_login *w)
{
	int left = 0;

	if (w->decoy_person)
		left = store_recovery_left(l->store, w->like);
	if (left > 0)
		l->begun->found.recovery_left = (unsigned)left;
	return left < 0 ? -1 : 0;
}

/* su that asks its caller. */

static enum user_result
person_login_deny(const struct login *l, enum reason why)
{
	login_deny(l, VERDICT_DENY, why);
	return USER_ERROR;
}

/* May the target be used at all? It needs no file. */
static bool
target_allows(const struct login *l, struct user_record *record)
{
	const enum user_result found = person_login_observe(
	    l->env->conf, l->user, l->env->owner, record, l->env->report);
	const bool enabled = record->enabled;

	user_record_wipe(record);
	switch (found) {
	case USER_ABSENT:
		return true;
	case USER_FOUND:
	case USER_PEOPLE:
		if (!enabled)
			person_login_deny(l, REASON_DISABLED);
		return enabled;
	case USER_OUTAGE:
	case USER_ERROR:
		break;
	}
	person_login_deny(l, admission_unread_reason(l->env->conf, found));
	return false;
}

static bool
find_caller(const struct login *l, struct account *caller)
{
	const uid_t uid = (uid_t)l->env->facts->real_uid;

	switch (accounts_find_uid(uid, caller)) {
	case ACCOUNT_FOUND:
		if (user_name_is_valid(caller->name))
			return true;
		break;
	case ACCOUNT_ABSENT:
		break;
	case ACCOUNT_ERROR:
		log_problem(
		    "uid %u, who calls su, cannot be looked up: check the "
		    "name service (nsswitch.conf)",
		    (unsigned)uid);
		person_login_deny(l, REASON_ACCOUNT_LOOKUP);
		return false;
	}
	person_login_deny(l, REASON_CALLER_UNENROLLED);
	return false;
}

static enum user_result
read_caller(
    const struct login *l, struct person_login *w, struct user_record *record)
{
	const enum user_result found = user_record_read(
	    l->env->conf, l->user, l->env->owner, record, l->env->report);

	switch (found) {
	case USER_FOUND:
		snprintf(w->user, sizeof(w->user), "%s", l->user);
		snprintf(w->shown, sizeof(w->shown), "%s", l->user);
		PRINT_TO(w->remembered_as, "%s", l->user);
		return found;
	case USER_PEOPLE:
		return person_login(l, w, record);
	case USER_ABSENT:
		log_notice("%s calls su, and is not enrolled: run twofactl "
			   "enroll %s",
		    l->user, l->user);
		return person_login_deny(l, REASON_CALLER_UNENROLLED);
	case USER_OUTAGE:
	case USER_ERROR:
		break;
	}
	return person_login_deny(
	    l, admission_unread_reason(l->env->conf, found));
}

enum user_result
caller_login(struct login *l, struct account *caller, struct person_login *w,
    struct user_record *record)
{
	const char *target = l->user;
	enum user_result found;

	if (!target_allows(l, record) || !find_caller(l, caller))
		return USER_ERROR;
	PRINT_TO(l->result->asked, "%s", caller->name);
	l->user = caller->name;
	found = read_caller(l, w, record);
	if (found == USER_FOUND)
		owner_write_remembered(
		    w->remembered_as, target, w->remembered_as);
	return found;
}

enum user_result
person_login_observe(const struct settings *conf, const char *user, uid_t owner,
    struct user_record *record, const struct settings_report *report)
{
	const enum user_result found =
	    user_record_read(conf, user, owner, record, report);

	return found == USER_PEOPLE
	    ? user_people_enabled(conf, user, owner, &record->enabled, report)
	    : found;
}

/* As found: rules.h handles a caller without a file. */
static enum user_result
watched(
    const struct login *l, struct account *caller, struct user_record *record)
{
	if (!target_allows(l, record)) {
		if (l->result->reason == REASON_STORE_OUTAGE)
			return USER_OUTAGE;
		return l->result->reason == REASON_DISABLED ? USER_FOUND
							    : USER_ERROR;
	}
	if (!find_caller(l, caller))
		return l->result->reason == REASON_CALLER_UNENROLLED
		    ? USER_ABSENT
		    : USER_ERROR;
	return person_login_observe(
	    l->env->conf, caller->name, l->env->owner, record, l->env->report);
}

enum user_result
caller_login_observe(
    const struct login *l, struct account *caller, struct user_record *record)
{
	struct login_result denied;
	struct login watching = *l;
	enum user_result found;

	result_init(&denied);
	watching.result = &denied;
	found = watched(&watching, caller, record);
	PRINT_TO(l->result->asked, "%s", caller->name);
	return found;
}

/* people->count: none has it. */
static size_t
person_choice_find(
    const struct user_people *people, const struct ssh_identity *who)
{
	size_t i = 0;

	while (
	    i < people->count && !user_person_has_key(&people->person[i], who))
		i++;
	return i;
}

enum person_login_choose
person_login_choose(
    const struct user_people *people, const char *auth_info, size_t *at)
{
	struct ssh_identity who;
	bool first = true;

	*at = people->count;
	for (; ssh_identity_next(&auth_info, "", &who); first = false) {
		const size_t found = person_choice_find(people, &who);

		if (!first && found != *at)
			return PERSON_UNCLEAR;
		*at = found;
	}
	return *at < people->count ? PERSON_KNOWN : PERSON_UNKNOWN;
}

/* Adds each part with its length, so that no two lists of parts look alike. */
static bool
person_login_add(EVP_MD_CTX *md, const void *part, size_t len)
{
	const uint64_t n = len;

	return EVP_DigestUpdate(md, &n, sizeof(n)) == 1 &&
	    EVP_DigestUpdate(md, part, len) == 1;
}

static bool
add_text(EVP_MD_CTX *md, const char *text)
{
	return person_login_add(md, text, strlen(text));
}

static bool
add_number(EVP_MD_CTX *md, int64_t n)
{
	return person_login_add(md, &n, sizeof(n));
}

static bool
person_login_is_loopback(const char *address)
{
	struct in6_addr six;

	return strncmp(address, "127.", 4) == 0 ||
	    (inet_pton(AF_INET6, address, &six) == 1 &&
		IN6_IS_ADDR_LOOPBACK(&six));
}

/* SSH_AUTH_INFO_0, less how often a security key has signed: that changes with
 * each login. */
static bool
add_keys(EVP_MD_CTX *md, const char *info)
{
	const char *end;
	bool added = true;

	while (added && (end = strstr(info, " signature count = ")) != NULL) {
		added = person_login_add(md, info, (size_t)(end - info));
		info = end + strcspn(end, "\n");
	}
	return added && add_text(md, info);
}

static bool
bind_ssh(EVP_MD_CTX *md, const struct facts *f, const char *address)
{
	return address[0] != '\0' && !person_login_is_loopback(address) &&
	    module_arguments_method_passed(
		SSH_METHOD_PUBLICKEY, f->auth_info) &&
	    add_text(md, address) && add_keys(md, f->auth_info);
}

static bool
bind_terminal(EVP_MD_CTX *md, const struct facts *f)
{
	return f->leader_tty > 0 && f->rhost[0] == '\0' && f->session_id > 0 &&
	    f->leader_start > 0 && f->boot_id[0] != '\0' &&
	    add_number(md, f->leader_tty) && add_text(md, f->ruser) &&
	    add_number(md, f->real_uid) && add_number(md, f->session_id) &&
	    add_number(md, f->leader_start) && add_text(md, f->boot_id);
}

bool
remembered_login_binding(const struct facts *f, const char *user,
    const char *address, const struct user_record *record,
    unsigned char out[STORE_REMEMBERED_LEN])
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned len = 0;
	bool bound;

	if (md == NULL)
		return false;
	bound = EVP_DigestInit_ex(md, EVP_sha256(), NULL) == 1 &&
	    add_text(md, user) && add_text(md, f->service) &&
	    person_login_add(md, record->digest, sizeof(record->digest)) &&
	    (strcmp(f->service, "sshd") == 0 ? bind_ssh(md, f, address)
					     : bind_terminal(md, f)) &&
	    EVP_DigestFinal_ex(md, out, &len) == 1 &&
	    len == STORE_REMEMBERED_LEN;
	EVP_MD_CTX_free(md);
	return bound;
}

bool
remembered_login_bind(const struct login *l, const char *address,
    unsigned char binding[STORE_REMEMBERED_LEN])
{
	/* who got in by a simulator's code would be in when it has gone */
	return l->decision->remember_minutes > 0 &&
	    !settings_is_rehearsal(l->env->conf) &&
	    l->env->facts->socket_uid == 0 &&
	    remembered_login_binding(l->env->facts,
		l->remembered_as != NULL ? l->remembered_as : l->user, address,
		l->record, binding);
}
