/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks sshd's settings for one login as sshd -T reports them, writes their
 * remedies, and compares the running sshd with its files. */
#include "twofactl/doctor/doctor_inside.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REFUSED "Connection refused"
#define PID_FILE "/run/sshd.pid"
#define METHODS "AuthenticationMethods"

bool (*doctor_enabled)(const char *service, enum stack_login *login);

/* Returns the remedy by which sshd reads its files. */
static const char *
reload_command(const char *unit)
{
	static char words[64];

	PRINT_TO(words, "run: systemctl %s %s",
	    sshd_ask_socket_is_active() ? "restart" : "reload", unit);
	return unit[0] != '\0' ? words : "run: kill -HUP $(cat " PID_FILE ")";
}

static void
compare_offer(const struct doctor_sshd *s, const struct sshd_address *place,
    const char *offered, const char *unit)
{
	char wanted[SSHD_METHODS_MAX];
	struct sshd_settings conf;

	if (doctor_sshd_ask(s, HELPER_USER, place, &conf) != 0)
		return;
	sshd_running_offer_expected(wanted, &conf);
	if (sshd_running_offer_is_same(offered, wanted))
		return;
	doctor_problem(s->doctor, "sshd-running",
	    "sshd at %s port %u offers %s, but by its files it should offer "
	    "%s: it has not read them since they changed; %s",
	    place->address, place->port,
	    offered[0] != '\0' ? offered : "nothing",
	    wanted[0] != '\0' ? wanted : "nothing", reload_command(unit));
}

/* False if no sshd listens there. */
static bool
check_offer(const struct doctor_sshd *s, const struct sshd_address *place,
    const char *unit)
{
	char text[SSHD_ASK_OFFER], offered[SSHD_METHODS_MAX];

	if (!sshd_ask_offer(place, s->doctor->uid, s->doctor->gid, text))
		return true; /* there is no ssh client */
	if (strstr(text, REFUSED) != NULL)
		return false;
	if (sshd_running_offer_read(offered, text) == 0) {
		compare_offer(s, place, offered, unit);
		return true;
	}
	text[strcspn(text, "\r\n")] = '\0';
	doctor_note(s->doctor, "sshd-running",
	    "sshd at %s port %u does not list its methods: %.200s; see "
	    "its log, and reload it after changing its settings",
	    place->address, place->port, text);
	return true;
}

/* Reports limits too low for the module, unless sshd may raise them. */
static void
check_limits(struct doctor *d)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3,
		0 };
	struct __user_cap_data_struct has[2];
	struct rlimit now;
	char pid[32];

	if (!sshd_file_read_line(PID_FILE, NULL, pid, sizeof(pid)) ||
	    (head.pid = (int)decimal_read(pid, INT_MAX)) < 1 ||
	    syscall(SYS_capget, &head, has) != 0 ||
	    (has[0].effective & CAP_TO_MASK(CAP_SYS_RESOURCE)) != 0)
		head.pid = -1;
	for (int i = 0; i < RLIM_NLIMITS; i++)
		if (prlimit(head.pid, (__rlimit_resource_t)i, NULL, &now) ==
			0 &&
		    now.rlim_max < helper_limits[i].least)
			doctor_problem(d, "sshd-limit",
			    "the running sshd has too low a limit for the "
			    "helper, so that every login is denied; raise "
			    "Limit%s= of its unit and restart it",
			    helper_limits[i].name);
}

void
doctor_sshd_check_running(const struct doctor_sshd *s)
{
	const char *unit = sshd_ask_unit();
	const struct sshd_starts *starts = &s->general.starts;

	check_limits(s->doctor);
	if (starts->now > 0 && starts->now < starts->begin)
		doctor_problem(s->doctor, "sshd-maxstartups",
		    "the running sshd refuses users as soon as %ld are at a "
		    "prompt, but by its files it should only from %ld on; %s",
		    starts->now, starts->begin, reload_command(unit));
	/* the sshd that a socket starts for a connection reads these files */
	if (!s->doctor->user_known ||
	    (unit[0] == '\0' && sshd_ask_socket_is_active()))
		return;
	for (size_t i = 0; i < s->places; i++)
		if (sshd_running_address_is_local(&s->place[i]) &&
		    check_offer(s, &s->place[i], unit))
			return;
}

