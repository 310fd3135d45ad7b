/* SPDX-License-Identifier: BSD-2-Clause */
/* Good settings: values and defaults. */
#include "tests/support/confdir.h"

#include <sys/socket.h>
#include <time.h>

#include "helper/providers/providers.h"
#include "lib/provider_types/provider_types.h"
#include "lib/system/system.h"
#include "lib/values/values.h"
#include "tests/support/unit_tests.h"

static struct confdir d;

static struct settings *
load(const char *text)
{
	return confdir_loaded(&d, text);
}

static void
test_defaults(void **state)
{
	struct settings *c = load(CONFDIR_BASE);
	const struct provider_conf *p = &c->provider[0];

	(void)state;
	assert_string_equal(c->brand, "ACME");
	assert_string_equal(c->language, "en");
	assert_string_equal(c->state, "/var/lib/twofa/state.db");
	assert_string_equal(c->state_dir, "/var/lib/twofa");
	assert_null(c->store.host);
	assert_null(c->store.ca_file);
	assert_int_equal(c->store.connect_timeout_ms, 1500);
	assert_int_equal(c->store.hold_s, 60);
	assert_int_equal(c->store.timeout_ms, 2000);
	assert_false(c->store.single);
	assert_int_equal(c->store.on_outage, OUTAGE_OFFLINE);
	assert_null(settings_fleet_key(c));
	assert_false(c->unenrolled_allow);
	assert_string_equal(c->unenrolled_text, "");
	assert_int_equal(c->on_outage, OUTAGE_OFFLINE);
	assert_int_equal(c->unenrolled_until, 0);
	assert_int_equal(c->self_enrol_until, 0);
	assert_int_equal(c->on_outage_until, 0);
	assert_int_equal(c->today, 0);
	assert_false(c->exceptions_dated);
	assert_false(c->alert_owner);
	assert_true(c->failover_after_unknown);
	assert_int_equal(c->resend_waits, 3);
	assert_int_equal(c->resend_wait[0], 30);
	assert_int_equal(c->resend_wait[1], 60);
	assert_int_equal(c->resend_wait[2], 120);
	assert_int_equal(c->allowed_prefixes.count, 0);
	assert_int_equal(c->wrong_codes_per_login, 3);
	assert_int_equal(c->prompts_per_login, 10);
	assert_true(c->tell_locked);
	assert_false(c->sandbox_off);
	assert_int_equal(c->sends.user_hour, 5);
	assert_int_equal(c->sends.user_day, 15);
	assert_int_equal(c->sends.number_day, 15);
	assert_int_equal(c->sends.number_answered_day, 60);
	assert_int_equal(c->sends.source_hour, 30);
	assert_int_equal(c->sends.office_hour, 200);
	assert_int_equal(c->office_networks.count, 0);
	assert_int_equal(c->sends.host_hour, 300);
	assert_int_equal(c->sends.fleet_hour, 3000);
	assert_int_equal(c->sends.spend_day, -1);
	assert_int_equal(c->sends.spend_month, -1);
	assert_int_equal(c->sends.price, 0);
	assert_int_equal(c->guesses.after, 6);
	assert_int_equal(c->guesses.after_total, 30);
	assert_int_equal(c->guesses.lock_s, 900);
	assert_int_equal(c->guesses.host_hour, 100);
	assert_int_equal(c->rule_count, 0);
	assert_int_equal(c->provider_count, 1);
	assert_ptr_equal(p->type, provider_type_find("vonage-verify"));
	assert_string_equal(p->name, "vonage");
	assert_string_equal(p->scheme, "https");
	assert_string_equal(p->base_url, "https://api.nexmo.com");
	assert_null(p->ca_file);
	assert_int_equal(p->connect_timeout_ms, 3000);
	assert_int_equal(p->timeout_ms, 10000);
	assert_int_equal(p->code_length, 6);
	assert_int_equal(p->expiry_ms, 300000);
	assert_string_equal(p->text[0], "abcd1234");
	assert_null(p->text[1]);
	assert_int_equal(p->number[0], 6);
	assert_string_equal(p->secret[0].b, "Sup3rS3cret");
	assert_int_equal(p->secret[0].len, 11);
	assert_int_equal(p->secret[1].len, 0);
	assert_false(p->rehearsal);
	assert_false(settings_is_rehearsal(c));
	c->provider[0].rehearsal = true; /* also over TLS */
	assert_true(settings_is_rehearsal(c));
	assert_ptr_equal(settings_provider(c, "vonage"), p);
	assert_null(settings_provider(c, "Vonage"));
	settings_free(c);
	settings_free(NULL);
}

