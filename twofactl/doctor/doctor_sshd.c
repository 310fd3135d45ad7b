/* SPDX-License-Identifier: BSD-2-Clause */
/* sshd's settings: those for every login, then those for some. */
#include "twofactl/doctor/doctor_sshd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/wire/wire.h"
#include "twofactl/records/records.h"
#include "twofactl/sshd/sshd.h"
#include "twofactl/terminal/terminal.h"

bool (*doctor_enabled)(const char *service);

static void
tell(void *ctx, const char *name, const char *text)
{
	struct doctor_sshd *s = ctx;
	char out[DOCTOR_SSHD_TEXT];

	doctor_sshd_remedy(s, NULL, text, out);
	doctor_problem(s->doctor, name, "%s", out);
	if (s->found->count < DOCTOR_SSHD_CHECKS)
		snprintf(s->found->check[s->found->count++].name,
		    sizeof(s->found->check[0].name), "%s", name);
}

/* What is needed later on, of a run of sshd that another one would only
 * repeat. */
static void
keep_general(struct doctor_sshd *s)
{
	sshd_access_read(&s->access, s->out);
	while (s->places < DOCTOR_SSHD_PLACES &&
	    sshd_place_read(&s->place[s->places], s->places, s->out) == 0)
		s->places++;
}

/* A doubt is a problem of files that are not in place yet. */
static void
check_domain(struct doctor *d)
{
	char text[SSHD_DOMAIN_TEXT] = "";
	const bool refuses = d->conf != NULL && doctor_pam_names("sshd") &&
	    sshd_domain_refuses(d->conf, d->ctl->helper, text);

	if (text[0] != '\0')
		(refuses || d->ctl->files_only ? doctor_problem : doctor_note)(
		    d, "sshd-selinux",
		    "SELinux: %s; this version ships no policy module: see "
		    "SELinux in docs/guide/many-hosts.md",
		    text);
}

/* Who is at our prompt has one of the connections that sshd counts. A value of
 * twofactl's, which is 60 or more, is raised by its command; any other by a
 * first line alone in its file, since of several lines OpenSSH 9.2 takes the
 * last. */
static void
check_starts(const struct doctor_sshd *s)
{
	struct doctor *d = s->doctor;
	const long begin = s->general.starts.begin;
	char line[SSHD_SETTINGS_STARTS];
	struct sshd_first first = { .number = 0 };
	bool set, own, ours;

	if (begin == 0 || !doctor_pam_names("sshd") ||
	    !sshd_settings_starts_low(&s->general.starts,
		d->ctl->files_only ? 0 : name_list_people(), line))
		return;
	set = sshd_first_find(&first, sshd_ask_config(s->path), "MaxStartups");
	own = set && strstr(first.file, "/30-twofa.conf") != NULL;
	ours = doctor_enabled != NULL && doctor_enabled("sshd") &&
	    (!set || (own && begin >= 60));
	doctor_problem(d, "sshd-maxstartups",
	    "MaxStartups: of people who log in together sshd refuses some as "
	    "soon as %ld are at a prompt, and this host needs %s; run: "
	    "%s%s%s%s",
	    begin, line, ours ? "twofactl enable sshd" : "sed -i -e '1i ",
	    ours ? "" : line,
	    ours ? "" : "' -e '/^[[:space:]]*MaxStartups/Id' ",
	    ours              ? ""
		: set && !own ? shell_word(first.file)
			      : shell_word(sshd_ask_config(s->path)));
}

/* Words of its command line come before its files, also after a reload. */
static void
tell_options(const struct doctor_sshd *s, unsigned before)
{
	static const char text[] =
	    "sshd is started by %s, which comes before its files and which a "
	    "reload keeps%s";
	const char *options = sshd_ask_options(s->path);

	if (strstr(options, "-o ") != NULL && s->doctor->problems > before)
		doctor_problem(s->doctor, "sshd-options", text, options,
		    ": what is said here of sshd's settings may be set there; "
		    "take out what contradicts it, from SSHD_OPTS or OPTIONS "
		    "in /etc/default/ssh or /etc/sysconfig/sshd or from the "
		    "unit (systemctl cat ssh sshd), and restart sshd");
	else if (options[0] != '\0')
		doctor_note(s->doctor, "sshd-options", text, options, "");
}

void
doctor_sshd(struct doctor *d)
{
	const unsigned before = d->problems;
	struct doctor_sshd s = { .doctor = d,
		.path = sshd_ask_path(),
		.deadline_s = d->sshd_deadline_s > 0
		    ? d->sshd_deadline_s
		    : (long)module_arguments_deadline("sshd") };
	const struct sshd_settings_report report = { .ctx = &s,
		.problem = tell };

	if (s.path == NULL || d->sshd_exempt)
		return;
	s.out = calloc(1, SSHD_ASK_OUT);
	s.found = calloc(1, sizeof(*s.found));
	s.match = calloc(1, sizeof(*s.match));
	if (s.out == NULL || s.found == NULL || s.match == NULL)
		doctor_problem(
		    d, "sshd-config", "no memory to look at it; free some");
	else if (doctor_sshd_ask(&s, "", NULL, &s.general) == 0) {
		keep_general(&s);
		doctor_sshd_judge(&s, &s.general, &report);
		doctor_sshd_match(&s);
		check_domain(d);
		check_starts(&s);
		if (!d->ctl->files_only) {
			doctor_sshd_running(&s);
			doctor_lockout(&s);
		}
	}
	tell_options(&s, before);
	free(s.out);
	free(s.found);
	free(s.match);
}