/* Each user at a prompt of pam_twofa has a connection that MaxStartups counts.
 * The command of twofactl raises a value that it has set, which is 60 or more.
 * Another value is replaced by one first line in its file, since OpenSSH 9.2
 * uses the last of several lines. */
void
doctor_sshd_check_max_startups(const struct doctor_sshd *s)
{
	struct doctor *d = s->doctor;
	const long begin = s->general.starts.begin;
	char line[SSHD_SETTINGS_STARTS];
	struct sshd_files_first first = { .number = 0 };
	bool set, own, ours;

	if (begin == 0 || !doctor_pam_names_module("sshd") ||
	    !sshd_settings_max_startups_is_low(&s->general.starts,
		d->files_only ? 0 : name_list_count_login_accounts(), line))
		return;
	set = sshd_files_find_first_setting(
	    &first, sshd_ask_config(), "MaxStartups");
	own = set && strstr(first.file, SSHD_FILES_FIRST_NAME) != NULL;
	ours = doctor_enabled != NULL && doctor_enabled("sshd", NULL) &&
	    (!set || (own && begin >= 60));
	doctor_problem(d, "sshd-maxstartups",
	    "MaxStartups: sshd refuses some of the users who log in at the "
	    "same time as soon as %ld are at a prompt, and this host needs "
	    "%s; run: %s%s%s%s",
	    begin, line, ours ? "twofactl enable sshd" : "sed -i -e '1i ",
	    ours ? "" : line,
	    ours ? "" : "' -e '/^[[:space:]]*MaxStartups/Id' ",
	    ours              ? ""
		: set && !own ? terminal_shell_quote(first.file)
			      : terminal_shell_quote(sshd_ask_config()));
}

static void
report_failed_query(const struct doctor_sshd *s)
{
	const char *folder = strstr(sshd_said, SSHD_ASK_NO_FOLDER);

	sshd_said[strcspn(sshd_said, "\r\n")] = '\0';
	if (folder == sshd_said)
		doctor_problem(s->doctor, "sshd-config",
		    "%s is missing, which sshd's start makes, so its settings "
		    "cannot be read; start sshd, or run: mkdir -m 0755 %s",
		    terminal_shell_quote(folder + strlen(SSHD_ASK_NO_FOLDER)),
		    terminal_shell_quote(folder + strlen(SSHD_ASK_NO_FOLDER)));
	else
		doctor_problem(s->doctor, "sshd-config",
		    "%s -T fails, and so may sshd at its next start: %.300s; "
		    "correct sshd_config",
		    sshd_ask_path(), sshd_said);
}

int
doctor_sshd_ask(const struct doctor_sshd *s, const char *user,
    const struct sshd_address *at, struct sshd_settings *conf)
{
	if (s->alike) {
		*conf = s->general;
		return 0;
	}
	switch (sshd_ask(user, at, conf)) {
	case SSHD_ASK_DONE:
		return 0;
	case SSHD_ASK_INCOMPLETE:
		doctor_problem(s->doctor, "sshd-config",
		    "%s -T does not print all the settings it should; "
		    "OpenSSH 7.8 or later is needed",
		    sshd_ask_path());
		break;
	case SSHD_ASK_FAILED:
		report_failed_query(s);
		break;
	}
	return -1;
}

