/* SPDX-License-Identifier: BSD-2-Clause */
/* Bad settings: each row must be refused, at its line, in these words. */
#include "tests/support/confdir.h"

#include <stdbool.h>

#include "lib/settings/settings.h"
#include "tests/support/unit_tests.h"

enum where {
	WHOLE = 0, /* the text is the file */
	BEHIND,    /* good settings, then the text from line 4 on */
	PROVIDER,  /* the text stands in a good provider, from line 4 on */
	USER,      /* the text is a user's file */
};

struct row {
	enum where where;
	const char *text;
	unsigned line;
	const char *words, *more; /* in that line's error */
};

#define LONG16 "aaaaaaaaaaaaaaaa"
#define LONG64 LONG16 LONG16 LONG16 LONG16
#define LONG256 LONG64 LONG64 LONG64 LONG64
#define HEX31 "0123456789abcdef0123456789ABCDE"
#define HEX32 "0123456789abcdef0123456789ABCDEF"
#define ACCOUNT_SID "account_sid = \"AC" HEX32 "\";\n"
#define AUTH_TOKEN "auth_token_file = \"@D/secret\";\n"
#define API_KEY "api_key_sid = \"SK" HEX32 "\";\n"
#define KEY_SECRET "api_key_secret_file = \"@D/secret\";\n"
#define SERVICE "service_sid = \"VA" HEX32 "\";\n"
/* auth begins in line 4 */
#define TWILIO(auth, rest)                                                     \
	CONFDIR_BRAND "providers = ( { name = \"t\"; type = "                  \
		      "\"twilio-verify\";\n" auth rest "} );\n"
#define TWILIO_LOOKUP(packages)                                                \
	CONFDIR_BRAND "providers = ( { name = \"t\"; type = "                  \
		      "\"twilio-lookup\";\n" ACCOUNT_SID AUTH_TOKEN            \
		      "fields = \"" packages "\"; } );\n"
#define TELNYX(type, rest)                                                     \
	CONFDIR_BRAND "providers = ( { name = \"t\"; type = "                  \
		      "\"telnyx-" type "\";\n"                                 \
		      "api_key_file = \"@D/secret\";\n" rest "} );\n"
#define TELNYX_SMS(rest) TELNYX("sms", "from = \"+12025550100\";\n" rest)
#define AUTHY(rest)                                                            \
	CONFDIR_BRAND "providers = ( { name = \"a\"; type = \"authy\";\n"      \
		      "api_key_file = \"@D/secret\";\n" rest "} );\n"
/* from line 5 on, the third behind the first two */
#define OIDC_BY(proof, rest)                                                   \
	CONFDIR_BRAND "providers = ( { name = \"o\"; type = \"oidc\"; "        \
		      "base_url = \"https://login.example.org\";\n"            \
		      "client_id = \"linux\"; " proof "\n" rest "} );\n"
#define RADIUS(rest)                                                           \
	CONFDIR_BRAND "providers = ( { name = \"r\"; type = \"radius\"; " rest \
		      " } );\n"
#define OIDC(rest)                                                             \
	OIDC_BY("client_secret_file = \"@D/secret\"; proof = \"policy\";", rest)
#define ACCOUNT(rest) PHONE "accounts = " rest ";\n"
#define ONE "{ provider = \"o\"; issuer = \"https://a.b\"; sub = \"1\"; }"
/* from line 4 on */
#define GATEWAY(rest)                                                          \
	CONFDIR_BRAND "providers = ( { name = \"g\"; type = \"http-sms\"; "    \
		      "base_url = \"https://sms.example.org\";\n" rest         \
		      "} );\n"
#define FORM "body = \"to=%phone%&text=%text%\";\n"
#define UUID "12ade33a-21c0-473b-b055-b3c836e1c292"
#define PROVIDERS "providers = ( { " CONFDIR_PROVIDER " } );\n"
#define PHONE "phone = \"+14155550123\";\n"
#define SK "SHA256:yEA7Xl8nyliV8YP2serBdF4quJ2lIJwhO8cOfnXNdLs"
#define BASE32 "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define TOTP "totp_secret_file = \"@D/totp\";\n"
#define FILE "secret_file = \"@D/totp\";"
#define APP "{ " FILE " }"
#define TOKEN "{ " FILE " type = \"hotp\"; }"

#define IDENTITY "push_identity = \"3b0c5c1e-identity\";\n"

/* from line 5 on */
#define VONAGE(name, more)                                                     \
	CONFDIR_BRAND "providers = ( { name = \"v\";\n"                        \
		      "type = \"vonage-" name "\";\n" more "} );\n"
#define VONAGE_KEY "api_key = \"abcd1234\";\n"
#define VONAGE_SECRET "api_secret_file = \"@D/secret\";\n"
#define VONAGE_V2(more) VONAGE("verify-v2", VONAGE_KEY VONAGE_SECRET more)

