/* SPDX-License-Identifier: BSD-2-Clause */
/* The users to whom sudo gives a command that may make them root. sudo's own
 * program reads the rules: a parser of ours would differ in some form. */
#include "twofactl/lockout/lockout.h"

#include <unistd.h>

#define CVTSUDOERS "/usr/bin/cvtsudoers"
#define EXIT_MISSING 127 /* of run_program_status() */
#define READ_S 10
#define LDIF_MAX (4 * 1024 * 1024)

/* As cvtsudoers writes them. Those of harmless_self follow this program's path.
 */
static const char *const harmless[] = { "list", "/usr/bin/apt update",
	"/usr/bin/apt-get update", "/sbin/poweroff \"\"", "/sbin/reboot \"\"",
	"/usr/sbin/poweroff \"\"", "/usr/sbin/reboot \"\"", NULL };
static const char *const harmless_self[] = { " self", " self --app",
	" self [+0-9]*", " helpdesk *", NULL };

static const char *const root_names[] = { "root", "ALL", "#0", NULL };

struct rules {
	struct name_list *names; /* result */
	struct name_list users;  /* of this rule */
	char self[CTL_PATH_MAX]; /* path of this program */
	bool env;  /* callers choose what is loaded: no command is harmless */
	bool seen; /* a rule; without one the caller could not be here */
	bool all;  /* only ALL counts, as root */
	enum { AS_DEFAULT = 0, AS_OTHERS, AS_ROOT } as; /* of this rule */
	bool counts; /* this rule has a command that counts */
	bool unread; /* a name was not understood, or there is no memory */
};

static void
note_unread(void *ctx, const struct sudoers_found *found)
{
	*(bool *)ctx |= found->kind == SUDOERS_UNREAD;
}

static bool
command_counts(const struct rules *r, const char *command)
{
	const size_t len = strlen(r->self);

	if (r->all)
		return r->as != AS_OTHERS && strcmp(command, "ALL") == 0;
	return r->env ||
	    !(command[0] == '!' || text_is_one_of(command, harmless) ||
		(strncmp(command, r->self, len) == 0 &&
		    text_is_one_of(command + len, harmless_self)));
}

static void
take_sudo_user(struct rules *r, const char *name)
{
	if (name[0] != '!')
		r->unread |= strlen(name) > USER_NAME_MAX ||
		    name_list_add(&r->users, name) != 0;
}

/* True if by the option, with which the text begins, a harmless command loads
 * what its caller chose. */
static bool
frees_environment(const char *option)
{
	static const char *const any[] = { "setenv", "!env_reset", "env_file",
		"runchroot", "!secure_path", "exempt_group" };

	for (size_t i = 0; i < COUNT_OF(any); i++)
		if (strncmp(option, any[i], strlen(any[i])) == 0)
			return true;
	return strncmp(option, "env_keep", 8) == 0 &&
	    (strstr(option, "LD_") != NULL || strstr(option, "APT_") != NULL ||
		strchr(option, '*') != NULL);
}

/* cvtsudoers writes Defaults of one user, command or host as a comment, as in
 * "# Defaults:alice setenv": LDIF has no way to. It counts for all users. */
static void
take_ldif_comment(struct rules *r, const char *line)
{
	const char *word =
	    strncmp(line, "# Defaults", 10) == 0 ? strchr(line + 2, ' ') : NULL;

	for (; word != NULL; word = strchr(word, ' '))
		r->env |= frees_environment(++word);
}

static void
end_rule(struct rules *r)
{
	if (r->counts)
		r->unread |= name_list_add_all(r->names, &r->users) != 0;
	r->users.count = 0;
	r->counts = false;
	r->as = AS_DEFAULT;
}

/* Takes a line of LDIF, "key: value" or "key:: base64". Defaults come first. */
static void
take_ldif_line(struct rules *r, char *line)
{
	char *value = line + strcspn(line, ":");
	const bool encoded = value[0] == ':' && value[1] == ':';
	unsigned char name[4 * USER_NAME_MAX] = "";
	size_t len;

	take_ldif_comment(r, line);
	if (value[0] == '\0')
		return;
	*value++ = '\0';
	value += strspn(value, ": ");
	len = strlen(value);
	if (strcmp(line, "dn") == 0)
		end_rule(r);
	else if (strcmp(line, "sudoUser") == 0 && encoded) {
		/* a name that is not ASCII */
		if (len >= sizeof(name) || base64_decode(value, len, name) < 0)
			r->unread = true;
		else
			take_sudo_user(r, (const char *)name);
	} else if (strcmp(line, "sudoUser") == 0)
		take_sudo_user(r, value);
	else if (strcmp(line, "sudoCommand") == 0) {
		r->counts |= encoded || command_counts(r, value);
		r->seen = true;
	} else if (strcmp(line, "sudoRunAsUser") == 0 && r->as != AS_ROOT)
		r->as = text_is_one_of(value, root_names) ? AS_ROOT : AS_OTHERS;
	else if (strcmp(line, "sudoOption") == 0 && r->users.count > 0)
		r->counts |= !r->all && frees_environment(value);
	else if (strcmp(line, "sudoOption") == 0)
		r->env |= frees_environment(value);
}

const char *
lockout_sudoers_list(struct name_list *names, bool all)
{
	static char ldif[LDIF_MAX], why[512];
	const char *const path = access("/etc/sudoers", F_OK) == 0
	    ? "/etc/sudoers"
	    : "/usr/etc/sudoers";
	/* its own settings could leave rules out */
	const char *const argv[] = { CVTSUDOERS, "-c", "/dev/null", "-b",
		"dc=sudo", "-f", "ldif", path, NULL };
	struct rules r = { .names = names, .all = all };
	char *rest = ldif, *line;
	int status;

	if (!sudoers_read(NULL, &r.unread, note_unread) || r.unread ||
	    access("/etc/sudoers-rs", F_OK) == 0)
		return "sudo may have other rules; see: twofactl doctor";
	status = run_program_status(argv, READ_S, ldif, sizeof(ldif));
	PRINT_TO(why,
	    CVTSUDOERS " of sudo's package must read its rules: %.300s",
	    status == EXIT_MISSING ? "it is missing" : ldif);
	if (status != 0 ||
	    readlink("/proc/self/exe", r.self, sizeof(r.self) - 1) < 0)
		return why;
	while ((line = strsep(&rest, "\n")) != NULL)
		take_ldif_line(&r, line);
	end_rule(&r);
	name_list_free(&r.users);
	return r.seen && !r.unread ? NULL : why;
}
