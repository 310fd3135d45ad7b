/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl enable */
#include "twofactl/arguments/command.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/settings/settings.h"
#include "twofactl/install/text_change.h"
#include "twofactl/terminal/complain.h"
#include "twofactl/terminal/json_text.h"
#include "twofactl/trial/enable.h"
#include "twofactl/trial/pending.h"
#include "twofactl/trial/proof_login.h"
#include "twofactl/trial/service_change.h"
#include "twofactl/trial/trial_timer.h"

#define WITHIN_S 600
#define WITHIN_LEAST 60
#define WITHIN_MOST 86400

/* "10m", "2h", "90s". 0, or -1 after complaining. */
static int
read_within(const char *text, int64_t *seconds)
{
	char *end = NULL;
	int64_t unit = 1;
	long n = WITHIN_S;

	if (text != NULL) {
		n = strtol(text, &end, 10);
		unit = *end == 'm' ? 60 : *end == 'h' ? 3600 : 1;
		end += *end == 'm' || *end == 'h' || *end == 's' ? 1 : 0;
	}
	*seconds = n > 0 && n <= WITHIN_MOST ? n * unit : 0;
	if (*seconds >= WITHIN_LEAST && *seconds <= WITHIN_MOST &&
	    (end == NULL || (*end == '\0' && end != text)))
		return 0;
	complain("--within %.20s: allowed is 1m to 24h", text);
	return -1;
}

static int
read_login(const char *word, enum stack_login *login)
{
	static const char *const words[] = { "password", "key", "both" };

	*login = STACK_PASSWORD;
	for (size_t i = 0; word != NULL && i < 3; i++)
		if (strcmp(words[i], word) == 0) {
			*login = (enum stack_login)i;
			return 0;
		}
	if (word == NULL)
		return 0;
	complain("--login %.20s: write password, key or both", word);
	return -1;
}

/* What was asked for. */
struct wish {
	enum stack_login login;
	int64_t within;
};

static enum ctl_exit
read_wish(struct ctl *ctl, struct wish *w)
{
	const char *service = ctl->operand[0];

	if (!service_change_knows(service)) {
		complain("enable knows %s, not \"%.40s\"; for other services "
			 "see docs/guide/by-hand.md",
		    service_change_names, service);
		return CTL_USAGE;
	}
	if (read_login(ctl->login, &w->login) != 0 ||
	    read_within(ctl->within, &w->within) != 0)
		return CTL_USAGE;
	if (w->login != STACK_PASSWORD && strcmp(service, "sshd") != 0) {
		complain("--login %s is for sshd alone", ctl->login);
		return CTL_USAGE;
	}
	if (ctl->prove_as == NULL)
		ctl->prove_as = getenv("SUDO_USER");
	return CTL_DONE;
}

/* Settings that nothing is wrong with, and that are no rehearsal. */
static enum ctl_exit
check_settings(const struct ctl *ctl)
{
	struct settings *conf = settings_load(ctl->conf, 0, &complain_report);
	const bool rehearsal = conf != NULL && settings_rehearsal(conf);

	if (conf == NULL)
		return CTL_SETTINGS;
	settings_free(conf);
	if (!rehearsal)
		return CTL_DONE;
	complain("%s is a rehearsal: its provider is not the real one, and no "
		 "phone gets a code; give the provider's https base_url or "
		 "none",
	    ctl->conf);
	return CTL_NO;
}

static void
print_files(const struct trial *t)
{
	for (unsigned i = 0; i < t->files; i++) {
		if (i > 0)
			putchar(',');
		json_text_print(t->file[i].path);
	}
}

static void
tell_json(const struct trial *t, bool changed, const char *state)
{
	printf("{\"changed\":%s,\"service\":", changed ? "true" : "false");
	json_text_print(t->service);
	printf(",\"state\":\"%s\",\"until\":%" PRId64 ",\"files\":[", state,
	    strcmp(state, "trial") == 0 ? t->until : 0);
	print_files(t);
	puts("]}");
}

/* Nothing is to be done. */
static enum ctl_exit
tell_same(const struct ctl *ctl, const struct trial *t)
{
	if (ctl->json)
		tell_json(t, false, "enabled");
	else
		printf(
		    "%s is enabled already; nothing is changed.\n", t->service);
	return CTL_DONE;
}

