/* SPDX-License-Identifier: BSD-2-Clause */
/* Computes the new content of a service's files; writes none of them. */
#include "twofactl/trial/trial_inside.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define SSHD_FOLDER "/etc/ssh/sshd_config.d"

#define POLKIT "polkit-1"

const char service_change_names[] =
    "sshd, sudo, su, login, " POLKIT " and " SELF_SOCKET;
const char *const service_change_list[] = { "sshd", "sudo", "su", "login",
	POLKIT, NULL };

const char *const service_change_methods[] = { [STACK_PASSWORD] = NULL,
	[STACK_KEY] = "publickey,keyboard-interactive",
	[STACK_BOTH] = "publickey,keyboard-interactive keyboard-interactive" };

_Static_assert(
    COUNT_OF(service_change_methods) == STACK_BOTH + 1, "each has its list");

bool
service_change_is_rule(const struct service_request *w)
{
	return w->skip || strcmp(w->service, POLKIT) == 0;
}

const char *
service_change_second_pam_name(const char *service)
{
	return strcmp(service, "sudo") == 0 ? "sudo-i"
	    : strcmp(service, "su") == 0    ? "su-l"
					    : NULL;
}

/* True if text includes the PAM file first, and so the lines added there. */
static bool
includes_first(const char *text, const char *first)
{
	char name[PAM_STACK_WORD];

	while (stack_edit_next_include(&text, name))
		if (strcmp(pam_folder_name(name), first) == 0)
			return true;
	return false;
}

/* Plans the lines for a file that authselect makes: in its template, in the
 * file, and in the copy by which authselect before 1.5 sees changes of others.
 */
static int
plan_authselect(struct trial *t, const char *name)
{
	static const char *const folders[] = { AUTHSELECT_PROFILE,
		AUTHSELECT_FOLDER, "/var/lib/authselect" };

	for (size_t i = 0; i < COUNT_OF(folders); i++) {
		struct etc_change *f = &t->file[t->files];

		PRINT_TO(f->path, "%s/%.60s", folders[i], name);
		if (etc_file_read(f->path, &f->before) != 0)
			return -1;
		if (f->before.text == NULL)
			continue;
		t->files++;
		f->after = f->before;
		if (authselect_edit_add(f->before.text, &f->after.text) != 0)
			return etc_file_fail_with_path(f->path, etc_cause);
	}
	return 0;
}

/* Puts the path of a service's file, or of the one that it is a link to, if
 * only root can change that. */
static int
find_pam_file(const char *name, char path[ETC_PATH])
{
	char real[PATH_MAX], *slash;
	struct stat st;

	snprintf(path, ETC_PATH, PAM_FOLDER_FIRST "/%.60s", name);
	if (lstat(path, &st) != 0 || !S_ISLNK(st.st_mode))
		return 0;
	if (realpath(path, real) == NULL || lstat(real, &st) != 0)
		return etc_file_fail_with_path(path, NULL);
	slash = strrchr(real, '/');
	*slash = '\0';
	if (st.st_uid != 0 || (st.st_mode & 022) != 0 ||
	    trusted_file_check_folder(real, 0) != 0)
		return etc_file_fail_with_path(path,
		    "it is a link to a file that others than root can "
		    "change; make it a file of its own");
	return snprintf(path, ETC_PATH, "%s/%s", real, slash + 1) < ETC_PATH
	    ? 0
	    : etc_file_fail_with_path(real, "its name is too long");
}

static int
plan_pam(struct trial *t, const char *name)
{
	struct pam_folder_reading reading = { .cause = NULL };
	const struct pam_stack_source files = PAM_FOLDER_SOURCE(&reading);
	struct etc_change *f = &t->file[t->files];

	const char *made;

	if (find_pam_file(name, f->path) != 0 ||
	    etc_file_read(f->path, &f->before) != 0)
		return -1;
	made = f->before.text != NULL && !stack_edit_has(f->before.text)
	    ? authselect_included_file(f->before.text)
	    : NULL;
	if (made != NULL && authselect_profile_manages(made)) {
		etc_file_free(&f->before);
		return plan_authselect(t, made);
	}
	t->files++;
	if (f->before.text == NULL)
		return etc_file_fail_with_path(f->path,
		    "there is no such file; is the program installed?");
	f->after = f->before;
	return stack_edit_add(
		   f->before.text, t->login, &files, &f->after.text) == 0
	    ? 0
	    : etc_file_fail_with_path(f->path, etc_cause);
}

/* Plans the second name's file if it exists and does not include the first. */
static int
plan_second(struct trial *t, const char *name, const char *first)
{
	char path[ETC_PATH];
	struct etc_file f OWNED(etc_file_free) = { .text = NULL };
	bool needed;

	if (find_pam_file(name, path) != 0 || etc_file_read(path, &f) != 0)
		return -1;
	needed = f.text != NULL && !includes_first(f.text, first);
	return needed ? plan_pam(t, name) : 0;
}

