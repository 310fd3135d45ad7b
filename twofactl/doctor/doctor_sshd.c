/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks sshd's settings for every login, those of Match blocks, and which
 * users cannot log in. sshd -T reports what the blocks change for users who can
 * become root or are enrolled. Blocks with conditions on addresses, ports and
 * the like are read from the files, because any of them may apply. */
#include "twofactl/doctor/doctor_inside.h"

#include <grp.h>

#define GROUPS_MAX 256
#define USERS_MAX 500                 /* one run of sshd -T for each */
#define USERS_MS (20 * INT64_C(1000)) /* time limit of all these runs */

/* The login of root is a separate class: enable corrects it by a separate
 * Match, and other findings must not change by that. */
static int
user_class(const char *user)
{
	return user[0] == '\0' ? 0 : strcmp(user, "root") == 0 ? 1 : 2;
}

/* Returns the finding for everybody (""), root or all others, or NULL. */
static struct doctor_sshd_check *
find_check(const struct doctor_sshd *s, const char *name, const char *user)
{
	struct doctor_sshd_found *found = s->found;

	for (size_t i = 0; i < found->count; i++)
		if (user_class(found->check[i].user) == user_class(user) &&
		    strcmp(found->check[i].name, name) == 0)
			return &found->check[i];
	return NULL;
}

/* user is "" for everybody. Returns NULL if the list is full. */
static struct doctor_sshd_check *
add_check(const struct doctor_sshd *s, const char *name, const char *text,
    const char *user)
{
	struct doctor_sshd_check *c;

	if (s->found->count == DOCTOR_SSHD_CHECKS)
		return NULL;
	c = &s->found->check[s->found->count++];
	PRINT_TO(c->name, "%s", name);
	PRINT_TO(c->text, "%s", text);
	PRINT_TO(c->user, "%s", user);
	return c;
}

/* True if the block sets the key that the text's remedy sets. */
static bool
block_sets(const struct sshd_match_block *b, const char *text)
{
	const char *end = strstr(text, SSHD_SETTINGS_SET);

	return end != NULL &&
	    sshd_match_sets(b, end + strlen(SSHD_SETTINGS_SET));
}

/* Also true if the user has more groups than fit. */
static bool
user_in_group(const char *patterns, const char *user)
{
	const struct passwd *pw = getpwnam(user);
	gid_t groups[GROUPS_MAX];
	int count = GROUPS_MAX;

	if (pw == NULL)
		return false;
	if (getgrouplist(user, pw->pw_gid, groups, &count) < 0)
		return true;
	for (int i = 0; i < count; i++) {
		const struct group *gr = getgrgid(groups[i]);

		if (gr != NULL && sshd_patterns_match(patterns, gr->gr_name))
			return true;
	}
	return false;
}

/* Returns the block that sets the key of the text's remedy for the user. */
static const struct sshd_match_block *
find_block(const struct doctor_sshd *s, const char *user, const char *text)
{
	for (size_t i = 0; i < s->match->count; i++) {
		const struct sshd_match_block *b = &s->match->block[i];

		if (!b->other &&
		    (b->users[0] != '\0' || b->groups[0] != '\0') &&
		    block_sets(b, text) && sshd_match_has_user(b, user) &&
		    (b->groups[0] == '\0' || user_in_group(b->groups, user)))
			return b;
	}
	return NULL;
}

/* True if a rule skips the code for this user, such as a machine account. */
static bool
is_exempt(const struct doctor_sshd *s)
{
	const struct settings *conf = s->doctor->conf;
	const struct rule_facts facts = { .user = s->user,
		.service = "sshd",
		.address = "",
		.first_factor = true,
		.real_root = true,
		.today = conf != NULL ? admission_today(conf) : 0 };

	return conf != NULL &&
	    policy_decide(conf, &facts).action == ACTION_SKIP;
}

static void
note_user(void *ctx, const char *name, const char *text)
{
	const struct doctor_sshd *s = ctx;
	struct doctor_sshd_check *c = find_check(s, name, s->user);

	if ((find_check(s, name, "") != NULL &&
		find_block(s, s->user, text) == NULL) ||
	    (strcmp(name, "sshd-keys") == 0 && is_exempt(s)))
		return;
	if (c == NULL)
		c = add_check(s, name, text, s->user);
	if (c != NULL)
		c->users++;
}

