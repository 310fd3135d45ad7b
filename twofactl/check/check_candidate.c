/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks a text that may become twofa.conf or a user's file. */
#include "twofactl/check/check_inside.h"

#include <dlfcn.h>
#include <grp.h>
#include <unistd.h>

/* limits of NIST SP 800-63B-4 section 3.1.3 for codes that are sent; it does
 * not accept email either */
#define CODE_DIGITS 6
#define CODE_LIFE_S 600

static void
report_warning(void *ctx, const char *line)
{
	check_warning(ctx, "%s", line);
}

/* Warns of what a type says of itself; of ntfy.sh, where the receiver is a
 * topic and anybody who guesses it can read the codes; of weak codes. */
static void
check_provider(struct check *c, const struct provider_conf *p)
{
	static const char url[] = "https://ntfy.sh";
	const size_t len = strlen(url);
	int64_t life_ms = p->expiry_ms;

	if (p->type->notice != NULL)
		check_warning(c, "provider %s: %s", p->name, p->type->notice);
	if (strncmp(p->base_url, url, len) == 0 &&
	    strchr(":/", p->base_url[len]) != NULL &&
	    p->text[HTTP_SMS_AUTH_HEADER] == NULL)
		check_warning(c,
		    "provider %s: anybody who guesses a topic of ntfy.sh reads "
		    "its codes; reserve the topics and set auth_header, or run "
		    "a server of your own",
		    p->name);
	if (p->code_length < CODE_DIGITS)
		check_warning(c,
		    "provider %s: codes have %u digits, and NIST SP 800-63B-4 "
		    "requires %d; set code_length, and the same at the vendor",
		    p->name, p->code_length, CODE_DIGITS);
	for (enum method m = METHOD_SMS; m <= METHOD_VOICE; m++)
		if (p->type->life_ms != NULL &&
		    p->type->life_ms(p, m) > life_ms)
			life_ms = p->type->life_ms(p, m);
	if (life_ms / 1000 > CODE_LIFE_S)
		check_warning(c,
		    "provider %s: a code can be used for %lld s, and NIST SP "
		    "800-63B-4 allows %d; lower expiry, or set workflow_id to "
		    "6 or 7",
		    p->name, (long long)(life_ms / 1000), CODE_LIFE_S);
}

static void
check_email(struct check *c)
{
	if (c->by_email > 0)
		check_warning(c,
		    "%s: codes may go by email, which NIST SP 800-63B-4 does "
		    "not accept as an authenticator; remove it from channels "
		    "(%zu such records in all)",
		    c->email_first, c->by_email);
}

static void
check_groups_exist(struct check *c, const char *path, const char *key,
    const struct text_list *groups)
{
	for (size_t i = 0; i < groups->count; i++)
		if (getgrnam(groups->item[i]) == NULL)
			check_problem(c,
			    "%.300s: %s: group \"%.64s\" cannot be found; see: "
			    "getent group %.64s",
			    path, key, groups->item[i], groups->item[i]);
}

/* Warns if alert_owner is set and no provider can send custom texts. */
static void
check_alert(struct check *c, const char *path, const struct settings *conf)
{
	for (size_t i = 0; i < conf->provider_count; i++)
		if (conf->provider[i].type->own_code)
			return;
	if (conf->alert_owner)
		check_warning(c,
		    "%.300s: alert_owner: no user will be notified: no "
		    "provider sends custom texts; add one of type "
		    "telnyx-sms or http-sms",
		    path);
}

/* Loads it as the helper would, in a process that ends with it. */
static bool
has_libpq(void)
{
	const pid_t pid = fork();

	if (pid == 0)
		_exit(dlopen(SETTINGS_LIBPQ, RTLD_LAZY) == NULL);
	return pid > 0 && run_program_reap(pid, 10000) == 0;
}

void
check_candidate_effects(
    struct check *c, const char *path, const struct settings *conf)
{
	const struct settings_report warn = { .ctx = c,
		.line = report_warning };
	static const char *const service[] = { "sshd", "login" };
	const char *group = conf->helpdesk_group;
	const struct text_list desk = { group != NULL, &group };
	const char *order;

