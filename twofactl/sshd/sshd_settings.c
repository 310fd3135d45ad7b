/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses the output of sshd -T: methods, PAM, and denied accounts. Pure. */
#include "twofactl/sshd/sshd.h"

#include <fnmatch.h>

#define WORD_MAX 512
#define KBDINTERACTIVE "keyboard-interactive"
#define MARGIN_S 20 /* for the password, before the deadline of pam_twofa */
#define TRIES_MIN 3
/* begin and full of MaxStartups for each PEOPLE users; multiplied by LEAST to
 * MOST, limited because anybody may start unauthenticated connections */
#define PEOPLE 30
#define FULL 100
#define LEAST 2
#define MOST 20
#define TEXT_MAX 512
#define AT(field) offsetof(struct sshd_settings, field)

/* Collects the values of a key, which ends with a blank. */
static void
read_access_list(struct sshd_access *a, const char *text, const char *key,
    char list[SSHD_ACCESS_WORDS])
{
	struct text_part rest = text_part(text), line;
	const size_t name = strlen(key);

	list[0] = '\0';
	while (text_part_next(&rest, "\n", &line))
		if (text_part_begins(&line, key)) {
			if (strlen(list) + line.len - name + 1 <
			    SSHD_ACCESS_WORDS)
				PRINT_BEHIND(list, SSHD_ACCESS_WORDS, "%.*s ",
				    (int)(line.len - name), line.at + name);
			else
				a->cut = true;
		}
}

static bool
is_access_key_set(struct sshd_access *a, const char *text, const char *key)
{
	char list[SSHD_ACCESS_WORDS];

	read_access_list(a, text, key, list);
	return list[0] != '\0' && strcmp(list, "none ") != 0;
}

void
sshd_access_read(struct sshd_access *a, const char *text)
{
	a->cut = false;
	read_access_list(a, text, "allowusers ", a->allow_users);
	read_access_list(a, text, "denyusers ", a->deny_users);
	read_access_list(a, text, "allowgroups ", a->allow_groups);
	read_access_list(a, text, "denygroups ", a->deny_groups);
	read_access_list(a, text, "authorizedkeysfile ", a->key_files);
	a->key_command = is_access_key_set(a, text, "authorizedkeyscommand ");
	a->other_keys =
	    a->key_command || is_access_key_set(a, text, "trustedusercakeys ");
}

/* False at the end of the list. A name in it may have blanks of its own, which
 * sshd does not quote. */
static bool
next_word(const char **list, char word[WORD_MAX])
{
	*list += strspn(*list, " ");
	return text_word_take(list, ' ', word, WORD_MAX);
}

/* USER@HOST, for logins from that host only, counts if somewhere is set. */
static bool
matches_user(const char *list, const char *user, bool somewhere)
{
	char word[WORD_MAX];

	while (next_word(&list, word)) {
		char *at = strrchr(word, '@');

		if (at != NULL && !somewhere)
			continue;
		if (at != NULL)
			*at = '\0';
		if (fnmatch(word, user, FNM_NOESCAPE) == 0)
			return true;
	}
	return false;
}

static bool
matches_group(const char *list, const char *const *groups, size_t count)
{
	char word[WORD_MAX];

	while (next_word(&list, word))
		for (size_t i = 0; i < count; i++)
			if (fnmatch(word, groups[i], FNM_NOESCAPE) == 0)
				return true;
	return false;
}

bool
sshd_access_denies(const struct sshd_access *a, const char *user,
    const char *const *groups, size_t count)
{
	if (a->cut)
		return false;
	return matches_user(a->deny_users, user, false) ||
	    matches_group(a->deny_groups, groups, count) ||
	    (a->allow_users[0] != '\0' &&
		!matches_user(a->allow_users, user, true)) ||
	    (a->allow_groups[0] != '\0' &&
		!matches_group(a->allow_groups, groups, count));
}

/* Expands %% %h %u %U in a word. Returns 0, or -1 if it is too long. */
static int
expand(const char *word, const char *user, unsigned uid, const char *home,
    char *out, size_t cap)
{
	out[0] = '\0';
	for (const char *p = word; *p != '\0'; p++) {
		char one[16];
		const char *text = one;

		PRINT_TO(one, "%c", *p);
		if (*p == '%' && p[1] != '\0') {
			p++;
			if (*p == 'h')
				text = home;
			else if (*p == 'u')
				text = user;
			else if (*p == 'U')
				PRINT_TO(one, "%u", uid);
		}
		if (strlen(out) + strlen(text) >= cap)
			return -1;
		PRINT_BEHIND(out, cap, "%s", text);
	}
	return 0;
}

