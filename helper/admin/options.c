/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of twofactl. */
#include "helper/admin/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "helper/admin/complain.h"
#include "helper/config.h"
#include "helper/store_once.h"

#define COUNT_DEFAULT 10
#define TEXT(x) #x
#define NUMBER(x) TEXT(x)

enum { VAL_HELPER = 256, VAL_HELP, VAL_VERSION, VAL_COMMAND };

/* command: 0 for those that every command takes. */
static const struct {
	const char *name, *argument;
	int val;
	enum ctl_option command;
	const char *help;
} table[] = {
	{ "config", "FILE", 'c', 0,
	    "settings; default " CONFIG_DEFAULT_PATH " (also -c FILE)" },
	{ "helper", "PATH", VAL_HELPER, 0,
	    "the helper program; default " TWOFA_HELPER },
	{ "help", NULL, VAL_HELP, 0, "this text" },
	{ "version", NULL, VAL_VERSION, 0, "the version" },
	{ "json", NULL, VAL_COMMAND + 0, OPTION_JSON, "print JSON" },
	{ "yes", NULL, VAL_COMMAND + 1, OPTION_YES, "do not ask" },
	{ "count", "N", VAL_COMMAND + 2, OPTION_COUNT,
	    "how many codes, 1 to " NUMBER(
		STORE_RECOVERY_MAX) "; default " NUMBER(COUNT_DEFAULT) },
	{ "left", NULL, VAL_COMMAND + 3, OPTION_LEFT,
	    "only print how many are left; exit status 1 when none is" },
	{ "no-verify", NULL, VAL_COMMAND + 4, OPTION_NO_VERIFY,
	    "do not ask for a code of the app first" },
};

#define OPTIONS (sizeof(table) / sizeof(table[0]))

static void
print_options(const struct command *c)
{
	char head[32];

	for (size_t i = 0; i < OPTIONS; i++) {
		if (table[i].command != 0 &&
		    (c == NULL || (c->options & table[i].command) == 0))
			continue;
		snprintf(head, sizeof(head), "--%s%s%s", table[i].name,
		    table[i].argument != NULL ? " " : "",
		    table[i].argument != NULL ? table[i].argument : "");
		printf("  %-15s %s\n", head, table[i].help);
	}
}

static const char *
operand(const struct command *c)
{
	return c->user == USER_REQUIRED ? "USER" : "[USER]";
}

static void
help_all(const struct command *commands, size_t count)
{
	char head[40];

	puts("usage: twofactl [OPTION...] COMMAND [USER]\n\n"
	     "Manage the second factors of pam_twofa. Root's.\n\ncommands:");
	for (size_t i = 0; i < count; i++) {
		snprintf(head, sizeof(head), "%s %s", commands[i].name,
		    operand(&commands[i]));
		printf("  %-21s %s\n", head, commands[i].summary);
	}
	puts("\noptions of all commands:");
	print_options(NULL);
	puts("\nexit status: 0 done, 1 the answer is no, 2 usage, 3 settings "
	     "wrong,\n4 provider or I/O failure\n\n"
	     "twofactl COMMAND --help tells more; so does twofactl(8).");
}

static void
help_one(const struct command *c)
{
	printf("usage: twofactl %s [OPTION...] %s\n\n%s.\n%s\noptions:\n",
	    c->name, operand(c), c->summary, c->details);
	print_options(c);
}

