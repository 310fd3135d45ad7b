/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: any text as twofa.conf. The word @D in it stands for a folder
 * with a secret and users' files.
 */
#include "helper/providers/providers.h"
#include "lib/rules/rules.h"
#include "lib/settings/settings.h"
#include "tests/fuzz/fuzz.h"

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
	must(loads((const unsigned char *)good, strlen(good)),
	    "good settings load");
	return 0;
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	(void)loads(data, size);
	return 0;
}