/* Settings for root do not matter if sshd always denies root. */
static int
check_user_login(struct doctor_sshd *s, const char *user)
{
	const bool root = strcmp(user, "root") == 0;
	const bool managed = root && doctor_sshd_stack_is_managed();
	struct sshd_settings conf;

	if (doctor_sshd_ask(s, user, NULL, &conf) != 0)
		return -1;
	s->user = user;
	if (!root || !conf.no_root)
		doctor_sshd_check_settings(s, &conf, note_user);
	if (root && s->doctor->sshd_stack.key_is_enough &&
	    sshd_settings_discards_root_answers(&conf))
		doctor_problem(s->doctor, "sshd-root",
		    "root's key leads to the prompt for a code and a "
		    "message is sent, but sshd takes no answer from root "
		    "unless PermitRootLogin is yes; %s%s",
		    managed ? "run: twofactl enable sshd --login "
			    : "set PermitRootLogin no",
		    managed ? sshd_settings_login_kind(&s->general,
				  !s->doctor->sshd_stack.no_password)
			    : "");
	return 0;
}

static void
report_users(const struct doctor_sshd *s)
{
	char text[DOCTOR_SSHD_TEXT];

	for (size_t i = 0; i < s->found->count; i++) {
		const struct doctor_sshd_check *c = &s->found->check[i];
		struct doctor_sshd_check *all;
		char more[32] = "";

		if (c->user[0] == '\0')
			continue;
		if (c->users > 1)
			PRINT_TO(more, " and %zu more", c->users - 1);
		doctor_sshd_remedy(
		    s, find_block(s, c->user, c->text), c->text, text);
		doctor_problem(s->doctor, c->name, "for %s%s, by a Match: %s",
		    c->user, more, text);
		all = find_check(s, c->name, "");
		if (all != NULL)
			all->reported = true;
	}
}

/* Root comes first and is always checked. */
static void
check_match_users(struct doctor_sshd *s, const struct name_list *users)
{
	const int64_t end = frame_clock_ms() + USERS_MS;
	int failed = check_user_login(s, "root");
	size_t i;

	for (i = 0; failed == 0 && i < users->count && i < USERS_MAX; i++) {
		if (frame_clock_ms() >= end)
			break;
		if (strcmp(users->name[i], "root") != 0)
			failed = check_user_login(s, users->name[i]);
	}
	report_users(s);
	if (failed == 0 && i < users->count)
		doctor_note(s->doctor, "sshd-match",
		    "of %zu users who can become root or are enrolled only "
		    "the first %zu were checked; check others with: sshd "
		    "-T -C user=NAME",
		    users->count, i);
}

static void
report_block(void *ctx, const char *name, const char *text)
{
	const struct doctor_sshd *s = ctx;
	const struct sshd_match_block *b = s->block;
	struct doctor_sshd_check *c = find_check(s, name, "");
	char out[DOCTOR_SSHD_TEXT];

	if (c != NULL && !c->by_match && !block_sets(b, text))
		return;
	if (c != NULL)
		c->reported = true;
	doctor_sshd_remedy(s, b, text, out);
	if (!s->known)
		doctor_note(s->doctor, name,
		    "%s:%u: Match %s: for logins that match: %s", b->file,
		    b->number, b->words, out);
	else
		doctor_problem(s->doctor, name, "%s:%u: Match %s: %s", b->file,
		    b->number, b->words, out);
}

/* True if root or one of the users may match the block; with groups, which may
 * be slow to look up, by those as well. */
static bool
block_has(const struct sshd_match_block *b, const struct name_list *users,
    bool groups)
{
	const int64_t end = frame_clock_ms() + USERS_MS;

	groups = groups && b->groups[0] != '\0';
	if (sshd_match_has_user(b, "root") &&
	    (!groups || user_in_group(b->groups, "root")))
		return true;
	for (size_t i = 0; i < users->count && (!groups || i < USERS_MAX); i++)
		if (sshd_match_has_user(b, users->name[i]) &&
		    (!groups ||
			(frame_clock_ms() < end &&
			    user_in_group(b->groups, users->name[i]))))
			return true;
	return false;
}

