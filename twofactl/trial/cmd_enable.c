/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl enable: checks, tests and makes a change, and reports it. */
#include "twofactl/trial/trial_inside.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define WITHIN_S 600
#define WITHIN_LEAST 60
#define WITHIN_MOST 86400

/* changed: the value to report; if true, only files that need a change are
 * listed. proof: the kind of the test login ("login", "pam"), or NULL. */
static void
enable_tell_json(
    const struct trial *t, bool changed, const char *state, const char *proof)
{
	terminal_json("{changed:%d,service:%s,state:%s,until:%jd,files:[",
	    changed, t->service, state,
	    strcmp(state, "trial") == 0 ? t->until : 0);
	for (unsigned i = 0; i < t->files; i++)
		if (!changed ||
		    !etc_file_equals(&t->file[i].before, &t->file[i].after))
			terminal_json(",%s", t->file[i].path);
	terminal_json("]");
	if (proof != NULL)
		terminal_json(",proof:%s", proof);
	terminal_json("}\n");
}

static bool
is_left(const struct etc_change *f, const struct trial *enabled)
{
	for (unsigned i = 0; i < enabled->files; i++)
		if (strcmp(enabled->file[i].path, f->path) == 0)
			return etc_file_equals(
			    &enabled->file[i].after, &f->before);
	return false;
}

/* Returns a phrase to print after the file's path, or NULL if the file needs no
 * change. enabled is NULL if the service is not enabled. */
static const char *
file_state(const struct etc_change *f, const struct trial *enabled)
{
	if (etc_file_equals(&f->before, &f->after))
		return NULL;
	if (f->kind == ETC_RULE)
		return "lacks the rule that enable would write";
	if (enabled == NULL)
		return "is without the lines of twofactl enable";
	if (f->before.text == NULL)
		return "is gone, which twofactl enable made";
	if (!stack_edit_has(f->before.text))
		return "has lost the lines of twofactl enable: a package or "
		       "somebody has replaced it";
	if (is_left(f, enabled) && strcmp(f->path, SSHD_FILES_FIRST_OURS) == 0)
		return "has too low a MaxStartups for this host's accounts, "
		       "or lines for root that sshd needs no more";
	if (is_left(f, enabled))
		return "has lines copied from a file that has changed since";
	return "was changed between the lines of twofactl enable";
}

/* --check: reports which files need a change, and why. enabled: the trial that
 * enabled the service, or NULL. */
static enum ctl_exit
tell_state(
    const struct run *run, const struct trial *t, const struct trial *enabled)
{
	if (run->json) {
		enable_tell_json(
		    t, true, enabled != NULL ? "drifted" : "disabled", NULL);
		return CTL_NO;
	}
	printf("%s is not %s.\n", t->service,
	    enabled != NULL ? "as it was enabled" : "enabled");
	for (unsigned i = 0; i < t->files; i++) {
		const char *how = file_state(&t->file[i], enabled);

		if (how != NULL)
			printf("%s %s.\n", t->file[i].path, how);
	}
	printf("To change that: twofactl enable %s\n", t->service);
	return CTL_NO;
}

static void
tell_change(const struct trial *t)
{
	for (unsigned i = 0; i < t->files; i++) {
		const struct etc_change *f = &t->file[i];

		if (!etc_file_equals(&f->before, &f->after))
			text_change_print(
			    stdout, f->path, f->before.text, f->after.text);
	}
}

/* Reports that the trial runs, and how to confirm it. Returns CTL_DONE. */
static enum ctl_exit
tell_trial(
    const struct service_request *w, const struct trial *t, const char *proof)
{
	char text[TRIAL_TIMER_CLOCK];

	if (w->typed->run.json) {
		enable_tell_json(t, true, "trial", proof);
		return CTL_DONE;
	}
	trial_timer_write_end_time(t, text);
	printf("%s is on trial until %s. Keep this shell; ", t->service, text);
	/* -k: with a cached password sudo would skip the code */
	if (t->rehearsal)
		puts("try it from another\nterminal. It is a rehearsal: it "
		     "ends then, or earlier with: twofactl rollback");
	else if (strcmp(t->service, "sudo") == 0)
		puts("run in another terminal,\nwith a code: sudo -k twofactl "
		     "confirm");
	else if (strcmp(t->service, "su") == 0) /* su asks root nothing */
		printf("run in another terminal,\nnot as root, with a code: su "
		       "- %s\nand there: sudo twofactl confirm\n",
		    terminal_shell_quote(w->prove_as));
	else
		puts("log in from another terminal\nwith a code, and there "
		     "run: sudo twofactl confirm");
	if (!trial_timer_boot_unit_is_enabled())
		printf("No unit would undo it at boot: do not restart this "
		       "machine before then.\n");
	return CTL_DONE;
}

