/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks the PAM stacks of services: a missing line of pam_twofa, lines that
 * PAM cannot parse, and the order of lines. */
#include "twofactl/doctor/doctor_inside.h"

#include <glob.h>

#define COPY " (a copy of its file in another folder of PAM's)"
#define BY_HAND " (see docs/guide/by-hand.md)"
#define WORD_DISTANCE 3 /* from this edit distance on a word is another one */
#define TWOFA "pam_twofa"
#define SERVICE_MAX 64
#define NAME_DISTANCE 4 /* from this distance on a service was not meant */

static void
report_exempt(struct doctor *d, const char *service, size_t rule)
{
	doctor_note(d, "pam-missing",
	    "%s has no second factor, as rule %zu intends", service, rule);
	d->sshd_exempt |= strcmp(service, "sshd") == 0;
}

/* Returns the SERVICE of twofactl enable, which edits files in the admin's
 * folder only, or NULL. */
static const char *
enable_name(const char *service)
{
	const struct pam_service *s =
	    pam_folder_has(service) ? pam_service_find(service) : NULL;

	return s != NULL ? s->enable : NULL;
}

/* The stack includes that of from, which has no pam_twofa either. */
static void
report_missing_included(struct doctor *d, const char *service, const char *from)
{
	const char *by = enable_name(from);

	if (by != NULL)
		doctor_problem(d, "pam-missing",
		    "%s has no second factor, and it includes %s; run: "
		    "twofactl enable %s, whose line serves both: with one "
		    "in each, it asks for two codes",
		    service, from, by);
	else
		doctor_problem(d, "pam-missing",
		    "%s has no second factor, and it includes %s; add \"auth "
		    "required pam_twofa.so\" to " PAM_FOLDER_FIRST
		    "/%s alone" BY_HAND ", which serves both: with a line "
		    "in each, it asks for two codes",
		    service, from, from);
}

/* True if sshd requires a key, so password and code must not be enough. */
static bool
sshd_needs_key(void)
{
	struct sshd_settings now;

	return sshd_ask(NULL, NULL, &now) == SSHD_ASK_DONE &&
	    strcmp(sshd_settings_login_kind(&now, false), "key") == 0;
}

/* Names the command that adds the line, or how to add it by hand. */
static void
report_missing_line(struct doctor *d, const char *service)
{
	const char *by = enable_name(service);
	const bool key =
	    by != NULL && strcmp(by, "sshd") == 0 && sshd_needs_key();

	if (by != NULL)
		doctor_problem(d, "pam-missing",
		    "%s has no second factor; run: twofactl enable %s%s; "
		    "or, if that is intended, put first into rules of %s: { "
		    "services = [\"%s\"]; action = \"skip\"; }",
		    service, by, key ? " --login key" : "", d->run->conf,
		    service);
	else
		doctor_problem(d, "pam-missing",
		    "%s has no second factor; add \"auth required "
		    "pam_twofa.so\" after the password's lines (such as "
		    "@include common-auth) of " PAM_FOLDER_FIRST "/%s%s" BY_HAND
		    "; or, if that is intended, put first into rules of %s: "
		    "{ services = [\"%s\"]; action = \"skip\"; }",
		    service, service, pam_folder_has(service) ? "" : COPY,
		    d->run->conf, service);
}

/* other: the service has no file. from: a service that can give root and whose
 * file this one includes, or NULL. */
static void
report_missing(struct doctor *d, const char *service, bool other,
    const struct pam_service *from)
{
	const size_t rule = doctor_find_skip_rule(d, service);

	if (rule > 0)
		report_exempt(d, service, rule);
	else if (from != NULL)
		report_missing_included(d, service, from->name);
	else if (other)
		doctor_problem(d, "pam-missing",
		    "%s has no file in " PAM_FOLDER_FIRST ", and so PAM takes "
		    "\"other\", which has no second factor; "
		    "write " PAM_FOLDER_FIRST
		    "/%s, with \"auth required pam_twofa.so\" "
		    "after the password's lines" BY_HAND,
		    service, service);
	else if (strcmp(service, "polkit-1") == 0)
		/* some versions of polkit use PAM without being root */
		doctor_problem(d, "pam-missing",
		    "%s has no second factor; run: twofactl enable %s, "
		    "which adds a rule to %s that says this is intended: { "
		    "services = [\"%s\"]; action = \"skip\"; }; or, where "
		    "polkit's helper runs as root, add \"auth required "
		    "pam_twofa.so\" after the password's lines "
		    "of " PAM_FOLDER_FIRST "/%s%s" BY_HAND,
		    service, service, d->run->conf, service, service,
		    pam_folder_has(service) ? "" : COPY);
	else
		report_missing_line(d, service);
}