static const struct row rows[] = {
	/* the text itself */
	{ WHOLE, "", 1, "has neither brand nor providers", "nothing else" },
	{ WHOLE, "limits = 5;\n", 1, "has neither brand nor providers", "" },
	{ WHOLE, "# providers\n", 1, "brand: is missing", "" },
	{ WHOLE, "providers = ();\n", 1, "brand: is missing",
	    "expected a text of 1 to 18" },
	{ WHOLE, "brand \"x\";\n", 1, "syntax error", "missing ;" },
	{ WHOLE, "\xef\xbb\xbf" CONFDIR_BASE, 1, "not ASCII", "byte order" },
	{ BEHIND,
	    "language = \xe2\x80\x9c"
	    "de\xe2\x80\x9d;\n",
	    4, "language: ", "straight quotes" },
	{ BEHIND, "unenrolled = allow;\n", 4, "syntax error",
	    "missing quotes" },
	{ BEHIND, "rules = (\n{ action = \"skip\"\n", 7, "syntax error", "" },
	{ BEHIND, "limits = { }\n}\n", 5, "syntax error", "too many" },
	{ BEHIND, "@include \"/etc/passwd\"\n", 4, "@include: is refused",
	    "write everything into this file" },
	{ BEHIND, "# x\n  @include \"x\"\n", 5, "@include: is refused", "" },
	{ BEHIND, "/*\n@include \"x\"\n*/\n", 5, "@include: is refused", "" },
	{ BEHIND, "# @include \"x\"", 4, "@include: is refused", "" },
	{ BEHIND, "\n/* never\nends\n", 5, "a comment begins here", "*/" },
	{ BEHIND, "unenrolled_text = \"a\nb\";\n", 4,
	    "unenrolled_text: a text must end with a quote", "" },
	{ BEHIND, "unenrolled_text = \"a", 4, "must end with a quote", "" },
	{ BEHIND, "unenrolled_text = \"a\\x00b\";\n", 4,
	    "unenrolled_text: an escape in a text", "expected only" },
	{ BEHIND, "unenrolled_text = \"a\\nb\";\n", 4, "an escape", "" },
	{ BEHIND, "unenrolled_text = \"DOM\\bob\";\n", 4, "an escape", "" },
	{ BEHIND, "unenrolled_text = \"a\" \"b\";\n", 4,
	    "two texts without a comma", "" },
	{ BEHIND, "rules = ( { users = [ \"a\" # x\n /* y */ \"b\" ]; } );\n",
	    5, "users: two texts without a comma", "" },
	/* keys */
	{ BEHIND, "brnd = \"x\";\n", 4, "brnd: unknown key",
	    "expected brand, language," },
	{ BEHIND, "Brand = \"x\";\n", 4, "Brand: unknown key", "" },
	{ BEHIND, "a = 1;\nb = 2;\n", 5, "b: unknown key", "" },
	{ BEHIND, "brand = \"y\";\n", 4, "brand: appears in this group for the",
	    "second time; remove one of the two" },
	/* of several in a line, the one that it is */
	{ BEHIND,
	    "limits = { lock_after = 5; /* lock_minutes = */\n"
	    "lock_minutes = 1; lock_after = 5; lock_minutes = 2; };\n",
	    5, " lock_after: appears in", "" },
	{ BEHIND,
	    "rules = ( { action = \"skip\"; },\n{ users = [\"action=\"]; "
	    "action = \"skip\"; users = [ ]; } );\n",
	    5, " users: appears in", "" },
	{ BEHIND,
	    "limits = { prompts_per_login = 1;\nprompts_per_login = 1; };", 5,
	    " prompts_per_login: appears in", "" },
	{ BEHIND, "limits = { wrong_codes = 1; };\n", 4,
	    "wrong_codes: unknown key", "expected sends_per_user_hour, " },
	{ BEHIND, "rules = ( { user = [ \"a\" ]; } );\n", 4,
	    "user: unknown key", "expected users, groups" },
	{ PROVIDER, "api_secret = \"Sup3rS3cret\";\n", 4,
	    "api_secret: unknown key", "api_key, api_secret_file" },
	{ PROVIDER, "account_sid = \"AC\";\n", 4, "account_sid: unknown key",
	    "" },
	{ USER, PHONE "pone = \"x\";\n", 2, "pone: unknown key",
	    "expected phone, phones, receiver, email, channels, provider, "
	    "language, "
	    "enabled, uid, left, "
	    "totp_secret_file, totp_period, totp_hash, apps, tokens, "
	    "push_identity" },
	{ BEHIND, "socket_allow_uids = [];\n", 4,
	    "socket_allow_uids: is an empty list", "a list of 1 to 64 uids" },
	{ BEHIND, "socket_allow_uids = 114;\n", 4, "must be a list", "" },
	{ BEHIND, "socket_allow_uids = [0];\n", 4, "socket_allow_uids: is 0",
	    "from 1 to 2147483647" },
	{ BEHIND, "socket_allow_uids = [-1];\n", 4, "is -1", "" },
	{ BEHIND, "socket_allow_uids = [-2147483647];\n", 4, "is -2147483647",
	    "" },
	{ BEHIND, "socket_allow_uids = [2147483648];\n", 4,
	    "socket_allow_uids: not a whole", "9 digits" },
	{ BEHIND, "socket_allow_uids = [\"postgres\"];\n", 4,
	    "is a text, must be a number", "" },
	{ BEHIND, "limits = { sends_per_other_hour = 21; };\n", 4,
	    "sends_per_other_hour: is 21", "from 0 to 20" },
	{ BEHIND, "limits = { sends_per_other_hour = -1; };\n", 4,
	    "sends_per_other_hour: is -1", "" },
	{ USER, PHONE "email = \"a b@c\";\n", 2,
	    "email: is not an email address", "expected an address such as" },
	{ USER, PHONE "email = \"a@b@c\";\n", 2, "is not an email", "" },
	{ USER, PHONE "email = \"a.b\";\n", 2, "is not an email", "" },
	{ USER, PHONE "email = \"@a.b\";\n", 2, "is not an email", "" },
	{ USER, PHONE "email = \"ab@\";\n", 2, "is not an email", "" },
	{ USER, PHONE "language = \"xx\";\n", 2, "language: \"xx\" is unknown",
	    "\"zh-CN\"" },
	{ USER, PHONE "language = \"de-de\";\n", 2, "language: ", "\"de\"" },
	{ USER, PHONE "push_identity = \"x\";\n", 2,
	    "push_identity: has 1 bytes", "8 to 64 letters, digits and -" },
	{ USER, PHONE "push_identity = \"alice@home\";\n", 2,
	    "push_identity: ", "8 to 64 letters, digits and -" },
	{ USER, PHONE "push_factor = \"x\";\n", 2,
	    "push_factor: is no factor's SID", "YF and 32 hex" },
	{ USER, PHONE "totp_factor = \"YF" HEX32 "0\";\n", 2,
	    "totp_factor: has 35 bytes", "YF and 32 hex" },
	{ USER, PHONE "totp_factor = \"VE" HEX32 "\";\n", 2,
	    "totp_factor: is no factor's SID", "" },
	{ USER, PHONE "push_factor = \"YF" HEX32 "\";\n", 2,
	    "push_identity: is missing, but a factor is set", "" },
	{ USER,
	    PHONE IDENTITY "totp_secret_file = \"@D/totp\";\n"
			   "totp_factor = \"YF" HEX32 "\";\n",
	    4, "totp_factor: is set together with totp_secret_file",
	    "one of them" },
	{ USER, PHONE "authy_id = 5;\n", 2, "authy_id: is a number",
	    "1 to 16 digits" },
	{ USER, ACCOUNT("( { provider = \"o\"; sub = \"1\"; } )"), 2,
	    "issuer: is missing", "" },
	{ USER,
	    ACCOUNT("( { provider = \"o\"; issuer = \"https://a.b\"; "
		    "sub = \"a b\"; } )"),
	    2, "sub: ", "without blanks" },
	{ USER, ACCOUNT("( " ONE ", " ONE " )"), 2,
	    "accounts: has two accounts at \"o\"", "" },
	{ USER, ACCOUNT("[\"o\"]"), 2, "accounts: ", "" },
	{ USER, PHONE "channels = [\"page\"];\n", 2,
	    "\"page\" without accounts", "" },
	{ USER, PHONE "sk_keys = \"" SK "x" SK "\";\n", 2,
	    "sk_keys: ", "a blank between them" },
	{ USER, PHONE "sk_keys = \"" SK SK "\";\n", 2, "sk_keys: ", "" },
	{ USER, PHONE "sk_keys = \" " SK "\";\n", 2, "sk_keys: ", "" },
	{ USER, PHONE "sk_keys = \"" SK "  " SK "\";\n", 2, "sk_keys: ", "" },
	{ USER, PHONE "sk_keys = \"sk\";\n", 2, "sk_keys: invalid value \"sk\"",
	    "" },
	{ USER, PHONE "sk_keys = [\"" SK "\"];\n", 2, "sk_keys: is a", "" },
	{ USER, PHONE "authy_id = \"../sms\";\n", 2,
	    "authy_id: ", "1 to 16 digits" },
	{ BEHIND, "limits = { tell_locked = true; };\n", 4,
	    "tell_locked: unknown key", "lock_after_total" },
	{ BEHIND, "remember_minutes = 5;\n", 4, "unknown key", "" },
	{ BEHIND, "rules = ( { lock_after = 5; } );\n", 4, "unknown key",
	    "remember_minutes" },
	{ BEHIND, "sends_per_user_hour = 5;\n", 4, "unknown key", "" },
	/* types */
	{ WHOLE, "brand = 5;\nusers_dir = \"@D/users.d\";\n" PROVIDERS, 1,
	    "brand: is a number, must be a text", "expected a text" },
	{ BEHIND, "state = true;\n", 4, "state: is true or false", "" },
	{ BEHIND, "failover_after_unknown = \"true\";\n", 4,
	    "failover_after_unknown: is a text", "expected true, false" },
	{ BEHIND, "failover_after_unknown = 1;\n", 4, "is a number", "" },
	{ BEHIND, "tell_locked = \"no\";\n", 4, "tell_locked: is a text",
	    "expected true, false" },
	{ BEHIND, "tell_locked = 0;\n", 4, "tell_locked: is a number", "" },
	{ BEHIND, "sandbox = false;\n", 4, "sandbox: is true or false", "" },
	{ BEHIND, "sandbox = \"no\";\n", 4, "sandbox: ", "\"on\", \"off\"" },
/* a proxy: host and port, by plain http; its user with a password */
#define PROXY "proxy = \"http://p:1\";\n"
	{ BEHIND, "proxy = \"\";\n", 4, "proxy: is no proxy",
	    "expected http://HOST:PORT" },
	{ BEHIND, "proxy = \"p:3128\";\n", 4, "proxy: is no proxy", "" },
	{ BEHIND, "proxy = \"https://p:3128\";\n", 4, "proxy: is no", "" },
	{ BEHIND, "proxy = \"socks5://p:3128\";\n", 4, "proxy: is no", "" },
	{ BEHIND, "proxy = \"http://p\";\n", 4, "proxy: is no proxy", "" },
	{ BEHIND, "proxy = \"http://p:\";\n", 4, "proxy: is no proxy", "" },
	{ BEHIND, "proxy = \"http://p:0\";\n", 4, "proxy: is no proxy", "" },
	{ BEHIND, "proxy = \"http://p:80/\";\n", 4, "proxy: is no", "" },
	{ BEHIND, "proxy = \"http://p:80/x\";\n", 4, "proxy: is no", "" },
	{ BEHIND, "proxy = \"http://u:p@h:80\";\n", 4, "proxy: is no", "" },
	{ BEHIND, "proxy = \"http://[::1:80\";\n", 4, "proxy: is no", "" },
	{ BEHIND, "proxy = 3128;\n", 4, "proxy: is a number", "" },
	{ BEHIND, PROXY "proxy_user = \"a:b\";\n", 5,
	    "proxy_user: has a character", "letters, digits" },
	{ BEHIND, PROXY "proxy_user = \"a\";\n", 1,
	    "proxy_password_file: does not fit", "together with proxy and" },
	{ BEHIND, PROXY "proxy_password_file = \"@D/secret\";\n", 5,
	    "proxy_password_file: does not fit", "or none" },
	{ BEHIND, "proxy_user = \"a\";\nproxy_password_file = \"@D/secret\";\n",
	    5, "proxy_password_file: does not fit", "" },
	{ BEHIND,
	    PROXY "proxy_user = \"a\";\n"
		  "proxy_password_file = \"@D/nothing\";\n",
	    6, "proxy_password_file: /", "is not there" },
	{ PROVIDER, "proxy = \"http://p:1\";\n", 4, "proxy: has 10 bytes",
	    "past the proxy" },
	{ BEHIND, "rules = ( { remember_minutes = \"5\"; } );\n", 4,
	    "remember_minutes: is a text, must be a number", "" },
	{ BEHIND, "limits = { lock_minutes = true; };\n", 4,
	    "lock_minutes: is true or false", "from 1 to 1440" },
	{ USER, PHONE "totp_secret_file = true;\n", 2,
	    "totp_secret_file: is true or false", "an absolute path" },
	{ BEHIND, "unenrolled = false;\n", 4, "unenrolled: is true or false",
	    "expected \"deny\", \"allow\"" },
	{ BEHIND, "limits = [];\n", 4, "limits: is a list, must be a group",
	    "" },
	{ BEHIND, "rules = { };\n", 4, "rules: is a group { }, must be a list",
	    "" },
	{ BEHIND, "rules = ( 5 );\n", 4, "rules: is a number, must be a group",
	    "" },
	{ BEHIND, "rules = \"\";\n", 4, "rules: is a text, must be a list",
	    "" },
	{ BEHIND, "limits = { prompts_per_login = \"3\"; };\n", 4,
	    "prompts_per_login: is a text, must be a number", "1 to 50" },
	{ BEHIND, "limits = { prompts_per_login = .5; };\n", 4,
	    "prompts_per_login: is a fraction", "" },
	{ BEHIND, "rules = ( { users = \"alice\"; } );\n", 4,
	    "users: is a text, must be a list", "account names" },
	{ BEHIND, "rules = ( { users = ( \"a\",\n5 ); } );\n", 5,
	    "users: is a number, must be a text", "" },
	{ BEHIND, "rules = ( { users = [ \"a\", 5 ]; } );\n", 4,
	    "mismatched element type", "" },
	{ BEHIND, "rules = ( { console = \"yes\"; } );\n", 4,
	    "console: is a text", "expected true, false" },
	{ USER, "phone = 123456789;\n", 1, "phone: is a number, must be a",
	    "expected + and 7 to 15 digits" },
	{ USER, PHONE "enabled = \"no\";\n", 2, "enabled: is a text", "" },
	/* numbers before libconfig */
	{ BEHIND, "limits = { prompts_per_login = 4294967301; };\n", 4,
	    "prompts_per_login: not a whole decimal", "9 digits" },
	{ BEHIND, "limits = {\nprompts_per_login = 010; };\n", 5,
	    "prompts_per_login: not a whole decimal number", "leading 0" },
	{ BEHIND, "limits = { prompts_per_login = 00; };\n", 4, "not a whole",
	    "" },
	{ BEHIND, "limits = { prompts_per_login = 0x10; };\n", 4, "not a whole",
	    "" },
	{ BEHIND, "limits = { prompts_per_login = 5L; };\n", 4, "not a whole",
	    "" },
	{ BEHIND, "limits = { prompts_per_login = 3x; };\n", 4, "not a whole",
	    "" },
	{ BEHIND, "limits = { prompts_per_login = 1e1; };\n", 4, "not a whole",
	    "" },
	{ BEHIND, "limits = { prompts_per_login = 3.0; };\n", 4, "not a whole",
	    "" },
	{ BEHIND, "limits = { prompts_per_login = -010; };\n", 4, "not a whole",
	    "" },
	{ USER, "phone = +14155550123;\n", 1, "phone: not a whole decimal",
	    "belongs in quotes" },
	/* ranges and choices */
	{ WHOLE, "brand = \"\";\nusers_dir = \"@D/users.d\";\n" PROVIDERS, 1,
	    "brand: has 0 bytes", "expected a text of 1 to 18" },
	{ WHOLE,
	    "brand = \"1234567890123456789\";\nusers_dir = "
	    "\"@D/users.d\";\n" PROVIDERS,
	    1, "brand: has 19 bytes", "" },
	{ WHOLE, "brand = \"a\xff\";\nusers_dir = \"@D/users.d\";\n" PROVIDERS,
	    1, "brand: has a character", "" },
	{ WHOLE,
	    "brand = \"a\x1b[31m\";\nusers_dir = \"@D/users.d\";\n" PROVIDERS,
	    1, "brand: has a character", "" },
	{ BEHIND, "language = \"DE\";\n", 4, "language: \"DE\" is unknown",
	    "expected \"ar\", \"cs\"" },
	{ BEHIND, "state = \"state.db\";\n", 4, "state: does not begin with /",
	    "an absolute path" },
	{ BEHIND, "state = \"redis://x\";\n", 4, "state: does not begin", "" },
	{ BEHIND, "state_dir = 5;\n", 4, "state_dir: is a number",
	    "expected an absolute path" },
	{ BEHIND, "state_dir = \"srv\";\n", 4,
	    "state_dir: does not begin with /", "an absolute path" },
	{ BEHIND, "state_dir = \"\";\n", 4, "state_dir: has 0 bytes", "" },
	{ BEHIND, "state_dir = \"/\";\n", 4, "state_dir: has 1 bytes", "" },
	{ BEHIND, "state_dir = \"/\xc3\xa9\";\n", 4,
	    "state_dir: has a character", "" },
	{ BEHIND, "state_dir = \"/" LONG256 "\";\n", 4,
	    "state_dir: has 257 bytes, must have 2 to 255", "" },
	{ BEHIND, "state = true;\nstate_dir = true;\n", 5,
	    "state_dir: is true or false", "" },
	{ BEHIND, "store = \"web01\";\n", 4,
	    "store: is a text, must be a group", "expected a group" },
	{ BEHIND, "store = {\nhost = \"\"; };\n", 5, "host: has 0 bytes",
	    "1 to 48 of the characters" },
	{ BEHIND,
	    "store = { host = \"abcdefghijklmnopqrstuvwxyz-"
	    "0123456789-01234567890\"; };\n",
	    4, "host: has 49 bytes", "" },
	{ BEHIND, "store = { host = \"Web01\"; };\n", 4,
	    "host: has a character", "" },
	{ BEHIND, "store = { host = \"web01.example\"; };\n", 4,
	    "host: has a character", "" },
	{ BEHIND, "store = { hosts = \"web01\"; };\n", 4, "hosts: unknown key",
	    "expected host, fleet_key_file" },
	{ BEHIND, "store = { fleet_key_file = \"key\"; };\n", 4,
	    "fleet_key_file: does not begin with /", "32 bytes" },
	{ BEHIND, "state = \"postgresql://me@db/twofa\";\n", 4,
	    "state: names a user or a password", "postgresql://HOST" },
	{ BEHIND, "state = \"postgresql://db/twofa\";\n", 1,
	    "host: is required for a state at postgresql://", "" },
	{ BEHIND,
	    "state = \"postgresql://db/twofa\";\n"
	    "store = { host = \"a\"; password_file = \"/p\"; };\n",
	    5, "ca_file: is required", "" },
	{ BEHIND,
	    "state = \"postgresql://db/twofa\";\n"
	    "store = { host = \"a\"; ca_file = \"/c\"; };\n",
	    5, "password_file: or cert_file, one of them, is required", "" },
	{ BEHIND,
	    "state = \"postgresql://db/twofa\";\n"
	    "store = { host = \"a\"; ca_file = \"/c\"; password_file = "
	    "\"/p\"; cert_file = \"/x\"; key_file = \"/k\"; };\n",
	    5, "password_file: or cert_file, one of them, is required", "" },
	{ BEHIND,
	    "state = \"postgresql://db/twofa\";\n"
	    "store = { host = \"a\"; ca_file = \"/c\"; cert_file = \"/x\"; "
	    "};\n",
	    5, "key_file: goes with cert_file", "" },
	{ BEHIND, "store = { ca_file = \"/c\"; };\n", 4,
	    "ca_file: is for a state at postgresql:// alone", "" },
	{ BEHIND, "store = { single = true; };\n", 4,
	    "single: is for a state at postgresql:// alone", "" },
	{ BEHIND, "store = { on_store_outage = \"offline\"; };\n", 4,
	    "on_store_outage: is for a state at postgresql:// alone", "" },
	{ BEHIND,
	    "state = \"postgresql://db/twofa\";\n"
	    "store = { host = \"a\"; ca_file = \"/c\"; password_file = "
	    "\"/p\"; on_store_outage = \"allow\"; };\n",
	    5, "on_store_outage: \"allow\" is unknown",
	    "\"offline\", \"deny\"" },
	{ BEHIND, "store = { timeout_ms = 99; };\n", 4, "timeout_ms: is 99",
	    "a number from 100 to 10000" },
	{ BEHIND, "unenrolled = \"enrol\";\n", 4,
	    "unenrolled: \"enrol\" without allowed_prefixes", "limits" },
	{ BEHIND,
	    "unenrolled = \"enrol\"; state = \"postgresql://a/b\";\n"
	    "limits = { allowed_prefixes = [\"+44\"]; };\n",
	    4,
	    "unenrolled: \"enrol\" with a state at postgresql:// needs users",
	    "deny" },
	{ BEHIND, "unenrolled = \"skip\";\n", 4,
	    "unenrolled: \"skip\" is unknown", "" },
	{ BEHIND, "on_outage = \"offlin\";\n", 4,
	    "on_outage: \"offlin\" is unknown",
	    "expected \"offline\", \"deny\", \"allow\"" },
	{ BEHIND, "on_outage = \"Allow\";\n", 4, "\"Allow\" is unknown", "" },
	{ BEHIND, "unenrolled_text = \"" LONG256 "\";\n", 4,
	    "unenrolled_text: has 256 bytes, must have 0 to 255", "" },
	{ BEHIND, "unenrolled_text = \"a\xc2\x9b\";\n", 4,
	    "unenrolled_text: has a character", "" },
	{ BEHIND, "unenrolled_text = \"a\xe0\x80\xaf\";\n", 4,
	    "has a character", "" },
	{ BEHIND, "unenrolled_text = \"a\tb\";\n", 4, "has a character", "" },
	{ BEHIND, "limits = { wrong_codes_per_login = 0; };\n", 4,
	    "wrong_codes_per_login: is 0", "a number from 1 to 5" },
	{ BEHIND, "limits = { wrong_codes_per_login = 6; };\n", 4, "is 6", "" },
	{ BEHIND, "limits = { prompts_per_login = 51; };\n", 4, "is 51",
	    "from 1 to 50" },
	{ BEHIND, "limits = { prompts_per_login = -1; };\n", 4, "is -1", "" },
	{ BEHIND, "limits = { resend_wait = 30; };\n", 4,
	    "resend_wait: is a number, must be a list", "1 to 8" },
	{ BEHIND, "limits = { resend_wait = []; };\n", 4,
	    "resend_wait: is an empty list", "" },
	{ BEHIND, "limits = { resend_wait = [1,2,3,4,5,6,7,8,9]; };\n", 4,
	    "resend_wait: has 9 numbers", "" },
	{ BEHIND, "limits = { resend_wait = [30, 20]; };\n", 4,
	    "resend_wait: 20 follows 30", "none smaller" },
	{ BEHIND, "limits = { resend_wait = [30,\n3601]; };\n", 5, "is 3601",
	    "" },
	{ BEHIND, "limits = { resend_wait = [-1]; };\n", 4, "is -1", "" },
	{ BEHIND, "limits = { allowed_prefixes = []; };\n", 4,
	    "allowed_prefixes: is an empty list", "" },
	{ BEHIND, "limits = { allowed_prefixes = [\"45\"]; };\n", 4,
	    "allowed_prefixes: \"45\" is no prefix", "+ and 1 to 15" },
	{ BEHIND, "limits = { allowed_prefixes = [\"+\"]; };\n", 4,
	    "allowed_prefixes: has 1 bytes", "" },
	{ BEHIND, "limits = { allowed_prefixes = [\"+0\"]; };\n", 4,
	    "is no prefix", "" },
	{ BEHIND, "limits = { allowed_prefixes = [\"+4 5\"]; };\n", 4,
	    "has a character", "" },
	/* sends */
	{ BEHIND, "limits = { sends_per_user_hour = 0; };\n", 4,
	    "sends_per_user_hour: is 0", "a number from 1 to 100000" },
	{ BEHIND, "limits = { sends_per_user_hour = 100001; };\n", 4,
	    "sends_per_user_hour: is 100001", "" },
	{ BEHIND, "limits = { sends_per_user_hour = -1; };\n", 4, "is -1", "" },
	{ BEHIND, "limits = { sends_per_user_day = 0; };\n", 4,
	    "sends_per_user_day: is 0", "from 1 to 100000" },
	{ BEHIND, "limits = { sends_per_user_day = 100001; };\n", 4,
	    "sends_per_user_day: is 100001", "" },
	{ BEHIND, "limits = { sends_per_number_day = 0; };\n", 4,
	    "sends_per_number_day: is 0", "from 1 to 100000" },
	{ BEHIND, "limits = { sends_per_number_day = 100001; };\n", 4,
	    "sends_per_number_day: is 100001", "" },
	{ BEHIND, "limits = { answered_per_number_day = 0; };\n", 4,
	    "answered_per_number_day: is 0", "a number from 1 to 1000" },
	{ BEHIND, "limits = { answered_per_number_day = 1001; };\n", 4,
	    "answered_per_number_day: is 1001", "" },
	{ BEHIND, "limits = { answered_per_number_day = \"60\"; };\n", 4,
	    "answered_per_number_day: is a text, must be a number", "" },
	{ BEHIND, "limits = { sends_per_source_hour = 0; };\n", 4,
	    "sends_per_source_hour: is 0", "from 1 to 100000" },
	{ BEHIND, "limits = { sends_per_office_hour = 0; };\n", 4,
	    "sends_per_office_hour: is 0", "from 1 to 100000" },
	{ BEHIND, "limits = { office_networks = [\"office\"]; };\n", 4,
	    "office_networks: \"office\" is no numeric network",
	    "and addresses" },
	{ BEHIND, "limits = { sends_per_source_hour = 100001; };\n", 4,
	    "sends_per_source_hour: is 100001", "" },
	{ BEHIND, "limits = { sends_per_host_hour = 0; };\n", 4,
	    "sends_per_host_hour: is 0", "from 1 to 100000" },
	{ BEHIND, "limits = { sends_per_host_hour = 100001; };\n", 4,
	    "sends_per_host_hour: is 100001", "" },
	{ BEHIND, "limits = { sends_per_fleet_hour = -1; };\n", 4,
	    "sends_per_fleet_hour: is -1", "a number from 0 to 1000000" },
	{ BEHIND, "limits = { sends_per_fleet_hour = 1000001; };\n", 4,
	    "sends_per_fleet_hour: is 1000001", "" },
	{ BEHIND, "limits = {\npush_per_hour = 0; };\n", 5,
	    "push_per_hour: is 0", "from 1 to 100000" },
	/* locks */
	{ BEHIND, "limits = { guesses_per_host_hour = 0; };\n", 4,
	    "guesses_per_host_hour: is 0", "a number from 1 to 10000" },
	{ BEHIND, "limits = { guesses_per_host_hour = 10001; };\n", 4,
	    "guesses_per_host_hour: is 10001", "" },
	{ BEHIND, "limits = { lock_after = 0; };\n", 4, "lock_after: is 0",
	    "a number from 1 to 100" },
	{ BEHIND, "limits = { lock_after = 101; };\n", 4, "lock_after: is 101",
	    "" },
	{ BEHIND, "limits = { lock_after_total = 0; };\n", 4,
	    "lock_after_total: is 0", "a number from 1 to 100" },
	{ BEHIND, "limits = { lock_after_total = 101; };\n", 4,
	    "lock_after_total: is 101", "" },
	{ BEHIND, "limits = { lock_minutes = 0; };\n", 4, "lock_minutes: is 0",
	    "a number from 1 to 1440" },
	{ BEHIND, "limits = { lock_minutes = 1441; };\n", 4,
	    "lock_minutes: is 1441", "" },
	{ BEHIND, "limits = {\nlock_after = 8;\nlock_after_total = 7; };\n", 6,
	    "lock_after_total: is 7, smaller than lock_after = 8",
	    "expected a number from lock_after to 100" },
	{ BEHIND, "limits = {\nlock_after_total = 5; };\n", 5,
	    "lock_after_total: is 5, smaller than lock_after = 6", "" },
	{ BEHIND, "limits = {\nlock_after = 31; };\n", 5,
	    "lock_after_total: is 30 when it is left out, smaller than "
	    "lock_after = 31",
	    "" },
	/* money */
	{ BEHIND, "limits = { spend_per_day = \"5\"; };\n", 4,
	    "spend_per_day: counts nothing without a price",
	    "price_per_send, more than 0" },
	{ BEHIND,
	    "limits = { spend_per_month = \"5\"; price_per_send = \"0\"; };\n",
	    4, "spend_per_month: counts nothing without a price", "" },
	{ BEHIND, "limits = { spend_per_day = 5; };\n", 4,
	    "spend_per_day: is a number, must be a text",
	    "a text such as \"0.05\"" },
	{ BEHIND, "limits = { spend_per_day = .5; };\n", 4,
	    "spend_per_day: is a fraction, must be a text", "\"0.05\"" },
	{ BEHIND, "limits = { spend_per_day = 0.05; };\n", 4,
	    "spend_per_day: not a whole decimal number",
	    "an amount such as \"0.05\" belongs in quotes" },
	{ BEHIND, "limits = { spend_per_day = \"0\"; };\n", 4,
	    "spend_per_day: is 0", "more than 0 (leave the key out for" },
	{ BEHIND, "limits = { spend_per_day = \"0.00\"; };\n", 4,
	    "spend_per_day: is 0", "" },
	{ BEHIND, "limits = { spend_per_day = \"\"; };\n", 4,
	    "spend_per_day: \"\" is no amount", "" },
	{ BEHIND, "limits = { spend_per_day = \"0,05\"; };\n", 4,
	    "spend_per_day: \"0,05\" is no amount", "with a point" },
	{ BEHIND, "limits = { spend_per_day = \"5 EUR\"; };\n", 4,
	    "\"5 EUR\" is no amount", "" },
	{ BEHIND, "limits = { spend_per_month = 5; };\n", 4,
	    "spend_per_month: is a number, must be a text", "\"0.05\"" },
	{ BEHIND, "limits = { spend_per_month = \"-1\"; };\n", 4,
	    "spend_per_month: \"-1\" is no amount", "" },
	{ BEHIND, "limits = { spend_per_month = \"0\"; };\n", 4,
	    "spend_per_month: is 0", "" },
	{ BEHIND, "limits = { spend_per_month = \"1000000.000001\"; };\n", 4,
	    "spend_per_month: \"1000000.000001\" is no amount",
	    "up to \"1000000\"" },
	{ BEHIND, "limits = { price_per_send = 0.05; };\n", 4,
	    "price_per_send: not a whole decimal number", "\"0.05\"" },
	{ BEHIND, "limits = { price_per_send = 0; };\n", 4,
	    "price_per_send: is a number, must be a text", "\"0.05\"" },
	{ BEHIND, "limits = { price_per_send = \".05\"; };\n", 4,
	    "price_per_send: \".05\" is no amount", "" },
	{ BEHIND, "limits = { price_per_send = \"1e3\"; };\n", 4,
	    "price_per_send: \"1e3\" is no amount", "" },
	{ BEHIND, "limits = { price_per_send = \"0." LONG64 "\"; };\n", 4,
	    "price_per_send: has 66 bytes", "" },
	/* rules */
	{ BEHIND, "rules = ( {\nremember_minutes = 1441; } );\n", 5,
	    "remember_minutes: is 1441", "0 to 1440 (a day), or up to 43200" },
	{ BEHIND,
	    "rules = ( {\nservices = [\"sshd\"]; remember_minutes = 1441; } "
	    ");\n",
	    5, "remember_minutes: is 1441", "and remember_with" },
	{ BEHIND, "rules = ( {\nremember_minutes = 43201; } );\n", 5,
	    "remember_minutes: is 43201", "a number from 0 to 43200" },
	{ BEHIND, "rules = ( {\nremember_with = \"key\"; } );\n", 5,
	    "remember_with: in a rule that is not sshd's alone", "" },
	{ BEHIND,
	    "rules = ( { services = [\"sshd\", \"sudo\"];\nremember_with = "
	    "\"key\"; } );\n",
	    5, "remember_with: in a rule that is not sshd's alone", "" },
	{ BEHIND,
	    "rules = ( { services = [\"sshd\"];\nremember_with = "
	    "\"address\"; } );\n",
	    5, "remember_with: \"address\" is unknown", "\"key\"" },
	{ BEHIND, "remember_idle_days = 0;\n", 4, "remember_idle_days: is 0",
	    "a number from 1 to 30" },
	{ BEHIND, "rules = ( { remember_minutes = -1; } );\n", 4,
	    "remember_minutes: is -1", "" },
	{ BEHIND, "rules = ( { users = []; } );\n", 4,
	    "users: is an empty list; leave the key out", "" },
	{ BEHIND, "rules = ( { users = [\"\"]; } );\n", 4, "has 0 bytes", "" },
	{ BEHIND, "rules = ( { users = [\"a b\"]; } );\n", 4,
	    "users: has a character", "" },
	{ BEHIND, "rules = ( { groups = [\"" LONG64 "a\"]; } );\n", 4,
	    "groups: has 65 bytes", "" },
	{ BEHIND, "rules = ( { services = [\"SSHD\"]; } );\n", 4,
	    "services: has a character", "in lower case" },
	{ BEHIND, "rules = ( { services = [\"*\"]; } );\n", 4,
	    "services: has a character", "" },
	{ BEHIND, "rules = ( { action = \"alow\"; } );\n", 4,
	    "action: \"alow\" is unknown",
	    "\"skip\", \"deny\", \"require\", \"observe\"" },
	{ BEHIND, "rules = ( { action = \"allow\"; } );\n", 4,
	    "\"allow\" is unknown", "" },
	{ BEHIND, "rules = (\n{ },\n{ from = [\"10.0.0.1/8\"]; } );\n", 6,
	    "from: \"10.0.0.1/8\" is no numeric network", "without bits" },
	{ BEHIND, "rules = ( { from = [\"10.0.0.0/33\"]; } );\n", 4,
	    "is no numeric network", "" },
	{ BEHIND, "rules = ( { from = [\"example.org\"]; } );\n", 4,
	    "is no numeric network", "" },
	{ BEHIND, "rules = ( { hours = \"\"; } );\n", 4, "hours: ", "" },
	{ BEHIND, "rules = ( { hours = \"mon\"; } );\n", 4,
	    "wrong from character 4 on: \"\"", "mon-fri 08:00-18:00" },
	{ BEHIND, "rules = ( { hours = \"Mon 08:00-18:00\"; } );\n", 4,
	    "wrong from character 1 on", "" },
	{ BEHIND, "rules = ( { hours = \"mon-fri 8:00-18:00\"; } );\n", 4,
	    "wrong from character 9 on: \"8:00-18:00\"", "" },
	{ BEHIND, "rules = ( { hours = \"mon 24:00-24:00\"; } );\n", 4,
	    "wrong from character 5 on", "" },
	{ BEHIND, "rules = ( { hours = \"mon 00:00-24:01\"; } );\n", 4,
	    "wrong from character 11 on", "" },
	{ BEHIND, "rules = ( { hours = \"mon 00:60-24:00\"; } );\n", 4,
	    "wrong from character 5 on", "" },
	{ BEHIND, "rules = ( { hours = \"mon 08:00-08:00\"; } );\n", 4,
	    "wrong from character 11 on", "" },
	{ BEHIND,
	    "rules = ( { hours = \"mon 08:00-09:00,tue 08:00-09:00\"; } );\n",
	    4, "wrong from character 17 on", "" },
	{ BEHIND, "rules = ( { hours = \"mon 08:00-09:00, \"; } );\n", 4,
	    "wrong from character 18 on", "" },
	{ BEHIND, "rules = ( { hours = \"mon-xyz 08:00-09:00\"; } );\n", 4,
	    "wrong from character 5 on", "" },
	{ BEHIND,
	    "rules = ( { hours = \"mon 08:00-09:00, mon 08:00-09:00, mon "
	    "08:00-09:00, mon 08:00-09:00, mon 08:00-09:00, mon 08:00-09:00, "
	    "mon 08:00-09:00, mon 08:00-09:00, mon 08:00-09:00\"; } );\n",
	    4, "wrong from character 137 on", "up to 8" },
	{ BEHIND,
	    "rules = ( { action = \"skip\"; until = \"2027-02-30\"; } );\n", 4,
	    "until: \"2027-02-30\" is no such day", "\"2027-01-31\"" },
	{ BEHIND,
	    "rules = ( { action = \"skip\"; until = \"2100-01-01\"; } );\n", 4,
	    "until: \"2100-01-01\" is no such day", "up to 2099-12-31" },
	{ BEHIND,
	    "rules = ( { action = \"skip\"; until = \"2027-01-31 \"; } );\n", 4,
	    "until: \"2027-01-31 \" is no such day", "" },
	{ BEHIND, "rules = ( { action = \"skip\";\n until = \"\"; } );\n", 5,
	    "until: \"\" is no such day", "" },
	{ BEHIND, "rules = ( { action = \"skip\"; until = 20270131; } );\n", 4,
	    "until: is a number, must be a text", "" },
	{ BEHIND, "rules = ( {\n until = \"2027-01-31\"; } );\n", 5,
	    "until: in a rule that asks or denies", "\"observe\"" },
	{ BEHIND,
	    "rules = ( { action = \"deny\"; until = \"2027-01-31\"; } );\n", 4,
	    "until: in a rule that asks or denies", "" },
	{ BEHIND, "rules = (\n { why = \"CHG-4711\"; } );\n", 5,
	    "why: in a rule that asks or denies", "" },
	{ BEHIND, "rules = ( { action = \"skip\"; why = \"\"; } );\n", 4,
	    "why: has 0 bytes, must have 1 to 120", "" },
	{ BEHIND, "rules = ( { action = \"skip\"; why = \"a\\nb\"; } );\n", 4,
	    "", "" },
	{ BEHIND, "self_enrol_until = \"2027-02-30\";\n", 4,
	    "self_enrol_until: \"2027-02-30\" is no such day", "" },
	{ BEHIND, "unenrolled = \"allow\"; unenrolled_until = \"31.1.2027\";\n",
	    4, "unenrolled_until: \"31.1.2027\" is no such day", "" },
	{ BEHIND, "rules = ( {\n keys = \"sk\"; } );\n", 5,
	    "keys: in a rule that is not sshd's alone",
	    "services = [\"sshd\"]" },
	{ BEHIND,
	    "rules = ( { services = [\"sshd\", \"su\"]; keys = \"sk\"; } "
	    ");\n",
	    4, "keys: in a rule that is not sshd's alone", "" },
	{ BEHIND, "rules = ( { services = [\"sudo\"]; keys = \"sk\"; } );\n", 4,
	    "keys: in a rule that is not sshd's alone", "" },
	{ BEHIND, "rules = ( { services = [\"sshd\"]; keys = \"ssh\"; } );\n",
	    4, "keys: invalid value \"ssh\"", "a CA's fingerprint" },
	{ BEHIND, "rules = ( { services = [\"sshd\"]; keys = \"\"; } );\n", 4,
	    "keys: has 0 bytes", "" },
	{ BEHIND, "rules = ( { services = [\"sshd\"]; keys = [\"sk\"]; } );\n",
	    4, "keys: is a list", "" },
	{ BEHIND,
	    "rules = ( { services = [\"sshd\"]; keys = \"SHA256:yEA7Xl8ny\"; "
	    "} );\n",
	    4, "keys: invalid value \"SHA256:yEA7Xl8ny\"", "43 characters" },
	{ BEHIND, "exceptions = \"never\";\n", 4,
	    "exceptions: \"never\" is unknown", "\"any\", \"dated\"" },
	{ BEHIND,
	    "exceptions = \"dated\";\nrules = ( {\n"
	    " action = \"skip\"; why = \"CHG-4711\"; } );\n",
	    6, "action: admits without a code and has no last day",
	    "set until" },
	{ BEHIND,
	    "exceptions = \"dated\"; rules = ( {\n"
	    " action = \"observe\"; } );\n",
	    5, "action: admits without a code and has no last day", "" },
	{ BEHIND, "exceptions = \"dated\";\nunenrolled = \"allow\";\n", 5,
	    "unenrolled: admits without a code and has no last day",
	    "set unenrolled_until" },
	{ BEHIND, "exceptions = \"dated\";\non_outage = \"allow\";\n", 5,
	    "on_outage: admits without a code and has no last day",
	    "set on_outage_until" },
	{ BEHIND,
	    "exceptions = \"dated\";\n"
	    "rules = ( { on_outage = \"allow\"; } );\n",
	    1, "on_outage: admits without a code and has no last day", "" },
	{ BEHIND, "rules = ( { from = []; } );\n", 4, "from: is an empty", "" },
	{ BEHIND, "rules = ( { methods = []; } );\n", 4,
	    "methods: is an empty list", "" },
	{ BEHIND, "rules = ( { methods = [\"sms\", \"fax\"]; } );\n", 4,
	    "methods: \"fax\" is unknown", "\"recovery\"" },
	{ BEHIND, "rules = ( { methods = [1]; } );\n", 4,
	    "methods: is a number, must be", "" },
	{ BEHIND, "rules = ( { methods = [\"\"]; } );\n", 4,
	    "methods: \"\" is unknown", "" },
	{ BEHIND, "rules = ( { first_factor = \"stack\"; } );\n", 4,
	    "first_factor: \"stack\" in a rule that names no services",
	    "expected \"stack\" with services other than sshd" },
	{ BEHIND,
	    "rules = ( { services = [\"sudo\", \"sshd\"];\n"
	    "first_factor = \"stack\"; } );\n",
	    5, "first_factor: \"stack\" in a rule that names sshd", "" },
	{ BEHIND, "rules = ( { ask = \"caller\"; } );\n", 4,
	    "ask: \"caller\" in a rule that names no services",
	    "no services but su, su-l, sudo and sudo-i" },
	{ BEHIND,
	    "rules = ( { services = [\"su\", \"sshd\"];\n"
	    "ask = \"caller\"; } );\n",
	    5, "ask: \"caller\" in a rule with other services than su and sudo",
	    "" },
	{ BEHIND, "rules = ( { ask = \"root\"; } );\n", 4,
	    "ask: \"root\" is unknown", "\"target\", \"caller\"" },
	{ BEHIND, "rules = ( { first_factor = \"none\"; } );\n", 4,
	    "first_factor: \"none\" is unknown", "\"seen\", \"stack\"" },
	{ BEHIND, "rules = ( { on_outage = \"skip\"; } );\n", 4,
	    "on_outage: \"skip\" is unknown", "" },
	{ BEHIND, "rules = ( { brand = \"1234567890123456789\"; } );\n", 4,
	    "brand: has 19 bytes", "" },
	{ BEHIND, "rules = ( { brand = \"\"; } );\n", 4, "brand: has 0", "" },
	/* providers */
	{ WHOLE, CONFDIR_BRAND "providers = ();\n", 3,
	    "providers: is an empty list", "1 to 8 providers" },
	{ WHOLE, CONFDIR_BRAND "providers = { };\n", 3,
	    "providers: is a group { }, must be a list", "" },
	{ WHOLE, CONFDIR_BRAND "providers = ( 5 );\n", 3,
	    "providers: is a number, must be a group", "" },
	{ WHOLE,
	    CONFDIR_BRAND "providers = ({}, {}, {}, {}, {}, {}, {}, {}, {});",
	    3, "providers: has 9 providers", "" },
	{ WHOLE, CONFDIR_BRAND "providers = (\n{ } );\n", 4, "name: is missing",
	    "expected 1 to 32 letters" },
	{ WHOLE, CONFDIR_BRAND "providers = ( { name = \"v\";\n} );\n", 3,
	    "type: is missing", "" },
	{ WHOLE,
	    CONFDIR_BRAND "providers = ( { name = \"v\"; type = "
			  "\"vonage-verify\"; } );\n",
	    3, "api_key: is missing", "" },
	{ WHOLE,
	    CONFDIR_BRAND "providers = ( { name = \"v\"; type = "
			  "\"vonage-verify\"; api_key = \"k\"; } );\n",
	    3, "api_secret_file: is missing", "an absolute path" },
	{ WHOLE,
	    CONFDIR_BRAND "providers = ( { name = \"v\";\ntype = "
			  "\"pigeon\"; } );\n",
	    4, "type: \"pigeon\" is no type of this version",
	    "expected \"vonage-verify-v2\", \"vonage-verify\"" },
	{ WHOLE,
	    CONFDIR_BRAND "providers = ( { name = \"a b\";\ntype = "
			  "\"vonage-verify\"; } );\n",
	    3, "name: has a character", "" },
	{ WHOLE,
	    CONFDIR_BRAND "providers = ( { " CONFDIR_PROVIDER
			  " },\n{ " CONFDIR_PROVIDER " } );\n",
	    4, "name: \"vonage\" is the name of another provider", "" },
	{ PROVIDER, "connect_timeout_ms = 99;\n", 4,
	    "connect_timeout_ms: is 99", "a number from 100 to 30000" },
	{ PROVIDER, "connect_timeout_ms = 30001;\n", 4, "is 30001", "" },
	{ PROVIDER, "timeout_ms = 499;\n", 4, "timeout_ms: is 499",
	    "a number from 500 to 30000" },
	{ PROVIDER, "\ntimeout_ms = 30001;\n", 5, "is 30001", "" },
	{ PROVIDER, "code_length = 5;\n", 4,
	    "code_length: is 5, which vonage-verify does not take",
	    "expected 4, 6" },
	{ PROVIDER, "code_length = 3;\n", 4, "code_length: is 3", "" },
	{ PROVIDER, "code_length = 32;\n", 4, "code_length: is 32", "" },
	{ PROVIDER, "expiry = 59;\n", 4, "expiry: is 59, which vonage-verify",
	    "from 60 to 3600" },
	{ PROVIDER, "expiry = 3601;\n", 4, "expiry: is 3601", "" },
	{ PROVIDER, "workflow_id = 0;\n", 4, "workflow_id: is 0",
	    "a number from 1 to 7" },
	{ PROVIDER, "workflow_id = 8;\n", 4, "workflow_id: is 8", "" },
	{ PROVIDER, "workflow_id = \"6\";\n", 4, "workflow_id: is a text", "" },
	{ PROVIDER, "sender_id = \"Twelve345678\";\n", 4,
	    "sender_id: has 12 bytes", "" },
	{ PROVIDER, "sender_id = \"A B\";\n", 4, "sender_id: has a character",
	    "" },
	{ PROVIDER, "base_url = \"ftp://x\";\n", 4,
	    "base_url: does not begin with https://",
	    "expected https://HOST[:PORT][/PREFIX]" },
	{ PROVIDER, "base_url = \"HTTPS://x\";\n", 4, "does not begin", "" },
	{ PROVIDER, "base_url = \"https://\";\n", 4, "no host name", "" },
	{ PROVIDER, "base_url = \"https:///x\";\n", 4, "no host name", "" },
	{ PROVIDER, "base_url = \"https://a b\";\n", 4, "no host name", "" },
	{ PROVIDER, "base_url = \"https://a\\\\b\";\n", 4, "no host name", "" },
	{ PROVIDER, "base_url = \"https://-a\";\n", 4, "no host name", "" },
	{ PROVIDER, "base_url = \"https://[::1\";\n", 4, "no host name", "" },
	{ PROVIDER, "base_url = \"https://[x]\";\n", 4, "no host name", "" },
	{ PROVIDER, "base_url = \"https://u:p@h\";\n", 4, "a user name", "" },
	{ PROVIDER, "base_url = \"https://h?x\";\n", 4, "a query", "" },
	{ PROVIDER, "base_url = \"https://h/#x\";\n", 4, "a fragment", "" },
	{ PROVIDER, "base_url = \"https://h:\";\n", 4, "a port", "" },
	{ PROVIDER, "base_url = \"https://h:0\";\n", 4, "a port", "" },
	{ PROVIDER, "base_url = \"https://h:65536\";\n", 4, "a port", "" },
	{ PROVIDER, "base_url = \"https://h:8x/\";\n", 4, "a port", "" },
	{ PROVIDER, "base_url = \"https://h/\";\n", 4, "or ends with /", "" },
	{ PROVIDER, "base_url = \"https://h/a//b\";\n", 4, "a prefix", "" },
	{ PROVIDER, "base_url = \"https://h/../b\";\n", 4, "a prefix", "" },
	{ PROVIDER, "base_url = \"https://h/%2e\";\n", 4, "a prefix", "" },
	{ PROVIDER, "base_url = \"http://localhost\";\n", 4,
	    "is http, which is for 127.0.0.1 and [::1] alone", "" },
	{ PROVIDER, "base_url = \"http://127.0.0.2\";\n", 4, "is http", "" },
	{ PROVIDER, "base_url = \"http://127.1\";\n", 4, "is http", "" },
	{ PROVIDER, "base_url = \"http://127.0.0.1.x.org\";\n", 4, "is http",
	    "" },
	{ PROVIDER, "base_url = \"http://api.nexmo.com\";\n", 4, "is http",
	    "" },
	{ PROVIDER, "ca_file = \"@D/nothing\";\n", 4, "ca_file: /",
	    "cannot be opened" },
	{ PROVIDER, "ca_file = \"ca.pem\";\n", 4,
	    "ca_file: does not begin with /", "an absolute path" },
	{ PROVIDER, "ca_file = \"@D/users.d\";\n", 4, "is not a regular file",
	    "ca_path" },
	{ PROVIDER, "ca_path = \"@D/secret\";\n", 4,
	    "cannot be opened as a directory", "Not a directory" },
	{ PROVIDER, "ca_path = \"@D/users.d\";\n", 4, "has no hash links",
	    "run: openssl rehash" },
	{ PROVIDER, "ca_file = \"@D/secret\";\nca_path = \"@D/users.d\";\n", 5,
	    "ca_path: is set together with ca_file", "expected one of them" },
	{ WHOLE,
	    CONFDIR_BRAND "providers = ( { name = \"v\"; type = "
			  "\"vonage-verify\"; api_key = \"k-\";\n"
			  "api_secret_file = \"Sup3rS3cret\"; } );\n",
	    4, "api_secret_file: does not begin with /", "absolute path" },
	{ WHOLE,
	    CONFDIR_BRAND "providers = ( { name = \"v\"; type = "
			  "\"vonage-verify\"; api_key = \"k-\";\n"
			  "api_secret_file = \"@D/secret\"; } );\n",
	    3, "api_key: has a character", "letters and digits" },
	/* twilio: SIDs by shape, and one pair of credentials */
	{ WHOLE, TWILIO(ACCOUNT_SID, AUTH_TOKEN "service_sid = \"VA12\";\n"), 6,
	    "service_sid: has 4 bytes", "34 letters and digits" },
	{ WHOLE, TWILIO(ACCOUNT_SID, AUTH_TOKEN), 3, "service_sid: is missing",
	    "" },
	{ WHOLE, TWILIO("account_sid = \"SK" HEX32 "\";\n", AUTH_TOKEN SERVICE),
	    4, "account_sid: does not fit", "AC and 32 hexadecimal digits" },
	{ WHOLE,
	    TWILIO(ACCOUNT_SID, AUTH_TOKEN "service_sid = \"VA" HEX31 "g\";\n"),
	    6, "service_sid: does not fit", "VA and 32 hexadecimal digits" },
	{ WHOLE, TWILIO("api_key_sid = \"AC" HEX32 "\";\n", KEY_SECRET SERVICE),
	    4, "api_key_sid: does not fit", "SK and 32 hexadecimal digits" },
	{ WHOLE, TWILIO(ACCOUNT_SID, SERVICE), 4, "account_sid: does not fit",
	    "account_sid with auth_token_file, or api_key_sid with" },
	{ WHOLE, TWILIO(AUTH_TOKEN, SERVICE), 4,
	    "auth_token_file: does not fit", "account_sid with it" },
	{ WHOLE, TWILIO(API_KEY, SERVICE), 4, "api_key_sid: does not fit",
	    "api_key_secret_file with it" },
	{ WHOLE, TWILIO(KEY_SECRET, SERVICE), 4,
	    "api_key_secret_file: does not fit", "api_key_sid with it" },
	{ WHOLE, TWILIO(ACCOUNT_SID AUTH_TOKEN, API_KEY KEY_SECRET SERVICE), 5,
	    "auth_token_file: does not fit", "one of them" },
	{ WHOLE, TWILIO(ACCOUNT_SID AUTH_TOKEN, SERVICE "code_length = 3;\n"),
	    7, "code_length: is 3", "" },
	{ WHOLE, TWILIO(ACCOUNT_SID AUTH_TOKEN, SERVICE "expiry = 119;\n"), 7,
	    "expiry: is 119, which twilio-verify does not take",
	    "from 120 to 86400" },
	{ WHOLE, TWILIO_LOOKUP("sim_swap"), 6, "fields: does not fit",
	    "validation, line_type_intelligence" },
	{ WHOLE, TWILIO_LOOKUP("validation,"), 6, "fields: does not fit", "" },
	{ WHOLE, TWILIO_LOOKUP("validation%2C"), 6, "fields: has a character",
	    "" },
	/* vonage v2: one pair of credentials, senders; a level of insight */
	{ WHOLE, VONAGE("verify-v2", ""), 3, "application_id: does not fit",
	    "api_key with api_secret_file, or application_id with" },
	{ WHOLE, VONAGE("verify-v2", VONAGE_KEY), 5, "api_key: does not fit",
	    "one pair and not both" },
	{ WHOLE, VONAGE("verify-v2", VONAGE_SECRET), 3, "api_key: does not fit",
	    "api_key with api_secret_file" },
	{ WHOLE, VONAGE("verify-v2", "application_id = \"" UUID "\";\n"), 5,
	    "application_id: does not fit", "private_key_file" },
	{ WHOLE, VONAGE_V2("application_id = \"" UUID "\";\n"), 5,
	    "api_key: does not fit", "one pair" },
	{ WHOLE, VONAGE_V2("private_key_file = \"@D/secret\";\n"), 7,
	    "private_key_file: /", "holds no private key in PEM form" },
	{ WHOLE, VONAGE_V2("application_id = \"x\";\n"), 7,
	    "application_id: has 1 bytes", "36" },
	{ WHOLE, VONAGE_V2("sender_id = \"Twelve345678\";\n"), 7,
	    "sender_id: does not fit", "1 to 11 letters and digits, or 1 to" },
	{ WHOLE, VONAGE_V2("from = \"Twelve345678\";\n"), 7,
	    "from: does not fit", "15 digits" },
	{ WHOLE, VONAGE_V2("from = \"+447700900999\";\n"), 7,
	    "from: has a character", "" },
	{ WHOLE, VONAGE_V2("code_length = 11;\n"), 7, "code_length: is 11",
	    "" },
	{ WHOLE, VONAGE_V2("expiry = 14;\n"), 7,
	    "expiry: is 14, which vonage-verify-v2 does not take",
	    "from 15 to 900" },
	{ WHOLE, VONAGE_V2("expiry = 901;\n"), 7, "expiry: is 901", "" },
	{ WHOLE, VONAGE_V2("workflow_id = 8;\n"), 7, "workflow_id: is 8",
	    "a number from 1 to 7" },
	{ WHOLE,
	    "brand = \"A/C: B\";\nusers_dir = \"@D/users.d\";\nproviders = ( {"
	    " name = \"v\"; type = \"vonage-verify-v2\"; " VONAGE_KEY
		VONAGE_SECRET "} );\n",
	    1, "brand: has a character that vonage-verify-v2 refuses",
	    "all but /\\{}:$" },
	{ WHOLE,
	    VONAGE("insight", VONAGE_KEY VONAGE_SECRET "level = \"secret\";\n"),
	    7, "level: does not fit", "\"basic\", \"standard\" or" },
	{ WHOLE, VONAGE("insight", VONAGE_KEY), 3,
	    "api_secret_file: is missing", "" },
	/* telnyx: a UUID, a sender, one part of GSM-7 */
	{ WHOLE, TELNYX("verify", ""), 3, "verify_profile_id: is missing", "" },
	{ WHOLE, TELNYX("verify", "verify_profile_id = \"12ade33a\";\n"), 5,
	    "verify_profile_id: has 8 bytes", "36" },
	{ WHOLE,
	    TELNYX("verify",
		"verify_profile_id = \"12ade33a021c0-473b-b055-"
		"b3c836e1c292\";\n"),
	    5, "verify_profile_id: does not fit", "8-4-4-4-12" },
	{ WHOLE,
	    TELNYX(
		"verify", "verify_profile_id = \"" UUID "\";\nexpiry = 601;\n"),
	    6, "expiry: is 601, which telnyx-verify does not take",
	    "from 60 to 600" },
	{ WHOLE, TELNYX("sms", ""), 3, "from: does not fit",
	    "from, messaging_profile_id, or both" },
	{ WHOLE, TELNYX("sms", "from = \"ACME\";\n"), 5, "from: does not fit",
	    "together with messaging_profile_id" },
	{ WHOLE, TELNYX("sms", "from = \"12\";\n"), 5, "from: does not fit",
	    "a short code of 3 to 8" },
	{ WHOLE,
	    TELNYX(
		"sms", "messaging_profile_id = \"" LONG16 LONG16 "aaaa\";\n"),
	    5, "messaging_profile_id: does not fit", "8-4-4-4-12" },
	{ WHOLE, TELNYX_SMS("text = \"no code\";\n"), 6, "text: does not fit",
	    "a text with %code%" },
	{ WHOLE, TELNYX_SMS("text = \"%code% 100%\";\n"), 6,
	    "text: does not fit", "alone" },
	{ WHOLE, TELNYX_SMS("text = \"%code% [x]\";\n"), 6,
	    "text: has a character", "" },
	{ WHOLE,
	    TELNYX_SMS("text = \"%code%%brand%%host%" LONG64 LONG16 LONG16
		    LONG16 LONG16 "\";\n"),
	    6, "text: does not fit", "160 characters" },
	{ WHOLE,
	    "brand = \"A{B}\";\nusers_dir = \"@D/users.d\";\nproviders = ( {"
	    " name = \"t\"; type = \"telnyx-sms\"; api_key_file = "
	    "\"@D/secret\"; from = \"55555\"; } );\n",
	    1, "brand: has a character that telnyx-sms refuses", "" },
	{ WHOLE, TELNYX("lookup", "verify_profile_id = \"" UUID "\";\n"), 5,
	    "verify_profile_id: unknown key", "" },
	/* a gateway: https, words outside of quotes, a secret where one is used
	 */
	{ WHOLE,
	    CONFDIR_BRAND "providers = ( { name = \"g\"; type = \"http-sms\"; "
			  "body = \"to=%phone%&text=%text%\"; } );\n",
	    3, "base_url: does not fit", "gateway's https://" },
	{ WHOLE,
	    CONFDIR_BRAND "providers = ( { name = \"g\"; type = \"http-sms\"; "
			  "base_url = \"http://sms.example.org\"; "
			  "body = \"to=%phone%&text=%text%\"; } );\n",
	    3, "base_url: is http", "" },
	{ WHOLE, GATEWAY(""), 3, "body: is missing", "" },
	{ WHOLE, GATEWAY("body = \"%text%\";\n"), 4, "body: has 6 bytes", "" },
	{ WHOLE, GATEWAY("body = \"to=%phone%&text=hello\";\n"), 4,
	    "body: does not fit", "%text%, and either %phone% or %receiver%" },
	{ WHOLE, GATEWAY("body = \"text=%text%\";\n"), 4, "body: does not fit",
	    "either %phone% or %receiver%" },
	{ WHOLE, GATEWAY("body = \"a=%text%&b=%phone%&c=%receiver%\";\n"), 4,
	    "body: does not fit", "either %phone% or %receiver%" },
	{ WHOLE, GATEWAY("body = \"a=%text%&b=%phone%&c=100%\";\n"), 4,
	    "body: does not fit", "% in %phone%, %receiver%, %text%" },
	{ WHOLE, GATEWAY("body = \"a=%text%&b=%Phone%\";\n"), 4,
	    "body: does not fit", "% in %phone%" },
	{ WHOLE,
	    GATEWAY("body = \"{\\\"to\\\": %phone%, \\\"text\\\": "
		    "\\\"%text%\\\"}\";\n"),
	    4, "body: does not fit", "outside of quotes" },
	{ WHOLE,
	    GATEWAY("body = \"{\\\"to\\\": %phone%, \\\"text\\\": "
		    "\\\"Hello \\\\\\\"%text%\\\"}\";\n"),
	    4, "body: does not fit", "outside of quotes" },
	{ WHOLE,
	    GATEWAY("body = \"{\\\"to\\\": %phone%, \\\"text\\\": "
		    "%text%, \\\"x\\\": \\\"}\";\n"),
	    4, "body: does not fit", "after the last quote" },
	{ WHOLE,
	    GATEWAY("body = \"{\\\"to\\\": %phone%, \\\"text\\\": "
		    "%text%\";\n"),
	    4, "body: does not fit", "JSON that ends with }" },
	{ WHOLE, GATEWAY(FORM "path = \"send\";\n"), 5, "path: does not fit",
	    "begins with /" },
	{ WHOLE, GATEWAY(FORM "path = \"/%phone%/send\";\n"), 5,
	    "path: does not fit", "no % in it but %secret%" },
	{ WHOLE, GATEWAY(FORM "path = \"/%text%\";\n"), 5, "path: does not fit",
	    "%secret%" },
	{ WHOLE, GATEWAY(FORM "path = \"/a%20b\";\n"), 5, "path: does not fit",
	    "%secret%" },
	{ WHOLE, GATEWAY(FORM "path = \"/a b\";\n"), 5, "path: has a character",
	    "" },
	{ WHOLE, GATEWAY(FORM "path = \"/%secret%\";\n"), 3,
	    "auth_secret_file: does not fit", "which need it" },
	{ WHOLE, GATEWAY(FORM "auth_header = \"X-Api-Key\";\n"), 3,
	    "auth_secret_file: does not fit", "" },
	{ WHOLE, GATEWAY(FORM "auth_secret_file = \"@D/secret\";\n"), 5,
	    "auth_secret_file: does not fit", "auth_header or %secret%" },
	{ WHOLE, GATEWAY(FORM "auth_header = \"X-Key: a\";\n"), 5,
	    "auth_header: has a character", "" },
#define HEADER(name)                                                           \
	{                                                                      \
		WHOLE,                                                         \
		    GATEWAY(FORM "auth_header = \"" name                       \
				 "\"; auth_secret_file = \"@D/secret\";\n"),   \
		    5, "auth_header: does not fit", "such as X-Api-Key"        \
	}
	HEADER("Host"),
	HEADER("content-length"),
	HEADER("Content-Type"),
	HEADER("Transfer-Encoding"),
	HEADER("Expect"),
	HEADER("ACCEPT"),
	HEADER("Connection"),
	HEADER("Proxy-Authorization"),
	{ WHOLE, GATEWAY(FORM "text = \"hello you\";\n"), 5,
	    "text: does not fit", "a text with %code%" },
	{ WHOLE, GATEWAY(FORM "says = \"by ntfy (r resend\";\n"), 5,
	    "says: has a character", "" },
	{ WHOLE, GATEWAY(FORM "expiry = 601;\n"), 5,
	    "expiry: is 601, which http-sms does not take", "" },
	{ USER, PHONE "receiver = \"x\";\n", 2,
	    "receiver: is set together with phone", "one of them" },
	{ USER, "receiver = \"x\";\nchannels = [\"voice\"];\n", 2,
	    "\"voice\" without phone", "" },
	{ USER, "receiver = \"a\xc3\xa9\";\n", 1, "receiver: has a character",
	    "" },
	{ USER, "receiver = \"" LONG64 "a\";\n", 1, "receiver: has 65 bytes",
	    "" },
	{ WHOLE, AUTHY("code_length = 5;\n"), 5,
	    "code_length: is 5, which authy does not take", "6, 7, 8" },
	{ WHOLE, AUTHY("api_key = \"x\";\n"), 5, "api_key: unknown key", "" },
	{ WHOLE,
	    CONFDIR_BRAND "providers = ( { name = \"v\"; type = "
			  "\"vonage-identity\"; } );\n",
	    3, "application_id: is missing", "" },
	{ WHOLE, AUTHY("logo = \"\";\n"), 5, "logo: ", "1 to 500" },
	{ WHOLE, OIDC_BY("client_secret_file = \"@D/secret\";", ""), 3,
	    "proof: is missing", "" },
	{ WHOLE,
	    OIDC_BY("client_secret_file = \"@D/secret\"; proof = \"pwd\";", ""),
	    4, "proof: does not fit oidc", "\"policy\"" },
	{ WHOLE,
	    OIDC_BY("client_secret_file = \"@D/secret\"; proof = \"amr\";", ""),
	    3, "amr: does not fit oidc", "proof = \"amr\"" },
	{ WHOLE,
	    OIDC_BY("client_secret_file = \"@D/secret\"; proof = \"amr\";",
		"amr = \"otp pwd\";\n"),
	    5, "amr: does not fit oidc", "pwd, pin, kba" },
	{ WHOLE,
	    OIDC_BY("client_secret_file = \"@D/secret\"; proof = \"acr\";", ""),
	    3, "acr: does not fit oidc", "proof = \"acr\"" },
	{ WHOLE, OIDC_BY("proof = \"policy\";", ""), 3,
	    "client_secret_file: does not fit oidc", "\"basic\"" },
	{ WHOLE, OIDC("client_auth = \"none\";\n"), 4,
	    "client_secret_file: does not fit oidc", "" },
	{ WHOLE, OIDC("client_auth = \"mtls\";\n"), 5,
	    "client_auth: does not fit oidc", "\"basic\"" },
	{ WHOLE, OIDC("client_auth = \"jwt\";\n"), 4,
	    "client_secret_file: does not fit oidc", "alone" },
	{ WHOLE, OIDC_BY("proof = \"policy\";", "client_auth = \"jwt\";\n"), 3,
	    "client_key_file: does not fit oidc", "\"jwt\"" },
	{ WHOLE, OIDC("flow = \"code\";\n"), 5, "flow: does not fit oidc",
	    "\"device\" or \"ciba\"" },
	{ WHOLE, OIDC("flow = \"ciba\"; client_auth = \"none\";\n"), 5,
	    "client_auth: does not fit oidc", "\"post\"" },
	{ WHOLE,
	    OIDC("flow = \"ciba\"; page = \"https://a.example/device\";\n"), 5,
	    "page: does not fit oidc", "shows no page" },
	{ WHOLE, OIDC("algs = \"RS256 HS256\";\n"), 5,
	    "algs: does not fit oidc", "ES256" },
	{ WHOLE, OIDC("algs = \" \";\n"), 5, "algs: does not fit oidc",
	    "ES256" },
	{ WHOLE, OIDC("hint = \"mail\";\n"), 5, "hint: does not fit oidc",
	    "\"account\" or \"user\"" },
	{ WHOLE, OIDC("scope = \"profile\";\n"), 5, "scope: does not fit oidc",
	    "openid" },
	{ WHOLE, OIDC("scope = \"openid offline_access\";\n"), 5,
	    "scope: does not fit oidc", "no offline_access" },
	{ WHOLE, OIDC("max_age = -2;\n"), 5, "max_age: is -2", "-1 to 86400" },
	{ WHOLE, OIDC("page = \"https://a.example/device\";\n"), 3,
	    "user_code: does not fit oidc", "page and user_code" },
	{ WHOLE, RADIUS(""), 3, "base_url: does not fit radius", "tls://" },
	{ WHOLE, RADIUS("base_url = \"https://r.example\";\n"), 3,
	    "base_url: does not begin with tls:// or udp://",
	    "expected tls://HOST[:PORT];" },
	{ WHOLE, RADIUS("base_url = \"tls://r.example/x\";\n"), 3,
	    "base_url: has more than a host and a port", "" },
	{ WHOLE, RADIUS("base_url = \"tls://u@r.example\";\n"), 3,
	    "base_url: has a user name", "" },
	{ WHOLE, RADIUS("base_url = \"udp://r.example\";\n"), 3,
	    "secret_file: does not fit radius", "16 bytes" },
	{ WHOLE,
	    RADIUS("base_url = \"udp://r.example\";\n"
		   "secret_file = \"@D/secret\";\n"),
	    4, "secret_file: does not fit radius", "16 bytes" },
	{ WHOLE,
	    CONFDIR_BRAND "providers = ( { name = \"o\"; type = \"oidc\"; "
			  "base_url = \"tls://r.example\";\n "
			  "client_id = \"x\"; } );\n",
	    3, "base_url: does not begin with https://", "" },
	{ WHOLE, "brand = \"x\";\nusers_dir = \"@D/none\";\n" PROVIDERS, 2,
	    "users_dir: /", "run: install -d -o root -g twofa -m 0750 /" },
	{ WHOLE, "brand = \"x\";\nusers_dir = \"users.d\";\n" PROVIDERS, 2,
	    "users_dir: does not begin with /", "" },
	/* users */
	{ USER, "", 1, "phone: is missing", "expected + and 7 to 15" },
	{ USER, "phone = \"\";\n", 1, "phone: is not an E.164 number", "" },
	{ USER, "phone = \"14155550123\";\n", 1, "is not an E.164", "" },
	{ USER, "phone = \"+1 415 555 0123\";\n", 1, "is not an E.164",
	    "without blanks" },
	{ USER, "phone = \"+0155550123\";\n", 1, "is not an E.164", "" },
	{ USER, "phone = \"+1234567890123456\";\n", 1, "is not an E.164", "" },
	{ USER, PHONE "\nchannels = [];\n", 3, "channels: is an empty", "" },
	{ USER, PHONE "channels = \"sms\";\n", 2,
	    "channels: is a text, must be a list", "" },
	{ USER, PHONE "channels = [\"fax\"];\n", 2,
	    "channels: \"fax\" is no channel", "\"sms\", \"voice\"" },
	{ USER, PHONE "channels = [\"push\"];\n", 2,
	    "channels: \"push\" without push_factor", "or set push_factor" },
	{ USER, PHONE "channels = [\"sms\", \"email\"];\n", 2,
	    "channels: \"email\" without email", "or set email" },
	{ USER, PHONE "channels = [1];\n", 2, "channels: is a number, must be",
	    "" },
	{ USER, PHONE "channels = [\"recovery\"];\n", 2, "is no channel", "" },
	{ USER, PHONE "channels = [\"sms\", \"totp\"];\n", 2,
	    "channels: \"totp\" without totp_secret_file",
	    "or set totp_secret_file" },
	{ USER, TOTP "channels = [\"totp\", \"sms\"];\n", 2,
	    "channels: \"sms\" without phone", "or set phone" },
	{ USER, TOTP "channels = [\"voice\"];\n", 2, "\"voice\" without", "" },
	{ USER, TOTP "channels = [\"whatsapp\"];\n", 2, "\"whatsapp\" without",
	    "" },
	{ USER, TOTP "channels = [\"email\"];\n", 2, "\"email\" without", "" },
	{ USER, TOTP "channels = [\"totp\", \"totp\"];\n", 2,
	    "channels: \"totp\" appears twice", "" },
	{ USER, TOTP "phone = \"4155550123\";\n", 2,
	    "phone: is not an E.164 number", "" },
	{ USER, "enabled = true;\n", 1, "phone: is missing",
	    "it may be left out with receiver, email" },
	{ USER, PHONE "totp_secret_file = \"" BASE32 "\";\n", 2,
	    "totp_secret_file: does not begin with /", "an absolute path" },
	{ USER, PHONE "totp_secret_file = \"\";\n", 2,
	    "totp_secret_file: has 0 bytes", "" },
	{ USER, PHONE "totp_period = 45;\n", 2, "totp_period: is 45",
	    "expected 30 or 60" },
	{ USER, PHONE "totp_period = 29;\n", 2, "totp_period: ", "30 or 60" },
	{ USER, PHONE "totp_period = 61;\n", 2, "totp_period: ", "30 or 60" },
	{ USER, PHONE "totp_period = \"60\";\n", 2,
	    "totp_period: ", "30 or 60" },
	{ USER, PHONE "totp_hash = \"SHA512\";\n", 2,
	    "totp_hash: \"SHA512\" is unknown", "\"SHA256\"" },
	{ USER, PHONE "totp_secret_file = \"@D/none\";\n", 2,
	    "totp_secret_file: /", "none: is not there; write it" },
	{ USER, PHONE "totp_secret_file = \"@D/none\";\n", 2,
	    "totp_secret_file: /", "run: twofactl totp alice" },
	{ USER, PHONE "totp_secret_file = \"@D/secret\";\n", 2,
	    "totp_secret_file: /", "secret: holds no secret of 16 bytes" },
	{ USER, PHONE "totp_secret_file = \"@D/secret\";\n", 2,
	    "in base32; expected A to Z and 2 to 7",
	    "run: twofactl totp alice" },
	{ USER, TOTP "apps = ( " APP " );\n", 2,
	    "apps: is set together with totp_secret_file", "one of them" },
	{ USER, PHONE "totp_period = 60; apps = ( " APP " );\n", 2,
	    "apps: is set together with totp_secret_file", "totp_period" },
	{ USER, "apps = ( " APP ", " APP ", " APP ", " APP ", " APP " );\n", 1,
	    "apps: has 5 apps", "a list of 1 to 4 groups" },
	{ USER,
	    "apps = ( " APP ", " APP " );\ntokens = ( " TOKEN ", " TOKEN
	    ", " TOKEN " );\n",
	    2, "tokens: 5 apps and tokens",
	    "a guess would be right too often" },
	{ USER,
	    TOTP "tokens = ( " TOKEN ", " TOKEN ", " TOKEN ", " TOKEN " );\n",
	    2, "tokens: 5 apps and tokens", "expected at most 4" },
	{ USER, "apps = ( { name = \"a\"; } );\n", 1, "secret_file: is missing",
	    "an absolute path" },
	{ USER, "apps = ( { " FILE " digits = 7; } );\n", 1, "digits: is 7",
	    "6 or 8" },
	{ USER, "apps = ( { " FILE " type = \"hotp\"; } );\n", 1,
	    "type: unknown key", "" },
	{ USER, "tokens = ( { " FILE " } );\n", 1, "type: is missing",
	    "\"hotp\"" },
	{ USER, "tokens = ( { " FILE " type = \"ocra\"; } );\n", 1,
	    "type: \"ocra\" is unknown", "\"totp\", \"hotp\"" },
	{ USER, "tokens = ( { " FILE " type = \"hotp\"; period = 60; } );\n", 1,
	    "tokens: hotp has no period", "no hash but SHA1" },
	{ USER,
	    "tokens = ( { " FILE " type = \"hotp\"; hash = \"SHA256\"; } );\n",
	    1, "tokens: hotp has no period", "remove these keys" },
	{ USER,
	    PHONE IDENTITY "totp_factor = \"YF" HEX32 "\"; apps = ( " APP
			   " );\n",
	    3, "totp_factor: is set together with totp_secret_file, apps", "" },
	{ USER, PHONE "channels = [\"sms\", \"sms\"];\n", 2,
	    "channels: \"sms\" appears twice", "each once" },
	{ USER, PHONE "provider = \"twilio\";\n", 2,
	    "provider: \"twilio\" is not in twofa.conf", "" },
	{ USER, PHONE PHONE, 2, " phone: appears in", "" },
	{ USER, PHONE "@include \"x\"\n", 2, "@include: is refused", "" },
	{ USER, "phone = \"+14155550123\"; /*", 1, "a comment begins", "" },
};