int
sshd_access_key_file(const struct sshd_access *a, size_t n, const char *user,
    unsigned uid, const char *home, char *path, size_t cap)
{
	const char *list = a->key_files;
	char word[WORD_MAX], full[WORD_MAX + 3];

	for (size_t i = 0; i <= n; i++)
		if (!next_word(&list, word) || strcmp(word, "none") == 0)
			return -1;
	PRINT_TO(full, "%s%s",
	    word[0] == '/' || strncmp(word, "%h", 2) == 0 ? "" : "%h/", word);
	return expand(full, user, uid, home, path, cap) == 0 ? 0 : 1;
}

/* Required keys, as bits. */
enum key {
	KEY_USE_PAM = 1 << 0,
	KEY_KBDINTERACTIVE = 1 << 1,
	KEY_PASSWORD = 1 << 2,
	KEY_USE_DNS = 1 << 3,
	KEY_GRACE = 1 << 4,
	KEY_TRIES = 1 << 5,
	KEY_METHODS = 1 << 6,
	KEYS_NEEDED = (1 << 7) - 1,
	KEY_OTHER = 1 << 7,
};

static const struct {
	const char *name;
	enum key key;
	size_t at; /* of a bool; of a long for KEY_GRACE and KEY_TRIES */
} keys[] = {
	{ "usepam", KEY_USE_PAM, AT(use_pam) },
	{ "kbdinteractiveauthentication", KEY_KBDINTERACTIVE,
	    AT(kbdinteractive) },
	/* before OpenSSH 8.7 */
	{ "challengeresponseauthentication", KEY_KBDINTERACTIVE,
	    AT(kbdinteractive) },
	{ "passwordauthentication", KEY_PASSWORD, AT(password) },
	{ "usedns", KEY_USE_DNS, AT(use_dns) },
	{ "logingracetime", KEY_GRACE, AT(grace_s) },
	{ "maxauthtries", KEY_TRIES, AT(max_tries) },
	{ "pubkeyauthentication", KEY_OTHER, AT(pubkey) },
	{ "hostbasedauthentication", KEY_OTHER, AT(hostbased) },
	{ "gssapiauthentication", KEY_OTHER, AT(gssapi) },
	{ "permitemptypasswords", KEY_OTHER, AT(empty_passwords) },
};

/* Returns the bit of the key, or 0. */
static unsigned
take_setting(struct sshd_settings *c, const char *name, char *value)
{
	if (strcmp(name, "authenticationmethods") == 0) {
		PRINT_TO(c->methods, "%s", value);
		return strlen(value) < sizeof(c->methods) ? KEY_METHODS : 0;
	}
	if (strcmp(name, "pamservicename") == 0)
		PRINT_TO(c->service, "%s", value);
	if (strcmp(name, "maxstartups") == 0) { /* 10:30:100 */
		long *const to[] = { &c->starts.begin, &c->starts.rate,
			&c->starts.full };
		const char *p = value;

		for (size_t i = 0; i < COUNT_OF(to); i++, p += *p == ':')
			if ((*to[i] = decimal_take(&p, INT_MAX)) < 0)
				*to[i] = 0;
	}
	if (strcmp(name, "pubkeyauthoptions") == 0)
		c->pin = strstr(value, "verify-required") != NULL;
	if (strcmp(name, "permitrootlogin") == 0) {
		c->no_root = strcmp(value, "no") == 0;
		c->any_root = strcmp(value, "yes") == 0;
	}
	for (size_t i = 0; i < COUNT_OF(keys); i++) {
		char *at = (char *)c + keys[i].at;
		const bool on = strcmp(value, "yes") == 0;
		const long number = decimal_read(value, LONG_MAX);

		if (strcmp(name, keys[i].name) != 0)
			continue;
		if (keys[i].key == KEY_GRACE || keys[i].key == KEY_TRIES)
			memcpy(at, &number, sizeof(number));
		else
			memcpy(at, &on, sizeof(on));
		return (unsigned)keys[i].key;
	}
	return 0;
}

static unsigned
take_settings(struct sshd_settings *c, const char *text)
{
	struct text_part rest = text_part(text), part;
	char line[SSHD_SETTINGS_METHODS + 64];
	unsigned seen = 0;
	char *value;

	while (text_part_next(&rest, "\n", &part)) {
		PRINT_TO(line, "%.*s",
		    part.len < sizeof(line) ? (int)part.len : 0, part.at);
		value = strchr(line, ' ');
		if (value == NULL)
			continue;
		*value++ = '\0';
		seen |= take_setting(c, line, value);
	}
	return seen;
}

void
sshd_settings_read(struct sshd_settings *c, const char *text)
{
	memset(c, 0, sizeof(*c));
	c->read = (take_settings(c, text) & KEYS_NEEDED) == KEYS_NEEDED;
}