/* Prints a note on a service that is not in pam_services. */
static void
report_missing_other(struct doctor *d, const char *service)
{
	/* they show no prompts */
	static const char *const quiet[] = { "anacron", "atd", "cron", "crond",
		"gdm-autologin", "gdm-launch-environment", "greetd-greeter",
		"lightdm-autologin", "lightdm-greeter", "other",
		"sddm-autologin", "sddm-greeter", "sssd-shadowutils",
		"systemd-user", NULL };
	const size_t rule = doctor_find_skip_rule(d, service);

	if (text_is_one_of(service, quiet))
		return;
	if (rule > 0)
		report_exempt(d, service, rule);
	else
		doctor_note(d, "pam-missing",
		    "%s allows logins without a code; if users log in "
		    "through it, add \"auth required pam_twofa.so\" after "
		    "the password's lines of " PAM_FOLDER_FIRST "/%s" BY_HAND,
		    service, service);
}

/* Finds a word of PAM's files or the name of a file in its folder. */
static void
find_nearest(const char *word, char out[PAM_STACK_WORD])
{
	static const char *const words[] = { "auth", "account", "session",
		"password", "required", "requisite", "sufficient", "optional",
		"include", "substack", "@include" };
	const size_t known = COUNT_OF(words);
	glob_t files OWNED(globfree) = { .gl_pathc = 0 };
	size_t best = WORD_DISTANCE;

	(void)glob(PAM_FOLDER_FIRST "/*", 0, NULL, &files);
	for (size_t i = 0; i < known + files.gl_pathc; i++) {
		const char *name = i < known
		    ? words[i]
		    : strrchr(files.gl_pathv[i - known], '/') + 1;
		const size_t distance = doctor_name_distance(word, name);

		if (distance == 0 || distance >= best)
			continue;
		best = distance;
		snprintf(out, PAM_STACK_WORD, "%s", name);
	}
}

/* Tries changes that allow valid users, then those that only deny others. */
static void
find_remedy(const struct doctor_stack *j, struct pam_stack *s,
    char remedy[PAM_STACK_CAUSE])
{
	char file[PAM_STACK_WORD], text[PAM_STACK_WORD], near[PAM_STACK_WORD];
	const struct doctor_word word = { file, s->fault_line, text };
	const char *const changes[] = { near, "requisite",
		"[success=1 default=ignore]", "#" };
	const size_t count = COUNT_OF(changes);
	const bool control = strstr(s->fault, "control value") != NULL;

	memcpy(file, s->fault_file, sizeof(file));
	memcpy(text, s->fault_word, sizeof(text));
	PRINT_TO(near, "#");
	find_nearest(text, near);
	for (size_t i = 0; i < 2 * count; i++) {
		const char *with = changes[i % count];

		if ((control || with == near || with[0] == '#') &&
		    doctor_word_try_replacement(
			j, &word, with, i < count ? s : NULL)) {
			snprintf(remedy, PAM_STACK_CAUSE,
			    with[0] == '#' ? "put # before it"
					   : "write %s in place of \"%.200s\"",
			    with, text);
			return;
		}
	}
	snprintf(remedy, PAM_STACK_CAUSE,
	    "write its auth lines as docs/guide/by-hand.md has them: if only "
	    "corrected, the stack would succeed without pam_twofa");
}

/* Reports the first line that PAM cannot parse. If a change was found by which
 * logins succeed, s becomes the changed stack, for the other checks. */
static void
report_broken(
    struct doctor *d, const struct doctor_stack *j, struct pam_stack *s)
{
	char remedy[PAM_STACK_CAUSE], fault[PAM_STACK_CAUSE];

