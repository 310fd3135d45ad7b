/* SPDX-License-Identifier: BSD-2-Clause */
/* The treatment of a login by rules and record: asked, admitted, denied, or
 * given a decoy. Reads nothing but its arguments, clock and time zone. */
#include "lib/rules/rules.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

#define ZONE_FILE "/etc/localtime"
/* bounds of the deadline that a service may set, if it does not run as root */
#define PEER_DEADLINE_MIN_MS 60000
#define PEER_DEADLINE_MAX_MS 280000

/* Writes a numeric address in its canonical form, ::ffff:a.b.c.d as a.b.c.d.
 * False if text is not numeric, such as a name or an address with a scope. */
static bool
address_canonical(const char *text, char out[46])
{
	struct network net;

	return strchr(text, '/') == NULL && network_parse(text, &net) == 0 &&
	    inet_ntop(net.family, net.addr, out, 46) != NULL;
}

void
admission_address(
    const char *service, const char *rhost, const char *ssh_addr, char out[46])
{
	if (strcmp(service, "sshd") == 0 && address_canonical(ssh_addr, out))
		return;
	if (!address_canonical(rhost, out))
		out[0] = '\0';
}

/* True for prefix and a number whose first digit is at least first. */
static bool
is_numbered_tty(const char *tty, const char *prefix, char first)
{
	return text_take(&tty, prefix) && tty[0] >= first &&
	    text_has_only(tty, TEXT_DIGITS);
}

bool
admission_is_console(
    const char *service, const char *tty, const char *rhost, bool real_root)
{
	/* these ask on the terminal of an existing session; sudo -i and su -
	 * use the services sudo-i and su-l */
	if (!real_root || rhost[0] != '\0' ||
	    text_has_word("sudo sudo-i su su-l", service))
		return false;
	(void)text_take(&tty, "/dev/");
	return is_numbered_tty(tty, "tty", '1') ||
	    is_numbered_tty(tty, "ttyS", '0') ||
	    is_numbered_tty(tty, "hvc", '0');
}

static const char *const admission_names[] = {
	[ADMISSION_DENY] = "denied",
	[ADMISSION_DECOY] = "decoy",
	[ADMISSION_TELL] = "told",
	[ADMISSION_ENROL] = "enrol",
	[ADMISSION_SKIP] = "skipped",
	[ADMISSION_OBSERVE] = "observed",
	[ADMISSION_UNENROLLED] = "unenrolled",
	[ADMISSION_ON] = "on",
};
_Static_assert(COUNT_OF(admission_names) == ADMISSION_ON + 1, "a word each");

const char *
admission_end_name(enum admission_end end)
{
	return admission_names[end];
}

static struct admission
make_admission(enum admission_end end, enum reason reason)
{
	return (struct admission){ .end = end, .reason = reason };
}

/* True if the host's zone is UTC: glibc also silently uses UTC for a zone that
 * it cannot read. A file of UTC ends with this text (RFC 9636); without a file
 * the zone is UTC. */
static bool
zone_is_utc(void)
{
	static const char end[] = "\nUTC0\n";
	char found[sizeof(end)] = "";
	FILE *file OWNED(owned_file) = fopen(ZONE_FILE, "re");
	struct stat st;

	if (file == NULL)
		return lstat(ZONE_FILE, &st) != 0 && errno == ENOENT;
	return fseek(file, -(long)strlen(end), SEEK_END) == 0 &&
	    fread(found, 1, strlen(end), file) == strlen(end) &&
	    strcmp(found, end) == 0;
}

unsigned
admission_week_minute(const struct settings *conf)
{
	const time_t now = (time_t)clock_wall_s();
	struct tm tm;
	size_t i = 0;

	while (i < conf->rule_count && conf->rule[i].hours.count == 0)
		i++;
	if (i == conf->rule_count)
		return 0;
	(void)unsetenv("TZ");
	tzset();
	if (localtime_r(&now, &tm) == NULL ||
	    (strcmp(tm.tm_zone, "UTC") == 0 && !zone_is_utc()))
		return 0;
	return (unsigned)((tm.tm_wday + 6) % 7 * HOURS_DAY + tm.tm_hour * 60 +
	    tm.tm_min + 1);
}

unsigned
admission_today(const struct settings *conf)
{
	const int64_t day = clock_wall_s() / (60 * HOURS_DAY);

	if (conf->today != 0)
		return conf->today;
	return day >= TWOFA_DAY ? (unsigned)day : 0;
}

_Static_assert(sizeof(TWOFA_DATE) == DAY_TEXT_MAX, "CHANGELOG.md has one");