/* Its scheme is not that of HTTP: that is no plain http. */
static void
test_radius_is_no_rehearsal(void **state)
{
	static const char *const urls[] = { "tls://radius.example",
		"udp://radius.example" };
	char text[512];

	(void)state;
	confdir_write(&d, "shared", "0123456789abcdef0123456789abcdef");
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct settings *c;

		snprintf(text, sizeof(text),
		    CONFDIR_BRAND
		    "providers = ( { name = \"r\"; type = \"radius\"; "
		    "base_url = \"%s\"; secret_file = \"@D/shared\"; } );\n",
		    urls[i]);
		c = load(text);
		assert_false(settings_is_rehearsal(c));
		c->provider[0].rehearsal = true;
		assert_true(settings_is_rehearsal(c));
		settings_free(c);
	}
}

/* An app needs no provider. */
static void
test_no_provider(void **state)
{
	struct settings *c = load(CONFDIR_BRAND);

	(void)state;
	assert_int_equal(c->provider_count, 0);
	assert_int_equal(settings_deliverable_methods(c), 0);
	settings_free(c);
}

static void
test_default_roots(void **state)
{
	struct settings *c = load(CONFDIR_BASE);
	const char *path = c->provider[0].ca_path;
	int hashed = system("ls /etc/ssl/certs 2>/dev/null | "
			    "grep -Eqx '[0-9a-f]{8}\\.[0-9]+'");

	(void)state;
	if (hashed == 0)
		assert_string_equal(path, "/etc/ssl/certs");
	else
		assert_null(path);
	settings_free(c);
}

