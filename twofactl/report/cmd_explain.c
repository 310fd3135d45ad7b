/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl explain: how a login would end now, without running one. */
#include "twofactl/report/report.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "twofactl/enrol/enrol.h"

#define DEADLINE_MS 30000 /* nobody is asked for anything */
#define SOCK "sock:"
#define SUDO "sudo sudo-i"
#define SERVICE_MAX 64
#define SERVICE_BYTES TEXT_ALNUM "._-"

/* sudo asks the user who runs it, unless its settings say otherwise; su may be
 * run by any user. Other services run as root, or the user is unknown. */
static int
set_real_user(const struct target *target, const char *caller,
    const char *service, struct facts *f)
{
	const char *name = NULL;
	const struct passwd *pw;

	if (text_has_word(REPORT_SU, service) || caller != NULL)
		name = caller;
	else if (text_has_word(SUDO, service))
		name = target->account;
	f->real_uid = 0;
	f->ruser = "";
	if (name == NULL)
		return 0;
	errno = 0;
	pw = getpwnam(name);
	if (pw == NULL)
		return terminal_error(
		    "account \"%.80s\": %s; see: getent passwd %s", name,
		    errno != 0 ? strerror(errno) : "not there",
		    terminal_shell_quote(name));
	f->real_uid = pw->pw_uid;
	f->ruser = name;
	return 0;
}

/* Accepts a service as twofactl status shows it, "sock:UID". */
static bool
set_user_service(const struct run *run, const char *from, struct facts *f)
{
	if (strcmp(run->command, "explain") != 0 || !text_take(&from, SOCK) ||
	    from[0] < '1' || from[0] > '9')
		return false;
	f->request = from;
	f->socket_uid = decimal_read(from, UINT32_MAX);
	f->real_uid = f->socket_uid;
	f->ruser = f->rhost = f->ssh_addr = f->tty = "";
	return f->socket_uid > 0;
}

/* Swapped operands would give an explanation that makes no sense. */
static void
warn_service(const struct run *run, const char *service)
{
	struct pam_folder_reading reading = { .cause = NULL };
	char path[PAM_STACK_WORD];
	char *text OWNED(owned_text) =
	    pam_folder_read_file(&reading, service, path);

	if (text == NULL)
		terminal_error("warning: PAM has no service \"%s\" (there is "
			       "no /etc/pam.d/%s)%s",
		    service, service,
		    strcmp(run->command, "explain") == 0
			? "; first the user, then the service"
			: "");
}

enum ctl_exit
explain_fill_login_facts(const struct run *run, const struct target *target,
    const char *caller, const char *service, const char *from, struct facts *f)
{
	unsigned char raw[sizeof(struct in6_addr)];
	char other[SUDOERS_OTHER_TEXT];

	if (service == NULL)
		service = "sshd";
	if (from == NULL)
		from = "";
	if (service[0] == '\0' || strlen(service) > SERVICE_MAX ||
	    service[strspn(service, SERVICE_BYTES)] != '\0')
		return terminal_error_status(CTL_USAGE,
		    "\"%.80s\" is not a PAM service: see the files in "
		    "/etc/pam.d",
		    service);
	if (from[0] != '\0' && inet_pton(AF_INET, from, raw) != 1 &&
	    inet_pton(AF_INET6, from, raw) != 1 &&
	    !set_user_service(run, from, f))
		return terminal_error_status(CTL_USAGE,
		    "\"%.80s\" is not an address: rules only look at numeric "
		    "ones, such as 192.0.2.7",
		    from);
	if (caller != NULL && !text_has_word(REPORT_SU, service) &&
	    !text_has_word(SUDO, service))
		return terminal_error_status(
		    CTL_USAGE, "--caller: only su and sudo have one");
	if (caller == NULL && text_has_word(SUDO, service) &&
	    sudoers_find_other(NULL, other))
		terminal_error(
		    "%s; see: twofactl explain TARGET %s --caller %s", other,
		    service, terminal_shell_quote(target->account));
	warn_service(run, service);
	f->service = service;
	if (f->socket_uid == 0) {
		if (set_real_user(target, caller, service, f) != 0)
			return CTL_FAILED;
		f->rhost = from;
		f->ssh_addr = strcmp(service, "sshd") == 0 ? from : "";
		f->tty = strcmp(service, "sshd") == 0 ? "ssh"
		    : strcmp(service, "login") == 0   ? "tty1"
						      : "";
	}
	f->deadline_ms = module_arguments_default_deadline(service) * 1000;
	f->conversation = true;
	f->first_factor = FIRST_PASSWORD_SEEN;
	return CTL_DONE;
}