struct admission_time
admission_now(const struct settings *conf)
{
	return (struct admission_time){ admission_today(conf),
		admission_week_minute(conf) };
}

void
admission_fill_facts(struct admission_time came, const struct facts *f,
    const char *name, char address[46], char source[SOURCE_MAX + 1],
    struct rule_facts *out)
{
	const char *raw =
	    strcmp(f->service, "sshd") == 0 && f->ssh_addr[0] != '\0'
	    ? f->ssh_addr
	    : f->rhost;

	admission_address(f->service, f->rhost, f->ssh_addr, address);
	/* an address with a scope (fe80::1%eth0) matches no rule, but is a
	 * source */
	if (f->socket_uid != 0)
		source_from_socket_uid((uid_t)f->socket_uid, source);
	else
		source_from_address(address[0] != '\0' ? address : raw,
		    (uid_t)f->real_uid, source);
	*out = (struct rule_facts){ .user = name,
		.service = f->service,
		.address = address,
		.console = admission_is_console(
		    f->service, f->tty, f->rhost, f->real_uid == 0),
		.first_factor = f->first_factor != FIRST_NONE,
		.real_root = f->real_uid == 0,
		.one_field = f->one_field != NULL,
		.socket_uid = f->socket_uid,
		.week_minute = came.week_minute,
		.today = came.today,
		.auth_info = f->real_uid == 0 ? f->auth_info : "" };
}

static int64_t
deadline_within(int64_t ms)
{
	if (ms < PEER_DEADLINE_MIN_MS)
		return PEER_DEADLINE_MIN_MS;
	return ms > PEER_DEADLINE_MAX_MS ? PEER_DEADLINE_MAX_MS : ms;
}

static bool
is_change_by_self(const char *request)
{
	return text_has_word(PURPOSE_SELF_APP
	    " " PURPOSE_SELF_CODES " phone phone1 phone2 phone3 phone+"
	    " remove1 remove2 remove3",
	    request);
}

/* Facts are copied by name, so a new one stays empty until it is added here. */
enum reason
admission_filter_facts(struct facts *f, uid_t peer)
{
	const struct facts said = *f;
	const bool self = said.purpose == PURPOSE_SELF;

	*f = (struct facts){
		.purpose = self ? PURPOSE_SELF : PURPOSE_LOGIN,
		.conf = MODULE_ARGUMENTS_CONF,
		.deadline_ms = deadline_within(said.deadline_ms),
		.user = said.user,
		.service = self ? "twofactl" : said.service,
		.tty = "",
		.rhost = "",
		.ssh_addr = "",
		.ruser = "",
		.real_uid = peer,
		.socket_uid = peer,
		.boot_id = "",
		.conversation = said.conversation,
		.one_field = said.one_field,
		/* the uid, by the kernel, is twofactl's */
		.first_factor = self || said.first_factor == FIRST_PASSWORD_SEEN
		    ? FIRST_PASSWORD_SEEN
		    : FIRST_NONE,
		.auth_info = "",
		.request =
		    self && is_change_by_self(said.request) ? said.request : "",
		.record = "",
	};
	return (self || said.purpose == PURPOSE_LOGIN) &&
		strcmp(said.conf, MODULE_ARGUMENTS_CONF) == 0
	    ? REASON_NONE
	    : REASON_SOCKET_REQUEST;
}

enum reason
admission_check_socket(
    const struct settings *conf, const struct facts *f, const char *own)
{
	const bool self = f->purpose == PURPOSE_SELF;

	if (f->socket_uid == 0 || settings_socket_allows(conf, f->socket_uid))
		return self ? REASON_SOCKET_REQUEST : REASON_NONE;
	return own[0] != '\0' && strcmp(f->user, own) == 0 ? REASON_NONE
							   : REASON_SOCKET_USER;
}

struct admission
admission_account(const char *user, enum account_result found, const char *name)
{
	if (!user_name_is_valid(user))
		return make_admission(ADMISSION_DENY, REASON_USER_NAME);
	if (found == ACCOUNT_ABSENT)
		return make_admission(ADMISSION_DECOY, REASON_NO_ACCOUNT);
	return found == ACCOUNT_FOUND && user_name_is_valid(name)
	    ? make_admission(ADMISSION_ON, REASON_NONE)
	    : make_admission(ADMISSION_DENY, REASON_ACCOUNT_LOOKUP);
}

bool
admission_needs_record(const struct decision *d, const struct rule_facts *f)
{
	return policy_is_proven(d, f) &&
	    (d->action == ACTION_REQUIRE || d->action == ACTION_OBSERVE);
}

