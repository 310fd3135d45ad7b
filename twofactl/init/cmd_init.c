/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl init: installs the first settings once they are proven to work. */
#include "twofactl/init/init.h"

#include <sys/random.h>
#include <unistd.h>

#include "twofactl/enrol/enrol.h"
#include "twofactl/trial/trial.h"

#define CORRECT "; correct in " /* begins a remedy that names a staged file */
#define REHEARSAL_S 3600        /* lifetime of the simulator before enable */

static struct init_answers answers;
static struct init_files files;

static enum ctl_exit
ask_code_back(const struct new_codes *codes)
{
	char prompt[96], typed[64], code[RECOVERY_LEN + 1];
	unsigned char random = 0;
	unsigned which;
	bool right = false;

	(void)!getrandom(&random, sizeof(random), 0); /* on error the first */
	which = random % codes->count;
	PRINT_TO(
	    prompt, "Type code %u, as you have written it down: ", which + 1);
	while (
	    !right && terminal_read_line(prompt, typed, sizeof(typed)) == 0) {
		right = recovery_code_normalise(typed, code) &&
		    strcmp(code, codes->code[which]) == 0;
		if (!right)
			terminal_error("that is not code %u", which + 1);
	}
	explicit_bzero(typed, sizeof(typed));
	explicit_bzero(code, sizeof(code));
	return right ? CTL_DONE : CTL_NO;
}

/* Makes count codes for the target with run's settings, shows them at the
 * terminal and asks to type one back, which stays valid. CTL_DONE; else removes
 * all codes; CTL_NO if no code was typed. */
static enum ctl_exit
make_paper_codes(
    const struct run *run, const struct target *target, unsigned count)
{
	struct new_codes codes;
	char text[RECOVERY_TEXT + 1];
	enum ctl_exit status =
	    recovery_codes_make(run, target->owner, false, count, &codes);

	if (status != CTL_DONE || codes.count == 0)
		return status;
	/* on stderr, like the prompt that follows: stdout may be a file */
	(void)fflush(stdout);
	fprintf(stderr,
	    "\nRecovery codes of %s. Each works once, even without a phone. "
	    "Write them down\nnow: they will not be shown again.\n\n",
	    command_target_text(target));
	for (unsigned i = 0; i < codes.count; i++) {
		text_in_fours(text, sizeof(text), codes.code[i], '-');
		fprintf(stderr, "  %2u  %s\n", i + 1, text);
	}
	explicit_bzero(text, sizeof(text));
	fputc('\n', stderr);
	status = ask_code_back(&codes);
	if (status != CTL_DONE)
		(void)recovery_codes_make(run, target->owner, false, 0, &codes);
	explicit_bzero(&codes, sizeof(codes));
	return status;
}

/* Reports refused credentials, with the names of the keys that have them. */
static void
report_refused(const char *message)
{
	const char *remedy = strstr(message, CORRECT);
	char keys[512] = "";

	for (size_t i = 0; i < answers.count; i++) {
		const struct init_answer *own = &answers.own[i];

		if (init_answer_is_set(own) &&
		    (init_answer_is_file(own) || own->key->charset != NULL))
			PRINT_APPEND(keys, "%s%s", keys[0] != '\0' ? ", " : "",
			    own->key->key);
	}
	terminal_error(CLIENT_SAYS "%.*s; correct one of: %s",
	    (int)(remedy != NULL ? (size_t)(remedy - message)
				 : strlen(message)),
	    message, keys);
}

static int
take_finding(void *ctx, const struct item *r)
{
	const char *name = r->text[1];
	enum ctl_exit *status = ctx;

	if (r->kind != ITEM_PROBLEM)
		return 0;
	if (strcmp(name, CLIENT_PROBE_CREDENTIALS) == 0) {
		report_refused(r->text[2]);
		*status = CTL_SETTINGS;
	} else if (text_take(&name, CLIENT_PROBE_NAMES) ||
	    text_take(&name, answers.type->name) ||
	    strcmp(name, "state") == 0) {
		terminal_error(CLIENT_SAYS "%s", r->text[2]);
		if (*status == CTL_DONE)
			*status = CTL_FAILED;
	} else {
		terminal_error("warning: " CLIENT_SAYS "%s", r->text[2]);
	}
	return 0;
}