static const struct command *
find(const struct command *commands, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int
set_count(struct ctl *ctl, const char *text)
{
	size_t len = strspn(text, "0123456789");

	if (len >= 1 && len <= 2 && text[len] == '\0')
		ctl->count = (unsigned)strtoul(text, NULL, 10);
	else
		ctl->count = 0;
	if (ctl->count >= 1 && ctl->count <= STORE_RECOVERY_MAX)
		return 0;
	complain("--count %.20s: allowed is 1 to %d", text, STORE_RECOVERY_MAX);
	return -1;
}

static int
set_conf(struct ctl *ctl, const char *path)
{
	char cwd[CTL_PATH_MAX / 2] = "";
	size_t cap = sizeof(ctl->conf);
	int n;

	if (path[0] != '/' && getcwd(cwd, sizeof(cwd)) == NULL)
		cwd[0] = '\0';
	n = snprintf(
	    ctl->conf, cap, "%s%s%s", cwd, cwd[0] != '\0' ? "/" : "", path);
	if (n > 0 && (size_t)n < cap && ctl->conf[0] == '/')
		return 0;
	complain("--config %.60s: give an absolute path of less than %zu "
		 "bytes",
	    path, cap);
	return -1;
}

static int
set_option(struct ctl *ctl, enum ctl_option option)
{
	switch (option) {
	case OPTION_JSON:
		ctl->json = true;
		return 0;
	case OPTION_YES:
		ctl->yes = true;
		return 0;
	case OPTION_COUNT:
		return set_count(ctl, optarg);
	case OPTION_LEFT:
		ctl->left = true;
		return 0;
	case OPTION_NO_VERIFY:
		ctl->no_verify = true;
		return 0;
	}
	return -1;
}

/* What getopt_long saw. */
struct seen {
	unsigned options; /* OR of enum ctl_option */
	bool help, version;
};

static int
take(struct ctl *ctl, struct seen *seen, int val)
{
	if (val == 'c')
		return set_conf(ctl, optarg);
	if (val == VAL_HELPER)
		ctl->helper = optarg;
	else if (val == VAL_HELP)
		seen->help = true;
	else if (val == VAL_VERSION)
		seen->version = true;
	else if (val < VAL_COMMAND)
		return -1; /* getopt_long has told */
	if (val < VAL_COMMAND)
		return 0;
	for (size_t i = 0; i < OPTIONS; i++) {
		if (table[i].val != val)
			continue;
		seen->options |= table[i].command;
		return set_option(ctl, table[i].command);
	}
	return -1;
}

static int
read_options(int argc, char **argv, struct ctl *ctl, struct seen *seen)
{
	struct option options[OPTIONS + 1] = { { 0 } };
	int val;

	for (size_t i = 0; i < OPTIONS; i++)
		options[i] = (struct option){ table[i].name,
			table[i].argument != NULL ? required_argument
						  : no_argument,
			NULL, table[i].val };
	while ((val = getopt_long(argc, argv, "c:h", options, NULL)) != -1)
		if (take(ctl, seen, val == 'h' ? VAL_HELP : val) != 0)
			return -1;
	return 0;
}

static int
check(const struct command *c, const struct seen *seen, const struct ctl *ctl)
{
	for (size_t i = 0; i < OPTIONS; i++) {
		if ((seen->options & ~c->options & table[i].command) == 0)
			continue;
		complain("%s takes no --%s", c->name, table[i].name);
		return -1;
	}
	if (c->user == USER_REQUIRED && ctl->user == NULL) {
		complain("%s needs the name of a user", c->name);
		return -1;
	}
	if (ctl->left && (seen->options & (OPTION_COUNT | OPTION_YES)) != 0) {
		complain("--left only looks: leave --count and --yes out");
		return -1;
	}
	return 0;
}

/* The words that are no options: a command and a user. */
static const struct command *
read_operands(int argc, char **argv, const struct command *commands,
    size_t count, struct ctl *ctl)
{
	const struct command *c;

	if (optind >= argc) {
		complain("which command?");
		return NULL;
	}
	c = find(commands, count, argv[optind]);
	if (c == NULL) {
		complain("no command \"%.40s\"", argv[optind]);
		return NULL;
	}
	ctl->command = c->name;
	ctl->user = argv[optind + 1]; /* NULL behind the last */
	if (ctl->user != NULL && optind + 2 < argc) {
		complain("%s takes one user", c->name);
		return NULL;
	}
	return c;
}

/* Help is asked for: nothing else counts. */
static void
help(int argc, char **argv, const struct command *commands, size_t count)
{
	const struct command *c =
	    optind < argc ? find(commands, count, argv[optind]) : NULL;

	if (c != NULL)
		help_one(c);
	else
		help_all(commands, count);
}

enum options_result
options_read(int argc, char **argv, const struct command *commands,
    size_t count, struct ctl *ctl, const struct command **command)
{
	struct seen seen = { 0 };

	*ctl = (struct ctl){ .conf = CONFIG_DEFAULT_PATH,
		.helper = TWOFA_HELPER,
		.count = COUNT_DEFAULT };
	if (read_options(argc, argv, ctl, &seen) != 0)
		goto wrong;
	if (seen.version)
		puts("twofactl " TWOFA_VERSION);
	else if (seen.help)
		help(argc, argv, commands, count);
	if (seen.version || seen.help)
		return OPTIONS_HELPED;
	*command = read_operands(argc, argv, commands, count, ctl);
	if (*command != NULL && check(*command, &seen, ctl) == 0)
		return OPTIONS_RUN;
wrong:
	fputs("Try: twofactl --help\n", stderr);
	return OPTIONS_WRONG;
}
