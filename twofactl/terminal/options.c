/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of twofactl and its help, made from tables. */
#include "twofactl/terminal/terminal.h"

#include <getopt.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

struct option_row {
	/* of two options of one name the second is listed as NAME.WORD */
	const char *name;
	const char *argument; /* of the option, or NULL */
	size_t at; /* offset in struct arguments, of a text or without an
		      argument a bool */
	const char *help;
};

#define COUNT_DEFAULT 10
#define SPAN_MOST 100000 /* in any unit */
#define VAL_FIRST 256    /* of getopt_long: above all letters */
#define VAL_OWN 1024     /* of the first key of provider types */
#define OPTIONS COUNT_OF(table)
#define AT(field) offsetof(struct arguments, field)
/* The beginning of a row, for an option that is called like its field. */
#define FLAG(name) #name, NULL, AT(name)
#define TEXT(name, argument) #name, argument, AT(name)

static const struct option_row table[] = {
	{ "config", "FILE", AT(raw.config),
	    "settings file; default " MODULE_ARGUMENTS_CONF " (also -c FILE)" },
	{ "helper", "PATH", AT(run.helper),
	    "the helper program; default " TWOFA_HELPER },
	{ "help", NULL, AT(raw.help), "show this help" },
	{ "version", NULL, AT(raw.version), "show the version" },
	{ "json", NULL, AT(run.json), "print JSON" },
	{ FLAG(yes), "do not ask for confirmation" },
	{ "count", "N", AT(raw.count),
	    "how many codes, 1 to " TEXT_NUMBER(
		RECOVERY_MAX) "; default " TEXT_NUMBER(COUNT_DEFAULT) },
	{ FLAG(left),
	    "only print how many are left; exit status 1 when none is" },
	{ FLAG(local),
	    "codes or lock of this host alone, for when no server answers" },
	{ TEXT(hours, "N"),
	    "validity of the code in hours: 1 to " TEXT_NUMBER(
		RECOVERY_BYPASS_HOURS) },
	{ FLAG(invite),
	    "for a user who is not enrolled: also allows to enrol" },
	{ "invite.new", NULL, AT(invite),
	    "make an invitation for each new member" },
	{ FLAG(csv), "print the invitations as CSV" },
	{ "left.members", NULL, AT(members_left),
	    "with --remove: of those who have left" },
	{ "remove.left", NULL, AT(remove), "remove the records instead" },
	{ "remove.account", NULL, AT(remove), "remove the account instead" },
	{ TEXT(expect, "TEXT"),
	    "who approves: sub, name or address; do not ask" },
	{ TEXT(unproven, "SUB"), "record this sub, unproved" },
	{ FLAG(list), "list the user's codes instead" },
	{ TEXT(end, "ID"), "end that code instead; all: end all" },
	{ FLAG(codes), "list bypass codes instead" },
	{ "no-verify", NULL, AT(no_verify), "do not ask for a code first" },
	{ "secret-file", "FILE", AT(secret_file),
	    "the app's own secret: base32 or otpauth://; - is stdin" },
	{ FLAG(add), "one more phone" },
	{ "add.app", NULL, AT(add), "one more app beside the others" },
	{ TEXT(token, "SERIAL"), "a token, beside the apps" },
	{ TEXT(resync, "N"),
	    "the counter of show's device N: asks for two codes" },
	{ TEXT(counter, "N"), "with --resync: of its next code" },
	{ TEXT(device, "N"), "only this one of show's devices" },
	{ FLAG(devices), "a line for each phone, app and token" },
	{ FLAG(replace), "change the record of a user who already has one" },
	{ FLAG(again),
	    "after leave, or for another uid: the same user is back" },
	{ TEXT(tokens, "FILE"),
	    "a CSV of serial,user,seed,type,digits,period,counter" },
	{ "from-google-authenticator", NULL, AT(google),
	    "take the secrets in ~/.google_authenticator" },
	{ "app-first", NULL, AT(app_first),
	    "ask these users for the app before a message" },
	{ TEXT(channel, "LIST"),
	    "methods in order of preference: sms,voice,whatsapp,email" },
	{ TEXT(email, "ADDR"), "the user's mail address" },
	{ TEXT(provider, "NAME"), "the provider in twofa.conf to try first" },
	{ TEXT(country, "N"), "calling code for numbers without one: 1, 44" },
	{ "dry-run", NULL, AT(dry_run),
	    "say what would be done and change nothing" },
	{ FLAG(full), "show numbers and addresses in full" },
	{ TEXT(missing, "GROUP"),
	    "list members of the group who are not enrolled" },
	{ "enrolled-by", "HOST", AT(enrolled_by),
	    "list who enrolled at a login of this host" },
	{ TEXT(service, "S"),
	    "test: the login's PAM service (sshd); doctor: only this one" },
	{ TEXT(from, "ADDR"), "the source address of the login" },
	{ "field", NULL, AT(ask_field),
	    "log in as a program with one field does: PASSWORD,CODE" },
	{ "field.kind", "KIND", AT(field),
	    "after the password: code, recovery, sms, call, push or none" },
	{ TEXT(person, "NAME"), "one of the people who share the account" },
	{ TEXT(phone, "PHONE"), "the phone number" },
	{ TEXT(sk, "FILE"), "record the security key of this file FILE.pub" },
	{ "remove", "KEY", AT(sk_removed),
	    "take this one out: SHA256:... or a file FILE.pub" },
	{ TEXT(key, "KEY"),
	    "the person's ssh key: SHA256:... or a file FILE.pub" },
	{ "cert-id", "ID", AT(cert_id),
	    "the id of the person's ssh certificate" },
	{ TEXT(ca, "KEY"),
	    "the key that signed the certificate, given as for --key" },
	{ "user", "NAME", AT(as_user),
	    "enroll: use this user's factors; check: whose record it is" },
	{ TEXT(file, "FILE"), "check this file before it is put in place" },
	{ "file.mail", "FILE", AT(file),
	    "notify: your text, with %user%, %name%, %host%, %day%, %what%" },
	{ FLAG(send), "notify: hand the mails to sendmail" },
	{ "test", NULL, AT(send), "send a notice now, to try the way" },
	{ "deny", "USER,..", AT(exempt), "go on though these will be denied" },
	{ FLAG(upgrade),
	    "say what this version changes and what must be done first" },
	{ TEXT(caller, "USER"), "who runs su (default root) or sudo" },
	{ FLAG(sends), "reset the message limits instead" },
	{ TEXT(login, "KIND"),
	    "what comes before the code: password, key or both" },
	{ TEXT(exempt, "USER,.."),
	    "do not ask these users for a code: adds a rule to twofa.conf" },
	{ FLAG(skip),
	    "su, login: this service asks for no code, as a rule says" },
	{ TEXT(until, "DAY"), "that rule's last day, in UTC: 2027-01-31" },
	{ TEXT(why, "TEXT"), "why it is needed, for the log" },
	{ FLAG(exceptions),
	    "list exceptions: logins without a code, until when, why" },
	{ "files", NULL, AT(files_only),
	    "check only files, not the running sshd or accounts" },
	{ TEXT(etc, "FOLDER"),
	    "read FOLDER/etc/... instead of /etc/... where it exists" },
	{ TEXT(within, "TIME"),
	    "time to confirm before it is undone: 1m to 24h; default 10m" },
	{ TEXT(timer, "ID"),
	    "end only this trial, whose time is up; for the trial's timer" },
	{ FLAG(anyway), "go ahead despite the problems found" },
	{ "check", NULL, AT(look),
	    "change nothing: exit status 1 if something would change" },
	{ "no-trial", NULL, AT(no_trial),
	    "make it permanent at once, without a trial" },
	{ "no-input", NULL, AT(no_input), "do not ask for a code to be typed" },
	{ FLAG(boot),
	    "end a trial that a reboot interrupted; for the unit at boot" },
	{ "user.proof", "NAME", AT(prove_as),
	    "whose login is the proof; default: who called sudo" },
	{ FLAG(all), "every service" },
	{ "provider.type", "TYPE", AT(provider),
	    "type of the provider: vonage-verify, twilio-verify, ..." },
	{ TEXT(brand, "TEXT"), "the name that the message on the phone gives" },
	{ "user.first", "NAME", AT(as_user),
	    "the first user; default: who called sudo" },
	{ "allowed-prefixes", "LIST", AT(prefixes),
	    "who can get codes: +1,+44; default: PHONE's country" },
	{ TEXT(office, "LIST"),
	    "the office's networks: 192.0.2.0/24,2001:db8::/48, or none" },
	{ "base-url", "URL", AT(base_url),
	    "where the provider answers, if not at its usual address" },
	{ "ca-file", "FILE", AT(ca_file), "the CA of its certificate there" },
	{ FLAG(rehearsal), "use the simulator on this machine instead" },
	{ TEXT(url, "URL"), "the server: postgresql://USER@HOST/DATABASE" },
	{ FLAG(print), "print the SQL instead of running it" },
	{ FLAG(renew), "a new password for a role that already exists" },
	{ FLAG(push), "set the host up by ssh, as the admin who called sudo" },
	{ TEXT(groups, "LIST"),
	    "give the host only the records of members of these groups" },
	{ "hourly-users", "N", AT(users_per_hour),
	    "users whose records the host may read per hour; default 50" },
	{ "hourly-sends", "N", AT(sends_per_hour),
	    "messages the host may send per hour; default 1000" },
	{ FLAG(enrols), "users may enrol at its logins by the password alone" },
	{ "no-enrols", NULL, AT(no_enrols), "they may not any more" },
	{ "records", NULL, AT(end_records),
	    "also remove the records of who enrolled there" },
	{ TEXT(output, "FILE"),
	    "write the host's password here; default stdout" },
	{ TEXT(networks, "LIST"),
	    "who may connect to the servers: 192.0.2.0/24,2001:db8::7" },
	{ "groups.give", "LIST", AT(give_groups),
	    "hosts of these groups may read the record in the state" },
	{ "local.here", NULL, AT(here),
	    "write to this host's users.d, even if users = \"state\"" },
	{ FLAG(prometheus), "print in Prometheus text format" },
	{ TEXT(since, "TIME"),
	    "from then on: 90m, 36h or 14d ago, or a date; default 14d" },
	{ "since.enrolled", "TIME", AT(since),
	    "with --enrolled-by: from then on, likewise" },
	{ "app.desk", NULL, AT(app), "verify by the app's code" },
	{ "app.only", NULL, AT(app),
	    "an authenticator app alone: no provider, nothing to pay" },
	{ "phone.own", NULL, AT(own_phone), "change your phone" },
	{ "instead", "N", AT(device), "in place of your phone N of several" },
	{ "add.own", NULL, AT(add), "one more" },
	{ "remove.own", "N", AT(own_removed), "remove your phone N" },
	{ "app.own", NULL, AT(app), "set up an app" },
	{ "codes.own", NULL, AT(own_codes),
	    "new recovery codes; old ones end" },
	{ FLAG(events),
	    "print locks, enrolments and the like, in order of time" },
};

