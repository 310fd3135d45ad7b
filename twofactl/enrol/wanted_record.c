/* SPDX-License-Identifier: BSD-2-Clause */
/* The wanted values of a user's record, as they were typed, and who has that
 * number already. */
#include "twofactl/enrol/enrol.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "twofactl/enrol/enrol_inside.h"

#define WHY_MAX 256
#define BETWEEN " ,;+|/" /* between channels */
#define NAME_MAX_LEN 16

struct reading {
	struct wanted_record *wish;
	const struct settings *conf;
	const struct settings_report *report;
	int rc;
};

static void __attribute__((format(printf, 3, 4)))
wanted_record_wrong(struct reading *r, const char *what, const char *fmt, ...)
{
	char line[WHY_MAX + NAME_MAX_LEN];
	va_list ap;

	PRINT_TO(line, "%s: ", what);
	va_start(ap, fmt);
	vsnprintf(line + strlen(line), WHY_MAX, fmt, ap);
	va_end(ap);
	r->report->line(r->report->ctx, line);
	r->rc = -1;
}

static bool
said(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static void
wanted_record_read_phone(struct reading *r, const struct wanted_record_typed *t)
{
	const char *cause;

	if (said(t->country) && typed_number_country_check(t->country) != 0) {
		wanted_record_wrong(r, "--country",
		    "\"%.10s\" is not a calling code, allowed: such as 1, "
		    "44, 353",
		    t->country);
		return;
	}
	if (!said(t->phone))
		return;
	cause = typed_number_read(
	    t->phone, said(t->country) ? t->country : NULL, r->wish->phone);
	if (cause != NULL)
		wanted_record_wrong(r, "phone", "the number %s", cause);
	else if (!reach_number_allowed(r->conf, r->wish->phone))
		wanted_record_wrong(r, "phone",
		    "%s begins with none of the allowed_prefixes of "
		    "twofa.conf; correct the number, or add its prefix there",
		    r->wish->phone);
}

static void
wanted_record_add_channel(struct reading *r, const char *name)
{
	enum method m = method_from_name(name);
	const bool first = r->wish->list[0] == '\0';
	char quoted[NAME_MAX_LEN + 3];

	if (m == METHOD_NONE || m >= METHOD_RECOVERY) {
		wanted_record_wrong(r, "channels",
		    "\"%s\" is not a channel, allowed: sms, voice, "
		    "whatsapp, email, push, totp",
		    name);
		return;
	}
	PRINT_TO(quoted, "\"%s\"", name);
	if (strstr(r->wish->list, quoted) != NULL) {
		wanted_record_wrong(r, "channels", "\"%s\" stands twice", name);
		return;
	}
	if ((METHODS_CODE & METHOD_BIT(m)) != 0 &&
	    (settings_methods(r->conf) & METHOD_BIT(m)) == 0)
		wanted_record_wrong(r, "channels",
		    "no provider of twofa.conf delivers by %s; leave it out, "
		    "or add a provider that does",
		    name);
	if (first)
		r->wish->first = m;
	PRINT_APPEND(r->wish->list, "%s%s", first ? "[" : ", ", quoted);
}

static void
wanted_record_read_channels(
    struct reading *r, const struct wanted_record_typed *t)
{
	const char *p = said(t->channels) ? t->channels : "";
	char name[NAME_MAX_LEN + 1];

	while (*(p += strspn(p, BETWEEN)) != '\0') {
		size_t len = strcspn(p, BETWEEN);

		PRINT_TO(name, "%.*s",
		    (int)(len < NAME_MAX_LEN ? len : NAME_MAX_LEN), p);
		wanted_record_add_channel(r, name);
		p += len;
	}
	if (r->wish->list[0] != '\0')
		PRINT_APPEND(r->wish->list, "]");
	else if (said(t->channels) && r->rc == 0)
		wanted_record_wrong(r, "channels", "no channel is given");
}

static void
read_provider(struct reading *r, const struct wanted_record_typed *t)
{
	char names[WHY_MAX / 2] = "";

	if (!said(t->provider))
		return;
	if (settings_provider(r->conf, t->provider) != NULL) {
		PRINT_TO(r->wish->provider, "%s", t->provider);
		return;
	}
	for (size_t i = 0; i < r->conf->provider_count; i++)
		PRINT_APPEND(names, "%s%s", i > 0 ? ", " : "",
		    r->conf->provider[i].name);
	wanted_record_wrong(r, "provider",
	    "\"%.40s\" is not in twofa.conf, allowed: %s", t->provider, names);
}

static void
wanted_record_read_text(struct reading *r, const char *what, const char *typed,
    bool (*valid)(const char *), const char *allowed, char *out, size_t cap)
{
	if (!said(typed))
		return;
	if (valid(typed))
		snprintf(out, cap, "%s", typed);
	else
		wanted_record_wrong(
		    r, what, "\"%.80s\" is none, allowed: %s", typed, allowed);
}

static void
wanted_record_read_person(
    struct reading *r, const struct wanted_record_typed *t)
{
	static const char key[] = "SHA256: and 43 characters, as ssh-keygen -l "
				  "prints it";
	struct wanted_record *w = r->wish;

	wanted_record_read_text(r, "key", t->key, ssh_fingerprint_is_valid, key,
	    w->key, sizeof(w->key));
	wanted_record_read_text(r, "cert_id", t->cert_id, ssh_cert_id_is_valid,
	    "1 to 255 bytes of printable ASCII without blanks", w->cert_id,
	    sizeof(w->cert_id));
	wanted_record_read_text(r, "ca", t->ca, ssh_fingerprint_is_valid, key,
	    w->ca, sizeof(w->ca));
	wanted_record_read_text(r, "user", t->user, user_name_is_valid,
	    "the name of a user whose factors the person has", w->user,
	    sizeof(w->user));
}

int
wanted_record_read(struct wanted_record *wish, const struct settings *conf,
    const struct wanted_record_typed *t, const struct settings_report *report)
{
	struct reading r = { .wish = wish, .conf = conf, .report = report };

	memset(wish, 0, sizeof(*wish));
	wanted_record_read_phone(&r, t);
	wanted_record_read_text(&r, "email", t->email, email_is_valid,
	    "an address such as alice@example.org", wish->email,
	    sizeof(wish->email));
	wanted_record_read_channels(&r, t);
	read_provider(&r, t);
	wanted_record_read_person(&r, t);
	wanted_record_read_text(&r, "language", t->language, language_is_known,
	    PROVIDER_LANGUAGES(PROVIDER_LANGUAGE_WORD), wish->language,
	    sizeof(wish->language));
	return r.rc;
}

size_t
wanted_record_changes(const struct wanted_record *wish,
    struct record_text_change change[WANTED_RECORD_KEYS])
{
	const struct record_text_change all[WANTED_RECORD_KEYS] = {
		{ .key = "key", .value = wish->key },
		{ .key = "cert_id", .value = wish->cert_id },
		{ .key = "ca", .value = wish->ca },
		{ .key = "user", .value = wish->user },
		{ .key = "phone", .value = wish->phone },
		{ .key = "email", .value = wish->email },
		{ .key = "channels", .value = wish->list, .literal = true },
		{ .key = "provider", .value = wish->provider },
		{ .key = "language", .value = wish->language },
		{ .key = "authy_id", .value = wish->authy_id },
	};
	size_t count = 0;

	for (size_t i = 0; i < WANTED_RECORD_KEYS; i++)
		if (all[i].value[0] != '\0')
			change[count++] = all[i];
	return count;
}

#define DIGITS "0123456789"
#define TYPED_MAX 32 /* digits, more than any number has */
#define DOUBT_LEN 10
#define NANP_LEN 10

/* In these countries a number may begin with a 0 that is also dialled from
 * abroad (ITU-T E.164 national numbering plans): it is no trunk prefix. */
static const char *const zero_stays[] = { "39", "225", "229", "242", "378",
	"379" };

/* Countries whose national numbers have one length, without the trunk prefix
 * (the same plans): the length tells whether a calling code is there
 * already. */
static const struct {
	const char *country;
	size_t len;
} fixed[] = {
	{ "1", NANP_LEN },
	{ "7", 10 },
	{ "33", 9 },
	{ "34", 9 },
	{ "41", 9 },
	{ "45", 8 },
	{ "47", 8 },
	{ "48", 9 },
	{ "65", 8 },
	{ "91", 10 },
};

/* The length of a separator, 0 for none: ASCII, and what phones and word
 * processors insert: no-break and narrow blanks, hyphens and dashes, direction
 * marks. */
static size_t
separator(const char *p)
{
	static const char *const utf8[] = { "\xc2\xa0", "\xe2\x80\x8b",
		"\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\x90", "\xe2\x80\x91",
		"\xe2\x80\x92", "\xe2\x80\x93", "\xe2\x80\x94", "\xe2\x80\xaa",
		"\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xaf", "\xe2\x88\x92",
		"\xef\xbb\xbf" };

	if (*p != '\0' && strchr(" \t.-()/", *p) != NULL)
		return 1;
	for (size_t i = 0; i < COUNT_OF(utf8); i++)
		if (strncmp(p, utf8[i], strlen(utf8[i])) == 0)
			return strlen(utf8[i]);
	return 0;
}

struct typed {
	char digit[TYPED_MAX + 1];
	size_t len;
	bool plus;
	size_t trunk; /* number of digits before "(0)"; 0: there is none */
};

static const char *
strip(const char *p, struct typed *t)
{
	*t = (struct typed){ .len = 0 };
	while (*p != '\0') {
		size_t skip = separator(p);

		if (strncmp(p, "(0)", 3) == 0 && t->len > 0 && t->trunk == 0) {
			t->trunk = t->len;
			skip = 3;
		} else if (*p == '+' && t->len == 0 && !t->plus) {
			t->plus = true;
			skip = 1;
		}
		if (skip > 0) {
			p += skip;
			continue;
		}
		if (*p < '0' || *p > '9')
			return "has characters that do not belong in a "
			       "number; leave out extensions and names";
		if (t->len == TYPED_MAX)
			return "has too many digits, allowed: 15 with the "
			       "calling code";
		t->digit[t->len++] = *p++;
	}
	return t->len == 0 ? "is empty" : NULL;
}

/* 4.15556E+11: the last digits are lost. */
static bool
rounded(const char *typed)
{
	size_t len = strspn(typed, DIGITS ".,");

	return len > 0 && (typed[len] == 'E' || typed[len] == 'e') &&
	    typed[len + 1] == '+' &&
	    typed[len + 2 + strspn(typed + len + 2, DIGITS)] == '\0';
}

static bool
keeps_zero(const char *digits, size_t country)
{
	for (size_t i = 0; i < COUNT_OF(zero_stays); i++)
		if (strlen(zero_stays[i]) == country &&
		    strncmp(zero_stays[i], digits, country) == 0)
			return true;
	return false;
}

static const char *
typed_number_format(
    const char *country, const char *national, char out[PHONE_MAX + 1])
{
	int n = snprintf(out, PHONE_MAX + 1, "+%s%s", country, national);
	bool nanp = out[1] == '1';

	if (n <= PHONE_MAX && phone_is_valid(out) &&
	    (!nanp || n == 2 + NANP_LEN))
		return NULL;
	out[0] = '\0';
	return nanp ? "is not complete, allowed: 10 digits after +1"
		    : "has too few or too many digits, allowed: 7 to 15 with "
		      "the calling code";
}

/* With a calling code; "(0)" after it is for callers within the country. */
static const char *
international(const struct typed *t, const char *digits, char out[])
{
	size_t before = t->trunk - (size_t)(digits - t->digit), country;
	char number[TYPED_MAX + 2];

	if (digits[0] == '\0' || digits[0] == '0')
		return "begins with a 0 after the plus, where a calling "
		       "code must be";
	PRINT_TO(number, "+%s", digits);
	country = phone_country_len(number);
	if (t->trunk == 0)
		return typed_number_format("", digits, out);
	if (before != country)
		return "has (0) somewhere other than after the calling code";
	PRINT_TO(number, "%.*s", (int)country, digits);
	if (!keeps_zero(digits, country))
		return typed_number_format(number, digits + country, out);
	return "has (0), but numbers of this country keep their 0, or have "
	       "none; write it as it is dialled from abroad";
}

static size_t
fixed_len(const char *country)
{
	for (size_t i = 0; i < COUNT_OF(fixed); i++)
		if (strcmp(fixed[i].country, country) == 0)
			return fixed[i].len;
	return 0;
}

/* The length of the trunk prefix in a country whose numbers have one length: 1
 * and 7 have other prefixes than 0. */
static size_t
trunk_len(const char *digits, const char *country)
{
	size_t len = strlen(digits);

	if (strcmp(country, "1") == 0)
		return len == NANP_LEN + 1 && digits[0] == '1' ? 1 : 0;
	if (strcmp(country, "7") == 0)
		return len == 11 && digits[0] == '8' ? 1 : 0;
	if (strcmp(country, "36") == 0)
		return strncmp(digits, "06", 2) == 0 ? 2 : 0;
	if (keeps_zero(country, strlen(country)))
		return 0;
	return digits[0] == '0' ? 1 : 0;
}

static const char *
national(const char *digits, const char *country, char out[])
{
	size_t trunk = trunk_len(digits, country), code = strlen(country);
	size_t len = strlen(digits) - trunk, fix = fixed_len(country);

	if (trunk == 0 && strncmp(digits, country, code) == 0 && len != fix) {
		if (len == fix + code)
			return typed_number_format("", digits, out);
		/* 0491 is the area code of Leer: or is it Germany's 49? */
		if (len >= DOUBT_LEN)
			return "may have its calling code in front already; "
			       "write it with + or as it is dialled at home";
	}
	return typed_number_format(country, digits + trunk, out);
}

int
typed_number_country_check(const char *country)
{
	size_t len = strspn(country, DIGITS);
	char number[8];

	if (len < 1 || len > 3 || country[len] != '\0' || country[0] == '0')
		return -1;
	PRINT_TO(number, "+%s00", country);
	return phone_country_len(number) == len ? 0 : -1;
}

const char typed_number_no_country[] =
    "has no calling code; write it with + in front, or add --country 1 (or "
    "44 ...)";

const char *
typed_number_read(
    const char *typed, const char *country, char out[PHONE_MAX + 1])
{
	const char *wrong;
	struct typed t;

	out[0] = '\0';
	if (rounded(typed))
		return "was rounded by a spreadsheet; format the column as "
		       "text and enter the number again";
	wrong = strip(typed, &t);
	if (wrong != NULL)
		return wrong;
	if (t.plus)
		return international(&t, t.digit, out);
	if (strncmp(t.digit, "00", 2) == 0)
		return international(&t, t.digit + 2, out);
	if (t.trunk > 0)
		return "has (0) without + in front; write it with + and the "
		       "calling code";
	if (country == NULL)
		return typed_number_no_country;
	return national(t.digit, country, out);
}

/* The fingerprint of a key that is typed or in a file. */

#define AS_SSHD "publickey " /* the prefix for ssh_identity_next */
#define LINE_MAX_LEN 20000   /* enough for a certificate with many principals */

/* At most one line of a file. 0 or -1 with errno. */
static int
read_key_line(const char *path, char *line, size_t cap)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode))
		errno = EINVAL;
	else
		n = read(fd, line, cap - 1);
	line[n > 0 ? n : 0] = '\0';
	line[strcspn(line, "\r\n")] = '\0';
	close(fd);
	return n < 0 ? -1 : 0;
}

