/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The key table, twofa.conf(5) and the samples say the same: each key stands
 * in all of them, with its default and its range, and the samples load.
 */
#include "tests/support/confdir.h"

#include <ctype.h>

#include "helper/providers/providers.h"
#include "lib/provider_types/provider_types.h"
#include "lib/settings/settings.h"
#include "lib/settings/settings_inside.h"
#include "tests/support/pemkey.h"
#include "tests/support/unit_tests.h"

#define MANUAL "docs/man/twofa.conf.5"
#define SAMPLE "conf/twofa.conf"
#define USER_SAMPLE "conf/users.d-example.conf"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct confdir d;

static char *
slurp(const char *path)
{
	char *text = calloc(1, 65536);
	FILE *f = fopen(path, "r");

	if (f == NULL)
		fail_msg("%s: run from the top of the tree", path);
	assert_non_null(text);
	assert_in_range(fread(text, 1, 65535, f), 1, 65534);
	fclose(f);
	return text;
}

/* Every section, its heading in the manual, and where the sample stands. */
static const struct part {
	const struct setting_section *keys;
	const char *heading, *sample;
} parts[] = {
	{ &settings_keys, "Settings", SAMPLE },
	{ &settings_limits_keys, "Limits", SAMPLE },
	{ &settings_store_keys, "Store", SAMPLE },
	{ &settings_rule_keys, "Rules", SAMPLE },
	{ &settings_action_keys, "Rules", SAMPLE },
	{ &settings_provider_keys, "Providers", SAMPLE },
	{ &user_record_keys, "Users", USER_SAMPLE },
	{ &user_account_keys, "Accounts", USER_SAMPLE },
	{ &user_people_keys, "Users", USER_SAMPLE },
	{ &user_person_keys, "People", USER_SAMPLE },
	{ &user_phone_keys, "Phones", USER_SAMPLE },
	{ &user_app_keys, "Apps", USER_SAMPLE },
	{ &user_token_keys, "Apps", USER_SAMPLE },
};

/* The manual's item of a key under a heading, as plain text: macros dropped,
 * quotes put. "" when there is none. */
static void
manual_item(
    const char *manual, const char *under, const char *key, char out[4096])
{
	char ss[64], it[64];
	const char *p, *end;
	size_t used = 0;

	out[0] = '\0';
	snprintf(ss, sizeof(ss), "\n.Ss %s\n", under);
	snprintf(it, sizeof(it), "\n.It Ic %s\n", key);
	p = strstr(manual, ss);
	if (p == NULL)
		return;
	end = strstr(p, "\n.El\n");
	p = strstr(p, it);
	if (p == NULL || end == NULL || p > end)
		return;
	for (p += strlen(it); *p != '\0' && used < 4000; p++) {
		if (strncmp(p, ".It ", 4) == 0 || strncmp(p, ".El", 3) == 0)
			break;
		if (strncmp(p, ".Qq ", 4) == 0) {
			p += 4;
			used += (size_t)sprintf(
			    out + used, "\"%.*s\" ", (int)strcspn(p, " \n"), p);
			p += strcspn(p, "\n");
			continue;
		}
		if (*p == '.' && p[3] == ' ')
			p += 4;
		for (; *p != '\n'; p++) {
			if (strncmp(p, "\\(dq", 4) == 0) {
				out[used++] = '"';
				p += 3;
			} else {
				out[used++] = *p;
			}
		}
		out[used++] = ' ';
	}
	out[used] = '\0';
}

/* Every number and every quoted word of what is allowed stands there. */
static void
expect_allowed(const struct setting_entry *e, const char *item)
{
	char allowed[SETTING_ALLOWED_MAX], *save = NULL;

	setting_expected_form_text(e, allowed);
	for (char *word = strtok_r(allowed, " ,:", &save); word != NULL;
	     word = strtok_r(NULL, " ,:", &save))
		if ((isdigit((unsigned char)word[0]) || word[0] == '"') &&
		    strstr(item, word) == NULL)
			fail_msg(
			    "%s: %s: no %s in: %s", MANUAL, e->key, word, item);
}