/* Makes recovery codes, unless the user has some, which may be on paper. */
static enum ctl_exit
offer_codes(const struct run *run, const struct target *target, unsigned count)
{
	struct new_codes codes;
	enum ctl_exit status;

	if (run->json || !terminal_is_open())
		return terminal_error_status(CTL_DONE,
		    "no recovery codes were made; make them with: "
		    "twofactl recovery-codes %s",
		    terminal_shell_quote(target->account));
	status = recovery_codes_make(
	    run, target->owner, false, RECOVERY_CODES_COUNT, &codes);
	if (status != CTL_DONE)
		return status;
	if (codes.left == 0)
		return make_paper_codes(run, target, count);
	return terminal_error_status(CTL_DONE,
	    "%s has %lld recovery code%s, which stay%s valid; not on "
	    "paper? make new ones with: twofactl recovery-codes %s",
	    command_target_text(target), (long long)codes.left,
	    codes.left == 1 ? "" : "s", codes.left == 1 ? "s" : "",
	    terminal_shell_quote(target->account));
}

/* Proves that the provider accepts the credentials, and that a code reaches the
 * number (unless no_verify); makes recovery codes (if there is a terminal).
 * CTL_DONE; CTL_NO if a code was not typed; CTL_SETTINGS if the vendor refuses
 * the credentials; CTL_FAILED. */
static enum ctl_exit
prove_settings(const struct run *run, const struct target *target,
    const struct arguments *typed, const struct init_files *f)
{
	struct run staged = *run;
	enum ctl_exit found = CTL_DONE, status;

	if (terminal_is_open() && answers.type != &init_answers_app)
		fputs("Asking the provider with a free call ...\n", stderr);
	staged.conf = f->staged;
	status = client_probe_providers(run, f->staged, &found, take_finding);
	if (status == CTL_DONE)
		status = found;
	if (status == CTL_DONE && answers.type->account != NULL)
		return CTL_DONE;
	if (status == CTL_DONE && !typed->no_verify)
		status =
		    enrol_prove_delivery(&staged, target, f->new_record, "");
	if (status == CTL_DONE)
		status = offer_codes(&staged, target, typed->count);
	return status;
}

/* Else doctor says what to do. */
static void
start_units(void)
{
	static const char *const argv[] = { SYSTEMCTL, "enable", "--now",
		"twofa-notices.timer", NULL };
	char said[512];

	if (answers.notify && access(CLIENT_SENDMAIL, X_OK) != 0)
		terminal_error("there is no " CLIENT_SENDMAIL
			       " yet, so no mail goes out: install one");
	if (answers.notify && run_program_has_systemd() &&
	    run_program_status(argv, 30, said, sizeof(said)) != 0)
		terminal_error("twofa-notices.timer: %s", said);
	if (answers.self)
		(void)self_socket_switch(true);
}

static void
print_summary(
    const struct run *run, const struct target *target, bool rehearsal)
{
	for (size_t i = 0; i < files.count; i++)
		if (!files.file[i].unchanged)
			printf("%s is %s.\n", files.file[i].path,
			    files.file[i].old != NULL ? "changed" : "made");
	if (answers.prefixes[0] != '\0')
		printf("Numbers that do not begin with one of %s get no "
		       "message: allowed_prefixes\nin %s.\n",
		    answers.prefixes, run->conf);
	if (rehearsal)
		printf("Logins have not changed yet. Until the simulator ends "
		       "in an hour, try: twofactl test %s\nPractise: twofactl "
		       "enable sshd --rehearsal; then leave the rehearsal: "
		       "twofactl init\n",
		    target->account);
	else if (files.old_conf == NULL)
		puts("Logins have not changed yet. To make sshd ask for a "
		     "code: twofactl enable sshd");
}

/* Prints that nothing changed, what would change, or what has changed. */
static enum ctl_exit
init_report(const struct run *run, const struct target *target,
    const struct arguments *typed, bool changed)
{
	if (run->json) {
		/* files in the order in which they are changed */
		terminal_json(
		    "{changed:%d,user:%s,files:[", changed, target->account);
		for (size_t i = 0; i < files.count; i++)
			if (!files.file[i].unchanged)
				terminal_json(",%s", files.file[i].path);
		terminal_json("]}\n");
	} else if (!changed)
		printf("%s is already set up like this; nothing was "
		       "changed.\n",
		    run->conf);
	else if (typed->dry_run)
		init_files_show(&files, stdout);
	else
		print_summary(run, target, typed->rehearsal);
	return CTL_DONE;
}