static struct confdir d;

/* libconfig 1.5 leaves the text of the token behind at which it stops. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}

/* Is there a line of the report that holds all of it? */
static bool
reported(const char *place, const char *words, const char *more)
{
	char log[sizeof(d.log)], *save = NULL;

	strcpy(log, d.log);
	for (char *line = strtok_r(log, "\n", &save); line != NULL;
	     line = strtok_r(NULL, "\n", &save))
		if (strstr(line, place) != NULL &&
		    strstr(line, words) != NULL && strstr(line, more) != NULL)
			return true;
	return false;
}

static bool
refused_user(const char *text)
{
	static const struct user_record empty;
	struct settings *c = confdir_load(&d, CONFDIR_BASE);
	struct user_record r;
	enum user_result result;

	assert_non_null(c);
	confdir_write(&d, "users.d/alice.conf", text);
	memset(&r, 0xff, sizeof(r));
	result = user_record_read(c, "alice", &r, &d.report);
	settings_free(c);
	return result == USER_ERROR && memcmp(&r, &empty, sizeof(r)) == 0;
}

static bool
refused(const struct row *row)
{
	char text[4096];
	struct settings *c;

	switch (row->where) {
	case WHOLE:
		snprintf(text, sizeof(text), "%s", row->text);
		break;
	case BEHIND:
		snprintf(text, sizeof(text), CONFDIR_BASE "%s", row->text);
		break;
	case PROVIDER:
		snprintf(text, sizeof(text),
		    CONFDIR_BRAND "providers = ( { " CONFDIR_PROVIDER
				  "\n%s} );\n",
		    row->text);
		break;
	case USER:
		return refused_user(row->text);
	}
	c = confdir_load(&d, text);
	settings_free(c);
	return c == NULL;
}

