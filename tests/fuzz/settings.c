/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: any text as twofa.conf, and the same with one value that is
 * wrong. The word @D in it stands for a folder with a secret and users' files,
 * which are checked with settings that have errors.
 */
#include "helper/providers/providers.h"
#include "lib/rules/rules.h"
#include "lib/settings/settings.h"
#include "tests/fuzz/fuzz.h"
#include "twofactl/check/check_inside.h"

#define BENT 16 /* texts made of each input */

/* One user for each factor and each way to a provider. */
static const struct {
	const char *file, *text;
} users[] = {
	{ "phone.conf", "phone = \"+447700900123\";\n" },
	{ "named.conf", "phone = \"+447700900123\"; provider = \"p\";\n" },
	{ "mail.conf", "email = \"a@example.org\"; channels = [\"email\"];\n" },
	{ "receiver.conf", "receiver = \"alice-7Yk2m\";\n" },
	{ "authy.conf", "authy_id = \"123\"; provider = \"p\";\n" },
	{ "push.conf",
	    "push_identity = \"abcd1234\"; push_factor = "
	    "\"YF0123456789abcdef0123456789abcdef\"; totp_factor = "
	    "\"YF2123456789abcdef0123456789abcdef\";\n" },
	{ "shared.conf",
	    "people = ( { name = \"carol\"; ca = "
	    "\"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"; "
	    "cert_id = \"carol\"; phone = \"+447700900124\"; } );\n" },
};

struct lines {
	unsigned count;
};

static void
line(void *ctx, const char *text)
{
	struct lines *l = ctx;

	l->count++;
	must(text[0] != '\0' && strchr(text, '\n') == NULL, "one line");
	for (; *text != '\0'; text++)
		must((unsigned char)*text >= 0x20 && *text != 0x7f,
		    "no control byte on its way to the log");
}

FUZZ_LIBCONFIG_LEAKS

static void
provider_look(const struct provider_conf *p)
{
	must(p->name != NULL && p->type != NULL && p->base_url != NULL,
	    "a provider has a name, a type and an address");
	must(strcmp(p->scheme, "https") == 0 ||
		strncmp(p->base_url, "http://127.0.0.1", 16) == 0 ||
		strncmp(p->base_url, "http://[::1]", 12) == 0,
	    "plain http is for loopback alone");
	must(p->timeout_ms > 0 && p->connect_timeout_ms > 0 &&
		p->code_length >= 4 && p->code_length <= 10 && p->expiry_ms > 0,
	    "a provider's numbers");
	for (size_t i = 0; i < PROVIDER_SLOTS; i++)
		must(p->secret[i].len <= SECRET_MAX, "a secret fits");
}

static void
rule_look(const struct settings *c, const struct rule *r)
{
	for (size_t i = 0; i < r->from.count; i++)
		must(r->from.item[i].family != 0, "a network is one");
	for (size_t i = 0; i < r->services.count; i++)
		must(!r->stack || strcmp(r->services.item[i], "sshd") != 0,
		    "sshd's first factor is not vouched for");
	must(!r->stack || r->services.count > 0, "stack without services");
	must(r->remember_minutes <= 1440 && r->brand == NULL
		? true
		: strlen(r->brand) <= PROVIDER_BRAND_MAX * 4,
	    "a rule's values");
	must((unsigned)r->on_outage <= OUTAGE_UNSET &&
		(unsigned)r->action <= ACTION_OBSERVE && c->rule_count > 0,
	    "a rule's words");
}

/* A login that no rule matches wants a code; none lets in without a factor. */
static void
decide(const struct settings *c)
{
	struct rule_facts facts = { .user = "alice",
		.service = "sshd",
		.address = "192.0.2.7",
		.first_factor = false };
	struct decision d = policy_decide(c, &facts);

	must(d.action == ACTION_DENY || d.action == ACTION_REQUIRE,
	    "nobody goes without a code who has shown nothing");
	must(d.rule <= c->rule_count, "a rule that is there");
	(void)reach_number_allowed(c, "+447700900123");
	for (unsigned n = 0; n < 12; n++)
		must(reach_wait_after_send_s(c, n) >= 0, "a wait");
}

static void
config_look(const struct settings *c)
{
	must(c->brand != NULL && c->language != NULL && c->users_dir != NULL &&
		c->state != NULL && c->unenrolled_text != NULL,
	    "texts are there");
	must(c->users_dir[0] == '/' && c->wrong_codes_per_login >= 1 &&
		c->wrong_codes_per_login <= 5 && c->prompts_per_login >= 1 &&
		c->resend_waits <= SETTINGS_WAITS_MAX &&
		c->provider_count <= SETTINGS_PROVIDERS_MAX &&
		c->on_outage < OUTAGE_UNSET,
	    "numbers in their ranges");
	for (size_t i = 0; i < c->provider_count; i++)
		provider_look(&c->provider[i]);
	for (size_t i = 0; i < c->rule_count; i++)
		rule_look(c, &c->rule[i]);
	decide(c);
}

