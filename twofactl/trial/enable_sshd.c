/* SPDX-License-Identifier: BSD-2-Clause */
/* Does sshd obey the new drop-in? The first line for a key counts, and it may
 * be in another file. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/etc/etc.h"
#include "twofactl/host/host.h"
#include "twofactl/sshd/sshd.h"
#include "twofactl/terminal/terminal.h"
#include "twofactl/trial/enable.h"
#include "twofactl/trial/service_change.h"

/* The first key that differs from the drop-in; NULL: none. */
static const char *
find_other(const struct trial *t, const struct sshd_settings *c)
{
	const char *methods = service_change_methods(t->login);

	if (!c->use_pam)
		return "UsePAM";
	if (!c->kbdinteractive)
		return "KbdInteractiveAuthentication";
	if (c->password)
		return "PasswordAuthentication";
	if (c->grace_s != 0 && c->grace_s < SERVICE_CHANGE_GRACE)
		return "LoginGraceTime";
	return methods != NULL && strcmp(methods, c->methods) != 0
	    ? "AuthenticationMethods"
	    : NULL;
}

static void
tell_other(FILE *out, const char *sshd, const char *key)
{
	const char *config = sshd_ask_config(sshd);
	const char *options = sshd_ask_options(sshd);
	char seen[ETC_SEEN_PATH];
	const char *drop_in = etc_seen(SERVICE_CHANGE_DROP_IN, seen);
	struct sshd_first first;

	if (!sshd_first_reads(config, drop_in))
		fprintf(out,
		    "%s does not read " SERVICE_CHANGE_DROP_IN
		    ", at least not for every login; write as its first line: "
		    "Include /etc/ssh/sshd_config.d/*.conf",
		    config);
	else if (sshd_first_find(&first, config, key) &&
	    strcmp(first.file, drop_in) != 0)
		fprintf(out,
		    "%s:%u sets %s before " SERVICE_CHANGE_DROP_IN
		    " does, and the first counts; take that line out, and "
		    "run this again before sshd is reloaded",
		    first.file, first.number, key);
	else if (options[0] != '\0')
		fprintf(out,
		    "sshd was started by %s, which comes before its files, and "
		    "does not take %s as " SERVICE_CHANGE_DROP_IN
		    " has it; take that out (SSHD_OPTS or OPTIONS in "
		    "/etc/default/ssh or /etc/sysconfig/sshd, or the unit) "
		    "and restart sshd",
		    options, key);
	else
		fprintf(out,
		    "sshd does not take %s as " SERVICE_CHANGE_DROP_IN
		    " has it; see: sshd -T",
		    key);
}

/* Runs in the child that sees the new files. */
static int
look(void *ctx, FILE *out)
{
	const struct trial *t = ctx;
	const char *sshd = sshd_ask_path(), *other;
	char *text = calloc(1, SSHD_ASK_OUT);
	struct sshd_settings conf;

	if (sshd == NULL || text == NULL ||
	    sshd_ask(sshd, "", NULL, text, &conf) != SSHD_ASK_DONE) {
		fprintf(
		    out, "sshd -T: %.300s", text != NULL ? text : "no memory");
		free(text);
		return -1;
	}
	free(text);
	other = sshd_settings_other_service(&conf);
	if (other != NULL) {
		fprintf(out,
		    "PAMServiceName %.100s: sshd asks PAM for that service, "
		    "and not for sshd, whose stack this changes; take that "
		    "setting out of sshd_config first",
		    other);
		return 0;
	}
	other = find_other(t, &conf);
	if (other != NULL)
		tell_other(out, sshd, other);
	return 0;
}

enum ctl_exit
enable_sshd(const struct trial *t)
{
	char text[1024], cause[TRIAL_CAUSE];

	if (strcmp(t->service, "sshd") != 0)
		return CTL_DONE;
	if (etc_view_call(t->file, t->files, look, (void *)(uintptr_t)t, text,
		sizeof(text), cause) != 0) {
		etc_seen_name(cause, ETC_VIEW_COPY);
		complain("%s", cause);
		return CTL_FAILED;
	}
	etc_seen_name(text, ETC_VIEW_COPY);
	if (text[0] == '\0')
		return CTL_DONE;
	complain("%s", text);
	return CTL_NO;
}