static void
test_rows(void **state)
{
	size_t n = sizeof(rows) / sizeof(rows[0]), failed = 0;
	char place[64];

	(void)state;
	confdir_write(&d, "totp", BASE32 "\n");
	for (size_t i = 0; i < n; i++) {
		const struct row *row = &rows[i];
		bool ok = refused(row);

		snprintf(place, sizeof(place),
		    "%s:%u: ", row->where == USER ? "alice.conf" : "twofa.conf",
		    row->line);
		if (ok && reported(place, row->words, row->more) &&
		    strstr(d.log, "Sup3rS3cret") == NULL &&
		    strstr(d.log, BASE32) == NULL &&
		    strstr(d.log, "4155550123") == NULL)
			continue;
		failed++;
		print_error("%s\nwanted %s%s ... %s, %s:\n%s\n", row->text,
		    place, row->words, row->more,
		    ok ? "reported" : "was let through", d.log);
	}
	print_message("%zu rows\n", n);
	assert_int_equal(failed, 0);
}

static void
test_nul(void **state)
{
	static const char text[] = "brand = \"x\";\n\0providers = 5;\n";
	char path[512];

	(void)state;
	confdir_bytes(&d, "twofa.conf", text, sizeof(text) - 1);
	snprintf(path, sizeof(path), "%s/twofa.conf", d.path);
	d.log[0] = '\0';
	assert_null(settings_load(path, getuid(), &d.report));
	assert_true(reported("twofa.conf:2: ", "a NUL byte", "expected"));
}

