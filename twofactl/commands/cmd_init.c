/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl init */
#include "twofactl/terminal/terminal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "twofactl/init/ask_answers.h"
#include "twofactl/init/first_files.h"
#include "twofactl/init/first_proof.h"
#include "twofactl/records/records.h"
#include "twofactl/trial/trial.h"

#define REHEARSAL_S                                                            \
	3600 /* the simulator's time for what comes before enable              \
	      */

static struct answers answers;
static struct first_files files;

/* In the order in which they are changed. */
static void
print_json(const struct ctl *ctl, bool changed)
{
	const char *more = "";

	printf("{\"changed\":%s,\"user\":", changed ? "true" : "false");
	json_text_print(ctl->name);
	fputs(",\"files\":[", stdout);
	for (size_t i = 0; i < files.count; i++) {
		if (files.of[i].same)
			continue;
		fputs(more, stdout);
		json_text_print(files.of[i].path);
		more = ",";
	}
	fputs("]}\n", stdout);
}

static void
print_words(const struct ctl *ctl)
{
	for (size_t i = 0; i < files.count; i++)
		if (!files.of[i].same)
			printf("%s is %s.\n", files.of[i].path,
			    files.of[i].old != NULL ? "changed" : "made");
	if (answers.prefixes[0] != '\0')
		printf("Numbers that do not begin with one of %s get no "
		       "message: allowed_prefixes\nin %s.\n",
		    answers.prefixes, ctl->conf);
	if (ctl->rehearsal)
		printf(
		    "No login has changed. Try it, until the simulator ends "
		    "in an hour: twofactl test %s\nPractise: twofactl enable "
		    "sshd --rehearsal; then leave the rehearsal: twofactl "
		    "init\n",
		    ctl->name);
	else if (files.old_conf == NULL)
		puts("No login has changed. Let sshd ask for the code by: "
		     "twofactl enable sshd");
}

/* Print that nothing, this, or this would be done. */
static enum ctl_exit
report(const struct ctl *ctl, bool changed)
{
	if (ctl->json)
		print_json(ctl, changed);
	else if (!changed)
		printf("%s is set up so already; nothing was changed.\n",
		    ctl->conf);
	else if (ctl->dry_run)
		first_files_show(&files, stdout);
	else
		print_words(ctl);
	return CTL_DONE;
}

/* Before a message is sent and files change: there must be a terminal for the
 * code, or --no-verify. */
static enum ctl_exit
confirm(const struct ctl *ctl)
{
	if (!ctl->no_verify && !terminal_is_there()) {
		complain("nothing was changed and nothing sent: there is no "
			 "terminal to type the code at; to go without a code "
			 "add --no-verify");
		return CTL_USAGE;
	}
	if (!first_files_replace(&files) || ctl->yes)
		return CTL_DONE;
	if (!terminal_is_there()) {
		complain("nothing was changed: %s is there already, and "
			 "otherwise; look by --dry-run, then add --yes",
		    ctl->conf);
		return CTL_USAGE;
	}
	first_files_show(&files, stderr);
	if (terminal_yes("Change this? [y/N] "))
		return CTL_DONE;
	puts("Nothing was changed.");
	return CTL_NO;
}

/* Do the present settings name the files of a rehearsal? */
static bool
rehearsed(void)
{
	return files.old_conf != NULL &&
	    strstr(files.old_conf, REHEARSAL_CERTIFICATE) != NULL;
}

/* Those of a rehearsal that is over go, or of one that did not come about. */
static enum ctl_exit
end_rehearsal(const struct ctl *ctl, enum ctl_exit status)
{
	if (ctl->rehearsal ? status != CTL_DONE && !rehearsed()
			   : status == CTL_DONE && rehearsed())
		rehearsal_remove(ctl);
	return status;
}

static enum ctl_exit
change(struct ctl *ctl)
{
	enum ctl_exit status = confirm(ctl);

	if (status == CTL_DONE && ctl->rehearsal)
		status = end_rehearsal(ctl, rehearsal_start(ctl, REHEARSAL_S));
	if (status != CTL_DONE)
		return status;
	if (terminal_hold_end() != 0) {
		complain("signals cannot be held back; free descriptors");
		return CTL_FAILED;
	}
	status = first_files_stage(&files, &answers);
	if (status == CTL_DONE)
		status = first_proof(ctl, &files);
	if (status == CTL_DONE)
		status = first_files_place(ctl, &files);
	else
		complain("nothing was changed");
	status = end_rehearsal(ctl, status);
	first_files_unstage(&files);
	if (status == CTL_DONE)
		status = report(ctl, true);
	(void)fflush(stdout);
	terminal_let_end();
	return status;
}

static enum ctl_exit
run(struct ctl *ctl, const struct settings *old)
{
	char known[PHONE_MAX + 1], phone[PHONE_MAX + 1];
	enum ctl_exit status = ask_answers(ctl, old, &answers);

	if (status == CTL_DONE)
		status = ask_user(ctl);
	if (status == CTL_DONE)
		status = first_files_known(&files, ctl, old, known);
	if (status == CTL_DONE)
		status = ask_phone(ctl, known, phone);
	if (status != CTL_DONE)
		return status;
	if (answers.prefixes[0] == '\0' && old == NULL)
		answers_prefix_of(&answers, phone);
	status = first_files_make(&files, ctl, &answers, phone);
	if (status != CTL_DONE)
		return status;
	if (!first_files_change(&files)) {
		if (!ctl->dry_run)
			init_folder_sweep(files.home);
		if (ctl->rehearsal && !ctl->dry_run)
			status = rehearsal_start(ctl, REHEARSAL_S);
		return status == CTL_DONE ? report(ctl, false) : status;
	}
	return ctl->dry_run ? report(ctl, true) : change(ctl);
}

enum ctl_exit
cmd_init(struct ctl *ctl)
{
	struct settings *old = NULL;
	enum ctl_exit status = CTL_DONE;
	int lock = -1;

	if (first_files_read(&files, ctl) != 0)
		return CTL_FAILED;
	if (files.old_conf != NULL)
		old = settings_load(
		    ctl->conf, files.owner.uid, &settings_report_none);
	if (!ctl->dry_run && (ctl->rehearsal || rehearsed()))
		lock = pending_lock(&status); /* it changes under no trial */
	/* of logins that ask for codes it would show those to root alone */
	if (lock >= 0 && ctl->rehearsal && pending_tell_enabled())
		status = CTL_NO;
	if (status == CTL_DONE)
		status = run(ctl, old);
	if (lock >= 0)
		close(lock);
	settings_free(old);
	first_files_free(&files);
	explicit_bzero(&answers, sizeof(answers));
	return status;
}
