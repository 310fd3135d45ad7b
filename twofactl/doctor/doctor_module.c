/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks the lines of pam_twofa in a stack, modules that do not exist, and
 * programs that cannot show a prompt. */
#include "twofactl/doctor/doctor_inside.h"

#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define TWOFA "pam_twofa"
#define DISTANCE_TWOFA 3 /* maximum edit distance, as of "pam_2fa" */
#define DISTANCE_OTHERS 2
#define NAME_MAX_LEN 64

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t
doctor_name_distance(const char *a, const char *b)
{
	const size_t lines = strcspn(a, "."), len = strcspn(b, ".");
	size_t row[NAME_MAX_LEN + 1];

	if (lines > NAME_MAX_LEN || len > NAME_MAX_LEN)
		return NAME_MAX_LEN;
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 1; i <= lines; i++) {
		size_t before = row[0];

		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			const size_t other = before + (a[i - 1] != b[j - 1]);

			before = row[j];
			row[j] =
			    smaller(smaller(row[j], row[j - 1]) + 1, other);
		}
	}
	return row[len];
}

/* Finds the most similar installed module; "" if no name is similar. */
static void
nearest(const char *folder, const char *name, char out[NAME_MAX_LEN + 1])
{
	char pattern[CTL_PATH_MAX + sizeof("/pam_*.so")];
	size_t best = DISTANCE_OTHERS + 1;
	glob_t found OWNED(globfree) = { 0 };

	out[0] = '\0';
	PRINT_TO(pattern, "%s/pam_*.so", folder);
	(void)glob(pattern, 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *other = strrchr(found.gl_pathv[i], '/') + 1;
		const size_t distance = doctor_name_distance(name, other);

		if (distance >= best)
			continue;
		best = distance;
		snprintf(out, NAME_MAX_LEN + 1, "%s", other);
	}
}

/* Writes the folder where PAM looks for the module. False also if the folder of
 * PAM's modules is unknown. */
static bool
is_not_installed(const struct pam_stack_line *line, char folder[CTL_PATH_MAX])
{
	if (!line->missing || pam_stack_line_has_module(line, TWOFA))
		return false;
	if (line->module[0] == '/')
		snprintf(folder, CTL_PATH_MAX, "%s", line->module);
	else if (!pam_folder_find_module("pam_deny.so", folder, CTL_PATH_MAX))
		return false;
	*strrchr(folder, '/') = '\0';
	return true;
}

bool
doctor_module_is_misspelt(const struct pam_stack_line *line)
{
	char folder[CTL_PATH_MAX];

	return is_not_installed(line, folder) &&
	    doctor_name_distance(pam_stack_module_name(line), TWOFA) <=
	    DISTANCE_TWOFA;
}

/* Makes the line optional if no login bypasses pam_twofa then. It is not
 * removed since jumps count lines. */
static void
write_optional_remedy(const struct doctor_stack *j,
    const struct pam_stack_line *line, char text[PAM_STACK_CAUSE])
{
	const struct doctor_word word = { line->file, line->number,
		line->control };

	if (doctor_word_try_replacement(j, &word, "optional", NULL))
		snprintf(text, PAM_STACK_CAUSE,
		    "write optional in place of \"%s\"", line->control);
	else
		snprintf(text, PAM_STACK_CAUSE,
		    "write its auth lines as docs/guide/by-hand.md has them: "
		    "without this line the stack would succeed without "
		    "pam_twofa");
}

static void
report_missing_module(struct doctor *d, const struct doctor_stack *j,
    const struct pam_stack_line *line, const char *folder)
{
	const char *name = pam_stack_module_name(line);
	const bool ours = doctor_name_distance(name, TWOFA) <= DISTANCE_TWOFA;
	const int action = line->action[RETURN_MODULE_UNKNOWN];
	const bool denies = action == CONTROL_BAD || action == CONTROL_DIE;
	char other[NAME_MAX_LEN + 1], path[CTL_PATH_MAX];
	char remedy[PAM_STACK_CAUSE];

	if (!ours && !denies)
		return; /* the control value ignores the failure */
	write_optional_remedy(j, line, remedy);
	if (pam_folder_inspect_module(NULL, line->module) == PAM_FILE_NO_AUTH) {
		doctor_line_problem(d, "pam-module", j->service, line,
		    "%s does nothing in auth, so the line denies every login "
		    "that reaches it; %s",
		    line->module, remedy);
		return;
	}
	nearest(folder, name, other);
	if (ours)
		PRINT_TO(other, TWOFA ".so");
	else if (pam_folder_find_module(name, path, sizeof(path)))
		PRINT_TO(other, "%.*s", NAME_MAX_LEN, name);
	if (other[0] != '\0')
		PRINT_TO(
		    remedy, "write %s in place of \"%s\"", other, line->module);
	doctor_line_problem(d, "pam-module", j->service, line,
	    "there is no %s in %s, so the line %s; %s%s", name, folder,
	    denies ? "denies every login that reaches it" : "does nothing",
	    other[0] != '\0' ? "" : "install it; or ", remedy);
}