/* The folder in place of each @D. */
static void
conf_write(const unsigned char *data, size_t size)
{
	char path[192];
	FILE *f;

	snprintf(path, sizeof(path), "%s/twofa.conf", fuzz_folder);
	f = fopen(path, "w");
	must(f != NULL, "settings can be written");
	for (size_t i = 0; i < size; i++) {
		if (i + 1 < size && data[i] == '@' && data[i + 1] == 'D') {
			fputs(fuzz_folder, f);
			i++;
		} else {
			fputc(data[i], f);
		}
	}
	must(fclose(f) == 0 && chmod(path, 0640) == 0, "settings are there");
}

static bool
loads(const unsigned char *data, size_t size)
{
	struct lines lines = { 0 };
	const struct settings_report report = { .ctx = &lines, .line = line };
	struct settings *c;
	char path[192];

	conf_write(data, size);
	snprintf(path, sizeof(path), "%s/twofa.conf", fuzz_folder);
	c = settings_load(path, getuid(), &report);
	must((c == NULL) == (lines.count > 0), "an error has a line");
	if (c == NULL)
		return false;
	config_look(c);
	settings_free(c);
	return true;
}

static void
ignore(const char *text, bool warning)
{
	(void)warning;
	must(text[0] != '\0', "a finding");
}

/* Settings with errors, then users, as `twofactl check` reads them. */
static void
check_faulty(const unsigned char *data, size_t size)
{
	const struct place_file_owner owner = { .uid = getuid(),
		.gid = getgid() };
	struct settings *c;
	struct check check;
	char path[192];

	check_begin(&check, &owner, ignore);
	conf_write(data, size);
	snprintf(path, sizeof(path), "%s/twofa.conf", fuzz_folder);
	c = settings_load_faulty(path, getuid(), &check.problem, &check.faulty);
	must(c != NULL && check.faulty == (check.problems > 0), "settings");
	c->users_dir = fuzz_folder; /* whatever the text says */
	if (check.faulty)
		check_users(&check, c);
	settings_free(c);
}

/* Replaces a quoted word or a number of the text, chosen by seed, by what is
 * none: a typing error, too much, nothing, or a value of another kind. */
static size_t
bend(const unsigned char *data, size_t size, unsigned seed, char out[])
{
	static const char *const wrong[] = { "\"sns\"", "\"\"", "-1",
		"4000000000", "true", "{ }", "( )", "[\"p\"]" };
	const char *value = wrong[seed % (sizeof(wrong) / sizeof(wrong[0]))];
	const unsigned char *from, *to, *end = data + size;

	from = size == 0 ? NULL
			 : memchr(data + seed * 7919UL % size, '=',
			       size - seed * 7919UL % size);
	if (from == NULL)
		return 0;
	from++;
	for (to = from; to < end && *to != ';'; to++)
		;
	memcpy(out, data, (size_t)(from - data));
	out += from - data;
	memcpy(out, value, strlen(value));
	memcpy(out + strlen(value), to, (size_t)(end - to));
	return (size_t)(from - data) + strlen(value) + (size_t)(end - to);
}

static void
check_bent(const unsigned char *data, size_t size)
{
	char *text = malloc(size + 16);
	size_t len;

	must(text != NULL, "memory");
	for (unsigned seed = 0; seed < BENT; seed++) {
		len = bend(data, size, (unsigned)size + seed, text);
		if (len > 0)
			check_faulty((const unsigned char *)text, len);
	}
	free(text);
}

/* Good settings load here: else nothing of what is loaded is ever judged. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char good[] =
	    "users_dir = \"@D\"; brand = \"ACME\"; providers = ( { name = "
	    "\"p\"; type = \"vonage-verify\"; api_key = \"abcd1234\"; "
	    "api_secret_file = \"@D/secret\"; } );\n";

	(void)argc;
	(void)argv;
	fuzz_enter();
	fuzz_write("secret", "Sup3rS3cret\n", 12);
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		fuzz_write(users[i].file, users[i].text, strlen(users[i].text));
	must(loads((const unsigned char *)good, strlen(good)),
	    "good settings load");
	return 0;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	if (!loads(data, size))
		check_faulty(data, size);
	check_bent(data, size);
	return 0;
}