/* A login without a key needs a password before pam_twofa. */
static void
check_first_factor(struct doctor_sshd *s, const struct sshd_settings *conf,
    sshd_settings_problem *problem)
{
	const struct doctor *d = s->doctor;
	const bool none = d->sshd_stack.asks && d->sshd_stack.no_password;
	char text[DOCTOR_SSHD_TEXT];

	if (!sshd_settings_may_begin_with_pam(conf) ||
	    (!none && !d->sshd_silent))
		return;
	PRINT_TO(text,
	    "sshd: keyboard-interactive may come first, and %s; %.700s%sset "
	    "AuthenticationMethods publickey,keyboard-interactive",
	    none ? "nothing in sshd's stack asks for a password before "
		   "pam_twofa, so users without a key are denied"
		 : "a module before pam_twofa leaves no password, so that "
		   "pam_twofa denies users whom it accepts (no-first-factor)",
	    d->sshd_first_remedy,
	    d->sshd_first_remedy[0] != '\0' ? "; or " : "");
	problem(s, none ? "pam-no-password" : "pam-first-factor", text);
}

/* Findings about sshd's stack refer to /etc/pam.d/sshd. */
static void
check_pam_service(
    struct doctor_sshd *s, const char *service, sshd_settings_problem *problem)
{
	char text[DOCTOR_SSHD_TEXT];

	if (!doctor_pam_names_module(service)) {
		PRINT_TO(text,
		    "PAMServiceName %.100s: sshd asks PAM for that service, "
		    "whose stack has no pam_twofa, and not for sshd; remove "
		    "that setting, or copy the auth lines of "
		    "/etc/pam.d/sshd to /etc/pam.d/%.100s",
		    service, service);
		problem(s, "sshd-service", text);
	} else if (!s->found->service_reported) {
		doctor_note(s->doctor, "sshd-service",
		    "PAMServiceName %s: sshd asks PAM for that service, whose "
		    "stack is checked like that of any program, and not for "
		    "sshd: neither findings about sshd's stack nor twofactl "
		    "enable sshd apply to it",
		    service);
		s->found->service_reported = true;
	}
}

void
doctor_sshd_check_settings(struct doctor_sshd *s,
    const struct sshd_settings *conf, sshd_settings_problem *problem)
{
	const char *other = sshd_settings_other_service(conf);
	const char *skips = sshd_settings_bypass(conf);
	char text[DOCTOR_SSHD_TEXT], asking[SSHD_SETTINGS_METHODS];

	sshd_settings_check(conf, s->doctor->sshd_deadline_s, s, problem);
	check_first_factor(s, conf, problem);
	if (other != NULL)
		check_pam_service(s, other, problem);
	if (skips == NULL)
		return;
	sshd_settings_methods_with_pam(conf, asking);
	PRINT_TO(text,
	    "%s allows %s without a code, because PAM is "
	    "skipped" SSHD_SETTINGS_SET METHODS " %.700s",
	    skips,
	    conf == &s->base || conf == &s->general ? "everybody" : "logins",
	    asking);
	problem(s, "sshd-keys", text);
}

enum enabled { NOT_ENABLED, ENABLED, BY_HAND };

static enum enabled
how_enabled(void)
{
	char actual[HOST_ETC_PATH];
	struct etc_file f OWNED(etc_file_free) = { .text = NULL };
	bool ours;

	if (etc_file_read(
		host_etc_path(PAM_FOLDER_FIRST "/sshd", actual), &f) != 0)
		return BY_HAND;
	ours = f.text != NULL && stack_edit_has(f.text);
	return ours                           ? ENABLED
	    : doctor_pam_names_module("sshd") ? BY_HAND
					      : NOT_ENABLED;
}

bool
doctor_sshd_stack_is_managed(void)
{
	return how_enabled() != BY_HAND;
}

static bool
is_managed_key(const char *key)
{
	static const char *const keys[] = { "UsePAM",
		"KbdInteractiveAuthentication", "PasswordAuthentication",
		"LoginGraceTime", METHODS };
	const size_t len = strcspn(key, " ");

	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (strlen(keys[i]) == len && strncmp(key, keys[i], len) == 0)
			return true;
	return false;
}

/* Finds the line that sets the key for every login. False if no line does, if
 * enable writes it, or if it is right. */
static bool
find_effective_line(const struct doctor_sshd *s, const char *set,
    enum enabled how, struct sshd_files_first *line)
{
	char key[64], actual[HOST_ETC_PATH];