/* True if this line is in a file that is included twice. */
static bool
was_reported(const struct pam_stack *stack, size_t pos)
{
	const struct pam_stack_line *line = &stack->line[pos];

	for (size_t i = 0; i < pos; i++)
		if (stack->line[i].number == line->number &&
		    strcmp(stack->line[i].file, line->file) == 0)
			return true;
	return false;
}

bool
doctor_stack_report_missing_modules(
    struct doctor *d, const struct doctor_stack *j)
{
	const struct pam_stack *stack = j->stack;
	char folder[CTL_PATH_MAX];
	bool misspelt = false;

	for (size_t i = 0; i < stack->count; i++) {
		const struct pam_stack_line *line = &stack->line[i];

		misspelt |= doctor_module_is_misspelt(line);
		if (!was_reported(stack, i) && is_not_installed(line, folder))
			report_missing_module(d, j, line, folder);
	}
	return misspelt;
}

/* A line of pam_twofa in the stack of a known program. */
struct program_line {
	const char *service;
	const struct pam_service_program *program;
	const struct pam_stack_line *line;
	const struct module_arguments *args;
};

bool
doctor_path_is_socket(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* Returns an argument that requires a helper started by root, so that the
 * module denies where it does not run as root; or NULL. */
static const char *
needs_root(const struct module_arguments *args)
{
	if (args->transport == TRANSPORT_SPAWN)
		return "transport=spawn";
	if (args->deadline_ms > MODULE_ARGUMENTS_SOCKET_MAX * INT64_C(1000))
		return "a deadline= above 290";
	if (strcmp(args->conf, MODULE_ARGUMENTS_CONF) != 0)
		return "conf=";
	if (strcmp(args->helper, TWOFA_HELPER) != 0)
		return "helper=";
	return NULL;
}

static void
report_uid(struct doctor *d, const struct program_line *a)
{
	const char *const *account = a->program->account;
	const struct passwd *pw = NULL; /* that the program runs as */

	for (size_t i = 0; pw == NULL && i < PAM_SERVICE_ACCOUNTS; i++)
		if (account[i] != NULL)
			pw = getpwnam(account[i]);
	if (d->conf == NULL || pw == NULL ||
	    settings_socket_allows(d->conf, pw->pw_uid))
		return;
	doctor_line_problem(d, "pam-not-root", a->service, a->line,
	    "%s runs as %s and asks about other users, which only some uids "
	    "may, so that every login is denied; add %u to socket_allow_uids "
	    "in %s",
	    a->program->program, pw->pw_name, pw->pw_uid, d->run->conf);
}

static void
report_not_root(struct doctor *d, const struct program_line *a)
{
	const struct pam_service_program *program = a->program;
	const char *path = module_arguments_socket_path(a->args, false);
	const char *bad = needs_root(a->args);

	if (bad != NULL)
		doctor_line_problem(d, "pam-not-root", a->service, a->line,
		    "%s does not run as root, and %s requires a helper that "
		    "root starts, so every login is denied; remove it from "
		    "the line",
		    program->program, bad);
	else if (!doctor_path_is_socket(path))
		doctor_line_problem(d, "pam-not-root", a->service, a->line,
		    "%s does not run as root and cannot start a helper, and "
		    "none listens at %s, so that every login is denied; run: "
		    "systemctl stop twofa-helper; systemctl enable --now "
		    "twofa-helper-user.socket",
		    program->program, path);
	if (program->runs == PAM_SERVICE_AS_ACCOUNT)
		report_uid(d, a);
}

static void
report_one_field(struct doctor *d, const struct program_line *a)
{
	const struct pam_service_program *program = a->program;
	const bool crashes = program->crashing_path != NULL &&
	    access(program->crashing_path, X_OK) == 0;
	const char *who = crashes ? program->crashing_path : program->program;
	const char *what = crashes
	    ? "crashes at the question for a code"
	    : "has one field and cannot show the question for a code";

	if (program->repeats)
		doctor_line_problem(d, "pam-one-field", a->service, a->line,
		    "%s has one field, and it asks again for each page, while "
		    "a code is good for one login: there is no way to ask for "
		    "one here; remove this line, and if doctor asks for it, "
		    "put first into rules of %s: { services = [\"%s\"]; "
		    "action = \"skip\"; }",
		    who, d->run->conf, a->service);
	else if (a->line->part != 0)
		doctor_line_problem(d, "pam-one-field", a->service, a->line,
		    "%s %s, so that every login is denied; in place of what "
		    "includes this line write into " PAM_FOLDER_FIRST
		    "/%s: auth [default=ignore] pam_twofa.so split, the "
		    "password's lines, auth required pam_twofa.so no_prompt",
		    who, what, a->service);
	else
		doctor_line_problem(d, "pam-one-field", a->service, a->line,
		    "%s %s, so that every login is denied; write no_prompt at "
		    "the end of this line, and before the password's lines: "
		    "auth [default=ignore] pam_twofa.so split; or remove this "
		    "line",
		    who, what);
}

/* saslauthd can cache logins, as it does on Debian. */
static void
report_login_cache(struct doctor *d, const struct program_line *a)
{
	static const char *const files[] = { "/etc/default/saslauthd",
		"/etc/sysconfig/saslauthd" };
	char line[512];

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		FILE *f OWNED(owned_file) = fopen(files[i], "re");
		bool kept = false;

		while (f != NULL && fgets(line, sizeof(line), f) != NULL)
			kept |= line[0] != '#' &&
			    (strstr(line, " -c ") != NULL ||
				strstr(line, "\"-c") != NULL ||
				strstr(line, " -c\"") != NULL);
		if (kept)
			doctor_problem(d, "field-cache",
			    "%s: by -c in %s saslauthd caches logins, so a "
			    "used code is accepted again for hours; remove -c "
			    "and restart saslauthd",
			    a->service, files[i]);
	}
}