enum reason
admission_unread_reason(const struct settings *conf, enum user_result found)
{
	const struct record_source *source = conf->records;

	if (source != NULL && source->why != REASON_NONE)
		return source->why;
	return found == USER_OUTAGE ? REASON_STORE_OUTAGE : REASON_USER_FILE;
}

bool
admission_allows_unenrolled(const struct settings *conf, unsigned today)
{
	return conf->unenrolled_allow &&
	    !day_is_past(conf->unenrolled_until, today);
}

bool
admission_allows_self(const struct settings *conf, unsigned today)
{
	return conf->self_enrol_until != 0 &&
	    !day_is_past(conf->self_enrol_until, today);
}

bool
admission_may_enrol(const struct settings *conf, const char *service,
    bool first_factor, int64_t socket_uid)
{
	return first_factor && socket_uid == 0 &&
	    settings_enrols_at(conf, service);
}

/* As far as settings and record say: a code of the state may allow the login
 * without another factor. */
static const char *
observed_enrolled(const struct settings *conf, const struct decision *d,
    const struct user_record *r)
{
	const struct factor_choice c = factor_choice(conf, r, d, 0);

	if (!r->enabled)
		return "deny-disabled";
	if (factor_choice_has_code(&c) || c.push)
		return "require";
	return r->phone[0] == '\0' || reach_number_allowed(conf, r->phone)
	    ? "deny-no-method"
	    : "deny-prefix";
}

static const char *
observed_verdict(const struct settings *conf, const struct rule_facts *f,
    const struct decision *d, enum user_result found,
    const struct user_record *r)
{
	if (found == USER_FOUND)
		return observed_enrolled(conf, d, r);
	if (found == USER_PEOPLE) /* any of them: all have records */
		return r->enabled ? "require" : "deny-disabled";
	if (found == USER_OUTAGE)
		return "deny-store-outage";
	if (found == USER_ABSENT && user_account_is_other(conf))
		return "deny-other-account";
	if (found == USER_ABSENT && policy_needs_caller(d, f))
		return "deny-caller-unenrolled";
	if (found == USER_ABSENT)
		return admission_allows_unenrolled(conf, f->today)
		    ? "allow-unenrolled"
		    : "deny-unenrolled";
	return admission_unread_reason(conf, found) == REASON_USER_FILE
	    ? "deny-user-file"
	    : "deny-state";
}

/* Nobody is admitted unnoticed under the name of a user with a factor. */
static struct admission
treat_unenrolled(const struct settings *conf, const struct rule_facts *f)
{
	const bool other = user_account_is_other(conf);

	if (!other && admission_allows_unenrolled(conf, f->today))
		return make_admission(ADMISSION_UNENROLLED, REASON_UNENROLLED);
	if (!other && admission_allows_self(conf, f->today) &&
	    admission_may_enrol(
		conf, f->service, f->first_factor, f->socket_uid))
		return make_admission(ADMISSION_ENROL, REASON_UNENROLLED);
	return make_admission(
	    conf->unenrolled_text[0] != '\0' ? ADMISSION_TELL : ADMISSION_DECOY,
	    other ? REASON_OTHER_ACCOUNT : REASON_UNENROLLED);
}

static struct admission
admission_require(const struct settings *conf, const struct rule_facts *f,
    enum user_result found, const struct user_record *r)
{
	if (found == USER_ABSENT)
		return treat_unenrolled(conf, f);
	if (found == USER_FOUND && r->enabled)
		return make_admission(ADMISSION_ON, REASON_NONE);
	return make_admission(ADMISSION_DENY,
	    found == USER_FOUND ? REASON_DISABLED
				: admission_unread_reason(conf, found));
}

struct admission
admission_record(const struct settings *conf, const struct rule_facts *f,
    const struct decision *d, enum user_result found,
    const struct user_record *r)
{
	struct admission plan = { .end = ADMISSION_OBSERVE };

	if (!policy_is_proven(d, f))
		return make_admission(ADMISSION_DECOY, REASON_NO_FIRST_FACTOR);
	if (d->action == ACTION_SKIP)
		return make_admission(ADMISSION_SKIP, REASON_NONE);
	if (d->action == ACTION_REQUIRE)
		return admission_require(conf, f, found, r);
	if (d->action != ACTION_OBSERVE)
		return make_admission(ADMISSION_DENY, REASON_RULE);
	plan.would = observed_verdict(conf, f, d, found, r);
	return plan;
}