	memcpy(fault, s->fault, sizeof(fault));
	if (s->fault_word[0] == '\0')
		PRINT_TO(remedy, "remove or shorten it");
	else if (s->fault_word[0] == '\\')
		PRINT_TO(remedy, "remove the backslash at its end");
	else if (s->fault_word[0] == '\r')
		PRINT_TO(remedy, "run: sed -i 's/\\r$//' %s",
		    terminal_shell_quote(s->fault_file));
	else
		find_remedy(j, s, remedy);
	doctor_problem(d, "pam-broken",
	    "%s: %s, which can make all logins fail or undo a line; %s",
	    j->service, fault, remedy);
}

/* Returns the service that can give root and whose file this stack includes, so
 * that a line there counts here, or NULL. */
static const struct pam_service *
included_service(const char *service, const struct pam_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++) {
		const char *file = stack->line[i].file;
		const char *name = pam_folder_name(file);

		if (name != file && strcmp(name, service) != 0 &&
		    pam_service_find(name) != NULL)
			return pam_service_find(name);
	}
	return NULL;
}

static bool
one_field(const char *service)
{
	const struct pam_service_program *program =
	    pam_service_program(service);

	return program != NULL && program->one_field;
}

/* Reports lines of pam_twofa in the wrong order. */
static void
report_split_order(
    struct doctor *d, const char *service, const struct pam_walk *w)
{
	const struct {
		const struct pam_stack_line *line;
		const char *name, *text;
	} found[] = {
		{ w->unjudged, "pam-split-unjudged",
		    "nothing that can deny checks the password between "
		    "split and this line, so a code alone is enough; "
		    "put between them: auth [success=1 default=ignore] "
		    "pam_unix.so use_first_pass, auth requisite pam_deny.so" },
		{ w->late, "pam-split-order",
		    "split comes after the password has been asked for, so "
		    "it does nothing; put it before the password's lines" },
		{ w->alone, "pam-split-order",
		    "no line takes the code that split parts from the "
		    "password; write no_prompt in the last line of pam_twofa" },
		{ w->bare, "pam-split-order",
		    pam_service_find(service) != NULL && !one_field(service)
			? "no_prompt is reached without split, so it gets "
			  "no code and denies; remove no_prompt, because "
			  "this program can ask twice"
			: "no_prompt is reached without split, so it gets no "
			  "code and denies; put before the password's lines: "
			  "auth [default=ignore] pam_twofa.so split" },
	};

	for (size_t i = 0; i < COUNT_OF(found); i++)
		if (found[i].line != NULL)
			doctor_line_problem(d, found[i].name, service,
			    found[i].line, "%s", found[i].text);
}

/* Reports another module that asks for a code. */
static void
report_two_codes(
    struct doctor *d, const char *service, const struct pam_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		if (pam_stack_line_has_module(
			&stack->line[i], "pam_google_authenticator"))
			doctor_note(d, "pam-two-codes",
			    "%s: %s:%u also asks for a code; if it should not, "
			    "remove it: "
			    "docs/guide/from-google-authenticator.md",
			    service, stack->line[i].file,
			    stack->line[i].number);
}

static void
check_lines(
    struct doctor *d, const char *service, const struct pam_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		if (pam_stack_line_has_module(&stack->line[i], TWOFA))
			doctor_check_module_line(d, service, &stack->line[i]);
}

/* True if a rule of this service has first_factor = "stack"; with caller, one
 * with ask = "caller". */
static bool
has_rule(const struct doctor *d, const char *service, bool caller)
{
	for (size_t i = 0; d->conf != NULL && i < d->conf->rule_count; i++) {
		const struct rule *r = &d->conf->rule[i];

		if ((caller ? r->ask_caller : r->stack) &&
		    settings_list_has(&r->services, service))
			return true;
	}
	return false;
}

