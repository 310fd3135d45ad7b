/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints a record as lines, as a row of a table and as JSON. */
#include "twofactl/records/records.h"

#define CHANNELS_MAX 64
#define SHOWN_MAX (SETTINGS_EMAIL_MAX + 1)

/* An address or a number, masked unless full. */
static const char *
shown_text(const char *text, bool full, char out[SHOWN_MAX])
{
	if (full)
		snprintf(out, SHOWN_MAX, "%s", text);
	else if (strchr(text, '@') != NULL)
		email_mask(text, out);
	else
		phone_mask(text, out);
	return out;
}

void
record_print_devices(const char *user, const struct user_person *who, int width,
    const struct user_record *r, bool full)
{
	char whole[OWNER_MAX + 1], shown[SHOWN_MAX];
	size_t n = 0;

	owner_write(whole, user, who != NULL ? who->name : NULL);
	for (size_t i = 0; user_record_phone(r, i) != NULL; i++, n++)
		printf("%-*s %zu  phone  %-17s%s%s%s\n", width, whole, i + 1,
		    shown_text(user_record_phone(r, i), full, shown),
		    r->phones[i].voice ? "  calls alone" : "",
		    r->phones[i].name[0] != '\0' ? "  " : "",
		    r->phones[i].name);
	for (size_t i = 0; i < user_record_apps(r); i++, n++)
		printf("%-*s %zu  %-5s  %s, %u digits%s%s\n", width, whole,
		    n + 1, r->app[i].token ? "token" : "app",
		    r->app[i].kind.hotp ? "by a counter" : "by the clock",
		    totp_digits(&r->app[i].kind),
		    r->app[i].name[0] != '\0' ? "  " : "", r->app[i].name);
}

static void
join_channels(
    const struct user_record *r, const char *between, char out[CHANNELS_MAX])
{
	out[0] = '\0';
	for (size_t i = 0; i < r->channels; i++)
		PRINT_BEHIND(out, CHANNELS_MAX, "%s%s", i > 0 ? between : "",
		    method_name(r->channel[i]));
}

static bool
has_app(const struct user_record *r)
{
	return user_record_apps(r) > 0 || r->totp_factor[0] != '\0';
}

void
record_write_factors(const struct user_record *r, char *out, size_t cap)
{
	char list[CHANNELS_MAX];

	join_channels(r, ",", list);
	snprintf(out, cap, "%s%s%s", list, has_app(r) ? ",app" : "",
	    r->push_factor[0] != '\0' ? ",push" : "");
}

void
record_print_json(const struct settings *conf, const char *user,
    const struct user_person *who, const struct user_record *r, bool full)
{
	const struct record_place *place = record_place_of(conf, user);
	char shown[2][SHOWN_MAX];

	terminal_json(",{user:%s", user);
	if (who != NULL) /* a person named at the prompt has no keys */
		terminal_json(
		    ",person:%s,key:%s,cert_id:%s,ca:%s,factors_of:%s",
		    who->name, who->key, who->cert_id, who->ca, who->user);
	terminal_json(",phone:%s,email:%s,channels:[",
	    shown_text(r->phone, full, shown[0]),
	    shown_text(r->email, full, shown[1]));
	for (size_t i = 0; i < r->channels; i++)
		terminal_json(",%s", method_name(r->channel[i]));
	terminal_json("],phones:[");
	for (size_t i = 0; user_record_phone(r, i) != NULL; i++)
		terminal_json(",{number:%s,name:%s,voice:%d}",
		    shown_text(user_record_phone(r, i), full, shown[0]),
		    r->phones[i].name, r->phones[i].voice);
	terminal_json("],apps:[");
	for (size_t i = 0; i < user_record_apps(r); i++)
		terminal_json(",{type:%s,name:%s,token:%d,digits:%ld}",
		    r->app[i].kind.hotp ? "hotp" : "totp", r->app[i].name,
		    r->app[i].token, (long)totp_digits(&r->app[i].kind));
	terminal_json("],provider:%s,enabled:%d,app:%d,push:%d,sk_keys:%s",
	    r->provider, r->enabled, has_app(r), r->push_factor[0] != '\0',
	    r->sk_keys);
	if (r->receiver[0] != '\0')
		terminal_json(",receiver:%s", full ? r->receiver : "***");
	if (conf->users_state)
		terminal_json(",record:%s", place->word);
	if (place->within != NULL)
		terminal_json(",groups:%s", record_state_groups(user));
	if (conf->users_state)
		terminal_json(",enrolled_by:%s",
		    record_place_enrolled_by(
			conf, user, (char[RECORD_ENROLLED_MAX]){ "" }));
	terminal_json("}");
	explicit_bzero(shown, sizeof(shown));
}