/* Lists users who can become root, then other enrolled users. */
static void
list_users(const struct doctor_sshd *s, struct name_list *users)
{
	struct name_list enrolled OWNED(name_list_free) = { .count = 0 };
	size_t admins;

	lockout_root_list_all(users);
	if (s->doctor->conf != NULL)
		(void)name_list_enrolled(&enrolled, s->doctor->conf, NULL);
	admins = users->count;
	for (size_t i = 0; i < enrolled.count; i++) {
		const struct name_list known = { .name = users->name,
			.count = admins };

		if (!name_list_has(&known, enrolled.name[i]))
			(void)name_list_add(users, enrolled.name[i]);
	}
}

static void
add_reached(
    const struct doctor_sshd *s, const struct rule *r, struct name_list *users)
{
	for (size_t i = 0; i < r->users.count; i++)
		(void)name_list_add(users, r->users.item[i]);
	for (size_t i = 0; r->users.count == 0 && i < r->groups.count; i++)
		(void)name_list_add_members(users, r->groups.item[i]);
	if (r->users.count + r->groups.count == 0)
		list_users(s, users);
}

/* Without its PIN a security key is one factor. authorized_keys may require the
 * PIN too, but users can change that file. */
static void
check_pins(const struct doctor_sshd *s)
{
	static const char text[] =
	    "a rule takes a security key for the code, and sshd takes one "
	    "without its PIN" SSHD_SETTINGS_SET
	    "PubkeyAuthOptions verify-required";
	const struct settings *c = s->doctor->conf;
	struct name_list users OWNED(name_list_free) = { .count = 0 };
	struct sshd_settings conf;
	char out[DOCTOR_SSHD_TEXT];
	size_t first = 0, without = 0;

	for (size_t i = 0; c != NULL && i < c->rule_count; i++)
		if (c->rule[i].keys[0] != '\0')
			add_reached(s, &c->rule[i], &users);
	name_list_sort(&users);
	for (size_t i = 0;
	     i < users.count && i < (s->by_user ? USERS_MAX : 1) &&
	     doctor_sshd_ask(s, users.name[i], NULL, &conf) == 0;
	     i++)
		if (!conf.pin && without++ == 0)
			first = i;
	if (without > 0) {
		doctor_sshd_remedy(
		    s, find_block(s, users.name[first], text), text, out);
		doctor_problem(s->doctor, "sshd-sk-pin", "%s (%zu): %s",
		    users.name[first], without, out);
	}
}

/* Checks the Match blocks, which apply to some logins only. */
static void
check_matches(struct doctor_sshd *s)
{
	struct sshd_match *m = s->match;
	struct name_list users OWNED(name_list_free) = { .count = 0 },
			       none = { .count = 0 };

	s->by_user = sshd_match_depends_on_user(m);
	list_users(s, &users);
	check_match_users(s, s->by_user ? &users : &none);
	for (size_t i = 0; i < m->count; i++) {
		const struct sshd_match_block *b = &m->block[i];
		struct sshd_settings conf = s->base;

		if (!b->other || !block_has(b, &users, false))
			continue;
		s->block = b;
		s->known = block_has(b, &users, true);
		sshd_settings_override(&conf, b->lines);
		doctor_sshd_check_settings(s, &conf, report_block);
	}
	if (m->cut)
		doctor_note(s->doctor, "sshd-match",
		    "sshd_config has more than %d Match blocks, or one that is "
		    "too long or cannot be read: not all of those that depend "
		    "on addresses are checked; see: sshd -T -C "
		    "user=NAME,host=NAME,addr=ADDRESS,laddr=ADDRESS,lport=22",
		    SSHD_MATCH_BLOCKS);
	check_pins(s);
}

/* twofactl enable is the remedy if sshd's methods and stack must change
 * together, but not if a Match alone is the cause. */