static void
check_service_stack(struct doctor *d, const char *service, bool root,
    bool other, struct pam_stack *stack)
{
	const bool sshd = strcmp(service, "sshd") == 0;
	const struct pam_stack_line *jump;
	struct doctor_stack j = { .service = service,
		.walk_service = { .caller_is_root = root,
		    .verified = sshd || has_rule(d, service, false) },
		.stack = stack };
	const bool misspelt = doctor_stack_report_missing_modules(d, &j);

	if (stack->fault[0] != '\0')
		report_broken(d, &j, stack);
	pam_walk_check_stack(stack, &j.walk_service, &j.walk);
	if (sshd && !j.walk.too_complex) {
		lockout_stack(&d->sshd_stack, stack, &j.walk);
		d->sshd_stack_known = true;
	}
	if (j.walk.twofa == NULL) {
		if ((j.walk.bypass != NULL || j.walk.too_complex) && !misspelt)
			report_missing(d, service, other,
			    included_service(service, stack));
		else if (!misspelt)
			doctor_report_unreachable(d, &j);
		check_lines(d, service, stack);
		return;
	}
	if (j.walk.too_complex) {
		doctor_problem(d, "pam-unknown",
		    "%s: the stack has too many paths to be checked; "
		    "simplify it",
		    service);
		return;
	}
	doctor_report_stack(d, &j);
	report_split_order(d, service, &j.walk);
	jump = pam_jump_crossing(stack);
	if (jump != NULL)
		doctor_line_problem(d, "pam-jump-include", service, jump,
		    "a jump of \"%s\" crosses an include or leaves its file: "
		    "when that other file changes, it may land on another "
		    "line, even after pam_twofa; copy the lines that it skips "
		    "into this file",
		    jump->control);
	report_two_codes(d, service, stack);
	check_lines(d, service, stack);
}

/* True for a line of pam_twofa, even if misspelt, or joined to the line before
 * it by a backslash. */
static bool
has_twofa(const struct pam_stack *stack)
{
	for (size_t i = 0; i < stack->count; i++)
		if (pam_stack_line_has_module(&stack->line[i], TWOFA) ||
		    doctor_module_is_misspelt(&stack->line[i]) ||
		    strstr(stack->line[i].args, TWOFA ".so") != NULL)
			return true;
	return false;
}

bool
doctor_pam_names_module(const char *service)
{
	struct pam_folder_reading reading = { .cause = NULL };
	const struct pam_stack_source files = PAM_FOLDER_SOURCE(&reading);
	static struct pam_stack stack;

	return pam_stack_read(&stack, service, &files) == PAM_STACK_READ &&
	    has_twofa(&stack);
}

/* True unless --service excludes it; su-l and sudo-i belong to su and sudo. */
static bool
is_wanted(const struct doctor *d, const char *service)
{
	const char *only = d->service;
	const size_t len = only != NULL ? strlen(only) : 0;

	return only == NULL || strcmp(only, service) == 0 ||
	    ((strcmp(only, "sudo") == 0 || strcmp(only, "su") == 0) &&
		strncmp(service, only, len) == 0 && service[len] == '-');
}

/* The service that --service may have meant. */
struct nearest {
	const char *asked;
	size_t distance;
	bool known;
	char name[SERVICE_MAX + 1];
};

static void
compare_name(struct nearest *n, const char *name)
{
	const size_t len = strlen(n->asked);
	const size_t distance = strncasecmp(name, n->asked, len) == 0
	    ? len < strlen(name)
	    : doctor_name_distance(n->asked, name);

	n->known |= strcmp(name, n->asked) == 0;
	if (distance >= n->distance)
		return;
	n->distance = distance;
	PRINT_TO(n->name, "%s", name);
}

/* True if the service has a file in any of PAM's folders. */
static bool
has_file(const char *service)
{
	struct pam_folder_reading reading = { .cause = NULL };
	char path[PAM_STACK_WORD];
	char *text OWNED(owned_text) = NULL;

	if (strchr(service, '/') == NULL)
		text = pam_folder_read_file(&reading, service, path);
	return text != NULL || reading.cause != NULL;
}

bool
doctor_pam_has_service(const char *service)
{
	struct nearest n = { .asked = service, .distance = NAME_DISTANCE };
	struct name_list names OWNED(name_list_free) = { .count = 0 };

	for (size_t i = 0; i < pam_services_count; i++)
		if (pam_service_has_program(&pam_services[i]) ||
		    has_file(pam_services[i].name))
			compare_name(&n, pam_services[i].name);
	(void)pam_folder_services(&names);
	for (size_t i = 0; i < names.count; i++)
		if (strncmp(names.name[i], "common-", 7) != 0)
			compare_name(&n, names.name[i]);
	if (n.known || (!pam_folder_has(service) && has_file(service)))
		return true;
	terminal_error("%.80s is not a service: no program here uses PAM under "
		       "that name; %s%s%s",
	    terminal_shell_quote(service),
	    n.distance < NAME_DISTANCE ? "did you mean "
				       : "see the files"
					 " in ",
	    n.distance < NAME_DISTANCE ? n.name : PAM_FOLDER_FIRST,
	    n.distance < NAME_DISTANCE ? "?" : "");
	return false;
}