static void
expect_item(
    const char *manual, const char *under, const struct setting_entry *e)
{
	char item[4096], dflt[128], quoted[128];

	manual_item(manual, under, e->key, item);
	if (item[0] == '\0')
		fail_msg("%s: %s: no item %s", MANUAL, under, e->key);
	expect_allowed(e, item);
	if (e->required != (strstr(item, "Required.") != NULL))
		fail_msg("%s: %s: required?", MANUAL, e->key);
	if (e->dflt == NULL)
		return;
	snprintf(dflt, sizeof(dflt), "Default: %s .", e->dflt);
	snprintf(quoted, sizeof(quoted), "Default: \"%s\" .", e->dflt);
	if (strstr(item, dflt) == NULL && strstr(item, quoted) == NULL)
		fail_msg(
		    "%s: %s: no \"%s\" in: %s", MANUAL, e->key, dflt, item);
}

static void
test_table_in_manual(void **state)
{
	char *manual = slurp(MANUAL), number[SETTING_NUMBER_MAX];
	const struct provider_type *type;

	(void)state;
	for (size_t i = 0; i < COUNT(parts); i++)
		for (size_t k = 0; k < parts[i].keys->n; k++)
			expect_item(
			    manual, parts[i].heading, &parts[i].keys->entry[k]);
	for (unsigned i = 0; (type = provider_type_nth(i)) != NULL; i++) {
		for (const struct setting_key *k = type->keys; k->key != NULL;
		     k++) {
			struct setting_entry own =
			    setting_entry_from_key(k, number);

			expect_item(manual, type->name, &own);
		}
	}
	free(manual);
}

static bool
in_section(const struct setting_section *keys, const char *key)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strcmp(keys->entry[i].key, key) == 0)
			return true;
	return false;
}

/* Does a table, or a provider type of this name, hold the key? */
static bool
in_table(const char *under, const char *key)
{
	const struct provider_type *type = provider_type_find(under);
	const struct setting_key *k = type != NULL ? type->keys : NULL;

	for (; k != NULL && k->key != NULL; k++)
		if (strcmp(k->key, key) == 0)
			return true;
	for (size_t i = 0; i < COUNT(parts); i++)
		if (strcmp(parts[i].heading, under) == 0 &&
		    in_section(parts[i].keys, key))
			return true;
	return false;
}

