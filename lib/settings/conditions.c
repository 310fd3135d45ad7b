/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of the conditions that a rule may set for a login. Pure. */
#include "lib/settings/settings_inside.h"

#include <arpa/inet.h>

#define SETTING_ACCOUNT_MAX 64 /* name of a group or service */
#define LIST_MAX 120           /* a list in a message */

static enum condition_answer
conditions_answer(bool holds)
{
	return holds ? CONDITION_HOLDS : CONDITION_FAILS;
}

static const struct text_list *
names_of(const struct condition *c, const struct rule *r)
{
	return (const void *)((const char *)r + c->entry->offset);
}

static const char *
names_fact(const struct condition_lookup *l)
{
	return *(const char *const *)(const void *)((const char *)l->facts +
	    l->c->fact);
}

/* Formats "sudo", "su", as in the settings; a longer list ends with ... */
static const char *
names_text(const struct text_list *list, char out[LIST_MAX])
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < list->count && used < LIST_MAX; i++)
		used += (size_t)snprintf(out + used, LIST_MAX - used,
		    "%s\"%s\"", i > 0 ? ", " : "", list->item[i]);
	if (used >= LIST_MAX)
		memcpy(out + LIST_MAX - 4, "...", 4);
	return out;
}

static enum condition_answer
names_hold(const struct condition_lookup *l)
{
	const struct text_list *names = names_of(l->c, l->rule);

	return conditions_answer(
	    names->count == 0 || settings_list_has(names, names_fact(l)));
}

static void
names_why(const struct condition_lookup *l, char out[CONDITION_TEXT_MAX])
{
	char list[LIST_MAX];

	snprintf(out, CONDITION_TEXT_MAX, "%s: \"%.64s\" is not %s", l->c->name,
	    names_fact(l), names_text(names_of(l->c, l->rule), list));
}

/* The number of names of the first list in the second. An item that could not
 * be read is NULL. */
static size_t
names_shared(const struct text_list *a, const struct text_list *b)
{
	size_t shared = 0;

	for (size_t i = 0; i < a->count; i++)
		shared +=
		    a->item[i] != NULL && settings_list_has(b, a->item[i]);
	return shared;
}

static bool
names_within(const struct condition_pair *p)
{
	const struct text_list *in = names_of(p->c, p->one);
	const struct text_list *out = names_of(p->c, p->other);

	return out->count == 0 ||
	    (in->count > 0 && names_shared(in, out) == in->count);
}

static bool
names_overlap(const struct condition_pair *p)
{
	const struct text_list *a = names_of(p->c, p->one);
	const struct text_list *b = names_of(p->c, p->other);

	return a->count == 0 || b->count == 0 || names_shared(a, b) > 0;
}

/* An unprivileged service chooses its own name: for it a rule fails that names
 * one of root's services, or that needs no code while its uid is not allowed.
 */
static enum condition_answer
socket_holds(const struct condition_lookup *l)
{
	static const char *const roots[] = { "sshd", "sudo", "sudo-i", "su",
		"su-l", "login" };

	if (l->facts->socket_uid == 0)
		return CONDITION_HOLDS;
	for (size_t i = 0; i < COUNT_OF(roots); i++)
		if (settings_list_has(&l->rule->services, roots[i]))
			return CONDITION_FAILS;
	return conditions_answer(!settings_rule_skips_code(l->rule) ||
	    settings_socket_allows(l->conf, l->facts->socket_uid));
}

static void
socket_why(const struct condition_lookup *l, char out[CONDITION_TEXT_MAX])
{
	snprintf(out, CONDITION_TEXT_MAX,
	    "it names a privileged service, or needs no code and uid %lld is "
	    "not in socket_allow_uids",
	    (long long)l->facts->socket_uid);
}

static enum condition_answer
from_holds(const struct condition_lookup *l)
{
	return conditions_answer(l->rule->from.count == 0 ||
	    settings_network_has(&l->rule->from, l->facts->address));
}

static void
from_why(const struct condition_lookup *l, char out[CONDITION_TEXT_MAX])
{
	snprintf(out, CONDITION_TEXT_MAX,
	    l->facts->address[0] != '\0'
		? "from does not hold %s"
		: "from: the login has no numeric address",
	    l->facts->address);
}

