/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks the helper and its sockets, and prints what it reports itself. */
#include "twofactl/doctor/doctor_inside.h"

#include <errno.h>
#include <sys/stat.h>

#include "twofactl/check/check.h"

#define LIST_MAX 512
#define VERSION_LINE "twofa-helper " TWOFA_VERSION "\n"
#define TIMEOUT_S 10
#define DEADLINE_MS (120 * INT64_C(1000)) /* providers may be slow */
#define NAME_MAX_LEN 32
#define NAME_BYTES TEXT_LOWER "-"
#define EXIT_LOADER 127 /* with output: of the dynamic loader */
#define CODES_LOW 3

/* Writes "114 (postgres), 8". A uid without an account may get one later. */
static void
list_uids(struct doctor *d, char list[LIST_MAX])
{
	for (size_t i = 0; i < d->conf->socket_uids; i++) {
		const uid_t uid = d->conf->socket_uid[i];
		const struct passwd *pw;

		errno = 0;
		pw = getpwuid(uid);
		if (pw == NULL && errno == 0)
			doctor_problem(d, "socket-uids",
			    "socket_allow_uids has %u, which belongs to no "
			    "account: the next account with that uid may "
			    "ask for codes of every user; remove it from %s",
			    uid, d->run->conf);
		PRINT_BEHIND(list, LIST_MAX, "%s%u%s%.64s%s", i > 0 ? ", " : "",
		    uid, pw != NULL ? " (" : "", pw != NULL ? pw->pw_name : "",
		    pw != NULL ? ")" : "");
	}
}

void
doctor_report_socket_users(struct doctor *d)
{
	const struct module_arguments usual = { 0 };
	const char *path = module_arguments_socket_path(&usual, false);
	char list[LIST_MAX] = "";

	if (d->conf == NULL)
		return;
	list_uids(d, list);
	if (doctor_path_is_socket(path))
		doctor_note(d, "user-socket",
		    "%s: programs that do not run as root can have codes sent, "
		    "%u in an hour for each uid, to their own user; uids that "
		    "may ask about every user: %s",
		    path, d->conf->sends.other_hour,
		    list[0] != '\0' ? list : "none");
	else if (d->conf->socket_uids > 0 || settings_has_enrolments(d->conf))
		doctor_note(d, "user-socket",
		    "neither socket_allow_uids nor twofactl self has an "
		    "effect: %s is not there; for services that do not run as "
		    "root, and for users who enrolled themselves, run: "
		    "twofactl enable self",
		    path);
}

static void
report_not_running(struct doctor *d, const char *path, int status, bool words)
{
	if (status == EXIT_LOADER && words)
		doctor_problem(d, "helper-run",
		    "%s: a shared library is missing or too old, so every "
		    "login is denied; install what this reports as not "
		    "found: ldd %s",
		    path, path);
	else
		doctor_problem(d, "helper-run",
		    "%s does not run as user twofa%s; run: namei -l %s, give "
		    "each folder mode 0755 and the file 0711, or install "
		    "pam_twofa again (its package, or make install)",
		    path, words ? ": it prints errors" : "", path);
}

static bool
check_version(struct doctor *d, const char *path)
{
	const char *const argv[] = { path, "--version", NULL };
	const struct program helper = { .argv = argv,
		.uid = d->uid,
		.gid = d->gid,
		.timeout_s = TIMEOUT_S };
	char out[256];
	const int status = run_program(&helper, out, sizeof(out));

	if (status != 0) {
		report_not_running(d, path, status, out[0] != '\0');
		return false;
	}
	if (strcmp(out, VERSION_LINE) == 0)
		return true;
	out[strcspn(out, "\n")] = '\0';
	return doctor_problem(d, "helper-version",
	    "%s is %.60s, but this twofactl is version " TWOFA_VERSION
	    "; install pam_twofa again (its package, or make install)",
	    path, out);
}

/* A user who can read a program can trace it until it forbids this. The bit of
 * the group may be the mask of an access control list. */
static bool
check_path(struct doctor *d, const char *path)
{
	struct stat st;

	d->error_finding = "helper-path";
	if (client_check_helper(path) != 0)
		return false;
	if (stat(path, &st) == 0 && (st.st_mode & (S_IROTH | S_IRGRP)) != 0)
		doctor_problem(d, "helper-readable",
		    "%s can be read by users other than root, so that a "
		    "process of user twofa can take over each new helper; "
		    "run: chmod 0711 %s",
		    path, path);
	return check_version(d, path);
}

/* Checks all helpers. True if the one to use is safe to run. */
static bool
check_paths(struct doctor *d)
{
	bool asked = false, fit = false;

	for (size_t i = 0; i < d->helpers; i++) {
		const bool good = check_path(d, d->helper[i]);

		if (strcmp(d->helper[i], d->run->helper) != 0)
			continue;
		asked = true;
		fit = good;
	}
	return asked ? fit : check_path(d, d->run->helper);
}

struct helper_items {
	struct doctor *doctor;
	struct name_list enough; /* users with enough recovery codes ... */
	struct name_list few;    /* ... and those who have used most of them */
	bool state_fails;        /* so its lists of codes are not whole */
};