	PRINT_TO(key, "%.*s", (int)strcspn(set, " "), set);
	return sshd_files_find_first_setting(line, sshd_ask_config(), key) &&
	    (how == BY_HAND || !is_managed_key(set) ||
		(how == ENABLED &&
		    strcmp(line->file,
			host_etc_path(SSHD_FILES_FIRST_OURS, actual)) != 0)) &&
	    !(text_take(&set, METHODS " ") &&
		strcmp(set, s->base.methods) == 0);
}

/* Returns the addition to a remedy by hand whose lines have to change together:
 * between two changes a password would be enough where a key is required, or
 * sshd would not start, since a method is off. */
static const char *
combined_change(const struct doctor_sshd *s, const char *set)
{
	const struct sshd_settings *c = &s->base;
	const bool off = !c->use_pam || !c->kbdinteractive;

	if (!off || sshd_settings_bypass(c) == NULL ||
	    strcmp(sshd_settings_login_kind(c, false), "key") != 0)
		return "";
	return strncmp(set, METHODS, strlen(METHODS)) == 0
	    ? "; in one change with UsePAM and KbdInteractiveAuthentication yes"
	    : strncmp(set, "UsePAM", 6) == 0 || strncmp(set, "Kbd", 3) == 0
	    ? "; in one change with " METHODS
	    : "";
}

void
doctor_sshd_remedy(const struct doctor_sshd *s,
    const struct sshd_match_block *block, const char *text,
    char out[DOCTOR_SSHD_TEXT])
{
	const char *end = strstr(text, SSHD_SETTINGS_SET);
	const char *set = end != NULL ? end + strlen(SSHD_SETTINGS_SET) : "";
	const bool methods = strncmp(set, METHODS, strlen(METHODS)) == 0;
	const int len = end != NULL ? (int)(end - text) : (int)strlen(text);
	const enum enabled how = how_enabled();
	const char *kind = sshd_settings_login_kind(
	    &s->base, how == ENABLED && !s->doctor->sshd_stack.no_password);
	struct sshd_files_first line;
	const char *with = how == BY_HAND ? combined_change(s, set) : "";
	char run[64], actual[HOST_ETC_PATH];

	/* KIND only where it may have to change */
	if (!methods && how != NOT_ENABLED)
		PRINT_TO(run, "run: twofactl enable sshd");
	else
		PRINT_TO(run, "run: twofactl enable sshd --login %s", kind);
	if (methods && how == ENABLED && block == NULL)
		set = strcmp(kind, "both") == 0 ? METHODS
		    " publickey,keyboard-interactive keyboard-interactive"
						: METHODS
		    " publickey,keyboard-interactive";
	snprintf(out, DOCTOR_SSHD_TEXT, "%.*s%s", len, text,
	    end != NULL ? "; " : "");
	if (end == NULL)
		return;
	if (block != NULL &&
	    (how == BY_HAND ||
		strcmp(block->file,
		    host_etc_path(SSHD_FILES_FIRST_OURS, actual)) != 0))
		PRINT_BEHIND(out, DOCTOR_SSHD_TEXT,
		    "%sput right after %s:%u: %s%s",
		    how == NOT_ENABLED && is_managed_key(set)
			? "after twofactl enable sshd "
			: "",
		    block->file, block->number, set, with);
	else if (find_effective_line(s, set, how, &line))
		PRINT_BEHIND(out, DOCTOR_SSHD_TEXT,
		    "%s:%u: write %s in place of this line%s%s%s", line.file,
		    line.number, set,
		    methods && how == ENABLED ? ", then " : "",
		    methods && how == ENABLED ? run : "", with);
	else if (is_managed_key(set) && how != BY_HAND)
		PRINT_BEHIND(out, DOCTOR_SSHD_TEXT, "%s", run);
	else
		PRINT_BEHIND(out, DOCTOR_SSHD_TEXT,
		    "write as the first line of %s: %s%s", sshd_ask_config(),
		    set, with);
}