/* True if the whole network is in one of the list. */
static bool
from_covers(const struct network_list *list, const struct network *net)
{
	char address[INET6_ADDRSTRLEN];

	if (inet_ntop(net->family, net->addr, address, sizeof(address)) == NULL)
		return false;
	for (size_t i = 0; i < list->count; i++)
		if (list->item[i].bits <= net->bits &&
		    network_contains(&list->item[i], address))
			return true;
	return false;
}

static bool
from_within(const struct condition_pair *p)
{
	const struct network_list *in = &p->one->from, *out = &p->other->from;

	for (size_t i = 0; i < in->count; i++)
		if (out->count > 0 && !from_covers(out, &in->item[i]))
			return false;
	return out->count == 0 || in->count > 0;
}

static void
console_read(const struct setting *v, void *field)
{
	struct rule *rule = field;

	rule->console_set = v->s != NULL;
	setting_read_bool(v, &rule->console);
}

static enum condition_answer
console_holds(const struct condition_lookup *l)
{
	return conditions_answer(
	    !l->rule->console_set || l->rule->console == l->facts->console);
}

static void
console_why(const struct condition_lookup *l, char out[CONDITION_TEXT_MAX])
{
	snprintf(out, CONDITION_TEXT_MAX,
	    "console: this is %s login at the console",
	    l->rule->console ? "no" : "a");
}

static bool
console_within(const struct condition_pair *p)
{
	return !p->other->console_set ||
	    (p->one->console_set && p->one->console == p->other->console);
}

static bool
console_overlap(const struct condition_pair *p)
{
	return !p->one->console_set || !p->other->console_set ||
	    p->one->console == p->other->console;
}

static const char hours_days[7][4] = { "mon", "tue", "wed", "thu", "fri", "sat",
	"sun" };

/* This and the parsers below advance *text past what they accept. */
static bool
hours_char(const char **text, char c)
{
	if (**text != c)
		return false;
	++*text;
	return true;
}

static bool
hours_day(const char **text, unsigned *day)
{
	for (*day = 0; *day < 7; ++*day)
		if (strncmp(*text, hours_days[*day], 3) == 0) {
			*text += 3;
			return true;
		}
	return false;
}

/* HH:MM */
static bool
hours_time(const char **text, unsigned most, unsigned *minute)
{
	const char *t = *text;

	for (size_t i = 0; i < 5; i++)
		if (i == 2 ? t[i] != ':'
			   : t[i] < '0' || t[i] > (i == 3 ? '5' : '9'))
			return false;
	*minute = (unsigned)((t[0] - '0') * 10 + t[1] - '0') * 60 +
	    (unsigned)((t[3] - '0') * 10 + t[4] - '0');
	if (*minute > most)
		return false;
	*text += 5;
	return true;
}

static bool
hours_range(const char **text, struct hours_range *r)
{
	unsigned first, last;

	if (!hours_day(text, &first))
		return false;
	last = first;
	if (hours_char(text, '-') && !hours_day(text, &last))
		return false;
	r->days = 1U << last;
	for (unsigned day = first; day != last; day = (day + 1) % 7)
		r->days |= 1U << day;
	if (!hours_char(text, ' ') ||
	    !hours_time(text, HOURS_DAY - 1, &r->from) ||
	    !hours_char(text, '-') || !hours_time(text, HOURS_DAY, &r->to))
		return false;
	if (r->from == r->to)
		*text -= 5; /* ambiguous: empty, or a whole day */
	return r->from != r->to;
}

static void
hours_read(const struct setting *v, void *field)
{
	const char *text = setting_text(v);
	struct hours *hours = field;
	const char *at = text;

	if (text == NULL)
		return;
	while (hours->count < HOURS_RANGES &&
	    hours_range(&at, &hours->range[hours->count])) {
		hours->count++;
		if (*at == '\0')
			return;
		if (!hours_char(&at, ',') || !hours_char(&at, ' '))
			break;
	}
	setting_reject(v, "wrong from character %zu on: \"%.40s\"",
	    (size_t)(at - text) + 1, at);
}