static void
test_everything_set(void **state)
{
	struct settings *c;
	const struct provider_conf *p;

	(void)state;
	confdir_write(&d, "ca.pem", "a root\n");
	c = load("// a comment\n"
		 "brand : \"\xc3\x86r\xc3\xb8 \\\"A\\\" \\\\\";\n"
		 "language = \"en\"; users_dir = \"@D/users.d\"\n"
		 "state = \"/srv/state.db\"; unenrolled = \"allow\",\n"
		 "unenrolled_text = \"Call 1234\"; on_outage = \"allow\";\n"
		 "failover_after_unknown = FALSE;\n"
		 "limits : { resend_wait = ( 0, 0, 3600 );\n"
		 "  allowed_prefixes = [\"+1\", \"+44\"]; /* two\n"
		 "  lines */ wrong_codes_per_login = 5;\n"
		 "  prompts_per_login = 50; };\n"
		 "providers = (\n"
		 "  { name = \"a_B-9\"; type = \"vonage-verify\";\n"
		 "    base_url = \"http://127.0.0.1:8080/api/v1\";\n"
		 "    ca_file = \"@D/ca.pem\"; connect_timeout_ms = 100;\n"
		 "    timeout_ms = 30000; code_length = 4; expiry = 60;\n"
		 "    api_key = \"k\"; api_secret_file = \"@D/secret\";\n"
		 "    workflow_id = 7; sender_id = \"ACME\"; },\n"
		 "  { " CONFDIR_PROVIDER " } ); # end");
	p = &c->provider[0];
	assert_string_equal(c->brand, "\xc3\x86r\xc3\xb8 \"A\" \\");
	assert_string_equal(c->state, "/srv/state.db");
	assert_true(c->unenrolled_allow);
	assert_string_equal(c->unenrolled_text, "Call 1234");
	assert_int_equal(c->on_outage, OUTAGE_ALLOW);
	assert_false(c->failover_after_unknown);
	assert_int_equal(c->resend_waits, 3);
	assert_int_equal(c->resend_wait[0], 0);
	assert_int_equal(c->resend_wait[2], 3600);
	assert_int_equal(c->allowed_prefixes.count, 2);
	assert_string_equal(c->allowed_prefixes.item[1], "+44");
	assert_int_equal(c->wrong_codes_per_login, 5);
	assert_int_equal(c->prompts_per_login, 50);
	assert_int_equal(c->provider_count, 2);
	assert_string_equal(p->name, "a_B-9");
	assert_string_equal(p->scheme, "http");
	assert_string_equal(p->base_url, "http://127.0.0.1:8080/api/v1");
	assert_non_null(strstr(p->ca_file, "/ca.pem"));
	assert_null(p->ca_path);
	assert_int_equal(p->connect_timeout_ms, 100);
	assert_int_equal(p->timeout_ms, 30000);
	assert_int_equal(p->code_length, 4);
	assert_int_equal(p->expiry_ms, 60000);
	assert_int_equal(p->number[0], 7);
	assert_string_equal(p->text[1], "ACME");
	assert_true(settings_is_rehearsal(c));
	assert_string_equal(c->proxy, "");
	assert_null(c->proxy_user);
	assert_null(p->proxy);
	settings_free(c);
}

/* Left out, it is where its files were before there was such a key. */
static void
test_state_dir(void **state)
{
	static const struct {
		const char *keys, *dir;
		bool apart;
	} rows[] = {
		{ "", "/var/lib/twofa", false },
		{ "state = \"/srv/a/codes.db\";\n", "/srv/a", false },
		{ "state_dir = \"/srv/b\";\n", "/srv/b", true },
		{ "state_dir = \"/srv/b\"; state = \"/srv/a/codes.db\";\n",
		    "/srv/b", true },
		{ "state_dir = \"/srv/a\"; state = \"/srv/a/codes.db\";\n",
		    "/srv/a", false },
		/* such a state has no folder of its own and never opens */
		{ "state = \"/state.db\";\n", "/var/lib/twofa", true },
	};
	char text[512], longest[FOLDER_PATH_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct settings *c;

		snprintf(text, sizeof(text), CONFDIR_BASE "%s", rows[i].keys);
		c = load(text);
		assert_string_equal(c->state_dir, rows[i].dir);
		assert_int_equal(
		    settings_state_dir_is_separate(c), rows[i].apart);
		settings_free(c);
	}
	memset(longest, 'x', sizeof(longest));
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	snprintf(
	    text, sizeof(text), CONFDIR_BASE "state_dir = \"%s\";\n", longest);
	settings_free(load(text));
}

static void
test_store(void **state)
{
	static const char longest[] =
	    "abcdefghijklmnopqrstuvwxyz-0123456789-0123456789";
	char text[512];
	struct settings *c = load(CONFDIR_BASE "store = { };\n");

	(void)state;
	assert_null(c->store.host);
	settings_free(c);
	assert_int_equal(strlen(longest), SETTINGS_STORE_HOST_MAX);
	snprintf(text, sizeof(text), CONFDIR_BASE "store = { host = \"%s\"; };",
	    longest);
	c = load(text);
	assert_string_equal(c->store.host, longest);
	settings_free(c);
}