static void
print_value_line(const char *name, const char *text)
{
	if (text[0] != '\0')
		printf("%-10s %s\n", name, text);
}

static void
print_person_lines(const struct user_person *p)
{
	print_value_line("person", p->name);
	print_value_line("key", p->key);
	print_value_line("cert id", p->cert_id);
	print_value_line("ca", p->ca);
	if (p->key[0] == '\0' && p->cert_id[0] == '\0')
		print_value_line("known by", "the name, typed at the prompt");
	print_value_line("factors of", p->user);
}

void
record_print_lines(const char *user, const struct user_person *who,
    const struct user_record *r, bool full)
{
	char shown[SHOWN_MAX], list[CHANNELS_MAX];
	char account[sizeof(r->subject[0]) + 6];

	print_value_line("user", user);
	if (who != NULL)
		print_person_lines(who);
	print_value_line("phone", shown_text(r->phone, full, shown));
	if (r->phone_count > 0 || user_record_apps(r) > 0)
		record_print_devices("device", NULL, 0, r, full);
	if (r->changed_at > 0) {
		day_time_text(r->changed_at, list);
		user_phones_show(r->changed_to, full, shown);
		PRINT_TO(account, "to %s at %s, by twofactl self%s", shown,
		    list, r->change_waits ? "; a day later it counts" : "");
		print_value_line("changed", account);
	}
	if (r->app_changed_at > 0) {
		day_time_text(r->app_changed_at, list);
		PRINT_TO(account, "at %s, by twofactl self%s", list,
		    r->app_waits ? "; a day later it counts" : "");
		print_value_line("new app", account);
	}
	print_value_line(
	    "receiver", full || r->receiver[0] == '\0' ? r->receiver : "***");
	print_value_line("email", shown_text(r->email, full, shown));
	join_channels(r, ", ", list);
	print_value_line("channels", list);
	print_value_line("provider", r->provider);
	print_value_line("language", r->language != NULL ? r->language : "");
	print_value_line("app", has_app(r) ? "yes" : "no");
	print_value_line("push", r->push_factor[0] != '\0' ? "yes" : "no");
	print_value_line("authy", r->authy_id);
	for (size_t i = 0; i < r->subjects; i++) {
		PRINT_TO(account, "%s %s at %s", r->subject[i].provider,
		    r->subject[i].sub, r->subject[i].issuer);
		print_value_line("account", account);
	}
	print_value_line("sk keys", r->sk_keys);
	print_value_line("left", r->left ? "yes: no login takes it" : "");
	print_value_line("enabled",
	    r->enabled ? "yes" : "no: every login of this user is denied");
}

void
record_print_row(const struct settings *conf, const char *user,
    const struct user_person *who, int width, const struct user_record *r,
    bool full)
{
	char number[SHOWN_MAX], address[SHOWN_MAX], list[CHANNELS_MAX];
	char whole[OWNER_MAX + 1], enrolled[RECORD_ENROLLED_MAX];

	if (r == NULL) {
		printf("%-*s  %s%-17s  %-24s  %-3s  %s\n", width, "USER",
		    conf->users_state ? "FROM   " : "", "PHONE", "CHANNELS",
		    "APP", "EMAIL");
		return;
	}
	owner_write(whole, user, who != NULL ? who->name : NULL);
	join_channels(r, ",", list);
	(void)shown_text(r->phone, full, number);
	(void)shown_text(r->email, full, address);
	printf("%-*s  ", width, whole);
	if (conf->users_state)
		printf("%-7s", record_place_of(conf, user)->word);
	(void)record_place_enrolled_by(conf, user, enrolled);
	printf("%-17s  %-24s  %-3s  %s%s%s%s\n",
	    number[0] != '\0' ? number : "-", list, has_app(r) ? "yes" : "no",
	    address[0] != '\0' ? address : "-",
	    r->left ? "  left"
		: record_owner_find(conf, user, NULL).is == USER_OTHER
		? "  of another uid"
		: r->enabled ? ""
			     : "  disabled",
	    enrolled[0] != '\0' ? "  enrolled" : "", enrolled);
}