/* minute is that of the week, from 0. */
static bool
hours_has(const struct hours *hours, unsigned minute)
{
	const unsigned day = minute / HOURS_DAY, before = (day + 6) % 7;
	const unsigned now = minute % HOURS_DAY;

	for (size_t i = 0; i < hours->count; i++) {
		const struct hours_range *r = &hours->range[i];
		const bool today = (r->days >> day & 1) != 0;
		const bool night = r->from > r->to;

		if (today && now >= r->from && (night || now < r->to))
			return true;
		if (night && (r->days >> before & 1) != 0 && now < r->to)
			return true;
	}
	return hours->count == 0;
}

static enum condition_answer
hours_hold(const struct condition_lookup *l)
{
	if (l->rule->hours.count == 0)
		return CONDITION_HOLDS;
	return l->facts->week_minute == 0
	    ? CONDITION_UNKNOWN
	    : conditions_answer(
		  hours_has(&l->rule->hours, l->facts->week_minute - 1));
}

static void
hours_why(const struct condition_lookup *l, char out[CONDITION_TEXT_MAX])
{
	const unsigned now = l->facts->week_minute - 1;

	if (l->facts->week_minute == 0)
		snprintf(out, CONDITION_TEXT_MAX,
		    "hours: the time zone of this host cannot be read; see: "
		    "timedatectl");
	else
		snprintf(out, CONDITION_TEXT_MAX,
		    "hours: it is %s %02u:%02u on this host",
		    hours_days[now / HOURS_DAY], now % HOURS_DAY / 60,
		    now % 60);
}

static void
hours_unknown(const struct condition_lookup *l, char out[CONDITION_TEXT_MAX])
{
	(void)l;
	snprintf(out, CONDITION_TEXT_MAX,
	    "whether its hours hold is unknown, so it admits nobody without a "
	    "code: the time zone (/etc/localtime) cannot be read; set it by "
	    "timedatectl set-timezone");
}

/* True if some minute of one condition's hours is among those of the other; or,
 * without in_other, if some is not. */
static bool
hours_any(const struct condition_pair *p, bool in_other)
{
	for (unsigned i = 0; i < 7 * HOURS_DAY; i++)
		if (hours_has(&p->one->hours, i) &&
		    hours_has(&p->other->hours, i) == in_other)
			return true;
	return false;
}

static bool
hours_within(const struct condition_pair *p)
{
	/* a condition without hours holds even where the zone is unknown */
	return p->other->hours.count == 0 ||
	    (p->one->hours.count > 0 && !hours_any(p, false));
}

static bool
hours_overlap(const struct condition_pair *p)
{
	return hours_any(p, true);
}

static const struct group_fact *
groups_fact(const struct rule_facts *f, const char *name)
{
	for (size_t i = 0; i < f->groups; i++)
		if (strcmp(f->group[i].name, name) == 0)
			return &f->group[i];
	return NULL;
}

/* UNKNOWN if one group is unknown, even if another one matches: the result must
 * not depend on the order in which sources fail. */
static enum condition_answer
groups_hold(const struct condition_lookup *l)
{
	bool member = l->rule->groups.count == 0;

	for (size_t i = 0; i < l->rule->groups.count; i++) {
		const struct group_fact *fact =
		    groups_fact(l->facts, l->rule->groups.item[i]);

		if (fact == NULL || fact->membership == GROUP_UNKNOWN)
			return CONDITION_UNKNOWN;
		member |= fact->membership == GROUP_MEMBER;
	}
	return conditions_answer(member);
}

const struct group_fact *
condition_first_unknown_group(const struct rule *r, const struct rule_facts *f)
{
	for (size_t i = 0; i < r->groups.count; i++) {
		const struct group_fact *fact =
		    groups_fact(f, r->groups.item[i]);

		if (fact != NULL && fact->membership == GROUP_UNKNOWN)
			return fact;
	}
	return NULL;
}

