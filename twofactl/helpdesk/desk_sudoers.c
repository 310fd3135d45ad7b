/* SPDX-License-Identifier: BSD-2-Clause */
/* The users to whom sudo gives a command that may make them root. sudo's own
 * program reads the rules: a parser of ours would differ in some form. */
#include "twofactl/helpdesk/helpdesk.h"

#include <openssl/evp.h>
#include <string.h>
#include <unistd.h>

#include "twofactl/client/client.h"
#include "twofactl/helpdesk/helpdesk_inside.h"
#include "twofactl/host/host.h"

#define NOBODY "no user can be helped, as it is not known who can become root: "
/* sudo's own reader of its rules */
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

struct rules {
	struct name_list *names; /* result */
	struct name_list users;  /* of this rule */
	char self[CTL_PATH_MAX]; /* path of this program */
	bool env;    /* callers choose LD_PRELOAD, so no command is harmless */
	bool seen;   /* a rule; without one the caller could not be here */
	bool bars;   /* this rule has a command that is not harmless */
	bool unread; /* a name was not understood, or there is no memory */
};

static void
note_unread(void *ctx, const struct sudoers_found *found)
{
	*(bool *)ctx |= found->kind == SUDOERS_UNREAD;
}

static bool
is_harmless(const struct rules *r, const char *command)
{
	const size_t len = strlen(r->self);

	if (r->env)
		return false;
	return command[0] == '!' || text_is_one_of(command, harmless) ||
	    (strncmp(command, r->self, len) == 0 &&
		text_is_one_of(command + len, harmless_self));
}

static void
take_user(struct rules *r, const char *name)
{
	if (name[0] != '!')
		r->unread |= strlen(name) > USER_NAME_MAX ||
		    name_list_add(&r->users, name) != 0;
}

/* A name that is not ASCII. */
static void
take_encoded_user(struct rules *r, const char *text)
{
	unsigned char name[4 * USER_NAME_MAX] = "";
	const size_t len = strlen(text);

	if (len >= sizeof(name) ||
	    EVP_DecodeBlock(name, (const unsigned char *)text, (int)len) < 0)
		r->unread = true;
	else
		take_user(r, (const char *)name);
}

static bool
frees_environment(const char *option)
{
	return strcmp(option, "setenv") == 0 ||
	    strcmp(option, "!env_reset") == 0 ||
	    strncmp(option, "env_file", 8) == 0 ||
	    (strncmp(option, "env_keep", 8) == 0 &&
		(strstr(option, "LD_") != NULL || strchr(option, '*') != NULL));
}

static void
end_rule(struct rules *r)
{
	if (r->bars)
		r->unread |= name_list_add_all(r->names, &r->users) != 0;
	r->users.count = 0;
	r->bars = false;
}

/* Takes a line of LDIF, "key: value" or "key:: base64". Defaults come first. */
static void
take_line(struct rules *r, char *line)
{
	char *value = line + strcspn(line, ":");
	const bool encoded = value[0] == ':' && value[1] == ':';

	if (value[0] == '\0')
		return;
	*value++ = '\0';
	value += strspn(value, ": ");
	if (strcmp(line, "dn") == 0)
		end_rule(r);
	else if (strcmp(line, "sudoUser") == 0 && encoded)
		take_encoded_user(r, value);
	else if (strcmp(line, "sudoUser") == 0)
		take_user(r, value);
	else if (strcmp(line, "sudoCommand") == 0) {
		r->bars |= encoded || !is_harmless(r, value);
		r->seen = true;
	} else if (strcmp(line, "sudoOption") == 0 && r->users.count > 0)
		r->bars |= strcmp(value, "setenv") == 0;
	else if (strcmp(line, "sudoOption") == 0)
		r->env |= frees_environment(value);
}

static enum ctl_exit
read_rules(struct rules *r, char *ldif)
{
	char *rest = ldif, *line;

	while ((line = strsep(&rest, "\n")) != NULL)
		take_line(r, line);
	end_rule(r);
	name_list_free(&r->users);
	return r->seen && !r->unread
	    ? CTL_DONE
	    : terminal_error_status(CTL_NO,
		  NOBODY CVTSUDOERS " prints rules that twofactl does not "
				    "understand");
}

enum ctl_exit
desk_list_sudo_users(struct name_list *names)
{
	static char ldif[LDIF_MAX];
	const char *const path = access("/etc/sudoers", F_OK) == 0
	    ? "/etc/sudoers"
	    : "/usr/etc/sudoers";
	/* its own settings could leave rules out */
	const char *const argv[] = { CVTSUDOERS, "-c", "/dev/null", "-b",
		"dc=sudo", "-f", "ldif", path, NULL };
	struct rules r = { .names = names };
	const struct sudoers_sink sink = { .ctx = &r.unread,
		.found = note_unread };
	int status;

	if (!sudoers_read(NULL, &sink) || r.unread)
		return terminal_error_status(CTL_NO,
		    NOBODY "sudo may have rules that twofactl cannot read; "
			   "see: twofactl doctor");
	status = run_program_status(argv, READ_S, ldif, sizeof(ldif));
	if (status == 0 &&
	    readlink("/proc/self/exe", r.self, sizeof(r.self) - 1) > 0)
		return read_rules(&r, ldif);
	return terminal_error_status(CTL_NO,
	    NOBODY CVTSUDOERS
	    " of sudo's package must read sudo's rules, and %s%.300s",
	    status == EXIT_MISSING ? "is missing" : "fails: ",
	    status == EXIT_MISSING ? "" : ldif);
}