static bool
allows_login(const struct pam_stack *stack)
{
	const struct pam_walk_login of = { .caller_is_root = true };
	struct pam_walk w;

	pam_walk_check_stack(stack, &of, &w);
	return w.bypass != NULL || w.too_complex;
}

/* Services of programs that users start themselves, so that pam_rootok succeeds
 * for root only. */
static const char *const started_by_users[] = { "chage", "chfn", "chgpasswd",
	"chpasswd", "chsh", "config-util", "groupadd", "groupdel", "groupmems",
	"groupmod", "newusers", "passwd", "runuser", "runuser-l", "useradd",
	"userdel", "usermod", NULL };

/* listed is NULL for a service that need not have pam_twofa. */
static void
check_service(struct doctor *d, struct pam_stack *stack, const char *service,
    const struct pam_service *listed)
{
	const bool root = listed != NULL
	    ? listed->root
	    : !text_is_one_of(service, started_by_users);
	struct pam_folder_reading reading = { .cause = NULL };
	const struct pam_stack_source files = PAM_FOLDER_SOURCE(&reading);
	enum pam_stack_result result;
	bool other = false;

	if (!is_wanted(d, service))
		return;
	result = pam_stack_read(stack, service, &files);
	if (result == PAM_STACK_ABSENT && reading.cause == NULL &&
	    listed != NULL && pam_service_has_program(listed)) {
		other = true;
		result = pam_stack_read(stack, "other", &files);
	}
	if (listed == NULL && !has_twofa(stack)) {
		if (result == PAM_STACK_READ && reading.cause == NULL && root &&
		    allows_login(stack))
			report_missing_other(d, service);
		return;
	}
	if (reading.cause != NULL) {
		doctor_problem(d, "pam-unknown",
		    "%s: %s cannot be checked: %s; put a valid file there",
		    service, reading.path, reading.cause);
		return;
	}
	switch (result) {
	case PAM_STACK_ABSENT:
		return; /* without "other" PAM denies */
	case PAM_STACK_TOO_LONG:
		doctor_problem(d, "pam-unknown",
		    "%s: the stack is too long to be checked; simplify it",
		    service);
		return;
	case PAM_STACK_READ:
		check_service_stack(d, service, root, other, stack);
	}
}

/* Checks all other services that use pam_twofa. Files that are only included
 * are checked where they are; on Debian their names begin with "common-". */
static void
check_others(struct doctor *d, struct pam_stack *stack)
{
	struct name_list names OWNED(name_list_free) = { .count = 0 };

	if (pam_folder_services(&names) != 0)
		doctor_problem(d, "pam-unknown",
		    "no memory to read " PAM_FOLDER_FIRST "; free some");
	for (size_t i = 0; i < names.count; i++)
		if (strncmp(names.name[i], "common-", 7) != 0 &&
		    pam_service_find(names.name[i]) == NULL &&
		    !name_list_has(&d->sudo_services, names.name[i]))
			check_service(d, stack, names.name[i], NULL);
}

void
doctor_pam(struct doctor *d)
{
	static struct pam_stack stack;
	struct pam_service as = *pam_service_find("sudo");
	char text[SUDOERS_OTHER_TEXT];

	doctor_report_root_bypasses(d);
	/* by targetpw and the like the code is that of the target, as of root
	 */
	if (sudoers_find_other(NULL, text) && doctor_pam_names_module("sudo") &&
	    !has_rule(d, "sudo", true) && doctor_find_skip_rule(d, "sudo") == 0)
		doctor_problem(d, "sudo-target",
		    "%s, so that pam_twofa asks for that user's code; to ask "
		    "for the code of who runs sudo, put first into rules of "
		    "%s: { services = [\"sudo\", \"sudo-i\"]; ask = "
		    "\"caller\"; }",
		    text, d->run->conf);
	for (size_t i = 0; i < pam_services_count; i++)
		check_service(
		    d, &stack, pam_services[i].name, &pam_services[i]);
	/* services that sudo uses instead of its own */
	for (size_t i = 0; i < d->sudo_services.count; i++) {
		as.name = d->sudo_services.name[i];
		if (pam_service_find(as.name) == NULL)
			check_service(d, &stack, as.name, &as);
	}
	check_others(d, &stack);
	name_list_free(&d->sudo_services);
}
