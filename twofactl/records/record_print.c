/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints a user's record. */
#include "twofactl/records/record_print.h"

#include <stdio.h>
#include <string.h>

#include "lib/values/values.h"
#include "twofactl/fleet/fleet.h"
#include "twofactl/terminal/terminal.h"

#define SHOWN_MAX (CONFIG_EMAIL_MAX + 1)

static const char *
phone(const struct user_record *r, bool full, char out[SHOWN_MAX])
{
	char masked[PHONE_MASK];

	phone_mask(r->phone, masked);
	snprintf(out, SHOWN_MAX, "%s", full ? r->phone : masked);
	return out;
}

static const char *
email(const struct user_record *r, bool full, char out[SHOWN_MAX])
{
	char masked[EMAIL_MASK];

	email_mask(r->email, masked);
	snprintf(out, SHOWN_MAX, "%s", full ? r->email : masked);
	return out;
}

static void
channels(const struct user_record *r, const char *between,
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

static bool
has_app(const struct user_record *r)
{
	return r->totp.len > 0 || r->totp_factor[0] != '\0';
}

static void
json_field(const char *name, const char *text)
{
	printf(",\"%s\":", name);
	json_text_print(text);
}

/* The keys that are set; a person named at the prompt has none. */
static void
json_person(const struct user_person *p)
{
	json_field("person", p->name);
	json_field("key", p->key);
	json_field("cert_id", p->cert_id);
	json_field("ca", p->ca);
	json_field("factors_of", p->user);
}

static void
json_place(const struct settings *conf, const char *user)
{
	const bool shared = state_records_holds(conf, user);

	json_field("record", shared ? "state" : "file");
	if (shared)
		json_field("groups", state_records_groups(user));
}

void
record_print_json(const struct settings *conf, const char *user,
    const struct user_person *who, const struct user_record *r, bool full)
{
	char shown[SHOWN_MAX];

	fputs("{\"user\":", stdout);
	json_text_print(user);
	if (who != NULL)
		json_person(who);
	json_field("phone", phone(r, full, shown));
	json_field("email", email(r, full, shown));
	fputs(",\"channels\":[", stdout);
	for (size_t i = 0; i < r->channels; i++)
		printf(
		    "%s\"%s\"", i > 0 ? "," : "", method_name(r->channel[i]));
	putchar(']');
	json_field("provider", r->provider);
	printf(",\"enabled\":%s,\"app\":%s,\"push\":%s",
	    r->enabled ? "true" : "false", has_app(r) ? "true" : "false",
	    r->push_factor[0] != '\0' ? "true" : "false");
	if (conf->users_state)
		json_place(conf, user);
	putchar('}');
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
	line("phone", phone(r, full, shown));
	line("email", email(r, full, shown));
	channels(r, ", ", list);
	line("channels", list);
	line("provider", r->provider);
	line("app", has_app(r) ? "yes" : "no");
	line("push", r->push_factor[0] != '\0' ? "yes" : "no");
	line("authy", r->authy_id);
	line("enabled",
	    r->enabled ? "yes" : "no: every login of this user is denied");
}

void
record_print_row(const struct settings *conf, const char *user,
    const struct user_person *who, int width, const struct user_record *r,
    bool full)
{
	char number[SHOWN_MAX], address[SHOWN_MAX], list[RECORD_PRINT_CHANNELS];
	char whole[KEPT_NAME_MAX + 1];

	if (r == NULL) {
		printf("%-*s  %s%-17s  %-24s  %-3s  %s\n", width, "USER",
		    conf->users_state ? "FROM   " : "", "PHONE", "CHANNELS",
		    "APP", "EMAIL");
		return;
	}
	kept_name_write(whole, user, who != NULL ? who->name : NULL);
	channels(r, ",", list);
	(void)phone(r, full, number);
	(void)email(r, full, address);
	printf("%-*s  %s%-17s  %-24s  %-3s  %s%s\n", width, whole,
	    !conf->users_state                    ? ""
		: state_records_holds(conf, user) ? "state  "
						  : "file   ",
	    number[0] != '\0' ? number : "-", list, has_app(r) ? "yes" : "no",
	    address[0] != '\0' ? address : "-", r->enabled ? "" : "  disabled");
}