static void
groups_why(const struct condition_lookup *l, char out[CONDITION_TEXT_MAX])
{
	const struct group_fact *fact =
	    condition_first_unknown_group(l->rule, l->facts);
	const char *name = fact != NULL ? fact->name : l->rule->groups.item[0];
	char list[LIST_MAX];

	if (groups_hold(l) == CONDITION_FAILS)
		snprintf(out, CONDITION_TEXT_MAX,
		    "groups: %.64s is in none of %s", l->facts->user,
		    names_text(&l->rule->groups, list));
	else if (fact != NULL && fact->why[0] != '\0')
		snprintf(out, CONDITION_TEXT_MAX,
		    "groups: whether %.64s is in \"%.64s\" is unknown: %s",
		    l->facts->user, name, fact->why);
	else
		snprintf(out, CONDITION_TEXT_MAX,
		    "groups: \"%.64s\" cannot be found; see: getent group "
		    "%.64s",
		    name, name);
}

static void
groups_unknown(const struct condition_lookup *l, char out[CONDITION_TEXT_MAX])
{
	const struct group_fact *fact =
	    condition_first_unknown_group(l->rule, l->facts);

	if (fact != NULL && fact->why[0] != '\0')
		snprintf(out, CONDITION_TEXT_MAX,
		    "whether %s is in its groups is unknown, so it admits "
		    "nobody without a code: %s; check that source, or remove "
		    "it from nsswitch.conf",
		    l->facts->user, fact->why);
	else
		snprintf(out, CONDITION_TEXT_MAX,
		    "a group that it names cannot be found, so it admits "
		    "nobody without a code; check its spelling and the name "
		    "service");
}

/* Only without groups: a source may hide memberships. */
static bool
groups_within(const struct condition_pair *p)
{
	return p->other->groups.count == 0;
}

static enum condition_answer
until_holds(const struct condition_lookup *l)
{
	if (l->rule->until != 0 && l->facts->today == 0)
		return CONDITION_UNKNOWN;
	return conditions_answer(!day_is_past(l->rule->until, l->facts->today));
}

static void
until_why(const struct condition_lookup *l, char out[CONDITION_TEXT_MAX])
{
	char end[DAY_END_MAX];

	day_end_text(l->rule->until, l->facts->today, end);
	snprintf(out, CONDITION_TEXT_MAX, "until: %s", end);
}

static bool
until_within(const struct condition_pair *p)
{
	return p->other->until == 0 ||
	    (p->one->until != 0 && p->one->until <= p->other->until);
}

static bool
keys_valid(const char *text)
{
	return strcmp(text, "sk") == 0 || ssh_fingerprint_is_valid(text);
}

/* An entry that cannot be parsed counts as no key. */
static enum condition_answer
keys_hold(const struct condition_lookup *l)
{
	const char *at = l->facts->auth_info, *wanted = l->rule->keys;
	struct ssh_identity id;
	bool holds = wanted[0] == '\0' ||
	    (l->facts->sk_recorded && strcmp(wanted, "sk") == 0);

	while (
	    !holds && at != NULL && ssh_identity_next(&at, l->facts->user, &id))
		holds = id.sk && id.is_user && strcmp(id.ca, wanted) == 0;
	return conditions_answer(holds);
}

static void
keys_why(const struct condition_lookup *l, char out[CONDITION_TEXT_MAX])
{
	snprintf(out, CONDITION_TEXT_MAX,
	    "keys: it shows no security key of %.64s that counts by \"%s\"",
	    l->facts->user, l->rule->keys);
}

static bool
keys_within(const struct condition_pair *p)
{
	return p->other->keys[0] == '\0' ||
	    strcmp(p->one->keys, p->other->keys) == 0;
}

enum { USERS, GROUPS, SERVICES, FROM, CONSOLE, HOURS, UNTIL, KEYS };