void
sshd_settings_override(struct sshd_settings *c, const char *text)
{
	(void)take_settings(c, text);
}

bool
sshd_method_is(const struct text_part *word, const char *method)
{
	const size_t name = strlen(method);

	return text_part_begins(word, method) &&
	    (word->len == name || word->at[name] == ':');
}

/* True for a list such as "publickey,keyboard-interactive:pam". */
static bool
list_needs_pam(struct text_part list)
{
	struct text_part word;

	while (text_part_next(&list, ",", &word))
		if (text_part_is(&word, KBDINTERACTIVE) ||
		    text_part_is(&word, KBDINTERACTIVE ":pam"))
			return true;
	return false;
}

static bool
list_has_method(struct text_part list, const char *method)
{
	struct text_part word;

	while (text_part_next(&list, ",", &word))
		if (sshd_method_is(&word, method))
			return true;
	return false;
}

const char *
sshd_settings_bypass(const struct sshd_settings *c)
{
	const struct {
		bool on;
		const char *method, *words;
	} others[] = {
		{ c->pubkey, "publickey", "a key" },
		{ c->hostbased, "hostbased", "a host's key" },
		{ c->gssapi, "gssapi-with-mic", "a Kerberos ticket" },
	};
	struct text_part rest = text_part(c->methods), list;

	while (text_part_next(&rest, " ", &list)) {
		/* a list with :bsdauth never succeeds on Linux; the password
		 * method uses PAM, but cannot ask for a code */
		if (list_has_method(list, KBDINTERACTIVE) ||
		    (c->use_pam && list_has_method(list, "password")))
			continue;
		for (size_t i = 0; i < COUNT_OF(others); i++)
			if (others[i].on &&
			    (list_has_method(list, others[i].method) ||
				list_has_method(list, "any")))
				return others[i].words;
	}
	return NULL;
}

/* Writes a list of sshd_settings_methods_with_pam(); false if it allows no one
 * today. */
static bool
add_pam_method(const struct sshd_settings *c, struct text_part list,
    char out[SSHD_SETTINGS_METHODS])
{
	struct text_part word;

	if (!c->password && list_has_method(list, "password"))
		return false;
	out[0] = '\0';
	while (text_part_next(&list, ",", &word))
		if (!text_part_begins(&word, KBDINTERACTIVE) &&
		    !text_part_begins(&word, "password"))
			PRINT_BEHIND(out, SSHD_SETTINGS_METHODS, "%.*s,",
			    (int)word.len, word.at);
	PRINT_BEHIND(out, SSHD_SETTINGS_METHODS, KBDINTERACTIVE);
	return true;
}

void
sshd_settings_methods_with_pam(
    const struct sshd_settings *c, char out[SSHD_SETTINGS_METHODS])
{
	const bool password = c->password || (c->kbdinteractive && c->use_pam);
	struct text_part rest = text_part(c->methods), one;
	char list[SSHD_SETTINGS_METHODS];

	out[0] = '\0';
	while (!text_part_is(&rest, "any") && text_part_next(&rest, " ", &one))
		if (add_pam_method(c, one, list) && !text_has_word(out, list) &&
		    strlen(out) + strlen(list) + 1 < SSHD_SETTINGS_METHODS)
			PRINT_BEHIND(out, SSHD_SETTINGS_METHODS, "%s%s",
			    out[0] != '\0' ? " " : "", list);
	if (out[0] == '\0')
		snprintf(out, SSHD_SETTINGS_METHODS,
		    "publickey," KBDINTERACTIVE "%s",
		    password ? " " KBDINTERACTIVE : "");
}

const char *
sshd_settings_other_service(const struct sshd_settings *c)
{
	return c->use_pam && c->service[0] != '\0' &&
		strcmp(c->service, "sshd") != 0
	    ? c->service
	    : NULL;
}

bool
sshd_settings_may_begin_with_pam(const struct sshd_settings *c)
{
	struct text_part rest = text_part(c->methods), list, first;

	while (text_part_next(&rest, " ", &list)) {
		const bool any = list_has_method(list, "any");

		(void)text_part_next(&list, ",", &first);
		if (any || list_needs_pam(first))
			return c->use_pam && c->kbdinteractive;
	}
	return false;
}

const char *
sshd_settings_login_kind(const struct sshd_settings *now, bool password)
{
	struct sshd_settings then = *now;

	if (password && strcmp(now->methods, "any") == 0)
		return "both"; /* that it does not ask today is an error */
	then.use_pam = then.kbdinteractive = true;
	sshd_settings_methods_with_pam(now, then.methods);
	return sshd_settings_may_begin_with_pam(&then) ? "both" : "key";
}