	check_users(c, conf);
	check_unknown_conditions(c, path, conf);
	/* rules that a hidden membership makes ineffective */
	for (size_t i = 0; i < conf->rule_count; i++) {
		order = check_rule_order(conf, i);
		if (order != NULL)
			check_warning(c, "%.300s: %s", path, order);
	}
	if (settings_is_fleet(conf) && !has_libpq())
		check_problem(c, "%s: " SETTINGS_LIBPQ_MISSING, path);
	check_exceptions(c, path, conf);
	check_alert(c, path, conf);
	check_groups_exist(c, path, "enrol_groups", &conf->enrol_groups);
	check_groups_exist(c, path, "self_for", &conf->self_for);
	check_groups_exist(c, path, "helpdesk_for", &conf->helpdesk_for);
	check_groups_exist(c, path, "helpdesk_group", &desk);
	if (settings_is_rehearsal(conf))
		check_warning(c, "%s is " SETTINGS_REHEARSAL, path);
	for (size_t i = 0; i < conf->provider_count; i++)
		check_provider(c, &conf->provider[i]);
	check_email(c);
	check_outage_idle_rules(conf, &warn);
	/* for other services the default deadline is longer than all
	 * providers' longest times */
	for (size_t i = 0; i < COUNT_OF(service); i++)
		check_outage_deadline(conf, service[i],
		    module_arguments_default_deadline(service[i]) * 1000,
		    &warn);
	check_outage_host_names(conf, &warn);
}

/* True if the text has a key of a record. A path on a command line may name any
 * file that root can read, such as /etc/shadow, and errors quote keys and
 * words: so other files are not parsed. */
static bool
has_record_key(const char *text)
{
	static const char *const key[] = { "phone", "receiver", "email",
		"people", "totp_secret_file", "totp_factor", "push_factor",
		"authy_id", "accounts" };
	const char *p;

	for (size_t i = 0; i < COUNT_OF(key); i++)
		for (p = text; (p = strstr(p, key[i])) != NULL; p++) {
			const char *after = p + strlen(key[i]);

			after += strspn(after, " \t");
			if (*after == '=' || *after == ':')
				return true;
		}
	return false;
}

/* A host with apps alone had no reason to set allowed_prefixes. conf: the
 * installed file. */
static void
check_first_provider(struct check *c, const char *path, const char *conf,
    const struct settings *new)
{
	struct settings *old OWNED(settings_end) =
	    settings_load(conf, c->owner, NULL);

	if (old != NULL && !settings_sends_codes(old) &&
	    settings_sends_codes(new) && new->allowed_prefixes.count == 0)
		check_warning(c,
		    "%.300s: codes may be sent to any number; name the "
		    "countries: limits = { allowed_prefixes = [\"+44\"]; };",
		    path);
}

struct settings *
check_candidate_settings(struct check *c, const char *path,
    const struct trusted_file *text, const char *conf)
{
	struct settings *new =
	    settings_parse(path, text->text, text->len, c->owner, &c->problem);

	if (new == NULL)
		return NULL;
	check_secrets(c, secret_file_folder(conf));
	check_candidate_effects(c, path, new);
	check_first_provider(c, path, conf, new);
	return new;
}

void
check_candidate_user(struct check *c, const struct settings *conf,
    const char *path, const struct trusted_file *text, const char *user)
{
	if (!user_name_is_valid(user))
		check_problem(
		    c, "%s: \"%.64s\" is not a user name", path, user);
	else if (strlen(text->text) != text->len)
		check_problem(
		    c, "%s: has a NUL byte; expected only text", path);
	else if (!has_record_key(text->text))
		check_problem(c,
		    "%s: has no key of a user's file with a phone, an address "
		    "or an app, so nothing else was checked; expected the "
		    "keys of twofa.conf(5)",
		    path);
	else
		check_user(c, conf, path, user, text->text);
	check_email(c);
}