static int
read_key_file(struct ssh_identity *id, const char *option, const char *path)
{
	char line[sizeof(AS_SSHD) + LINE_MAX_LEN] = AS_SSHD;
	const char *at = line;

	if (read_key_line(path, line + strlen(AS_SSHD), LINE_MAX_LEN) != 0)
		return terminal_error(
		    "%s %.200s: %s; give a fingerprint, SHA256: and 43 "
		    "characters, or a file FILE.pub",
		    option, path, strerror(errno));
	if (ssh_identity_next(&at, "", id) &&
	    (id->key[0] != '\0' || id->cert_id[0] != '\0'))
		return 0;
	return terminal_error(
	    "%s %.200s: the first line is neither an ssh public key nor a user "
	    "certificate with an id without blanks; see: ssh-keygen -l -f FILE",
	    option, path);
}

int
typed_key_read(struct ssh_identity *id, const char *option, const char *typed)
{
	*id = (struct ssh_identity){ .key = "" };
	if (strncmp(typed, "SHA256:", strlen("SHA256:")) != 0)
		return read_key_file(id, option, typed);
	if (ssh_fingerprint_is_valid(typed)) {
		PRINT_TO(id->key, "%s", typed);
		return 0;
	}
	return terminal_error(
	    "%s \"%.60s\" is not a fingerprint as ssh-keygen -l prints "
	    "it: SHA256: and 43 characters",
	    option, typed);
}