/* Returns a Match block for root, or "". With PermitRootLogin
 * prohibit-password, sshd accepts root's key and then discards what root types:
 * a message would be sent and the login denied. So root gets PermitRootLogin
 * yes, with key and code. If it is yes and root needs a key now, a password and
 * a code must not become sufficient. said, root: the output of sshd -T for
 * root, raw and parsed. */
static const char *
root_block(
    enum stack_login login, const char *said, const struct sshd_settings *root)
{
	const bool hidden =
	    strstr(said, "\npermitrootlogin without-password\n") != NULL ||
	    strstr(said, "\npermitrootlogin prohibit-password\n") != NULL;
	char asking[SSHD_SETTINGS_METHODS];
	bool keyed;

	sshd_settings_methods_with_pam(root, asking);
	keyed = root->any_root && root->pubkey &&
	    strcmp(asking, service_change_methods[STACK_KEY]) == 0;
	if (keyed && login == STACK_PASSWORD)
		return "Match User root\n"
		       "\tAuthenticationMethods publickey\n"
		       "Match all\n";
	return keyed || (hidden && login != STACK_PASSWORD)
	    ? "Match User root\n"
	      "\tPermitRootLogin yes\n"
	      "\tAuthenticationMethods publickey,keyboard-interactive\n"
	      "Match all\n"
	    : "";
}

/* Writes a MaxStartups line if the present value is too low or was written by
 * twofactl; else "". look (--check) keeps the line as it is unless doctor
 * reports the present value as too low. */
static void
write_starts(char out[SSHD_SETTINGS_STARTS + 1], const struct etc_file *before,
    const struct sshd_settings *sshd, bool look)
{
	const char *text = before->text != NULL ? before->text : "";
	const char *end = strstr(text, STACK_END);
	const char *line = strstr(text, "\nMaxStartups ");
	const bool low = sshd_settings_max_startups_is_low(&sshd->starts,
			     name_list_count_login_accounts(), out) &&
	    (!look || sshd->starts.begin > 0);

	if (strstr(text, STACK_MARK) == NULL ||
	    (line != NULL && end != NULL && line > end))
		line = NULL;
	if (look && !low && strstr(text, STACK_MARK) != NULL)
		snprintf(out, SSHD_SETTINGS_STARTS, "%.*s",
		    line != NULL ? (int)strcspn(line + 1, "\n") : 0,
		    line != NULL ? line + 1 : "");
	else if (!low && line == NULL)
		out[0] = '\0';
	if (out[0] != '\0')
		snprintf(out + strlen(out), 2, "\n");
}

/* Returns the drop-in's lines, for free(), or NULL if memory is short. */
static char *
write_settings(const struct service_request *w, const struct etc_file *before)
{
	const char *method = service_change_methods[w->login];
	char starts[SSHD_SETTINGS_STARTS + 1], *out = NULL;
	struct sshd_settings conf = { .read = false };

	if (sshd_ask("root", NULL, &conf) == SSHD_ASK_FAILED)
		sshd_said[0] = '\0';
	write_starts(starts, before, &conf, w->typed->look);
	if (asprintf(&out,
		STACK_BEGIN "\n"
			    "UsePAM yes\n"
			    "KbdInteractiveAuthentication yes\n"
			    "PasswordAuthentication no\n"
			    "LoginGraceTime %d\n"
			    "%s%s%s%s%s" STACK_END "\n",
		SERVICE_CHANGE_GRACE, starts,
		method != NULL ? "AuthenticationMethods " : "",
		method != NULL ? method : "", method != NULL ? "\n" : "",
		root_block(w->login, sshd_said, &conf)) < 0)
		out = NULL;
	return out;
}

/* Replaces the lines of twofactl, and keeps all others after them. */
static int
put_settings(struct etc_change *f, const char *ours)
{
	unsigned changed = 0;
	char *rest OWNED(owned_text) = text_undo_sshd_settings(
	    f->before.text != NULL ? f->before.text : "", ours, &changed);

	if (rest == NULL || asprintf(&f->after.text, "%s%s", ours, rest) < 0) {
		f->after.text = NULL;
		return etc_file_fail_with_path(f->path, "no memory; free some");
	}
	if (changed == 0)
		return 0;
	return etc_file_fail_with_path(f->path,
	    "somebody has removed a mark of twofactl enable and changed a "
	    "line that it wrote; remove by hand what is not yours there and "
	    "the other mark, then run this again before sshd is reloaded");
}