/* Checks, before a message is sent, that the code can be typed or is not
 * wanted, and asks whether to change existing files. */
static enum ctl_exit
init_confirm(const struct run *run, const struct arguments *typed)
{
	if (!typed->no_verify && typed->expect == NULL &&
	    typed->unproven == NULL && !terminal_is_open())
		return terminal_error_status(CTL_USAGE,
		    "nothing was changed and nothing sent: there is no "
		    "terminal to type the code at; to skip the code "
		    "add --no-verify");
	if (!init_files_would_change(&files, true) || typed->yes)
		return CTL_DONE;
	if (!terminal_is_open())
		return terminal_error_status(CTL_USAGE,
		    "nothing was changed: %s already exists and "
		    "differs; look with --dry-run, then add --yes",
		    run->conf);
	init_files_show(&files, stderr);
	return terminal_confirm("Change this? [y/N] ");
}

static bool
was_rehearsal(void)
{
	return files.old_conf != NULL &&
	    init_settings_is_rehearsal(files.old_conf);
}

/* Removes the files of a rehearsal that has ended, or could not start. */
static enum ctl_exit
end_rehearsal(const struct run *run, bool rehearsal, enum ctl_exit status)
{
	if (rehearsal ? status != CTL_DONE && !was_rehearsal()
		      : status == CTL_DONE && was_rehearsal())
		rehearsal_stop_simulator(run);
	return status;
}

/* An account that no page approves is proven by a login that is tried out. */
static enum ctl_exit
enrol_account(struct command_user *c, const struct arguments *typed)
{
	const struct provider_conf *p =
	    settings_provider(c->conf, answers.name);
	const bool asked = typed->unproven == NULL && p != NULL &&
	    reach_approval(p) != METHOD_PAGE;
	char account[USER_SUBJECT_MAX + 2]; /* one more is refused */
	struct arguments words = *typed;
	enum ctl_exit status;

	words.operand[1] = answers.name;
	if (typed->unproven == NULL && typed->no_verify)
		return CTL_NO;
	words.unproven = asked ? account : typed->unproven;
	do {
		if (asked &&
		    terminal_read_line("your account at that server: ", account,
			sizeof(account)) != 0)
			return CTL_NO;
		status = cmd_account(c, &words);
	} while (asked && status == CTL_USAGE);
	if (status != CTL_DONE || words.unproven == NULL)
		return status;
	if (typed->no_verify || typed->run.json || !terminal_is_open() ||
	    cmd_test(c, typed) != CTL_DONE)
		terminal_error("the account is not proven; run: twofactl "
			       "test %s",
		    terminal_shell_quote(c->target.account));
	return CTL_DONE;
}

/* Enrols the app or the account by the settings, which are in place. */
static enum ctl_exit
enrol_own(const struct run *run, const struct target *target,
    const struct arguments *typed, bool app)
{
	struct command_user c = { .run = *run, .target = *target };
	enum ctl_exit status = CTL_SETTINGS;

	c.conf = settings_load(run->conf, 0, &complain_report);
	if (c.conf != NULL) {
		record_state_use(run, c.conf);
		status = app ? cmd_totp(&c, typed) : enrol_account(&c, typed);
	}
	settings_free(c.conf);
	return status;
}

/* Enrols the app or the account, then makes recovery codes. Signals are held
 * back at all questions, so that Ctrl-C ends them like the end of input, but
 * not while the provider's page waits for an approval. */