static const char *
choose_remedy(
    const struct doctor_sshd *s, enum lockout how, char out[DOCTOR_SSHD_TEXT])
{
	const struct sshd_settings *c = &s->base;
	char asking[SSHD_SETTINGS_METHODS], text[DOCTOR_SSHD_TEXT];
	bool enables, right;

	sshd_settings_methods_with_pam(c, asking);
	right = c->use_pam && c->kbdinteractive && !c->password &&
	    strcmp(c->methods, asking) == 0;
	enables =
	    ((how == LOCKOUT_METHODS || how == LOCKOUT_ANSWER) && !right) ||
	    how == LOCKOUT_ROOT ||
	    (how == LOCKOUT_PASSWORD && !s->doctor->sshd_stack.key_is_enough);
	if (how == LOCKOUT_KEY && sshd_settings_may_begin_with_pam(c))
		return "add a key of each to ~NAME/.ssh/authorized_keys; or, "
		       "if a password and a code are to be enough, change the "
		       "Match that requires one";
	if (!enables || !doctor_sshd_stack_is_managed())
		return lockout_words[how].remedy;
	PRINT_TO(
	    text, SSHD_SETTINGS_SET "AuthenticationMethods %.700s", asking);
	doctor_sshd_remedy(s, NULL, text, out);
	return out + strlen("; ");
}

/* True if a recovery code, which is not looked up, may do. */
static bool
is_typed(enum lockout how)
{
	return how == LOCKOUT_FACTOR || how == LOCKOUT_TYPED;
}

static void
report_lockouts(const struct doctor_sshd *s, const struct lockout_table *t)
{
	struct doctor *d = s->doctor;
	char names[LOCKOUT_LIST_MAX], text[DOCTOR_SSHD_TEXT];
	size_t found, able = 0; /* able: to pass the first factor */

	for (size_t i = 0; i < t->count; i++)
		able += t->row[i].how == LOCKOUT_IN ||
		    t->row[i].how == LOCKOUT_UNSEEN ||
		    t->row[i].how == LOCKOUT_RECORD ||
		    t->row[i].how == LOCKOUT_ENROL;
	for (enum lockout how = LOCKOUT_METHODS; lockout_is_obstacle(how);
	     how++) {
		found = lockout_list(t, (int)how, names);
		if (found > 0 && how == LOCKOUT_RECORD)
			doctor_problem(d, "lockout",
			    "%zu of %zu accounts that can log in by sshd are "
			    "not enrolled, and such logins are denied: %s; %s",
			    found, able, names, lockout_words[how].remedy);
		else if (found > 0 && how == LOCKOUT_ENROL)
			doctor_note(d, "lockout",
			    "%zu of %zu accounts that can log in by sshd are "
			    "not enrolled, and must enrol at that login: %s",
			    found, able, names);
		else if (found > 0)
			doctor_finding(d, how != LOCKOUT_TYPED, "lockout",
			    "%s cannot log in by ssh%s: %s; %s", names,
			    is_typed(how) ? " without a recovery code" : "",
			    lockout_words[how].cause,
			    choose_remedy(s, how, text));
	}
	found = lockout_list(t, LOCKOUT_UNSEEN, names);
	if (found > 0)
		doctor_note(d, "lockout",
		    "not looked up in the state, since each look-up counts "
		    "as a record read by this host: %s; on the "
		    "administrator's machine see: twofactl list",
		    names);
	if (t->left > 0)
		doctor_note(d, "lockout",
		    "%zu accounts were not checked, because that takes too "
		    "long",
		    t->left);
}

/* Reports users who cannot log in. Needs the results of the other checks. */
static void
check_lockouts(const struct doctor_sshd *s)
{
	const struct lockout_source source = { .service = "sshd",
		.conf = s->doctor->conf,
		.stack = &s->doctor->sshd_stack };
	struct lockout_table table OWNED(lockout_table_free) = { .count = 0 };

	if (s->doctor->conf == NULL || !s->doctor->sshd_stack_known)
		return;
	if (lockout_host_make(&table, &source) != 0) {
		doctor_note(s->doctor, "lockout",
		    "this host's accounts cannot be listed; see: getent "
		    "passwd, getent group sudo");
		return;
	}
	report_lockouts(s, &table);
}

/* True if keys, and nothing else, are enough as twofactl enable was told. */
static bool
keys_are_chosen(const struct doctor_sshd *s)
{
	struct sshd_settings rest = s->base;
	enum stack_login login;

	rest.pubkey = false;
	return sshd_settings_bypass(&rest) == NULL && doctor_enabled != NULL &&
	    doctor_enabled("sshd", &login) && login == STACK_PASSWORD;
}