/* clang-format off */
static const struct setting_entry conditions_entries[] = {
	[USERS] = { "users", setting_read_names, SETTING_AT(rule, users),
	    .min = 1, .max = USER_NAME_MAX, .charset = USER_NAME_BYTES,
	    .allowed = "a list of account names" },
	[GROUPS] = { "groups", setting_read_names, SETTING_AT(rule, groups),
	    .min = 1, .max = SETTING_ACCOUNT_MAX,
	    .allowed = "a list of group names" },
	[SERVICES] = { "services", setting_read_names,
	    SETTING_AT(rule, services), .min = 1, .max = SETTING_ACCOUNT_MAX,
	    .charset = TEXT_LOWER TEXT_DIGITS "_.@+-",
	    .allowed = "a list of PAM service names, in lower case" },
	[FROM] = { "from", setting_read_networks, SETTING_AT(rule, from),
	    .min = 1, .max = SETTING_TEXT_MAX,
	    .allowed = "a list of numeric networks such as \"10.0.0.0/8\", "
	    "without bits after the prefix" },
	[CONSOLE] = { "console", console_read, .allowed = "true, false" },
	[HOURS] = { "hours", hours_read, SETTING_AT(rule, hours), .min = 1,
	    .max = SETTING_TEXT_MAX,
	    .allowed = "days and times such as \"mon-fri 08:00-18:00\", up to "
	    "8 with \", \" between them, until \"24:00\" at most" },
	[UNTIL] = SETTING_DAY("until", rule, until),
	[KEYS] = { "keys", setting_read_copy, SETTING_AT(rule, keys),
	    .min = 1, .max = SSH_FINGERPRINT_LEN, .valid = keys_valid,
	    .allowed = "\"sk\", or a CA's fingerprint as ssh-keygen -l prints "
	    "it: SHA256: and 43 characters" },
};
_Static_assert(COUNT_OF(conditions_entries) == KEYS + 1, "an entry each");

const struct condition conditions[] = {
	{ .name = "services", .entry = &conditions_entries[SERVICES],
	    .fact = offsetof(struct rule_facts, service), .holds = names_hold,
	    .why = names_why, .within = names_within, .overlap = names_overlap },
	{ .name = "socket", .holds = socket_holds, .why = socket_why },
	{ .name = "users", .entry = &conditions_entries[USERS], .differs_per_user = true,
	    .fact = offsetof(struct rule_facts, user), .holds = names_hold,
	    .why = names_why, .within = names_within, .overlap = names_overlap },
	{ .name = "from", .entry = &conditions_entries[FROM], .holds = from_holds,
	    .why = from_why, .within = from_within },
	{ .name = "console", .entry = &conditions_entries[CONSOLE],
	    .holds = console_holds, .why = console_why,
	    .within = console_within, .overlap = console_overlap },
	{ .name = "hours", .entry = &conditions_entries[HOURS],
	    .name_unknown = "hours-unknown",
	    .holds = hours_hold, .why = hours_why, .unknown = hours_unknown,
	    .within = hours_within, .overlap = hours_overlap },
	{ .name = "until", .entry = &conditions_entries[UNTIL],
	    .name_unknown = "until-unknown",
	    .holds = until_holds, .why = until_why, .unknown = until_why,
	    .within = until_within },
	{ .name = "keys", .entry = &conditions_entries[KEYS],
	    .holds = keys_hold, .why = keys_why, .within = keys_within },
	/* last, as its facts need a look-up */
	{ .name = "groups", .entry = &conditions_entries[GROUPS],
	    .name_unknown = "group-unknown", .differs_per_user = true,
	    .holds = groups_hold, .why = groups_why,
	    .unknown = groups_unknown, .within = groups_within },
	{ .name = NULL },
};
/* clang-format on */
const struct setting_section settings_rule_keys =
    SETTING_SECTION(conditions_entries, &settings_action_keys);

bool
condition_is_set(const struct condition *c, const struct rule *r)
{
	static const struct rule any;

	return c->within != NULL &&
	    !c->within(&(struct condition_pair){ c, &any, r });
}

bool
conditions_within(const struct rule *inner, const struct rule *outer)
{
	for (const struct condition *c = conditions; c->name != NULL; c++)
		if (c->within != NULL &&
		    !c->within(&(struct condition_pair){ c, inner, outer }))
			return false;
	return true;
}

bool
conditions_overlap(const struct rule *one, const struct rule *other)
{
	for (const struct condition *c = conditions; c->name != NULL; c++)
		if (c->overlap != NULL &&
		    !c->overlap(&(struct condition_pair){ c, one, other }))
			return false;
	return true;
}
