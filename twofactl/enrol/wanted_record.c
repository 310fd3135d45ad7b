/* SPDX-License-Identifier: BSD-2-Clause */
/* The wanted values of a user's record. */
#include "twofactl/enrol/wanted_record.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/rules/rules.h"
#include "lib/values/values.h"
#include "twofactl/enrol/typed_number.h"

#define WHY_MAX 256
#define BETWEEN " ,;+|/" /* between channels */
#define NAME_MAX_LEN 16

struct reading {
	struct wanted_record *wish;
	const struct settings *conf;
	const struct wanted_record_report *report;
	int rc;
};

static void __attribute__((format(printf, 3, 4)))
wrong(struct reading *r, const char *what, const char *fmt, ...)
{
	char why[WHY_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	r->report->wrong(r->report->ctx, what, why);
	r->rc = -1;
}

static bool
said(const char *text)
{
	return text != NULL && text[0] != '\0';
}

static void
read_phone(struct reading *r, const struct wanted_record_typed *t)
{
	const char *cause;

	if (said(t->country) && typed_number_country_check(t->country) != 0) {
		wrong(r, "--country",
		    "\"%.10s\" is no calling code, allowed: such as 1, 44, "
		    "353",
		    t->country);
		return;
	}
	if (!said(t->phone))
		return;
	cause = typed_number_read(
	    t->phone, said(t->country) ? t->country : NULL, r->wish->phone);
	if (cause != NULL)
		wrong(r, "phone", "the number %s", cause);
	else if (!policy_number_allowed(r->conf, r->wish->phone))
		wrong(r, "phone",
		    "%s begins with none of the allowed_prefixes of "
		    "twofa.conf; correct the number, or add its prefix there",
		    r->wish->phone);
}

static void
read_email(struct reading *r, const struct wanted_record_typed *t)
{
	if (!said(t->email))
		return;
	if (email_valid(t->email))
		snprintf(
		    r->wish->email, sizeof(r->wish->email), "%s", t->email);
	else
		wrong(r, "email",
		    "\"%.80s\" is no address such as alice@example.org",
		    t->email);
}

static void
add_channel(struct reading *r, const char *name)
{
	enum method m = method_of_name(name);
	size_t used = strlen(r->wish->list);
	char quoted[NAME_MAX_LEN + 3];

	if (m == METHOD_NONE || m == METHOD_RECOVERY) {
		wrong(r, "channels",
		    "\"%s\" is no channel, allowed: sms, voice, whatsapp, "
		    "email, push, totp",
		    name);
		return;
	}
	snprintf(quoted, sizeof(quoted), "\"%s\"", name);
	if (strstr(r->wish->list, quoted) != NULL) {
		wrong(r, "channels", "\"%s\" stands twice", name);
		return;
	}
	if ((METHODS_CODE & METHOD_BIT(m)) != 0 &&
	    (settings_methods(r->conf) & METHOD_BIT(m)) == 0)
		wrong(r, "channels",
		    "no provider of twofa.conf delivers by %s; leave it out, "
		    "or add a provider that does",
		    name);
	if (used == 0)
		r->wish->first = m;
	snprintf(r->wish->list + used, sizeof(r->wish->list) - used, "%s%s",
	    used > 0 ? ", " : "[", quoted);
}

static void
read_channels(struct reading *r, const struct wanted_record_typed *t)
{
	const char *p = said(t->channels) ? t->channels : "";
	char name[NAME_MAX_LEN + 1];
	size_t used;

	while (*(p += strspn(p, BETWEEN)) != '\0') {
		size_t len = strcspn(p, BETWEEN);

		snprintf(name, sizeof(name), "%.*s",
		    (int)(len < NAME_MAX_LEN ? len : NAME_MAX_LEN), p);
		add_channel(r, name);
		p += len;
	}
	used = strlen(r->wish->list);
	if (used > 0)
		snprintf(
		    r->wish->list + used, sizeof(r->wish->list) - used, "]");
	else if (said(t->channels) && r->rc == 0)
		wrong(r, "channels", "no channel is named");
}

static void
read_provider(struct reading *r, const struct wanted_record_typed *t)
{
	char names[WHY_MAX / 2] = "";
	size_t used = 0;

	if (!said(t->provider))
		return;
	if (settings_provider(r->conf, t->provider) != NULL) {
		snprintf(r->wish->provider, sizeof(r->wish->provider), "%s",
		    t->provider);
		return;
	}
	for (size_t i = 0; i < r->conf->provider_count; i++)
		if (used < sizeof(names))
			used += (size_t)snprintf(names + used,
			    sizeof(names) - used, "%s%s", i > 0 ? ", " : "",
			    r->conf->provider[i].name);
	wrong(r, "provider", "\"%.40s\" is not in twofa.conf, allowed: %s",
	    t->provider, names);
}

static void
read_text(struct reading *r, const char *what, const char *typed,
    bool (*valid)(const char *), const char *allowed, char *out, size_t cap)
{
	if (!said(typed))
		return;
	if (valid(typed))
		snprintf(out, cap, "%s", typed);
	else
		wrong(
		    r, what, "\"%.80s\" is none, allowed: %s", typed, allowed);
}

static void
read_person(struct reading *r, const struct wanted_record_typed *t)
{
	static const char key[] = "SHA256: and 43 characters, as ssh-keygen -l "
				  "prints it";
	struct wanted_record *w = r->wish;

	read_text(r, "key", t->key, ssh_fingerprint_valid, key, w->key,
	    sizeof(w->key));
	read_text(r, "cert_id", t->cert_id, ssh_cert_id_valid,
	    "1 to 255 bytes of printable ASCII without blanks", w->cert_id,
	    sizeof(w->cert_id));
	read_text(
	    r, "ca", t->ca, ssh_fingerprint_valid, key, w->ca, sizeof(w->ca));
	read_text(r, "user", t->user, user_name_valid,
	    "the name of a user whose factors the person has", w->user,
	    sizeof(w->user));
}

int
wanted_record_read(struct wanted_record *wish, const struct settings *conf,
    const struct wanted_record_typed *t,
    const struct wanted_record_report *report)
{
	struct reading r = { .wish = wish, .conf = conf, .report = report };

	memset(wish, 0, sizeof(*wish));
	read_phone(&r, t);
	read_email(&r, t);
	read_channels(&r, t);
	read_provider(&r, t);
	read_person(&r, t);
	if (said(t->language) && strcmp(t->language, "en") != 0)
		wrong(&r, "language", "\"%.20s\" is not known, allowed: en",
		    t->language);
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
	};
	size_t count = 0;

	for (size_t i = 0; i < WANTED_RECORD_KEYS; i++)
		if (all[i].value[0] != '\0')
			change[count++] = all[i];
	return count;
}