static void
test_manual_in_table(void **state)
{
	char *manual = slurp(MANUAL), *save = NULL;
	char under[64] = "";
	unsigned keys = 0;

	(void)state;
	for (char *line = strtok_r(manual, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		if (strncmp(line, ".Ss ", 4) == 0)
			snprintf(under, sizeof(under), "%s", line + 4);
		if (strncmp(line, ".It Ic ", 7) != 0)
			continue;
		keys++;
		if (!in_table(under, line + 7))
			fail_msg(
			    "%s: %s: %s is no key", MANUAL, under, line + 7);
	}
	assert_in_range(keys, 30, 1000);
	free(manual);
}

/* "key = value;" of a sample's line, set or behind a '#'. */
static bool
sample_line(const char *line, char key[64], char value[256])
{
	size_t len;

	line += strspn(line, " ");
	line += *line == '#' ? 1 : 0;
	line += strspn(line, " ");
	len = strspn(line, "abcdefghijklmnopqrstuvwxyz_");
	if (len == 0 || len > 63 || strncmp(line + len, " = ", 3) != 0)
		return false;
	snprintf(key, 64, "%.*s", (int)len, line);
	line += len + 3;
	len = strcspn(line, ";");
	snprintf(value, 256, "%.*s", (int)len, line);
	return true;
}

/* Which section a line belongs to that follows this key at the margin. */
static const struct setting_section *
section_after(const char *line, const struct setting_section *now)
{
	if (strncmp(line, "providers", 9) == 0)
		return &settings_provider_keys;
	if (strncmp(line, "rules", 5) == 0)
		return &settings_rule_keys;
	if (strncmp(line, "limits", 6) == 0)
		return &settings_limits_keys;
	if (strncmp(line, "store", 5) == 0)
		return &settings_store_keys;
	return line[0] == ')' || line[0] == '}' ? &settings_keys : now;
}

static bool
sample_has(const struct part *part, const struct setting_entry *e)
{
	const bool user = strcmp(part->sample, USER_SAMPLE) == 0;
	const struct setting_section *section =
	    user ? part->keys : &settings_keys;
	char *text = slurp(part->sample), *save = NULL, key[64], value[256];
	bool found = false;

	for (char *line = strtok_r(text, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save)) {
		char quoted[256];

		if (sample_line(line, key, value) &&
		    (section == part->keys || section->more == part->keys) &&
		    strcmp(key, e->key) == 0) {
			/* the first one */
			snprintf(quoted, sizeof(quoted), "\"%s\"",
			    e->dflt != NULL ? e->dflt : "");
			if (!found && e->dflt != NULL &&
			    section != &settings_rule_keys &&
			    strcmp(value, e->dflt) != 0 &&
			    strcmp(value, quoted) != 0)
				fail_msg("%s: %s: %s is not the default %s",
				    part->sample, key, value, e->dflt);
			found = true;
		}
		if (!user)
			section = section_after(line, section);
	}
	free(text);
	return found;
}

static void
expect_sample(const struct part *part, const struct setting_entry *e)
{
	if (!sample_has(part, e))
		fail_msg(
		    "%s: no %s among %s", part->sample, e->key, part->heading);
}

static const struct part *
part_of(const struct setting_section *keys)
{
	size_t i = 0;

	while (i < COUNT(parts) && parts[i].keys != keys)
		i++;
	if (i == COUNT(parts))
		fail_msg("a section that this test does not know");
	return &parts[i];
}

/* What the tables name as the inside of a key is a part, too. */
static void
test_parts_are_all(void **state)
{
	size_t inside = 0;

	(void)state;
	for (size_t i = 0; i < settings_keys.n; i++) {
		const struct setting_entry *e = &settings_keys.entry[i];

		if (e->inside == NULL)
			continue;
		inside++;
		assert_ptr_equal(part_of(e->inside)->keys, e->inside);
	}
	assert_ptr_equal(user_people_keys.entry[0].inside, &user_person_keys);
	assert_ptr_equal(settings_rule_keys.more, &settings_action_keys);
	assert_int_equal(inside + 9, COUNT(parts));
}

static void
test_table_in_sample(void **state)
{
	const struct part *providers = part_of(&settings_provider_keys);
	char number[SETTING_NUMBER_MAX];
	const struct provider_type *type;

	(void)state;
	for (size_t i = 0; i < COUNT(parts); i++)
		for (size_t k = 0; k < parts[i].keys->n; k++)
			expect_sample(&parts[i], &parts[i].keys->entry[k]);
	for (unsigned i = 0; (type = provider_type_nth(i)) != NULL; i++) {
		for (const struct setting_key *k = type->keys; k->key != NULL;
		     k++) {
			struct setting_entry own =
			    setting_entry_from_key(k, number);

			expect_sample(providers, &own);
		}
	}
}

/* As a word of its own: one type's name may begin with another's. */
static bool
names(const char *text, const char *type)
{
	static const char word[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	const size_t len = strlen(type);

	for (const char *p = text; (p = strstr(p, type)) != NULL; p += len)
		if ((p == text || strchr(word, p[-1]) == NULL) &&
		    (p[len] == '\0' || strchr(word, p[len]) == NULL))
			return true;
	return false;
}

static void
test_types_are_named(void **state)
{
	char *sample = slurp(SAMPLE), *manual = slurp(MANUAL);
	const struct provider_type *type;

	(void)state;
	for (unsigned i = 0; (type = provider_type_nth(i)) != NULL; i++) {
		if (!names(sample, type->name))
			fail_msg("%s: no %s", SAMPLE, type->name);
		if (!names(manual, type->name))
			fail_msg("%s: no %s", MANUAL, type->name);
	}
	free(sample);
	free(manual);
}

/* Take the '#' from every line that sets a key or is a bracket. */
static void
uncomment(char *text)
{
	char key[64], value[256];

	for (char *p = text; p != NULL; p = strchr(p, '\n')) {
		char *line = p + (*p == '\n' ? 1 : 0);
		char *hash = line + strspn(line, " ");

		p = line;
		if (*hash == '#' &&
		    (sample_line(line, key, value) ||
			strchr("{}", hash[1 + strspn(hash + 1, " ")]) != NULL))
			*hash = ' ';
	}
}

/* text with every from replaced; the caller frees both. */
static char *
replaced(const char *text, const char *from, const char *to)
{
	char *out = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&out, &len);
	const char *p;

	assert_non_null(f);
	if (strstr(text, from) == NULL)
		fail_msg("the sample has no %s", from);
	while ((p = strstr(text, from)) != NULL) {
		fprintf(f, "%.*s%s", (int)(p - text), text, to);
		text = p + strlen(from);
	}
	fputs(text, f);
	fclose(f);
	return out;
}

/* Leave the first provider, and of the others SETTINGS_PROVIDERS_MAX - 1 from
 * this one on: the sample may show more than a host can have. False: it has not
 * so many. */
static bool
few_providers(char *text, unsigned from)
{
	static const char begin[] = "\n#  }, {";
	char *block = strstr(text, begin), *next, *end;
	unsigned n = 0;

	for (; block != NULL; block = next, n++) {
		next = strstr(block + 1, begin);
		if (n >= from && n < from + SETTINGS_PROVIDERS_MAX - 1)
			continue;
		end = next != NULL ? next : strstr(block, "\n  }\n");
		assert_non_null(end);
		memset(block + 1, '\n', (size_t)(end - block - 1));
	}
	return n > from;
}

/* Secrets and keys are where the test has them. (Inlined, gcc 12 takes the text
 * for a pointer to out.) */
__attribute__((noinline)) static char *
with_files(const char *text)
{
	static const char folder[] = "\"/etc/twofa/secrets/";
	char *out = NULL;
	size_t len = 0, name;
	FILE *f = open_memstream(&out, &len);

	assert_non_null(f);
	for (const char *p; (p = strstr(text, folder)) != NULL;) {
		name = strcspn(p + 1, "\"");
		fprintf(f, "%.*s\"@D/%s\"", (int)(p - text), text,
		    strncmp(p + name - 3, ".pem", 4) == 0 ? "key.pem"
							  : "secret");
		text = p + name + 2;
	}
	fputs(text, f);
	fclose(f);
	return out;
}

/* The sample as it is, or with everything that it shows, and these of its
 * providers; NULL: it has not so many. */
static struct settings *
load_sample(bool everything, unsigned from)
{
	static const char *const swaps[][2] = {
		{ "#users_dir = \"/etc/twofa/users.d\"",
		    "users_dir = \"@D/users.d\"" },
		{ "#ca_path", "# no other:" },
		{ "/etc/twofa/roots.pem", "@D/ca.pem" },
		/* these are for a state that is no file */
		{ "#ca_file = \"/etc/twofa/store-ca.pem\"", "# apart:" },
		{ "#password_file", "# apart:" },
		{ "#cert_file", "# apart:" },
		{ "#key_file = \"/etc/twofa/store", "# apart: \"" },
		{ "#connect_timeout_ms = 1500", "# apart:" },
		{ "#timeout_ms = 2000;\n  #hold_s", "# apart:\n  # apart:" },
		{ "#same_uids = false;", "" },
		{ "#single = false;\n\n  # No server", "# apart:\n\n  # No" },
		{ "#on_store_outage", "# apart:" },
		{ "/etc/twofa/fleet.key", "@D/fleet.key" },
	};
	char *text = slurp(SAMPLE), *next, pem[PEMKEY_MAX];
	struct settings *c = NULL;

	for (size_t i = 0; i < sizeof(swaps) / sizeof(swaps[0]); i++) {
		next = replaced(text, swaps[i][0], swaps[i][1]);
		free(text);
		text = next;
	}
	next = with_files(text);
	free(text);
	text = next;
	confdir_write(&d, "ca.pem", "roots");
	confdir_write(&d, "fleet.key", "01234567890123456789012345678901");
	(void)pemkey_make(PEMKEY_RSA, 2048, pem);
	confdir_write(&d, "key.pem", pem);
	if (!everything || few_providers(text, from)) {
		if (everything)
			uncomment(text);
		c = confdir_loaded(&d, text);
	}
	free(text);
	return c;
}

/* What the sample shows as defaults is what they are. */
static void
test_sample_loads(void **state)
{
	struct settings *a = load_sample(false, 0), *b = load_sample(true, 0);
	const struct provider_conf *p = &a->provider[0], *q = &b->provider[0];

	(void)state;
	assert_int_equal(a->rule_count, 0);
	assert_int_equal(b->rule_count, 5);
	assert_string_equal(a->language, b->language);
	assert_string_equal(a->state, b->state);
	assert_string_equal(a->state_dir, b->state_dir);
	assert_null(a->store.host);
	assert_string_equal(b->store.host, "web01");
	assert_null(settings_fleet_key(a));
	assert_memory_equal(settings_fleet_key(b), "0123", 4);
	assert_int_equal(a->unenrolled_allow, b->unenrolled_allow);
	assert_string_equal(a->unenrolled_text, b->unenrolled_text);
	assert_int_equal(a->on_outage, b->on_outage);
	assert_int_equal(a->failover_after_unknown, b->failover_after_unknown);
	assert_int_equal(a->resend_waits, b->resend_waits);
	assert_memory_equal(
	    a->resend_wait, b->resend_wait, sizeof(a->resend_wait));
	assert_int_equal(a->wrong_codes_per_login, b->wrong_codes_per_login);
	assert_int_equal(a->prompts_per_login, b->prompts_per_login);
	assert_int_equal(a->tell_locked, b->tell_locked);
	assert_int_equal(a->sandbox_off, b->sandbox_off);
	assert_int_equal(a->alert_owner, b->alert_owner);
	assert_memory_equal(&a->guesses, &b->guesses, sizeof(a->guesses));
	assert_int_equal(a->sends.user_hour, b->sends.user_hour);
	assert_int_equal(a->sends.user_day, b->sends.user_day);
	assert_int_equal(a->sends.number_day, b->sends.number_day);
	assert_int_equal(
	    a->sends.number_answered_day, b->sends.number_answered_day);
	assert_int_equal(a->sends.source_hour, b->sends.source_hour);
	assert_int_equal(a->sends.office_hour, b->sends.office_hour);
	assert_int_equal(a->sends.host_hour, b->sends.host_hour);
	assert_int_equal(a->sends.fleet_hour, b->sends.fleet_hour);
	assert_int_equal(a->sends.price, 0);
	assert_int_equal(b->sends.price, 50000);
	assert_int_equal(a->sends.spend_day, -1);
	assert_int_equal(b->sends.spend_day, 20000000);
	assert_int_equal(a->sends.spend_month, -1);
	assert_int_equal(b->sends.spend_month, 150000000);
	assert_int_equal(a->allowed_prefixes.count, 0);
	assert_int_equal(b->allowed_prefixes.count, 2);
	assert_string_equal(p->base_url, q->base_url);
	assert_int_equal(p->connect_timeout_ms, q->connect_timeout_ms);
	assert_int_equal(p->timeout_ms, q->timeout_ms);
	assert_int_equal(p->code_length, q->code_length);
	assert_int_equal(p->expiry_ms, q->expiry_ms);
	assert_memory_equal(p->number, q->number, sizeof(p->number));
	assert_null(p->ca_file);
	assert_non_null(q->ca_file);
	assert_null(q->ca_path);
	settings_free(a);
	settings_free(b);
	for (unsigned from = SETTINGS_PROVIDERS_MAX - 1;
	     (b = load_sample(true, from)) != NULL;
	     from += SETTINGS_PROVIDERS_MAX - 1)
		settings_free(b);
}

static void
test_user_sample_loads(void **state)
{
	struct settings *c = load_sample(false, 0);
	char *sample = slurp(USER_SAMPLE), *text, *both, *shared;
	struct user_person ben = { .name = "ben" }, anna = { .name = "anna" };
	struct user_record a, b;

	(void)state;
	shared = strstr(sample, "#people = (");
	assert_non_null(shared);
	text = strdup(shared);
	*shared = '\0';
	uncomment(text);
	both = replaced(text, "/etc/twofa/secrets/alice.totp", "@D/totp");
	confdir_write(&d, "users.d/deploy.conf", both);
	free(text);
	free(both);
	text = replaced(sample, "/etc/twofa/secrets/alice.totp", "@D/totp");
	confdir_write(&d, "totp", "GEZDGNBVGY3TQOJQGEZDGNBVGY");
	confdir_write(&d, "users.d/a.conf", text);
	uncomment(text);
	/* in place of the phone */
	both = replaced(text, "\n receiver", "\n#receiver");
	free(text);
	text = both;
	/* one app is enough: it may not stand beside totp_secret_file */
	both = replaced(text, "\n totp_factor", "\n#totp_factor");
	confdir_write(&d, "users.d/b.conf", both);
	assert_int_equal(user_record_read(c, "a", &a, &d.report), USER_FOUND);
	assert_int_equal(user_record_read(c, "b", &b, &d.report), USER_FOUND);
	assert_string_equal(a.provider, "");
	assert_string_equal(b.provider, "vonage");
	b.provider[0] = '\0';
	assert_string_equal(a.phone, b.phone);
	assert_memory_equal(a.channel, b.channel, sizeof(a.channel));
	assert_int_equal(a.channels, b.channels);
	assert_true(a.enabled && b.enabled);
	assert_int_equal(a.app[0].secret.len, 0);
	assert_int_equal(b.app[0].secret.len, 26);
	assert_string_equal(b.email, "alice@example.org");
	assert_string_equal(b.authy_id, "12345678");
	confdir_write(&d, "users.d/ben.conf", "phone = \"+14155550199\";");
	assert_int_equal(
	    user_person_read(c, "deploy", NULL, &anna, &a, &d.report),
	    USER_FOUND);
	assert_string_equal(a.phone, "+14155550124");
	assert_true(ssh_fingerprint_is_valid(anna.key));
	assert_int_equal(
	    user_person_read(c, "deploy", NULL, &ben, &b, &d.report),
	    USER_FOUND);
	assert_string_equal(ben.cert_id, "ben@example.org");
	assert_true(ssh_fingerprint_is_valid(ben.ca));
	assert_string_equal(b.phone, "+14155550199");
	free(both);
	free(text);
	free(sample);
	settings_free(c);
}

UNIT_TESTS(test_manual)
{
	static const struct CMUnitTest tests[] = {
		CONFDIR_TEST(test_parts_are_all, &d),
		CONFDIR_TEST(test_table_in_manual, &d),
		CONFDIR_TEST(test_manual_in_table, &d),
		CONFDIR_TEST(test_table_in_sample, &d),
		CONFDIR_TEST(test_types_are_named, &d),
		CONFDIR_TEST(test_sample_loads, &d),
		CONFDIR_TEST(test_user_sample_loads, &d),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