/* Copies the item's first texts. */
static int
take_texts(const struct item *r, char *const *to, size_t count, size_t cap)
{
	for (size_t i = 0; i < count; i++)
		if (item_copy_text(r, i + 1, to[i], cap) != 0)
			return -1;
	return 0;
}

static int
take_ask(struct explain_state *s, const struct item *r)
{
	char *const to[] = { s->ask, s->method, s->provider, s->why, s->limit,
		s->outage };

	s->decided = true;
	s->wait_s = r->number[7];
	s->age_s = r->number[8];
	return take_texts(r, to, COUNT_OF(to), sizeof(s->ask));
}

static bool
is_this_source(const struct explanation *e, const char *source)
{
	const size_t host = status_source_host_len(source);

	if (host == 0)
		return strcmp(source, e->source) == 0;
	return strncmp(source, e->status.store.host, host) == 0 &&
	    e->status.store.host[host] == '\0' &&
	    strcmp(source + host + 1, e->source) == 0;
}

/* Leaves only other sources in the rows: another host may have named one.
 * Owners other than the one asked count only as the total of a shared account.
 */
static void
set_counts(struct explanation *e)
{
	/* owner name of the user who is asked */
	const char *asked = e->asked[0] != '\0' ? e->asked
	    : e->person.user[0] != '\0'         ? e->person.user
						: e->target->owner;
	struct status_row *others = e->status.row;

	for (size_t i = 0; i < e->status.count; i++) {
		const struct status_row *row = &e->status.row[i];

		if (e->target->person[0] != '\0' && row->of_user &&
		    strcmp(row->user, e->target->account) == 0)
			memcpy(e->state.account, row->number,
			    sizeof(e->state.account));
		if (strcmp(row->user, asked) != 0)
			continue;
		if (row->of_user || is_this_source(e, row->source))
			memcpy(row->of_user ? e->state.user : e->state.source,
			    row->number, sizeof(e->state.user));
		else if (others < e->status.row + EXPLAIN_SOURCES)
			*others++ = *row;
	}
	e->status.count = (size_t)(others - e->status.row);
}

static int
take_explain_record(void *ctx, const struct item *r)
{
	struct explanation *e = ctx;
	struct explain_state *s = &e->state;
	struct explain_limit *l = &s->used[s->limits];
	struct denial_state code = { .codes = 0 };

	if (r->kind == ITEM_PLAN) {
		char *const to[] = { s->end, s->reason, s->would };

		return take_texts(r, to, COUNT_OF(to), sizeof(s->end));
	}
	if (r->kind == ITEM_ASK)
		return take_ask(s, r);
	if (r->kind == ITEM_LIMIT && s->limits < EXPLAIN_LIMITS) {
		s->limits++;
		l->used = r->number[2];
		l->most = r->number[3];
		return item_copy_text(r, 1, l->name, sizeof(l->name));
	}
	if (r->kind == ITEM_BYPASS) {
		denial_state_add_code(&code, r->number[3]);
		s->bypass += code.codes != 0;
		s->invitations += code.invited;
		return 0;
	}
	return status_records_add_item(&e->status, r);
}

/* Reads the record that a login would use: that of the caller if su asks its
 * caller. */
static void
read_login_record(struct explanation *e)
{
	const struct passwd *pw = NULL;

	if ((e->decision.action == ACTION_REQUIRE ||
		e->decision.action == ACTION_OBSERVE) &&
	    policy_needs_caller(&e->decision, &e->facts))
		pw = getpwuid((uid_t)e->login->real_uid);
	if (pw != NULL) {
		PRINT_TO(e->asked, "%.*s", USER_NAME_MAX, pw->pw_name);
		user_account_set(e->conf, e->asked, pw->pw_uid);
		e->found = user_record_read(
		    e->conf, e->asked, &e->record, &complain_report);
		return;
	}
	e->found = command_owner_record(e->conf, e->target->owner,
	    &complain_report, &e->person, &e->record);
	e->by_key = strcmp(e->login->service, "sshd") == 0 &&
	    (e->person.key[0] != '\0' || e->person.ca[0] != '\0');
}