/* Returns 0, or -1 after printing an error. */
static int
enable_check_end(const char *until, const char *why)
{
	const struct settings clock = { .today = 0 };

	if (until != NULL &&
	    (day_read(until) == 0 ||
		day_is_past(day_read(until), admission_today(&clock))))
		return terminal_error("--until %.20s: must be a day to come, "
				      "such as 2027-01-31, up to " DAY_LAST,
		    until);
	if (why != NULL &&
	    (why[0] == '\0' || strlen(why) > FRAME_WHY_MAX ||
		strpbrk(why, "\"\\") != NULL ||
		!setting_text_is_printable_utf8(why)))
		return terminal_error("--why: must be a text of 1 to %d bytes, "
				      "without quotes and backslashes",
		    FRAME_WHY_MAX);
	return 0;
}

static enum ctl_exit
enable_read_wish(const struct arguments *typed, struct service_request *w)
{
	const char *service = typed->operand[0];
	struct name_list exempt OWNED(name_list_free) = { .count = 0 };

	*w = (struct service_request){ .typed = typed,
		.service = service,
		.skip = typed->skip,
		.prove_as = typed->prove_as != NULL ? typed->prove_as
						    : getenv("SUDO_USER") };
	if (!text_is_one_of(service, service_change_list))
		return terminal_error_status(CTL_USAGE,
		    "enable knows %s, not \"%.40s\"; for other services "
		    "see docs/guide/by-hand.md",
		    service_change_names, service);
	if (typed->skip && strcmp(service, "su") != 0 &&
	    strcmp(service, "login") != 0)
		return terminal_error_status(
		    CTL_USAGE, "--skip is for su and login alone");
	if (typed->login != NULL &&
	    trial_login_read(&w->login, typed->login) != 0)
		return terminal_error_status(CTL_USAGE,
		    "--login %.20s: write password, key or both", typed->login);
	/* "10m", "2h" or "90s" */
	w->within =
	    typed->within != NULL ? options_span(typed->within) : WITHIN_S;
	if (w->within < WITHIN_LEAST || w->within > WITHIN_MOST)
		return terminal_error_status(CTL_USAGE,
		    "--within %.20s: must be 1m to 24h", typed->within);
	if (name_list_take_accounts(&exempt, typed->exempt) != 0)
		return CTL_USAGE;
	if (typed->exempt != NULL && service_change_is_rule(w))
		return terminal_error_status(CTL_USAGE,
		    "%s asks for no code: leave --exempt out", service);
	if (enable_check_end(typed->until, typed->why) != 0)
		return CTL_USAGE;
	if ((typed->until != NULL || typed->why != NULL) &&
	    typed->exempt == NULL && !service_change_is_rule(w))
		return terminal_error_status(
		    CTL_USAGE, "--until and --why: they need --exempt");
	if (w->login != STACK_PASSWORD && strcmp(service, "sshd") != 0)
		return terminal_error_status(
		    CTL_USAGE, "--login %s is for sshd alone", typed->login);
	if (typed->rehearsal && (typed->no_trial || service_change_is_rule(w)))
		return terminal_error_status(CTL_USAGE,
		    "a rehearsal is always on trial: leave --rehearsal or "
		    "%s out",
		    typed->no_trial ? "--no-trial" : service);
	return CTL_DONE;
}

/* Requires valid settings, and those of a rehearsal exactly if one is
 * requested: with its https URL, as over http any local user could accept a
 * code. */
static enum ctl_exit
enable_check_settings(const struct service_request *w)
{
	struct settings *conf OWNED(settings_end) =
	    settings_load(w->typed->run.conf, 0, &complain_report);

	if (conf == NULL)
		return CTL_SETTINGS;
	if (w->typed->rehearsal ? rehearsal_is_only_provider(conf)
				: !settings_is_rehearsal(conf))
		return CTL_DONE;
	return terminal_error_status(CTL_NO, "%s is %s", w->typed->run.conf,
	    w->typed->rehearsal
		? "no rehearsal on this host; first: twofactl init --rehearsal"
		: SETTINGS_REHEARSAL "; or practise with it: add --rehearsal");
}

/* Confirms the change at once, as on further hosts after a trial on the first
 * one. already: no change was needed, so this only reports it. */
static enum ctl_exit
tell_enabled(const struct run *run, const struct trial *t, bool already)
{
	if (!already && (trial_confirm(t) != 0 || trial_tidy(t) != 0))
		return terminal_error_status(CTL_FAILED, "%s", etc_cause);
	if (!already)
		client_audit(
		    EVENT_ENABLED, NULL, "enable %s: confirmed", t->service);
	if (run->json)
		enable_tell_json(t, !already, "enabled", NULL);
	else
		printf("%s is enabled%s.\n", t->service,
		    already ? " already; nothing is changed" : "");
	return CTL_DONE;
}