int
phone_owners_add(struct phone_owners *o, const char *user, const char *phone,
    const char *authy_id)
{
	struct phone_owner *one;

	if (!NAME_LIST_ROOM(o->of, o->cap, o->count))
		return -1;
	one = &o->of[o->count++];
	PRINT_TO(one->phone, "%s", phone);
	PRINT_TO(one->authy_id, "%s", authy_id);
	PRINT_TO(one->user, "%s", user);
	return 0;
}

static int
compare_owners(const void *a, const void *b)
{
	const struct phone_owner *x = a, *y = b;
	int order = strcmp(x->phone, y->phone);

	return order != 0 ? order : strcmp(x->user, y->user);
}

struct owners {
	struct phone_owners *all;
	const char *account;
	int rc;
};

/* A person with a user's factors counts as that user. */
static bool
take_owner(
    void *ctx, const struct user_person *who, const struct user_record *record)
{
	struct owners *o = ctx;
	char name[OWNER_MAX + 1];

	if (record->phone[0] == '\0' || (who != NULL && who->user[0] != '\0'))
		return false;
	owner_write(name, o->account, who != NULL ? who->name : NULL);
	o->rc = phone_owners_add(o->all, name, record->phone, record->authy_id);
	return o->rc != 0;
}

int
phone_owners_read(struct phone_owners *o, const struct settings *conf)
{
	struct owners own = { .all = o };
	struct name_list enrolled;

	*o = (struct phone_owners){ .count = 0 };
	own.rc = name_list_enrolled(&enrolled, conf, 0, &settings_report_none);
	for (size_t i = 0; own.rc == 0 && i < enrolled.count; i++) {
		own.account = enrolled.name[i];
		(void)command_user_each_record(
		    conf, own.account, &settings_report_none, &own, take_owner);
	}
	name_list_free(&enrolled);
	if (own.rc != 0)
		phone_owners_free(o);
	else if (o->count > 0)
		qsort(o->of, o->count, sizeof(*o->of), compare_owners);
	return own.rc;
}