static void
test_state_in_servers(void **state)
{
	struct settings *c = load(CONFDIR_BASE
	    "state = \"postgresql://db1.example,db2.example:6432/twofa\";\n"
	    "store = { host = \"web01\"; ca_file = \"/ca\"; cert_file = "
	    "\"/cert\"; key_file = \"/key\"; connect_timeout_ms = 100; "
	    "timeout_ms = 10000; hold_s = 0; single = true; "
	    "on_store_outage = \"deny\"; };\n");

	(void)state;
	assert_string_equal(
	    c->state, "postgresql://db1.example,db2.example:6432/twofa");
	assert_string_equal(c->state_dir, "/var/lib/twofa");
	assert_string_equal(c->store.ca_file, "/ca");
	assert_string_equal(c->store.cert_file, "/cert");
	assert_string_equal(c->store.key_file, "/key");
	assert_null(c->store.password_file);
	assert_int_equal(c->store.connect_timeout_ms, 100);
	assert_int_equal(c->store.timeout_ms, 10000);
	assert_int_equal(c->store.hold_s, 0);
	assert_true(c->store.single);
	assert_int_equal(c->store.on_outage, OUTAGE_DENY);
	settings_free(c);
}

/* Of any bytes. */
static void
test_fleet_key(void **state)
{
	unsigned char key[SETTINGS_FLEET_KEY_LEN];
	struct settings *c;

	(void)state;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (unsigned char)(i * 9 % 256);
	confdir_bytes(&d, "fleet.key", key, sizeof(key));
	c = load(
	    CONFDIR_BASE "store = { fleet_key_file = \"@D/fleet.key\"; };");
	assert_memory_equal(settings_fleet_key(c), key, sizeof(key));
	assert_null(c->store.host);
	settings_free(c);
}

static void
test_proxy(void **state)
{
	static const char *const urls[] = { "http://proxy.example.org:3128",
		"http://[2001:db8::1]:1", "http://192.0.2.7:65535" };
	char text[512];
	struct settings *c;

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		snprintf(text, sizeof(text), "%sproxy = \"%s\";\n",
		    CONFDIR_BASE, urls[i]);
		c = load(text);
		assert_string_equal(c->proxy, urls[i]);
		assert_null(c->proxy_user);
		settings_free(c);
	}
	c = load(CONFDIR_BRAND
	    "proxy_password_file = \"@D/secret\"; proxy_user = "
	    "\"CORP\\\\a+b\";\n"
	    "proxy = \"http://p:8080\"; providers = ( { " CONFDIR_PROVIDER
	    " }, { proxy = \"\"; name = \"w\"; type = \"vonage-verify\"; "
	    "api_key = \"k\"; api_secret_file = \"@D/secret\"; } );\n");
	assert_string_equal(c->proxy, "http://p:8080");
	assert_string_equal(c->proxy_user, "CORP\\a+b");
	assert_string_equal(c->proxy_password.b, c->provider[0].secret[0].b);
	assert_null(c->provider[0].proxy);
	assert_string_equal(c->provider[1].proxy, "");
	settings_free(c);
}