/* Prints a finding of the helper; its name may have NAME_BYTES only. */
static int
take_helper_item(void *ctx, const struct item *r)
{
	struct helper_items *a = ctx;

	if (r->kind == ITEM_HELD && r->number[2] >= CODES_LOW)
		return name_list_add(&a->enough, r->text[1]);
	if (r->kind == ITEM_HELD)
		return r->number[2] > 0 ? name_list_add(&a->few, r->text[1])
					: 0;
	if (r->kind != ITEM_PROBLEM && r->kind != ITEM_NOTE)
		return -1;
	if (strlen(r->text[1]) > NAME_MAX_LEN ||
	    strspn(r->text[1], NAME_BYTES) != strlen(r->text[1]))
		return -1;
	a->state_fails |=
	    r->kind == ITEM_PROBLEM && strcmp(r->text[1], "state") == 0;
	doctor_finding(a->doctor, r->kind == ITEM_PROBLEM, r->text[1],
	    CLIENT_SAYS "%s", r->text[2]);
	return 0;
}

/* Users who have codes rely on them, and admins need them; for others they are
 * optional. The state does not list users who have used their last code. */
static void
report_low_codes(
    struct doctor *d, struct name_list *users, const struct helper_items *items)
{
	struct doctor_names low = { .count = 0 };
	struct name_list admins OWNED(name_list_free) = { .count = 0 };
	size_t without = 0;

	(void)lockout_root_list_accounts(&admins);
	for (size_t i = 0; i < users->count; i++) {
		if (name_list_has(&items->enough, users->name[i]) ||
		    record_owner_find(d->conf, users->name[i], NULL).is >=
			USER_LEFT)
			continue;
		if (name_list_has(&items->few, users->name[i]) ||
		    name_list_has(&admins, users->name[i]))
			doctor_names_add(&low, users->name[i]);
		else
			without++;
	}
	if (low.count > DOCTOR_NAMES_SHOWN)
		doctor_problem(d, "recovery-low",
		    "%s and %zu more have fewer than %d recovery codes left; "
		    "run: twofactl recovery-codes USER",
		    low.text, low.count - DOCTOR_NAMES_SHOWN, CODES_LOW);
	else if (low.count > 0)
		doctor_problem(d, "recovery-low",
		    "fewer than %d recovery codes left: %s; run: twofactl "
		    "recovery-codes USER",
		    CODES_LOW, low.text);
	if (without > 0)
		doctor_note(d, "recovery-low",
		    "%zu enrolled user%s, who cannot become root, %s no "
		    "recovery codes",
		    without, without == 1 ? "" : "s",
		    without == 1 ? "has" : "have");
}

/* True if a file here has an app. Other factors, and counters of tokens, need a
 * server. */
static bool
has_app_here(const struct doctor *d, const char *user)
{
	struct record_walk w OWNED(
	    record_walk_end) = { .conf = d->conf, .account = user };
	bool found = false;

	if (record_place_of(d->conf, user)->within != NULL)
		return false;
	while (!found && record_walk_next(&w))
		for (size_t i = 0; i < user_record_apps(&w.record); i++)
			found |= w.record.enabled && !w.record.app[i].kind.hotp;
	return found;
}

/* Names who can log in without the state's servers, of users with a record. */
static void
report_offline_users(struct doctor *d, const struct name_list *users,
    const struct helper_items *items)
{
	struct name_list able OWNED(name_list_free) = { .count = 0 };
	struct doctor_names first = { .count = 0 };
	int rc;

	if (!d->conf->users_state)
		return;
	rc = name_list_add_all(&able, &items->enough);
	if (rc == 0)
		rc = name_list_add_all(&able, &items->few);
	for (size_t i = 0; i < users->count && rc == 0; i++)
		if (has_app_here(d, users->name[i]))
			rc = name_list_add(&able, users->name[i]);
	if (rc != 0)
		return;
	name_list_sort(&able); /* removes duplicates */
	for (size_t i = 0; i < able.count; i++)
		doctor_names_add(&first, able.name[i]);
	if (able.count == 0)
		doctor_problem(d, "store-people",
		    "users = \"state\", and no user has an app by a file in "
		    "%s, or break-glass codes of this host, so all logins "
		    "are denied while the state is unreachable; for an "
		    "administrator, run: twofactl recovery-codes USER --local",
		    d->conf->users_dir);
	else
		doctor_note(d, "store-people",
		    "while the state is unreachable, only users with an app "
		    "by a file in %s, or with break-glass codes of this host, "
		    "can log in: %s%s",
		    d->conf->users_dir, first.text,
		    able.count > DOCTOR_NAMES_SHOWN ? " and more" : "");
}

static void
request_helper_items(struct doctor *d)
{
	struct helper_items items = { .doctor = d };
	const struct client_request call = { .purpose = PURPOSE_DOCTOR,
		.deadline_ms = DEADLINE_MS,
		.ctx = &items,
		.record = take_helper_item };
	struct name_list users OWNED(name_list_free) = { .count = 0 };
	bool listed;

	d->error_finding = "helper-run";
	if (client_request(d->run, &call) == CTL_DONE) {
		d->error_finding = "user-file";
		name_list_sort(&items.enough);
		name_list_sort(&items.few);
		listed =
		    name_list_enrolled(&users, d->conf, &complain_report) == 0;
		if (listed && settings_is_fleet(d->conf))
			report_offline_users(d, &users, &items);
		else if (listed && !items.state_fails)
			report_low_codes(d, &users, &items);
	}
	name_list_free(&items.enough);
	name_list_free(&items.few);
}

void
doctor_helper(struct doctor *d)
{
	if (!d->user_known)
		return; /* the helper cannot run, as has been reported */
	if (!check_paths(d) || d->conf == NULL)
		return;
	request_helper_items(d);
	d->error_finding = "helper-socket";
	check_hidden_paths(d->run, &complain_report, true);
	if (!client_socket_exists())
		doctor_note(d, "helper-socket",
		    "%s is not there: each login starts a helper of its "
		    "own, which takes longer; for the listener run: "
		    "systemctl enable --now twofa-helper.socket",
		    client_socket_path());
}