void
phone_owners_free(struct phone_owners *o)
{
	free(o->of);
	*o = (struct phone_owners){ .count = 0 };
}

const struct phone_owner *
phone_owners_find(
    const struct phone_owners *o, const char *phone, size_t *count)
{
	size_t low = 0, high = o->count, at;

	while (low < high) {
		at = low + (high - low) / 2;
		if (strcmp(o->of[at].phone, phone) < 0)
			low = at + 1;
		else
			high = at;
	}
	*count = 0;
	while (low + *count < o->count &&
	    strcmp(o->of[low + *count].phone, phone) == 0)
		++*count;
	return *count > 0 ? &o->of[low] : NULL;
}

void
wanted_record_old_number(
    const struct settings *conf, const char *user, char out[PHONE_MAX + 1])
{
	struct target whose = { .typed = user };
	struct user_record old = { .phone = "" };
	struct user_person who;
	struct owner name;

	out[0] = '\0';
	if (!owner_read(&name, user))
		return;
	PRINT_TO(whose.account, "%s", name.account);
	PRINT_TO(whose.person, "%s", name.person);
	if (command_person_record(
		&whose, conf, &settings_report_none, &who, &old) == USER_FOUND)
		snprintf(out, PHONE_MAX + 1, "%s", old.phone);
	user_record_wipe(&old);
}

enum event
wanted_record_event(const char *before, const struct wanted_record *now)
{
	return before[0] != '\0' && now->phone[0] != '\0' &&
		strcmp(before, now->phone) != 0
	    ? EVENT_NUMBER_CHANGED
	    : EVENT_ENROLLED;
}