/* Each field at its own value, so that no two can be mixed up. */
static void
test_sends_and_locks(void **state)
{
	struct settings *c;

	(void)state;
	c = load(CONFDIR_BASE
	    "tell_locked = false; sandbox = \"off\";\n"
	    "limits = { sends_per_user_hour = 1; sends_per_user_day = 2;\n"
	    "  sends_per_number_day = 3; sends_per_source_hour = 4;\n"
	    "  sends_per_office_hour = 14;\n"
	    "  office_networks = [\"192.0.2.0/24\", \"2001:db8::7\"];\n"
	    "  sends_per_host_hour = 100000; push_per_hour = 7;\n"
	    "  sends_per_other_hour = 5;\n"
	    "  answered_per_number_day = 6; lock_after = 7;\n"
	    "  lock_after_total = 8; lock_minutes = 9;\n"
	    "  spend_per_day = \"12.5\"; spend_per_month = \"1000000\";\n"
	    "  price_per_send = \"0.0333\"; };\n");
	assert_false(c->tell_locked);
	assert_true(c->sandbox_off);
	assert_int_equal(c->sends.user_hour, 1);
	assert_int_equal(c->sends.user_day, 2);
	assert_int_equal(c->sends.number_day, 3);
	assert_int_equal(c->sends.number_answered_day, 6);
	assert_int_equal(c->sends.source_hour, 4);
	assert_int_equal(c->sends.office_hour, 14);
	assert_true(settings_network_has(&c->office_networks, "192.0.2.9"));
	assert_true(settings_network_has(&c->office_networks, "2001:db8::7"));
	assert_false(settings_network_has(&c->office_networks, "192.0.3.9"));
	assert_false(settings_network_has(&c->office_networks, ""));
	assert_int_equal(c->sends.host_hour, 100000);
	assert_int_equal(c->sends.push_hour, 7);
	assert_int_equal(c->sends.other_hour, 5);
	assert_int_equal(c->guesses.after, 7);
	assert_int_equal(c->guesses.after_total, 8);
	assert_int_equal(c->guesses.lock_s, 540);
	assert_int_equal(c->sends.spend_day, 12500000);
	assert_int_equal(c->sends.spend_month, INT64_C(1000000000000));
	assert_int_equal(c->sends.price, 33300);
	settings_free(c);
}

/* One host is never held by it unless it says so. */
static void
test_fleet_limit(void **state)
{
	static const struct {
		const char *keys;
		unsigned limit;
	} rows[] = {
		{ "", 3000 },
		{ "sends_per_host_hour = 3000;", 3000 },
		{ "sends_per_host_hour = 3001;", 3001 },
		{ "sends_per_host_hour = 9999; sends_per_fleet_hour = 50;",
		    50 },
		{ "sends_per_fleet_hour = 0;", 0 },
		{ "sends_per_fleet_hour = 1000000;", 1000000 },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct settings *c;

		snprintf(text, sizeof(text), CONFDIR_BASE "limits = { %s };\n",
		    rows[i].keys);
		c = load(text);
		assert_int_equal(c->sends.fleet_hour, rows[i].limit);
		settings_free(c);
	}
}

/* Services that are not root's; who is left out may ask for its own name. */
static void
test_socket_uids(void **state)
{
	char text[2048] = CONFDIR_BASE "socket_allow_uids = [1";
	struct settings *c = load(CONFDIR_BASE);

	(void)state;
	assert_int_equal(c->sends.other_hour, 3);
	assert_int_equal(c->socket_uids, 0);
	assert_false(settings_socket_allows(c, 0));
	settings_free(c);
	/* a directory gives its services uids of ten digits, too */
	c = load(CONFDIR_BASE "socket_allow_uids = [114, 2147483647];\n");
	assert_true(settings_socket_allows(c, 114));
	assert_true(settings_socket_allows(c, 2147483647));
	assert_false(settings_socket_allows(c, 0));
	assert_false(settings_socket_allows(c, 1001));
	settings_free(c);
	for (int i = 1; i < SETTINGS_SOCKET_UIDS_MAX; i++)
		strcat(text, ", 2");
	strcat(text, "];\n");
	settings_free(load(text));
}

static void
test_borders(void **state)
{
	static const char *const good[] = {
		"sends_per_user_hour = 100000; sends_per_user_day = 100000;",
		"sends_per_number_day = 100000; sends_per_host_hour = 1;",
		"sends_per_source_hour = 100000; sends_per_user_day = 1;",
		"sends_per_number_day = 1; sends_per_source_hour = 1;",
		"sends_per_other_hour = 0;",
		"sends_per_other_hour = 20;",
		"answered_per_number_day = 1;",
		"answered_per_number_day = 1000;",
		"lock_after = 1; lock_after_total = 1; lock_minutes = 1;",
		"lock_after = 100; lock_after_total = 100;",
		"lock_after = 30;",
		"lock_after_total = 6; lock_minutes = 1440;",
		"spend_per_day = \"0.000001\"; price_per_send = \"0.000001\";",
		"spend_per_month = \"1\"; price_per_send = \"1\";",
		"price_per_send = \"0.1\"; spend_per_day = \"1000000\";",
		"price_per_send = \"0\";",
		"price_per_send = \"1000000.00\";",
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(text, sizeof(text), "%slimits = { %s };\n",
		    CONFDIR_BASE, good[i]);
		settings_free(load(text));
	}
}