static void
test_all_together(void **state)
{
	(void)state;
	assert_null(confdir_load(&d,
	    "language = \"xx\";\nnonsense = 1;\nusers_dir = 5;\n"
	    "rules = ( { action = \"x\";\nconsole = 1; } );\n"
	    "providers = ( { name = \"v\"; type = \"vonage-verify\";\n"
	    "timeout_ms = 1; } );\n"));
	assert_true(reported(":1: ", "brand: is missing", ""));
	assert_true(reported(":1: ", "language: ", ""));
	assert_true(reported(":2: ", "nonsense: ", ""));
	assert_true(reported(":3: ", "users_dir: ", ""));
	assert_true(reported(":4: ", "action: ", ""));
	assert_true(reported(":5: ", "console: ", ""));
	assert_true(reported(":7: ", "timeout_ms: ", ""));
	assert_true(reported(":6: ", "api_key: ", ""));
	/* a comment that begins after such a byte is one all the same */
	assert_null(confdir_load(&d,
	    "brand = \xe2\x80\x9cx\xe2\x80\x9d; /* the first\n"
	    "one since 08 */\n"));
	assert_true(reported(":1: ", "not ASCII", ""));
	assert_null(strstr(d.log, ":2: "));
}

static size_t lines_told;

static void
count_line(void *ctx, const char *line)
{
	(void)line;
	++*(size_t *)ctx;
}