/* Reports why the service's program cannot show prompts by this line. */
static void
check_program(struct doctor *d, const char *service,
    const struct pam_stack_line *line, const struct module_arguments *args)
{
	const struct program_line a = { .service = service,
		.program = pam_service_program(service),
		.line = line,
		.args = args };

	if (a.program == NULL)
		return;
	if (a.program->runs != PAM_SERVICE_AS_ROOT)
		report_not_root(d, &a);
	if (a.program->one_field && args->task == TASK_ASK &&
	    doctor_find_skip_rule(d, service) == 0)
		report_one_field(d, &a);
	if (a.program->crashing_path != NULL && args->task == TASK_NO_PROMPT &&
	    access(a.program->crashing_path, X_OK) == 0)
		report_login_cache(d, &a);
}

/* A source of stacks in which one word of a file is replaced. */
struct replacement {
	struct pam_folder_reading reading;
	const struct doctor_word *word;
	const char *with;
};

/* "#" is put before the line. Brackets around the word are replaced, too. */
static char *
replace_word(const struct replacement *c, char *text)
{
	const char *word = c->word->text;
	char *line = text, *at, *rest, *out;

	for (unsigned n = 1; n < c->word->line && *line != '\0'; n++) {
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	at = c->with[0] == '#' ? line : strstr(line, word);
	if (at == NULL)
		return text;
	rest = at + (at == line && c->with[0] == '#' ? 0 : strlen(word));
	if (at > line && at[-1] == '[' && *rest == ']') {
		at--;
		rest++;
	}
	if (asprintf(&out, "%.*s%s%s", (int)(at - text), text, c->with, rest) <
	    0)
		return text;
	free(text);
	return out;
}

static char *
read_replaced(void *ctx, const char *name, char path[PAM_STACK_WORD])
{
	struct replacement *c = ctx;
	char *text = pam_folder_read_file(&c->reading, name, path);

	if (text == NULL || strcmp(path, c->word->file) != 0)
		return text;
	return replace_word(c, text);
}

bool
doctor_word_try_replacement(const struct doctor_stack *j,
    const struct doctor_word *word, const char *with, struct pam_stack *changed)
{
	struct replacement c = { .word = word, .with = with };
	const struct pam_stack_source files = { .ctx = &c,
		.read = read_replaced,
		.inspect = pam_folder_inspect_module };
	static struct pam_stack stack;
	struct pam_walk w = { .too_complex = true };

	if (pam_stack_read(&stack, j->service, &files) == PAM_STACK_READ)
		pam_walk_check_stack(&stack, &j->walk_service, &w);
	if (w.too_complex || w.bypass != NULL || w.optional != NULL ||
	    (changed != NULL &&
		(!w.reached || w.no_factor || w.denies_valid != NULL ||
		    w.failed != NULL)))
		return false;
	if (changed != NULL)
		*changed = stack;
	return true;
}

/* False after reporting a wrong argument. parsed points into args. */
static bool
check_arguments(struct doctor *d, const char *service,
    const struct pam_stack_line *line, char args[PAM_STACK_ARGS],
    struct module_arguments *parsed)
{
	const char *bad = pam_stack_arguments(line, service, args, parsed);

	if (bad != NULL)
		return doctor_line_problem(d, "pam-arguments", service, line,
		    "pam_twofa does not accept the argument \"%.60s\" "
		    "(unknown, repeated or not allowed) and denies every "
		    "login; see pam_twofa(8)",
		    bad);
	return true;
}

/* For a line whose program has one field. */
static void
report_page_only(
    struct doctor *d, const char *service, const struct pam_stack_line *line)
{
	const struct doctor_names *n = &d->page_only;

	if (n->count > 0)
		doctor_line_problem(d, "page-one-field", service, line,
		    "one field shows no page, and %s%s %s no other factor, so "
		    "such logins are denied; give them an app: twofactl totp "
		    "USER",
		    n->text, n->count > DOCTOR_NAMES_SHOWN ? " and more" : "",
		    n->count == 1 ? "has" : "have");
}

/* Checks another settings file: its errors deny logins as well. */
static void
check_conf(struct doctor *d, const char *service, const char *path)
{
	if (strcmp(path, d->run->conf) == 0)
		return;
	doctor_note(d, "settings", "%s uses %s; run: twofactl -c %s doctor",
	    service, path, terminal_shell_quote(path));
	for (size_t i = 0; i < d->other_confs; i++)
		if (strcmp(d->other_conf[i], path) == 0)
			return;
	if (d->other_confs == DOCTOR_CONFS)
		return;
	snprintf(d->other_conf[d->other_confs++], CTL_PATH_MAX, "%s", path);
	d->error_finding = "settings";
	settings_free(settings_load(path, 0, &complain_report));
}

void
doctor_check_module_line(
    struct doctor *d, const char *service, const struct pam_stack_line *line)
{
	char text[PAM_STACK_ARGS];
	struct module_arguments args;
	size_t known = 0;
	char path[CTL_PATH_MAX];

	if (!pam_folder_find_module(line->module, path, sizeof(path)))
		doctor_line_problem(d, "pam-module", service, line,
		    "there is no %s, and so every login is denied; install "
		    "pam_twofa again (its package, or make install), or write "
		    "its whole path",
		    line->module);
	else
		(void)doctor_check_trusted(d, "pam-module", path);
	if (!check_arguments(d, service, line, text, &args) ||
	    args.task == TASK_SPLIT || args.task == TASK_WHEN)
		return;
	check_program(d, service, line, &args);
	if (args.task == TASK_NO_PROMPT)
		report_page_only(d, service, line);
	while (known < d->helpers && strcmp(d->helper[known], args.helper) != 0)
		known++;
	if (known == d->helpers && d->helpers < DOCTOR_HELPERS)
		PRINT_TO(d->helper[d->helpers++], "%s", args.helper);
	check_conf(d, service, args.conf);
	if (strcmp(args.conf, d->run->conf) == 0)
		doctor_outage(d, service, args.deadline_ms);
	if (strcmp(service, "sshd") == 0)
		d->sshd_deadline_s = (long)(args.deadline_ms / 1000);
}