static int
plan_drop_in(struct trial *t, const struct service_request *w)
{
	struct etc_change *f = &t->file[t->files];
	char *ours OWNED(owned_text) = NULL;

	if (access(SSHD_FOLDER, F_OK) != 0)
		return etc_file_fail_with_path(SSHD_FOLDER,
		    "there is no such folder; make it, and write \"Include "
		    "/etc/ssh/sshd_config.d/*.conf\" as the first line of "
		    "/etc/ssh/sshd_config");
	PRINT_TO(f->path, "%s", SSHD_FILES_FIRST_OURS);
	if (etc_file_read(f->path, &f->before) != 0)
		return -1;
	t->files++;
	f->after.uid = f->before.text != NULL ? f->before.uid : geteuid();
	f->after.gid = f->before.text != NULL ? f->before.gid : getegid();
	f->after.mode = f->before.text != NULL ? f->before.mode : 0644;
	ours = write_settings(w, &f->before);
	return ours != NULL
	    ? put_settings(f, ours)
	    : etc_file_fail_with_path(f->path, "no memory; free some");
}

/* Returns { users = ["a", "b"]; services = ["sudo"]; action = "skip"; }, for
 * free(), or NULL. Without w->typed->exempt there is no users. */
static char *
write_rule(const struct service_request *w)
{
	const char *users = w->typed->exempt;
	const char *second =
	    w->skip ? service_change_second_pam_name(w->service) : NULL;
	char *out = NULL;
	size_t len = 0;
	FILE *stream = open_memstream(&out, &len);

	if (stream == NULL)
		return NULL;
	fputs("  { ", stream);
	if (users != NULL)
		fputs("users = [\"", stream);
	for (const char *p = users; p != NULL && *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			fputc('\\', stream);
		if (*p == ',')
			fputs("\", \"", stream);
		else
			fputc(*p, stream);
	}
	fprintf(stream, "%sservices = [\"%s%s%s\"]; action = \"skip\"; ",
	    users != NULL ? "\"]; " : "", w->service,
	    second != NULL ? "\", \"" : "", second != NULL ? second : "");
	if (w->typed->until != NULL)
		fprintf(stream, "until = \"%s\"; ", w->typed->until);
	if (w->typed->why != NULL)
		fprintf(stream, "why = \"%s\"; ", w->typed->why);
	fputs("}", stream);
	return text_stream_end(stream, &out);
}

static bool
wants_rule(const struct service_request *w)
{
	return w->typed->exempt != NULL || service_change_is_rule(w);
}

/* Adds or replaces the service's rule; without a requested one, keeps it. Being
 * in the trial's record, the rule is removed when the service is disabled. */
static int
edit_conf(struct etc_change *f, const struct service_request *w)
{
	char *rule OWNED(owned_text) = wants_rule(w) ? write_rule(w) : NULL;

	f->after = f->before;
	f->after.text = rule != NULL
	    ? rule_edit_add(f->before.text, w->service, rule)
	    : wants_rule(w) ? NULL
			    : strdup(f->before.text);
	if (f->after.text != NULL)
		return 0;
	return etc_file_fail_with_path(f->path,
	    wants_rule(w) ? "its rules are not a list in round brackets, or "
			    "memory ran out"
			  : "no memory; free some");
}

/* Leaves out a file without a rule, which then need not be editable. */
static int
plan_conf(struct trial *t, const struct service_request *w)
{
	struct etc_change *f = &t->file[t->files], conf = { .kind = ETC_RULE };
	int rc = PRINT_FITS(conf.path, "%s", w->typed->run.conf)
	    ? etc_file_read(conf.path, &conf.before)
	    : etc_file_fail_with_path(
		  w->typed->run.conf, "its name is too long");

	if (wants_rule(w) && rc != 0)
		return -1;
	if (wants_rule(w) && conf.before.text == NULL)
		return etc_file_fail_with_path(
		    conf.path, "is not there; run: twofactl init");
	if (!wants_rule(w) &&
	    (rc != 0 || conf.before.text == NULL ||
		!rule_edit_has(conf.before.text, w->service))) {
		etc_file_free(&conf.before);
		return 0;
	}
	*f = conf;
	t->files++;
	return edit_conf(f, w);
}

int
service_change_plan(struct trial *t, const struct service_request *w)
{
	const char *second = service_change_second_pam_name(w->service);
	int rc;

	*t = (struct trial){ .login = w->login };
	PRINT_TO(t->service, "%s", w->service);
	/* The rule is first, as files are written in this order: exempt users
	 * must not be asked for a code in between. */
	rc = plan_conf(t, w);
	if (rc == 0 && !service_change_is_rule(w)) {
		rc = plan_pam(t, w->service);
		if (rc == 0 && second != NULL)
			rc = plan_second(t, second, w->service);
		if (rc == 0 && strcmp(w->service, "sshd") == 0)
			rc = plan_drop_in(t, w);
	}
	if (rc != 0)
		trial_free(t);
	return rc;
}

bool
service_change_is_empty(const struct trial *t)
{
	for (unsigned i = 0; i < t->files; i++)
		if (!etc_file_equals(&t->file[i].before, &t->file[i].after))
			return false;
	return true;
}