/* A file of nothing but errors must not fill the log. */
static void
test_flood(void **state)
{
	static char text[20000];
	const struct settings_report all = { &lines_told, count_line, true };
	size_t used, lines = 0;
	char path[512];

	(void)state;
	used = (size_t)snprintf(text, sizeof(text), CONFDIR_BASE);
	for (int i = 0; i < 1000; i++)
		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, "k%d = 1;\n", i);
	assert_null(confdir_load(&d, text));
	for (const char *p = d.log; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 101);
	assert_non_null(strstr(d.log, "\nmore errors are not shown\n"));
	/* to an administrator's terminal all are told */
	snprintf(path, sizeof(path), "%s/twofa.conf", d.path);
	assert_null(settings_load(path, getuid(), &all));
	assert_int_equal(lines_told, 1000);
}

static void
test_too_many_rules(void **state)
{
	static char text[40000];
	size_t used;

	(void)state;
	used = (size_t)snprintf(
	    text, sizeof(text), "%srules = (\n{}", CONFDIR_BASE);
	for (int i = 0; i < 4096; i++)
		used +=
		    (size_t)snprintf(text + used, sizeof(text) - used, ",{}");
	snprintf(text + used, sizeof(text) - used, ");\n");
	assert_null(confdir_load(&d, text));
	assert_non_null(strstr(d.log, "rules: has 4097 rules; expected "));
}

/* What is no error must not become one: the rows above are refused for what
 * they say and not for where they stand. */
static void
test_good_neighbours(void **state)
{
	struct settings *c;

	(void)state;
	c = confdir_load(&d,
	    CONFDIR_BASE "# 010 \"a\" \"b\" 5L 4294967301\n"
			 "// 010 /* \n/* 010 \" */\n"
			 "unenrolled_text = \"010 /* # // 4294967301\";\n"
			 "limits = { resend_wait = [0]; };\n");
	assert_non_null(c);
	settings_free(c);
}

UNIT_TESTS(test_settings_bad)
{
	static const struct CMUnitTest tests[] = {
		CONFDIR_TEST(test_rows, &d),
		CONFDIR_TEST(test_nul, &d),
		CONFDIR_TEST(test_all_together, &d),
		CONFDIR_TEST(test_flood, &d),
		CONFDIR_TEST(test_too_many_rules, &d),
		CONFDIR_TEST(test_good_neighbours, &d),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
