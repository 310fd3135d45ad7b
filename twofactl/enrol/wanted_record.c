/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the values that a user's record is to have. */
#include "twofactl/enrol/enrol_inside.h"

#define WHY_MAX 256
#define BETWEEN " ,;+|/" /* between channels */
#define NAME_MAX_LEN 16

struct reading {
	struct wanted_record *wanted;
	const struct settings *conf;
	const struct settings_report *report;
	int rc;
};

static void __attribute__((format(printf, 3, 4)))
wanted_record_wrong(struct reading *r, const char *what, const char *fmt, ...)
{
	char why[WHY_MAX];

	PRINT_GIVEN(why, fmt);
	terminal_error_to(r->report, "%s: %s", what, why);
	r->rc = -1;
}

static bool
is_given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static void
wanted_record_read_phone(struct reading *r, const struct wanted_record_typed *t)
{
	const char *cause;

	if (is_given(t->country) &&
	    typed_number_country_check(t->country) != 0) {
		wanted_record_wrong(r, "--country",
		    "\"%.10s\" is not a calling code, allowed: such as 1, "
		    "44, 353",
		    t->country);
		return;
	}
	if (!is_given(t->phone))
		return;
	cause = typed_number_read(t->phone,
	    is_given(t->country) ? t->country : NULL, r->wanted->phone);
	if (cause != NULL)
		wanted_record_wrong(r, "phone", "the number %s", cause);
	else if (!reach_number_allowed(r->conf, r->wanted->phone))
		wanted_record_wrong(r, "phone",
		    "%s begins with none of the allowed_prefixes of "
		    "twofa.conf; correct the number, or add its prefix there",
		    r->wanted->phone);
}

static void
wanted_record_add_channel(struct reading *r, const char *name)
{
	enum method m = method_from_name(name);
	const bool first = r->wanted->list[0] == '\0';
	char quoted[NAME_MAX_LEN + 3];

	if (m == METHOD_NONE || (METHOD_BIT(m) & METHODS_TYPED) != 0) {
		wanted_record_wrong(r, "channels",
		    "\"%s\" is not a channel, allowed: sms, voice, "
		    "whatsapp, email, push, page, totp",
		    name);
		return;
	}
	PRINT_TO(quoted, "\"%s\"", name);
	if (strstr(r->wanted->list, quoted) != NULL) {
		wanted_record_wrong(
		    r, "channels", "\"%s\" appears twice", name);
		return;
	}
	if ((METHODS_CODE & METHOD_BIT(m)) != 0 &&
	    (settings_deliverable_methods(r->conf) & METHOD_BIT(m)) == 0)
		wanted_record_wrong(r, "channels",
		    "no provider of twofa.conf delivers by %s; leave it out, "
		    "or add a provider that does",
		    name);
	if (first)
		r->wanted->first = m;
	PRINT_APPEND(r->wanted->list, "%s%s", first ? "[" : ", ", quoted);
}

static void
wanted_record_read_channels(
    struct reading *r, const struct wanted_record_typed *t)
{
	struct text_part rest =
	    text_part(is_given(t->channels) ? t->channels : "");
	struct text_part one;
	char name[NAME_MAX_LEN + 1];

	while (text_part_next(&rest, BETWEEN, &one)) {
		PRINT_TO(name, "%.*s", (int)one.len, one.at);
		if (one.len > 0)
			wanted_record_add_channel(r, name);
	}
	if (r->wanted->list[0] != '\0')
		PRINT_APPEND(r->wanted->list, "]");
	else if (is_given(t->channels) && r->rc == 0)
		wanted_record_wrong(r, "channels", "no channel is given");
}

static void
read_provider(struct reading *r, const struct wanted_record_typed *t)
{
	char names[WHY_MAX / 2] = "";

	if (!is_given(t->provider))
		return;
	if (settings_provider(r->conf, t->provider) != NULL) {
		PRINT_TO(r->wanted->provider, "%s", t->provider);
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
	if (!is_given(typed))
		return;
	if (valid(typed))
		snprintf(out, cap, "%s", typed);
	else
		wanted_record_wrong(r, what,
		    "invalid value \"%.80s\"; expected %s", typed, allowed);
}

int
wanted_record_read(struct wanted_record *wanted, const struct settings *conf,
    const struct wanted_record_typed *t, const struct settings_report *report)
{
	static const char key[] = "SHA256: and 43 characters, as ssh-keygen -l "
				  "prints it";
	struct reading r = { .wanted = wanted, .conf = conf, .report = report };

	memset(wanted, 0, sizeof(*wanted));
	wanted_record_read_phone(&r, t);
	wanted_record_read_text(&r, "email", t->email, email_is_valid,
	    "an address such as alice@example.org", wanted->email,
	    sizeof(wanted->email));
	wanted_record_read_channels(&r, t);
	read_provider(&r, t);
	wanted_record_read_text(&r, "key", t->key, ssh_fingerprint_is_valid,
	    key, wanted->key, sizeof(wanted->key));
	wanted_record_read_text(&r, "cert_id", t->cert_id, ssh_cert_id_is_valid,
	    "1 to 255 bytes of printable ASCII without blanks", wanted->cert_id,
	    sizeof(wanted->cert_id));
	wanted_record_read_text(&r, "ca", t->ca, ssh_fingerprint_is_valid, key,
	    wanted->ca, sizeof(wanted->ca));
	wanted_record_read_text(&r, "user", t->user, user_name_is_valid,
	    "the name of a user whose factors the person has", wanted->user,
	    sizeof(wanted->user));
	wanted_record_read_text(&r, "language", t->language, language_is_known,
	    PROVIDER_LANGUAGES(PROVIDER_LANGUAGE_WORD), wanted->language,
	    sizeof(wanted->language));
	return r.rc;
}

size_t
wanted_record_changes(const struct wanted_record *wanted,
    struct record_text_change change[WANTED_RECORD_KEYS])
{
	const struct record_text_change all[WANTED_RECORD_KEYS] = {
		{ .key = "key", .value = wanted->key },
		{ .key = "cert_id", .value = wanted->cert_id },
		{ .key = "ca", .value = wanted->ca },
		{ .key = "user", .value = wanted->user },
		{ .key = "phone", .value = wanted->phone, .instead = "phones" },
		{ .key = "email", .value = wanted->email },
		{ .key = "channels", .value = wanted->list, .literal = true },
		{ .key = "provider", .value = wanted->provider },
		{ .key = "language", .value = wanted->language },
		{ .key = "authy_id", .value = wanted->authy_id },
	};
	size_t count = 0;

	for (size_t i = 0; i < WANTED_RECORD_KEYS; i++)
		if (all[i].value[0] != '\0')
			change[count++] = all[i];
	return count;
}

void
wanted_record_old_number(
    const struct settings *conf, const char *user, char out[PHONE_MAX + 1])
{
	struct user_record old OWNED(user_record_wipe);

	(void)command_owner_record(conf, user, NULL, NULL, &old);
	snprintf(out, PHONE_MAX + 1, "%s", old.phone);
}

enum event
wanted_record_event(const char *before, const struct wanted_record *now)
{
	return before[0] != '\0' && now->phone[0] != '\0' &&
		strcmp(before, now->phone) != 0
	    ? EVENT_NUMBER_CHANGED
	    : EVENT_ENROLLED;
}