/* Reads rules and record like a login. Returns 0, or -1 after an error. */
static int
read_rules(struct explanation *e)
{
	e->account_known =
	    accounts_find(e->target->account, &e->account) == ACCOUNT_FOUND;
	admission_fill_facts(admission_now(e->conf), e->login,
	    e->target->account, e->address, e->source, &e->facts);
	if (!e->account_known)
		return 0;
	user_account_set(e->conf, e->account.name, e->account.uid);
	e->results = calloc(e->conf->rule_count + 1, sizeof(*e->results));
	if (e->results == NULL)
		return terminal_error("%s", strerror(errno));
	(void)accounts_set_group_facts(e->conf, &e->account, &e->facts);
	e->decision = policy_explain(e->conf, &e->facts, e->results);
	if (admission_needs_record(&e->decision, &e->facts))
		read_login_record(e);
	return 0;
}

static enum ctl_exit
explain_by_helper(struct explanation *e)
{
	const struct client_request call = {
		.facts = e->login, .ctx = e, .record = take_explain_record
	};
	enum ctl_exit status = client_request(e->run, &call);

	set_counts(e);
	if (status == CTL_DONE && e->run->json)
		explain_json_print(e);
	else if (status == CTL_DONE)
		explain_text_print(e);
	return status == CTL_DONE && explain_is_denied(e) ? CTL_NO : status;
}

/* Sets a sample field of this kind: one code represents all of its format. */
static enum ctl_exit
set_one_field(const char *kind, struct facts *login)
{
	static const struct {
		const char *kind, *part;
	} kinds[] = {
		{ "code", "000000" },
		{ "recovery", "AAAA-AAAA-AAAA-AAAA" },
		{ "sms", "sms" },
		{ "call", "call" },
		{ "push", "push" },
		{ "none", "" },
	};

	login->conversation = false;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcmp(kind, kinds[i].kind) == 0)
			login->one_field = kinds[i].part;
	if (login->one_field != NULL)
		return CTL_DONE;
	return terminal_error_status(CTL_USAGE,
	    "--field %.20s: expected code, recovery, sms, call, push or none",
	    kind);
}

/* Finds the person by the key that sshd would pass, or by name. su may ask its
 * caller instead. */
static enum ctl_exit
explain_find_person(
    struct command_user *c, const char *key, const struct facts *login)
{
	struct ssh_identity id;

	if (key == NULL)
		return command_person_find(c,
		    COMMAND_ENTRY | (login->real_uid != 0 ? COMMAND_WHOLE : 0));
	if (c->target.person[0] != '\0' || strcmp(login->service, "sshd") != 0)
		return terminal_error_status(CTL_USAGE,
		    c->target.person[0] != '\0'
			? "--key and --person: give only one of them"
			: "--key: only sshd shows keys");
	if (typed_key_read(&id, "--key", key) != 0)
		return CTL_USAGE;
	return command_person_by_key(c, &id);
}

static enum ctl_exit
explain_run(struct command_user *c, const struct arguments *typed,
    const struct facts *login)
{
	static struct explanation e;
	enum ctl_exit status = explain_find_person(c, typed->key, login);

	if (status != CTL_DONE)
		return status;
	e = (struct explanation){ .run = &c->run,
		.target = &c->target,
		.caller = typed->caller,
		.full = typed->full,
		.conf = c->conf,
		.login = login };
	if (read_rules(&e) != 0)
		status = CTL_FAILED;
	else if (e.found == USER_PEOPLE && e.decision.action == ACTION_REQUIRE)
		status = command_person_find(c, COMMAND_ENTRY);
	if (status == CTL_DONE)
		status = explain_by_helper(&e);
	user_record_wipe(&e.record);
	free((void *)e.facts.group);
	free(e.results);
	free(e.status.row);
	free(e.status.host);
	return status;
}

enum ctl_exit
cmd_explain(struct command_user *c, const struct arguments *typed)
{
	struct facts login =
	    client_facts(&c->run, c->target.owner, PURPOSE_EXPLAIN);
	struct user_account own = { .owner = USER_OWN };
	enum ctl_exit status = explain_fill_login_facts(&c->run, &c->target,
	    typed->caller, typed->operand[1], typed->operand[2], &login);

	if (status == CTL_DONE && typed->field != NULL)
		status = set_one_field(typed->field, &login);
	if (status != CTL_DONE)
		return status;
	login.deadline_ms = DEADLINE_MS;
	c->conf->account = &own;
	return explain_run(c, typed, &login);
}