static void
test_urls(void **state)
{
	static const char *const urls[] = {
		"https://api.example.com",
		"https://api.example.com:8443",
		"https://API.example.com/v2/x-y_z.~1",
		"https://[2001:db8::1]:443/a",
		"https://localhost",
		"http://127.0.0.1",
		"http://[::1]:1",
		"http://127.0.0.1:65535/a",
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct settings *c;

		snprintf(text, sizeof(text),
		    CONFDIR_BRAND "providers = ( { " CONFDIR_PROVIDER
				  " base_url = \"%s\"; "
				  "} );\n",
		    urls[i]);
		c = load(text);
		assert_string_equal(c->provider[0].base_url, urls[i]);
		settings_free(c);
	}
}

static void
test_rules(void **state)
{
	struct settings *c;
	const struct rule *r;

	(void)state;
	c = load(CONFDIR_BASE
	    "rules = (\n"
	    "  { services = [\"sshd\"]; from = [\"10.0.0.0/8\",\n"
	    "    \"2001:db8::/32\"]; groups = [\"domain users\"];\n"
	    "    users = (\"alice\", \"DOM\\\\bob\"); action = \"skip\"; },\n"
	    "  { console = true; methods = [\"totp\", \"recovery\"];\n"
	    "    on_outage = \"deny\"; brand = \"Console\"; },\n"
	    "  { console = false; action = \"observe\"; },\n"
	    "  { services = [\"sudo\", \"su-l\"]; first_factor = \"stack\"; "
	    "},\n"
	    "  { action = \"deny\"; first_factor = \"seen\"; },\n"
	    "  { },\n"
	    "  { remember_minutes = 1440; }, { remember_minutes = 0; },\n"
	    "  { services = [\"sshd\"]; remember_minutes = 43200;\n"
	    "    remember_with = \"key\"; }, { services = [\"sshd\"];\n"
	    "    remember_minutes = 1441; remember_with = \"key+address\"; }"
	    " );\nremember_idle_days = 30;\n");
	assert_int_equal(c->rule_count, 10);
	assert_int_equal(c->remember_idle_days, 30);
	r = c->rule;
	assert_int_equal(r[0].action, ACTION_SKIP);
	assert_int_equal(r[0].users.count, 2);
	assert_string_equal(r[0].users.item[1], "DOM\\bob");
	assert_string_equal(r[0].groups.item[0], "domain users");
	assert_string_equal(r[0].services.item[0], "sshd");
	assert_int_equal(r[0].from.count, 2);
	assert_int_equal(r[0].from.item[1].family, AF_INET6);
	assert_int_equal(r[0].from.item[1].bits, 32);
	assert_false(r[0].console_set);
	assert_int_equal(r[0].methods, METHOD_ALL);
	assert_int_equal(r[0].on_outage, OUTAGE_UNSET);
	assert_null(r[0].brand);
	assert_true(r[1].console_set);
	assert_true(r[1].console);
	assert_int_equal(r[1].action, ACTION_REQUIRE);
	assert_int_equal(r[1].methods,
	    METHOD_BIT(METHOD_TOTP) | METHOD_BIT(METHOD_RECOVERY));
	assert_int_equal(r[1].on_outage, OUTAGE_DENY);
	assert_string_equal(r[1].brand, "Console");
	assert_true(r[2].console_set);
	assert_false(r[2].console);
	assert_int_equal(r[2].action, ACTION_OBSERVE);
	assert_true(r[3].stack);
	assert_int_equal(r[4].action, ACTION_DENY);
	assert_false(r[4].stack);
	assert_int_equal(r[5].action, ACTION_REQUIRE);
	assert_int_equal(r[5].remember_minutes, 0);
	assert_int_equal(r[6].remember_minutes, 1440);
	assert_int_equal(r[7].remember_minutes, 0);
	assert_false(r[7].remember_key);
	assert_int_equal(r[8].remember_minutes, 43200);
	assert_true(r[8].remember_key);
	assert_int_equal(r[9].remember_minutes, 1441);
	assert_false(r[9].remember_key);
	settings_free(c);
	c = load(CONFDIR_BASE "rules = ();\n");
	assert_int_equal(c->remember_idle_days, 7);
	settings_free(c);
	settings_free(load(CONFDIR_BASE "rules = [];\n"));
}

