/* SPDX-License-Identifier: BSD-2-Clause */
/* The control word of a line in /etc/pam.d. */
#include "twofactl/host/pam_control.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \f\n\r\t\v" /* libpam's isspace() */
#define DIGITS "0123456789"
#define JUMP_MAX 100000 /* longer than any stack */
#define UNSET (-100)

static const char *const returns[] = { "success", "open_err", "symbol_err",
	"service_err", "system_err", "buf_err", "perm_denied", "auth_err",
	"cred_insufficient", "authinfo_unavail", "user_unknown", "maxtries",
	"new_authtok_reqd", "acct_expired", "session_err", "cred_unavail",
	"cred_expired", "cred_err", "no_module_data", "conv_err", "authtok_err",
	"authtok_recover_err", "authtok_lock_busy", "authtok_disable_aging",
	"try_again", "ignore", "abort", "authtok_expired", "module_unknown",
	"bad_item", "conv_again", "incomplete" };
_Static_assert(sizeof(returns) / sizeof(returns[0]) == RETURN_COUNT, "names");

static const struct {
	const char *name;
	enum pam_control_action action;
} actions[] = {
	{ "ignore", CONTROL_IGNORE },
	{ "ok", CONTROL_OK },
	{ "done", CONTROL_DONE },
	{ "bad", CONTROL_BAD },
	{ "die", CONTROL_DIE },
	{ "reset", CONTROL_RESET },
};

static const struct {
	const char *word;
	enum pam_control_action good, ignore, others;
} words[] = {
	{ "required", CONTROL_OK, CONTROL_IGNORE, CONTROL_BAD },
	{ "requisite", CONTROL_OK, CONTROL_IGNORE, CONTROL_DIE },
	{ "sufficient", CONTROL_DONE, CONTROL_IGNORE, CONTROL_IGNORE },
	{ "optional", CONTROL_OK, CONTROL_IGNORE, CONTROL_IGNORE },
};

static void
fill(int action[RETURN_COUNT], int with)
{
	for (int i = 0; i < RETURN_COUNT; i++)
		if (action[i] == UNSET)
			action[i] = with;
}

static bool
one_word(const char *word, int action[RETURN_COUNT])
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(word, words[i].word) != 0)
			continue;
		action[RETURN_SUCCESS] = words[i].good;
		action[RETURN_NEW_AUTHTOK_REQD] = words[i].good;
		action[RETURN_IGNORE] = words[i].ignore;
		fill(action, words[i].others);
		return true;
	}
	return false;
}

/* Does the text begin with this name? If so *p is moved behind it. */
static bool
begins(const char **p, const char *name)
{
	const size_t len = strlen(name);

	if (strncmp(*p, name, len) != 0)
		return false;
	*p += len;
	return true;
}

/* The index of the return value that p begins with, RETURN_COUNT for "default",
 * else -1. */
static int
return_of(const char **p)
{
	for (int i = 0; i < RETURN_COUNT; i++)
		if (begins(p, returns[i]))
			return i;
	return begins(p, "default") ? RETURN_COUNT : -1;
}

static int
action_of(const char **p, int *action)
{
	const size_t len = strspn(*p, DIGITS);
	long lines;

	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (begins(p, actions[i].name)) {
			*action = actions[i].action;
			return 0;
		}
	lines = len > 0 ? strtol(*p, NULL, 10) : 0;
	*p += len;
	*action = lines < JUMP_MAX ? (int)lines : JUMP_MAX;
	return lines > 0 && lines <= INT_MAX ? 0 : -1;
}

/* One "value=action", with optional blanks round the sign; none is needed after
 * it. Returns the rest, or NULL. */
static const char *
read_pair(const char *p, int action[RETURN_COUNT])
{
	int value = return_of(&p);
	int act = CONTROL_BAD;

	p += strspn(p, BLANKS);
	if (value < 0 || *p++ != '=')
		return NULL;
	p += strspn(p, BLANKS);
	if (action_of(&p, &act) != 0)
		return NULL;
	if (value == RETURN_COUNT)
		fill(action, act); /* values before it keep their action */
	else
		action[value] = act;
	return p + strspn(p, BLANKS);
}

int
pam_control_read(const char *word, int action[RETURN_COUNT])
{
	const char *p = word + strspn(word, BLANKS);

	for (int i = 0; i < RETURN_COUNT; i++)
		action[i] = UNSET;
	if (one_word(word, action))
		return 0;
	while (p != NULL && *p != '\0')
		p = read_pair(p, action);
	if (p == NULL || word[0] == '\0') {
		for (int i = 0; i < RETURN_COUNT; i++)
			action[i] = CONTROL_BAD;
		return -1;
	}
	fill(action, CONTROL_BAD);
	return 0;
}