/* True if a list with PAM's prompts, or one without, has one of the methods. */
static bool
has_list(
    const struct sshd_settings *c, bool with_pam, const char *const *methods)
{
	struct text_part rest = text_part(c->methods), list;

	while (text_part_next(&rest, " ", &list))
		for (size_t i = 0; methods[i] != NULL; i++)
			if (list_needs_pam(list) == with_pam &&
			    list_has_method(list, methods[i]))
				return true;
	return false;
}

bool
sshd_settings_discards_root_answers(const struct sshd_settings *c)
{
	static const char *const keys_of[] = { "publickey", "hostbased",
		"gssapi-with-mic", NULL };

	return !c->no_root && !c->any_root && c->use_pam &&
	    has_list(c, true, keys_of);
}

/* Returns what gets in without PAM's prompts, or NULL. */
static const char *
way_without_pam(const struct sshd_settings *c)
{
	/* those of a password that sshd checks itself */
	static const char *const own[] = { "password", "any", NULL };

	return c->password && has_list(c, false, own) ? "a password"
						      : sshd_settings_bypass(c);
}

void
sshd_settings_check(const struct sshd_settings *c, long deadline_s, void *ctx,
    sshd_settings_problem *problem)
{
	const char *way = way_without_pam(c);
	char asking[SSHD_SETTINGS_METHODS];
	char use_pam[TEXT_MAX], device[TEXT_MAX], grace[TEXT_MAX];
	const struct {
		bool wrong;
		const char *name, *text;
	} found[] = {
		/* on Linux, keyboard-interactive has no prompts without PAM */
		{ !c->use_pam, "sshd-usepam", use_pam },
		{ !c->kbdinteractive, "sshd-kbdinteractive",
		    "KbdInteractiveAuthentication no: no one can be asked for "
		    "a code; set KbdInteractiveAuthentication yes" },
		{ strstr(c->methods, KBDINTERACTIVE ":bsdauth") != NULL,
		    "sshd-kbdinteractive", device },
		{ c->password && c->use_pam, "sshd-password",
		    "PasswordAuthentication yes: that method cannot ask for a "
		    "code, so where one is needed the login is denied, perhaps "
		    "after a message; set PasswordAuthentication no" },
		{ c->empty_passwords, "sshd-emptypasswords",
		    "PermitEmptyPasswords yes: users without a password are "
		    "not asked for one; set PermitEmptyPasswords no" },
		{ c->max_tries < TRIES_MIN, "sshd-maxauthtries",
		    "MaxAuthTries is below 3: one refused key and one mistyped "
		    "password end the login; set MaxAuthTries 6" },
		{ c->use_dns, "sshd-usedns",
		    "UseDNS yes: each login waits for a name server, and "
		    "the log shows names that clients choose; set UseDNS no" },
		{ c->grace_s != 0 && c->grace_s < deadline_s + MARGIN_S,
		    "sshd-gracetime", grace },
	};

	PRINT_TO(use_pam,
	    "UsePAM no: sshd never asks pam_twofa, and %s%s; set UsePAM yes",
	    way != NULL ? way : "nobody gets in",
	    way != NULL ? " gets in without a code" : "");
	sshd_settings_methods_with_pam(c, asking);
	PRINT_TO(device,
	    "AuthenticationMethods with keyboard-interactive:bsdauth: here "
	    "sshd asks through PAM alone, so no login ends by that list; set "
	    "AuthenticationMethods %.256s",
	    asking);
	PRINT_TO(grace,
	    "LoginGraceTime %ld is too short for password and code, for which "
	    "pam_twofa takes %ld s by deadline= in /etc/pam.d/sshd; set "
	    "LoginGraceTime %ld",
	    c->grace_s, deadline_s, deadline_s + MARGIN_S + 10);
	for (size_t i = 0; i < COUNT_OF(found); i++)
		if (found[i].wrong)
			problem(ctx, found[i].name, found[i].text);
}

/* A login counts for MaxStartups while its user waits for the phone, so sshd's
 * default of 10:30:100 refuses some of 30 users who log in at the same time. */
bool
sshd_settings_max_startups_is_low(const struct sshd_starts *own, size_t people,
    char needed[SSHD_SETTINGS_STARTS])
{
	const size_t times = people / PEOPLE + (people % PEOPLE > 0);
	const long n = times > MOST ? MOST
	    : times < LEAST         ? LEAST
				    : (long)times;
	const long begin = n * PEOPLE, full = n * FULL;

	snprintf(needed, SSHD_SETTINGS_STARTS, "MaxStartups %ld:%ld:%ld",
	    own->begin > begin ? own->begin : begin,
	    own->rate > 0 ? own->rate : PEOPLE,
	    own->full > full ? own->full : full);
	return own->begin < begin;
}
