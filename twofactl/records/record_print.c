/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl show and list: a record for people and as JSON. */

#include "twofactl/records/records.h"
#include <errno.h>
#include "twofactl/client/client.h"

#define RECORD_PRINT_CHANNELS 64

#define SHOWN_MAX (SETTINGS_EMAIL_MAX + 1)

const char *record_print_phone(
    const struct user_record *r, bool full, char out[SHOWN_MAX]);
const char *record_print_email(
    const struct user_record *r, bool full, char out[SHOWN_MAX]);
void record_print_channels(const struct user_record *r, const char *between,
    char out[RECORD_PRINT_CHANNELS]);
bool record_print_has_app(const struct user_record *r);

const char *
record_print_phone(const struct user_record *r, bool full, char out[SHOWN_MAX])
{
	phone_mask(r->phone, out);
	if (full)
		snprintf(out, SHOWN_MAX, "%s", r->phone);
	return out;
}

const char *
record_print_email(const struct user_record *r, bool full, char out[SHOWN_MAX])
{
	email_mask(r->email, out);
	if (full)
		snprintf(out, SHOWN_MAX, "%s", r->email);
	return out;
}

void
record_print_channels(const struct user_record *r, const char *between,
    char out[RECORD_PRINT_CHANNELS])
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < r->channels; i++)
		if (used < RECORD_PRINT_CHANNELS)
			used += (size_t)snprintf(out + used,
			    RECORD_PRINT_CHANNELS - used, "%s%s",
			    i > 0 ? between : "", method_name(r->channel[i]));
}

bool
record_print_has_app(const struct user_record *r)
{
	return r->totp.len > 0 || r->totp_factor[0] != '\0';
}

void
record_print_factors(const struct user_record *r, char *out, size_t cap)
{
	char list[RECORD_PRINT_CHANNELS];

	record_print_channels(r, ",", list);
	snprintf(out, cap, "%s%s%s", list,
	    record_print_has_app(r) ? ",app" : "",
	    r->push_factor[0] != '\0' ? ",push" : "");
}

void
record_print_json(const struct settings *conf, const char *user,
    const struct user_person *who, const struct user_record *r, bool full)
{
	const struct record_place *place = record_place_of(conf, user);
	char shown[2][SHOWN_MAX];

	terminal_json(",{user:%s", user);
	if (who != NULL) /* one named at the prompt has no keys */
		terminal_json(
		    ",person:%s,key:%s,cert_id:%s,ca:%s,factors_of:%s",
		    who->name, who->key, who->cert_id, who->ca, who->user);
	terminal_json(",phone:%s,email:%s,channels:[",
	    record_print_phone(r, full, shown[0]),
	    record_print_email(r, full, shown[1]));
	for (size_t i = 0; i < r->channels; i++)
		terminal_json(",%s", method_name(r->channel[i]));
	terminal_json("],provider:%s,enabled:%d,app:%d,push:%d,sk_keys:%s",
	    r->provider, r->enabled, record_print_has_app(r),
	    r->push_factor[0] != '\0', r->sk_keys);
	if (r->receiver[0] != '\0')
		terminal_json(",receiver:%s", full ? r->receiver : "***");
	if (conf->users_state)
		terminal_json(",record:%s", place->word);
	if (conf->users_state && place->groups != NULL)
		terminal_json(",groups:%s", place->groups(user));
	terminal_json("}");
	explicit_bzero(shown, sizeof(shown));
}

static void
line(const char *name, const char *text)
{
	if (text[0] != '\0')
		printf("%-10s %s\n", name, text);
}

static void
person_lines(const struct user_person *p)
{
	line("person", p->name);
	line("key", p->key);
	line("cert id", p->cert_id);
	line("ca", p->ca);
	if (p->key[0] == '\0' && p->cert_id[0] == '\0')
		line("known by", "the name, typed at the prompt");
	line("factors of", p->user);
}

void
record_print_lines(const char *user, const struct user_person *who,
    const struct user_record *r, bool full)
{
	char shown[SHOWN_MAX], list[RECORD_PRINT_CHANNELS];

	line("user", user);
	if (who != NULL)
		person_lines(who);
	line("phone", record_print_phone(r, full, shown));
	line("receiver", full || r->receiver[0] == '\0' ? r->receiver : "***");
	line("email", record_print_email(r, full, shown));
	record_print_channels(r, ", ", list);
	line("channels", list);
	line("provider", r->provider);
	line("language", r->language != NULL ? r->language : "");
	line("app", record_print_has_app(r) ? "yes" : "no");
	line("push", r->push_factor[0] != '\0' ? "yes" : "no");
	line("authy", r->authy_id);
	line("sk keys", r->sk_keys);
	line("enabled",
	    r->enabled ? "yes" : "no: every login of this user is denied");
}