/* Returns CTL_DONE if the new files can be tested before they are in place, or
 * CTL_NO if they cannot and the options accept that. */
static enum ctl_exit
check_view(const struct service_request *w, const struct trial *t)
{
	if (trial_prepare_view(t)) {
		if (etc_view_uses_copies())
			fprintf(stderr,
			    "This machine does not allow a process a view "
			    "of its own (%s),\nso copies of the new files "
			    "are checked.\n",
			    etc_cause);
		return CTL_DONE;
	}
	terminal_error("the new files cannot be checked or tried before they "
		       "are in place: %s",
	    etc_cause);
	if (w->typed->no_trial && w->typed->anyway)
		return CTL_NO;
	return terminal_error_status(CTL_FAILED,
	    "as in most containers; do it where unshare(2) is allowed, or add "
	    "--no-trial --anyway: then nothing checks whether it works; if it "
	    "does not, run twofactl disable %s in a shell that is still open",
	    t->service);
}

/* Reports what is wrong with the new files. --anyway overrides findings, but
 * not a drop-in that sshd would ignore. A dry run ends with them. */
static enum ctl_exit
enable_judge(const struct service_request *w, const struct trial *t)
{
	enum ctl_exit status = trial_check_sshd(t), locked = CTL_DONE;

	if (status != CTL_DONE)
		return status;
	status = trial_assess(&w->typed->run, t);
	if ((status == CTL_DONE || status == CTL_NO) &&
	    !service_change_is_rule(w))
		locked = trial_check_lockout(&w->typed->run, t);
	if (locked != CTL_DONE)
		status = locked;
	if (status != CTL_NO || w->typed->dry_run)
		return status;
	if (w->typed->anyway)
		return CTL_DONE;
	return terminal_error_status(CTL_NO,
	    "%s would be enabled with this; correct it, or add --anyway",
	    t->service);
}

static enum ctl_exit
prove(const struct service_request *w, const struct trial *t)
{
	if (w->prove_as == NULL)
		return terminal_error_status(
		    CTL_USAGE, "whose login is the proof? add --user NAME");
	if (!w->typed->no_input && isatty(STDIN_FILENO) == 0)
		return terminal_error_status(CTL_USAGE,
		    "nobody can type the code of the proof here; run "
		    "it at a terminal, or add --no-input");
	return trial_test_login(
	    &w->typed->run, w->prove_as, w->typed->no_input, t);
}

/* Reports only refusals that persist: an outage passes. */
static int
take_refused(void *ctx, const struct item *r)
{
	if (r->kind != ITEM_PROBLEM ||
	    !text_has_word(
		CLIENT_PROBE_CREDENTIALS " " CLIENT_PROBE_ACCOUNT, r->text[1]))
		return 0;
	terminal_error(CLIENT_SAYS "%s", r->text[2]);
	*(bool *)ctx = true;
	return 0;
}

/* Without a test login: asks the providers whether they accept the settings. */
static enum ctl_exit
ask_providers(const struct run *run, const struct trial *t)
{
	bool refused = false;
	const enum ctl_exit status =
	    client_probe_providers(run, run->conf, &refused, take_refused);

	if (status != CTL_DONE || !refused)
		return status;
	return terminal_error_status(CTL_NO,
	    "%s would be enabled with a provider that sends no code; "
	    "correct it, or add --anyway",
	    t->service);
}

/* Checks the files and, but in a dry run, runs the test login. Sets *proof to
 * its kind. */
static enum ctl_exit
enable_prepare(
    const struct service_request *w, const struct trial *t, const char **proof)
{
	const bool tries = !w->typed->dry_run && !service_change_is_rule(w);
	enum ctl_exit status = check_view(w, t);

	if (status == CTL_NO && !w->typed->dry_run)
		return CTL_DONE;
	if (status == CTL_DONE)
		status = enable_judge(w, t);
	if (status == CTL_DONE && tries && w->typed->no_trial &&
	    !w->typed->anyway)
		status = ask_providers(&w->typed->run, t);
	trial_step("judged");
	if (status == CTL_DONE && tries && !w->typed->no_trial) {
		*proof = etc_view_uses_copies() ? "pam" : "login";
		status = prove(w, t);
	}
	etc_view_copy_remove();
	return status;
}