static void
test_thousand_rules(void **state)
{
	static char text[200000];
	struct settings *c;
	clock_t before;
	size_t used;

	(void)state;
	used =
	    (size_t)snprintf(text, sizeof(text), "%srules = (\n", CONFDIR_BASE);
	for (int i = 0; i < 1000; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%s{ users = [\"u%d\"]; services = [\"sshd\"]; from = "
		    "[\"10.%d.0.0/16\"]; action = \"skip\"; }",
		    i > 0 ? ",\n" : "", i, i % 256);
	snprintf(text + used, sizeof(text) - used, ");\n");
	before = clock();
	c = load(text);
	/* A few milliseconds of CPU; far more is another algorithm. */
	assert_in_range(clock() - before, 0, CLOCKS_PER_SEC / 2);
	assert_int_equal(c->rule_count, 1000);
	assert_string_equal(c->rule[999].users.item[0], "u999");
	settings_free(c);
}

static void
test_user_names(void **state)
{
	char name[66];

	(void)state;
	assert_true(user_name_is_valid("alice"));
	assert_true(user_name_is_valid("_x.y@example.org"));
	assert_true(user_name_is_valid("DOM\\bob"));
	assert_true(user_name_is_valid("9-"));
	assert_false(user_name_is_valid(""));
	assert_false(user_name_is_valid("."));
	assert_false(user_name_is_valid("..x"));
	assert_false(user_name_is_valid("-x"));
	assert_false(user_name_is_valid("@x"));
	assert_false(user_name_is_valid("\\x"));
	assert_false(user_name_is_valid("a/b"));
	assert_false(user_name_is_valid("a b"));
	assert_false(user_name_is_valid("a\n"));
	assert_false(user_name_is_valid("\xc3\xa9"));
	memset(name, 'a', sizeof(name));
	name[65] = '\0';
	assert_false(user_name_is_valid(name));
	name[64] = '\0';
	assert_true(user_name_is_valid(name));
}

UNIT_TESTS(test_settings)
{
	static const struct CMUnitTest tests[] = {
		CONFDIR_TEST(test_defaults, &d),
		CONFDIR_TEST(test_no_provider, &d),
		CONFDIR_TEST(test_radius_is_no_rehearsal, &d),
		CONFDIR_TEST(test_default_roots, &d),
		CONFDIR_TEST(test_everything_set, &d),
		CONFDIR_TEST(test_state_dir, &d),
		CONFDIR_TEST(test_store, &d),
		CONFDIR_TEST(test_state_in_servers, &d),
		CONFDIR_TEST(test_fleet_key, &d),
		CONFDIR_TEST(test_proxy, &d),
		CONFDIR_TEST(test_sends_and_locks, &d),
		CONFDIR_TEST(test_fleet_limit, &d),
		CONFDIR_TEST(test_socket_uids, &d),
		CONFDIR_TEST(test_borders, &d),
		CONFDIR_TEST(test_urls, &d),
		CONFDIR_TEST(test_rules, &d),
		CONFDIR_TEST(test_thousand_rules, &d),
		CONFDIR_TEST(test_user_names, &d),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