/* The new lines and the old ones, file by file. */
static void
tell_change(const struct trial *t)
{
	for (unsigned i = 0; i < t->files; i++) {
		const struct trial_file *f = &t->file[i];

		if (etc_file_same(&f->before, &f->after))
			continue;
		text_change_print(stdout, f->path, f->before.text,
		    f->after.there ? f->after.text : NULL);
	}
}

static enum ctl_exit
tell_trial(const struct ctl *ctl, const struct trial *t)
{
	const time_t until = (time_t)t->until;
	char text[32] = "";
	struct tm tm;

	if (ctl->json) {
		tell_json(t, true, "trial");
		return CTL_DONE;
	}
	if (localtime_r(&until, &tm) != NULL)
		(void)strftime(text, sizeof(text), "%H:%M:%S", &tm);
	printf("%s is on trial until %s. Keep this shell; log in from another "
	       "terminal with a\ncode, and there run: twofactl confirm\n",
	    t->service, text);
	if (!trial_timer_at_boot())
		printf("No unit would take it back at a boot: do not restart "
		       "this machine before then.\n");
	return CTL_DONE;
}

/* At once, as for the hosts behind a first one on which it was tried. */
static enum ctl_exit
tell_enabled(const struct ctl *ctl, const struct trial *t)
{
	char cause[TRIAL_CAUSE];

	if (trial_confirm(t, cause) != 0 || trial_tidy(t, cause) != 0) {
		complain("%s", cause);
		return CTL_FAILED;
	}
	if (ctl->json)
		tell_json(t, true, "enabled");
	else
		printf("%s is enabled.\n", t->service);
	return CTL_DONE;
}

/* Is it right, and does a login work? */
static enum ctl_exit
prepare(const struct ctl *ctl, const struct trial *t)
{
	enum ctl_exit status = enable_judge(ctl, t);

	if (status == CTL_NO && ctl->anyway)
		status = CTL_DONE;
	if (status == CTL_NO)
		complain("%s would be enabled with these problems; correct "
			 "them, or add --anyway",
		    t->service);
	if (status != CTL_DONE || ctl->no_trial)
		return status;
	if (ctl->prove_as == NULL) {
		complain("whose login is to prove it? add --user NAME");
		return CTL_USAGE;
	}
	if (!ctl->no_input && isatty(STDIN_FILENO) == 0) {
		complain("nobody can type the proof's code here; run it at a "
			 "terminal, or add --no-input");
		return CTL_USAGE;
	}
	return enable_prove(ctl, t);
}

static enum ctl_exit
enable(const struct ctl *ctl, const struct wish *w, struct trial *t)
{
	enum ctl_exit status;

	if (service_change_done(t))
		return tell_same(ctl, t);
	if (ctl->look) {
		if (ctl->json)
			tell_json(t, true, "other");
		else
			printf(
			    "%s is not as enable would have it.\n", t->service);
		return CTL_NO;
	}
	if (ctl->dry_run) {
		tell_change(t);
		status = enable_judge(ctl, t);
		return status;
	}
	status = check_settings(ctl);
	if (status == CTL_DONE)
		status = prepare(ctl, t);
	if (status == CTL_DONE)
		status = enable_switch(t, w->within, !ctl->no_trial);
	if (status != CTL_DONE)
		return status;
	return ctl->no_trial ? tell_enabled(ctl, t) : tell_trial(ctl, t);
}

enum ctl_exit
cmd_enable(struct ctl *ctl)
{
	char cause[TRIAL_CAUSE] = "";
	struct wish w = { .within = 0 };
	enum ctl_exit status = read_wish(ctl, &w);
	struct trial t = { .files = 0 };
	int lock;

	if (status != CTL_DONE)
		return status;
	lock = pending_lock(&status);
	if (lock < 0)
		return status;
	if (service_change_plan(&t, ctl->operand[0], w.login, cause) != 0) {
		complain("%s", cause);
		status = CTL_NO;
	} else {
		status = enable(ctl, &w, &t);
	}
	trial_free(&t);
	(void)close(lock);
	return status;
}