static void
report_base(void *ctx, const char *name, const char *text)
{
	struct doctor_sshd *s = ctx;
	char out[DOCTOR_SSHD_TEXT];

	doctor_sshd_remedy(s, NULL, text, out);
	if (strcmp(name, "sshd-keys") == 0 && keys_are_chosen(s))
		doctor_note(s->doctor, name,
		    "as twofactl enable sshd was told, %s", out);
	else
		doctor_problem(s->doctor, name, "%s", out);
	(void)add_check(s, name, text, "");
}

/* Records a finding due to a Match that applies to nearly every login. */
static void
note_match(void *ctx, const char *name, const char *text)
{
	const struct doctor_sshd *s = ctx;
	struct doctor_sshd_check *c = find_check(s, name, "");

	if (c == NULL && (c = add_check(s, name, text, "")) != NULL)
		c->by_match = true;
}

/* Checks the settings without any Match first, then each Match. */
static void
check_all_settings(struct doctor_sshd *s)
{
	sshd_match_read(s->match, sshd_ask_config());
	s->alike = s->match->count == 0 && !s->match->cut;
	if (s->alike || sshd_ask(NULL, NULL, &s->base) != SSHD_ASK_DONE)
		s->base = s->general;
	doctor_sshd_check_settings(s, &s->base, report_base);
	doctor_sshd_check_settings(s, &s->general, note_match);
	check_matches(s);
	/* for everybody, by a Match whose line is unknown */
	for (size_t i = 0; i < s->found->count; i++) {
		const struct doctor_sshd_check *c = &s->found->check[i];

		if (c->by_match && !c->reported)
			doctor_problem(
			    s->doctor, c->name, "by a Match: %s", c->text);
	}
}

/* With --files-only an uncertainty is a problem: the files are future ones. */
static void
check_domain(struct doctor *d)
{
	char text[SELINUX_SSHD_TEXT] = "";
	const bool refuses = d->conf != NULL &&
	    doctor_pam_names_module("sshd") &&
	    selinux_sshd_denies(d->conf, d->run->helper, text);

	if (text[0] != '\0')
		doctor_finding(d, refuses || d->files_only, "sshd-selinux",
		    "SELinux: %s; install twofa-selinux, or see "
		    "docs/guide/selinux.md",
		    text);
}

/* Options of sshd's command line override its files, also after a reload. */
static void
report_options(const struct doctor_sshd *s, unsigned before)
{
	static const char text[] =
	    "sshd is started by %s, which takes precedence over its files "
	    "and survives a reload%s";
	const char *options = sshd_ask_options();

	if (strstr(options, "-o ") != NULL && s->doctor->problems > before)
		doctor_problem(s->doctor, "sshd-options", text, options,
		    ": they may be the cause of findings about sshd's "
		    "settings; last, remove those that contradict the "
		    "remedies from SSHD_OPTS or OPTIONS in /etc/default/ssh "
		    "or /etc/sysconfig/sshd or from the unit (systemctl cat "
		    "ssh sshd), and restart sshd");
	else if (options[0] != '\0')
		doctor_note(s->doctor, "sshd-options", text, options, "");
}

void
doctor_sshd(struct doctor *d)
{
	static struct doctor_sshd_found found;
	static struct sshd_match match;
	const unsigned before = d->problems;
	struct doctor_sshd s = {
		.doctor = d, .found = &found, .match = &match
	};

	if (sshd_ask_path() == NULL || d->sshd_exempt)
		return;
	memset(&found, 0, sizeof(found));
	if (doctor_sshd_ask(&s, "", NULL, &s.general) == 0) {
		while (s.places < DOCTOR_SSHD_PLACES &&
		    sshd_running_read_address(
			&s.place[s.places], s.places, sshd_said) == 0)
			s.places++;
		check_all_settings(&s);
		check_domain(d);
		doctor_sshd_check_max_startups(&s);
		if (!d->files_only) {
			doctor_sshd_check_running(&s);
			check_lockouts(&s);
		}
	}
	report_options(&s, before);
}