/* enabled: the trial that enabled the service, or NULL. */
static enum ctl_exit
enable(const struct service_request *w, struct trial *t,
    const struct trial *enabled)
{
	/* a rule that skips the code locks no user out: no trial */
	const bool timed = !w->typed->no_trial && !service_change_is_rule(w);
	const char *proof = NULL;
	enum ctl_exit status;

	/* files edited by hand may need no change, but have no record that
	 * disable could use */
	if (service_change_is_empty(t) && (enabled != NULL || w->typed->look))
		return tell_enabled(&w->typed->run, t, true);
	if (w->typed->look)
		return tell_state(&w->typed->run, t, enabled);
	if (w->typed->dry_run || !w->typed->run.json)
		tell_change(t);
	(void)fflush(stdout);
	if (w->typed->dry_run)
		return enable_prepare(w, t, &proof);
	t->rehearsal = w->typed->rehearsal;
	status = enable_check_settings(w);
	if (status == CTL_DONE && t->rehearsal)
		status = rehearsal_start(&w->typed->run, w->within);
	if (status == CTL_DONE)
		status = enable_prepare(w, t, &proof);
	/* restart: its time must run from the start of the trial */
	if (status == CTL_DONE && t->rehearsal)
		status = rehearsal_start(&w->typed->run, w->within);
	trial_step("proved");
	if (status == CTL_DONE)
		status = trial_start(t, w->within, timed);
	if (status != CTL_DONE)
		return status;
	return timed ? tell_trial(w, t, proof)
		     : tell_enabled(&w->typed->run, t, false);
}

/* For Red Hat's stacks: has the profile selected that takes our lines. */
static enum ctl_exit
prepare_authselect(const struct service_request *w)
{
	char path[ETC_PATH];
	const char *file = NULL;
	struct etc_file f OWNED(etc_file_free) = { .text = NULL };
	struct stat st;

	PRINT_TO(path, PAM_FOLDER_FIRST "/%.60s", w->service);
	if (etc_file_read(path, &f) == 0 && f.text != NULL &&
	    !stack_edit_has(f.text))
		file = authselect_included_file(f.text);
	if (file == NULL || w->typed->look || service_change_is_rule(w))
		return CTL_DONE;
	if (!authselect_profile_manages(file)) {
		PRINT_TO(path, PAM_FOLDER_FIRST "/%s", file);
		if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
			return CTL_DONE; /* the password is checked again */
		return terminal_error_status(CTL_NO,
		    "%s takes the password's lines from %s, which authselect "
		    "does not answer for. Write the lines by hand: "
		    "docs/guide/by-hand.md#other-systems",
		    w->service, file);
	}
	if (w->login != STACK_PASSWORD)
		return terminal_error_status(CTL_NO,
		    "%s takes %s, which authselect makes for all services; use "
		    "--login password",
		    w->service, file);
	if (w->typed->dry_run || authselect_profile_take() == 0)
		return CTL_DONE;
	return terminal_error_status(
	    CTL_FAILED, "%s; nothing is changed", etc_cause);
}

/* True if the record is of a service that asks for no code. */
static bool
is_rule_alone(const struct trial *enabled)
{
	return enabled->files == 1 && enabled->file[0].kind == ETC_RULE;
}

/* Without --login, an enabled service keeps its login type. */
static enum ctl_exit
plan_and_enable(struct service_request *w)
{
	struct trial t OWNED(trial_free) = { .files = 0 },
		       enabled OWNED(trial_free) = { .files = 0 };
	const int found = trial_read_enabled(w->service, &enabled);

	if (found > 0 && w->typed->login == NULL)
		w->login = enabled.login;
	if (found > 0 && w->typed->look)
		w->skip = is_rule_alone(&enabled);
	if (found < 0)
		return terminal_error_status(CTL_FAILED, "%s", etc_cause);
	if (found > 0 && service_change_is_rule(w) != is_rule_alone(&enabled))
		return terminal_error_status(CTL_NO,
		    "%s is enabled, %s a code; to change that, "
		    "first run: twofactl disable %s",
		    w->service, w->skip ? "with" : "without", w->service);
	if (service_change_plan(&t, w) != 0)
		return terminal_error_status(CTL_NO, "%s", etc_cause);
	return enable(w, &t, found > 0 ? &enabled : NULL);
}

enum ctl_exit
cmd_enable(const struct arguments *typed)
{
	struct service_request w;
	enum ctl_exit status;
	int lock OWNED(owned_fd) = -1;

	if (strcmp(typed->operand[0], SELF_SOCKET) == 0)
		return self_socket_command(typed, true);
	status = enable_read_wish(typed, &w);
	if (status != CTL_DONE)
		return status;
	lock = trial_pending_lock(&status);
	if (lock < 0)
		return status;
	trial_step("locked");
	status = prepare_authselect(&w);
	if (status == CTL_DONE)
		status = plan_and_enable(&w);
	if (status != CTL_DONE && !typed->dry_run &&
	    authselect_profile_give_back() != 0)
		terminal_error(
		    "%s; select the profile of before yourself", etc_cause);
	return status;
}