static enum ctl_exit
enrol_after(const struct run *run, const struct target *target,
    const struct arguments *typed)
{
	const bool app = answers.type == &init_answers_app;
	enum ctl_exit status;

	if (app)
		(void)terminal_hold_signals();
	status = enrol_own(run, target, typed, app);
	if (status != CTL_DONE) {
		terminal_error("%s is in place, and %s is not enrolled; run: "
			       "twofactl %s %s%s%s",
		    run->conf, command_target_text(target),
		    app ? "totp" : "account",
		    terminal_shell_quote(target->account), app ? "" : " ",
		    app ? "" : answers.name);
	} else {
		if (!app)
			(void)terminal_hold_signals();
		status = offer_codes(run, target, typed->count);
		if (status != CTL_DONE)
			terminal_error("%s is enrolled, and no recovery "
				       "codes were made; run: twofactl "
				       "recovery-codes %s",
			    command_target_text(target),
			    terminal_shell_quote(target->account));
	}
	(void)fflush(stdout);
	terminal_release_signals();
	return status;
}

static enum ctl_exit
init_change(const struct run *run, const struct target *target,
    const struct arguments *typed)
{
	enum ctl_exit status = init_confirm(run, typed);

	if (status == CTL_DONE && typed->rehearsal)
		status =
		    end_rehearsal(run, true, rehearsal_start(run, REHEARSAL_S));
	if (status != CTL_DONE)
		return status;
	if (terminal_hold_signals() != 0)
		return terminal_error_status(CTL_FAILED,
		    "signals cannot be held back; free descriptors");
	status = init_files_stage(&files, &answers);
	if (status == CTL_DONE)
		status = prove_settings(run, target, typed, &files);
	if (status == CTL_DONE)
		status = init_files_place(run, target, &files);
	else
		terminal_error("nothing was changed");
	status = end_rehearsal(run, typed->rehearsal, status);
	init_files_unstage(&files);
	if (status == CTL_DONE) {
		start_units();
		status = init_report(run, target, typed, true);
	}
	(void)fflush(stdout);
	terminal_release_signals();
	return status == CTL_DONE && answers.type->account != NULL
	    ? enrol_after(run, target, typed)
	    : status;
}

static enum ctl_exit
init_set_up(const struct run *run, const struct arguments *typed,
    const struct settings *old)
{
	struct target target;
	char known[PHONE_MAX + 1];
	enum ctl_exit status = init_ask_answers(typed, old, &answers);

	if (status == CTL_DONE)
		status = init_ask_user(typed, &target);
	if (status == CTL_DONE)
		status = init_files_read_record(&files, &target, old, known);
	if (status == CTL_DONE && answers.type->account == NULL)
		status = init_ask_phone(typed, known, files.phone);
	if (status != CTL_DONE)
		return status;
	if (answers.prefixes[0] == '\0' && files.phone[0] != '\0' &&
	    (old == NULL ||
		(old->allowed_prefixes.count == 0 &&
		    !settings_sends_codes(old))))
		init_answers_set_phone_prefix(&answers, files.phone);
	status = init_files_make(&files, &answers, &target);
	if (status != CTL_DONE)
		return status;
	if (!init_files_would_change(&files, false)) {
		if (!typed->dry_run)
			init_files_sweep(&files);
		if (typed->rehearsal && !typed->dry_run)
			status = rehearsal_start(run, REHEARSAL_S);
		/* given up at its proof before */
		if (answers.type->account != NULL && !typed->dry_run &&
		    files.record.text == NULL)
			return enrol_after(run, &target, typed);
		return status == CTL_DONE
		    ? init_report(run, &target, typed, false)
		    : status;
	}
	return typed->dry_run ? init_report(run, &target, typed, true)
			      : init_change(run, &target, typed);
}

enum ctl_exit
cmd_init(const struct arguments *typed)
{
	struct settings *old OWNED(settings_end) = NULL;
	enum ctl_exit status = CTL_DONE;
	int lock OWNED(owned_fd) = -1;

	if (init_files_read(&files, typed->run.conf) != 0)
		return CTL_FAILED;
	if (files.old_conf != NULL)
		old = settings_load(typed->run.conf, files.owner.uid, NULL);
	if (!typed->dry_run && (typed->rehearsal || was_rehearsal()))
		lock = trial_pending_lock(
		    &status); /* no trial may run meanwhile */
	/* a rehearsal would show the codes of real logins to root only */
	if (lock >= 0 && typed->rehearsal && trial_pending_show_enabled())
		status = CTL_NO;
	if (status == CTL_DONE)
		status = init_set_up(&typed->run, typed, old);
	init_files_free(&files);
	explicit_bzero(&answers, sizeof(answers));
	return status;
}