int64_t
options_span(const char *text)
{
	static const struct {
		const char *unit;
		int64_t s;
	} units[] = { { "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 },
		{ "d", 86400 } };
	char *end = NULL;
	const long n = strtol(text, &end, 10);

	for (size_t i = 0; i < COUNT_OF(units); i++)
		if (end != text && n > 0 && n <= SPAN_MOST &&
		    strcmp(end, units[i].unit) == 0)
			return n * units[i].s;
	return 0;
}

int
options_since(const char *text, int64_t *since)
{
	const unsigned day = day_read(text);
	/* "14" is ambiguous: it may mean days */
	const int64_t s =
	    text[strspn(text, TEXT_DIGITS)] != '\0' ? options_span(text) : 0;

	*since = day != 0 ? day * INT64_C(86400) : time(NULL) - s;
	if (s > 0 || day != 0)
		return 0;
	return terminal_error("--since %.20s: expected a duration (90m, 36h, "
			      "14d) or a date (2026-10-31)",
	    text);
}

static const struct command *
options_find(const struct command *commands, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int
set_count(struct arguments *typed, const char *text)
{
	const int64_t count = decimal_read(text, RECOVERY_MAX);

	typed->count = count > 0 ? (unsigned)count : 0;
	if (count > 0)
		return 0;
	return terminal_error(
	    "--count %.20s: expected 1 to %d", text, RECOVERY_MAX);
}

static int
set_conf(struct arguments *typed, const char *path)
{
	static char conf[CTL_PATH_MAX];
	char cwd[CTL_PATH_MAX / 2] = "";
	bool fits;

	if (path[0] != '/' && getcwd(cwd, sizeof(cwd)) == NULL)
		cwd[0] = '\0';
	fits = PRINT_FITS(conf, "%s%s%s", cwd, cwd[0] != '\0' ? "/" : "", path);
	typed->run.conf = conf;
	if (fits && conf[0] == '/')
		return 0;
	return terminal_error(
	    "--config %.60s: give an absolute path of less than %zu bytes",
	    path, sizeof(conf));
}

static void
set_field(
    struct arguments *typed, const struct option_row *row, const char *argument)
{
	char *field = (char *)typed + row->at;
	const bool yes = true;

	if (row->argument != NULL)
		memcpy(field, &argument, sizeof(argument));
	else
		memcpy(field, &yes, sizeof(yes));
}

static const struct option_row *
row_from_val(int val)
{
	const char *name = val == 'c' ? "config" : val == 'h' ? "help" : "";

	for (size_t i = 0; i < OPTIONS; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	if (val < VAL_FIRST || (size_t)(val - VAL_FIRST) >= OPTIONS)
		return NULL; /* getopt_long has printed the error */
	return &table[val - VAL_FIRST];
}

static bool
command_takes(const struct command *c, const struct option_row *row)
{
	return text_has_word(OPTIONS_COMMON, row->name) ||
	    (c != NULL && text_has_word(c->options, row->name));
}

static const char *
option_name(const struct option_row *row, char out[32])
{
	snprintf(out, 32, "%.*s", (int)strcspn(row->name, "."), row->name);
	return out;
}

/* True if the row is the one meant. Of two options with the same name that is
 * the one that the command takes. */
static bool
option_is_meant(const struct option_row *row, const struct command *c)
{
	const size_t len = strcspn(row->name, ".");

	for (const struct option_row *o = table; o < table + OPTIONS; o++)
		if (o != row && strcspn(o->name, ".") == len &&
		    strncmp(o->name, row->name, len) == 0)
			return command_takes(c, row);
	return true;
}

/* Adds options for keys of provider types, first so that they take precedence.
 * Returns their number. */
static size_t
own_options(const struct command *c, struct option *options)
{
	const struct option_key *row;
	size_t n = 0;

	if (c == NULL || !text_has_word(c->options, OPTIONS_OWN))
		return 0;
	for (; (row = option_key_nth(n)) != NULL; n++)
		options[n] = (struct option){ row->option, required_argument,
			NULL, VAL_OWN + (int)n };
	return n;
}

static int
read_options(
    int argc, char **argv, const struct command *c, struct arguments *typed)
{
	struct option options[CTL_OWN_MAX + OPTIONS + 1] = { { 0 } };
	static char names[OPTIONS][32];
	const struct option_row *row;
	size_t known = own_options(c, options);
	int val;

	for (size_t i = 0; i < OPTIONS; i++)
		if (option_is_meant(&table[i], c))
			options[known++] =
			    (struct option){ option_name(&table[i], names[i]),
				    table[i].argument != NULL
					? required_argument
					: no_argument,
				    NULL, VAL_FIRST + (int)i };
	while ((val = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		if (val >= VAL_OWN) {
			typed->own[val - VAL_OWN] = optarg;
			continue;
		}
		row = row_from_val(val);
		if (row == NULL)
			return -1;
		set_field(typed, row, optarg);
		typed->raw.seen[row - table] = true;
	}
	return 0;
}

const char *
options_other(const struct arguments *typed, const char *words)
{
	static char name[32];

	_Static_assert(OPTIONS <= CTL_OPTIONS_MAX, "they fit");
	for (size_t i = 0; i < OPTIONS; i++)
		if (typed->raw.seen[i] &&
		    !text_has_word(OPTIONS_COMMON, table[i].name) &&
		    !text_has_word(words, table[i].name))
			return option_name(&table[i], name);
	return NULL;
}

static int
check_options(const struct command *c, struct arguments *typed)
{
	const char *other = options_other(typed, c->options);

	if (other != NULL)
		return terminal_error(
		    "%s takes no --%s; see: twofactl %s --help", c->name, other,
		    c->name);
	if (typed->raw.config != NULL &&
	    set_conf(typed, typed->raw.config) != 0)
		return -1;
	if (typed->raw.count != NULL && set_count(typed, typed->raw.count) != 0)
		return -1;
	if (typed->person != NULL && typed->user == NULL &&
	    c->operands[0] != '\0')
		return terminal_error(
		    "--person needs the account: %s USER --person NAME",
		    c->name);
	if (typed->left && (typed->raw.count != NULL || typed->yes))
		return terminal_error(
		    "--left changes nothing: leave out --count and --yes");
	return 0;
}

static void
count_operands(const char *operands, size_t *least, size_t *most)
{
	struct text_part rest = text_part(operands), one;

	for (*least = *most = 0; text_part_next(&rest, " ", &one); ++*most)
		*least += one.at[0] != '[';
}

static int
read_operands(
    int argc, char **argv, const struct command *c, struct arguments *typed)
{
	const size_t given = (size_t)(argc - optind);
	size_t least, most;

	count_operands(c->operands, &least, &most);
	if (given < least)
		return terminal_error("%s needs %s", c->name, c->operands);
	if (given > most)
		return terminal_error(
		    "\"%.40s\" is one operand too many: %s takes %s",
		    argv[(size_t)optind + most], c->name,
		    most == 0 ? "nothing" : c->operands);
	for (size_t i = 0; i < given && i < CTL_OPERANDS_MAX; i++)
		typed->operand[i] = argv[(size_t)optind + i];
	if (strncmp(c->operands, "USER", 4) == 0 ||
	    strncmp(c->operands, "[USER]", 6) == 0)
		typed->user = typed->operand[0];
	return 0;
}

static const struct command *
read_command(int argc, char **argv, const struct command *commands,
    size_t count, struct arguments *typed)
{
	const struct command *c =
	    optind < argc ? options_find(commands, count, argv[optind]) : NULL;

	if (c != NULL)
		typed->run.command = c->name;
	else if (optind < argc)
		terminal_error("no command \"%.40s\"", argv[optind]);
	else
		terminal_error("no command given");
	optind++;
	return c;
}

static void
print_options(const struct command *c)
{
	char head[64], name[32];

	for (const struct option_row *row = table; row < table + OPTIONS;
	     row++) {
		if (!command_takes(c, row))
			continue;
		PRINT_TO(head, "--%s%s%s", option_name(row, name),
		    row->argument != NULL ? " " : "",
		    row->argument != NULL ? row->argument : "");
		printf("  %-16s %s\n", head, row->help);
	}
}

static void
print_own(void)
{
	const struct option_key *row;
	char head[48];

	for (size_t i = 0; (row = option_key_nth(i)) != NULL; i++) {
		const bool file = row->key->kind == CONF_SECRET_FILE ||
		    row->key->kind == CONF_KEY_FILE;

		PRINT_TO(head, "--%s %s", row->option, file ? "FILE" : "TEXT");
		printf("  %s\n%20sof %s\n", head, "", row->types);
	}
}

static void
usage_all(const struct command *commands, size_t count)
{
	char head[40];

	puts("usage: twofactl [OPTION...] COMMAND [OPERAND...]\n\n"
	     "Manage the second factors of pam_twofa. Only for root.\n\n"
	     "commands:");
	for (size_t i = 0; i < count; i++) {
		PRINT_TO(head, "%s %s", commands[i].name, commands[i].operands);
		printf("  %-28s %s\n", head, commands[i].summary);
	}
	puts("\noptions of all commands:");
	print_options(NULL);
	puts("\nexit status: 0 done, 1 the answer is no, 2 wrong usage, 3 "
	     "wrong settings,\n4 provider or I/O failure, or not root, 5 no "
	     "journal of systemd\n\n"
	     "See also twofactl COMMAND --help and twofactl(8).");
}

/* Prints help; everything else on the command line is ignored. */
static void
help(int argc, char **argv, const struct command *commands, size_t count)
{
	const struct command *c =
	    optind < argc ? options_find(commands, count, argv[optind]) : NULL;

	if (c == NULL) {
		usage_all(commands, count);
		return;
	}
	printf("usage: twofactl %s [OPTION...]%s%s\n\n%s.\n%s\noptions:\n",
	    c->name, c->operands[0] != '\0' ? " " : "", c->operands, c->summary,
	    c->details);
	print_options(c);
	if (text_has_word(c->options, OPTIONS_OWN))
		print_own();
}

enum options_result
options_read(int argc, char **argv, const struct command *commands,
    size_t count, struct arguments *typed, const struct command **command)
{
	const struct command *c = NULL;

	*typed = (struct arguments){ .run = { .conf = MODULE_ARGUMENTS_CONF,
					 .helper = TWOFA_HELPER },
		.count = COUNT_DEFAULT };
	/* the first argument that names a command; a path with such a name
	 * could be mistaken for it */
	for (int i = 1; i < argc && c == NULL; i++)
		c = options_find(commands, count, argv[i]);
	if (read_options(argc, argv, c, typed) != 0)
		goto wrong;
	if (typed->raw.version)
		puts("twofactl " TWOFA_VERSION);
	else if (typed->raw.help)
		help(argc, argv, commands, count);
	if (typed->raw.version || typed->raw.help)
		return OPTIONS_HELPED;
	c = read_command(argc, argv, commands, count, typed);
	if (c == NULL || read_operands(argc, argv, c, typed) != 0 ||
	    check_options(c, typed) != 0)
		goto wrong;
	*command = c;
	return OPTIONS_RUN;
wrong:
	fprintf(stderr, "Try: twofactl %s%s--help\n", c != NULL ? c->name : "",
	    c != NULL ? " " : "");
	return OPTIONS_WRONG;
}

static struct option_key key_rows[CTL_OWN_MAX];
static size_t key_count;

bool
option_keys_include_type(const struct provider_type *type)
{
	return type->account != NULL ||
	    ((type->methods & METHOD_BIT(METHOD_SMS)) != 0 &&
		!type->by_authy_id);
}

static struct option_key *
find_option_key(const char *key)
{
	for (size_t i = 0; i < key_count; i++)
		if (strcmp(key_rows[i].key->key, key) == 0)
			return &key_rows[i];
	return NULL;
}

static void
add_option_key(const struct setting_key *key, const char *type)
{
	struct option_key *row = find_option_key(key->key);

	if (row == NULL && key_count == CTL_OWN_MAX)
		return; /* a unit test checks that they fit */
	if (row == NULL) {
		row = &key_rows[key_count++];
		row->key = key;
		PRINT_TO(row->option, "%s", key->key);
		for (char *c = row->option; *c != '\0'; c++)
			if (*c == '_')
				*c = '-';
	}
	PRINT_APPEND(
	    row->types, "%s%s", row->types[0] != '\0' ? ", " : "", type);
}

const struct option_key *
option_key_nth(size_t n)
{
	const bool made = key_count > 0;
	const struct provider_type *type;

	for (unsigned i = 0; !made && (type = provider_type_nth(i)) != NULL;
	     i++)
		for (const struct setting_key *k = type->keys;
		     option_keys_include_type(type) && k->key != NULL; k++)
			add_option_key(k, type->name);
	return n < key_count ? &key_rows[n] : NULL;
}

const struct option_key *
option_key_find(const char *key)
{
	(void)option_key_nth(0);
	return find_option_key(key);
}

const char *
option_key_value(const struct arguments *typed, const char *key)
{
	const struct option_key *row = option_key_find(key);

	return row != NULL ? typed->own[row - key_rows] : NULL;
}
