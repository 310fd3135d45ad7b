/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of the settings: owners, modes, secrets, roots, users. */
#include "tests/support/confdir.h"
#include "tests/support/unit_tests.h"

#include <sys/stat.h>

#include "lib/settings/settings_inside.h"

static struct confdir d;

static struct settings *
load(const char *text)
{
	return confdir_loaded(&d, text);
}

static void
refuse(const char *text, const char *words)
{
	assert_null(confdir_load(&d, text));
	if (strstr(d.log, words) == NULL)
		print_error("no \"%s\" in: %s", words, d.log);
	assert_non_null(strstr(d.log, words));
}

static void
test_file_refused(void **state)
{
	char path[512], target[512];

	(void)state;
	settings_free(load(CONFDIR_BASE));
	snprintf(path, sizeof(path), "%s/twofa.conf", d.path);
	snprintf(target, sizeof(target), "%s/target", d.path);
	assert_int_equal(chmod(path, 0660), 0);
	assert_null(settings_load(path, getuid(), &d.report));
	assert_non_null(strstr(d.log, "mode 0660, so others can write to it"));
	assert_non_null(strstr(d.log, "run: chown root:twofa /"));
	assert_int_equal(chmod(path, 0642), 0);
	assert_null(settings_load(path, getuid(), NULL));
	assert_int_equal(chmod(path, 0644), 0);
	settings_free(settings_load(path, getuid(), &d.report));
	d.log[0] = '\0';
	assert_null(settings_load(path, getuid() + 1, &d.report));
	assert_non_null(strstr(d.log, " belongs to user "));
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink(target, path), 0);
	assert_null(settings_load(path, getuid(), &d.report));
	assert_non_null(strstr(d.log, "is a symbolic link, which is refused"));
	assert_int_equal(unlink(path), 0);
	assert_null(settings_load(path, getuid(), &d.report));
	assert_non_null(strstr(
	    d.log, "twofa.conf: is not there; run: twofactl --config /"));
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(settings_load(path, getuid(), &d.report));
	assert_non_null(strstr(d.log, "is not a regular file"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_null(settings_load(path, getuid(), &d.report));
}

/* Needs root, who alone can give a file away. */
static void
test_foreign_owner(void **state)
{
	static const char *const names[] = { "twofa.conf", "secret" };
	char path[512];

	(void)state;
	if (getuid() != 0)
		skip();
	settings_free(load(CONFDIR_BASE));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", d.path, names[i]);
		assert_int_equal(chown(path, 1, (gid_t)-1), 0);
		snprintf(path, sizeof(path), "%s/twofa.conf", d.path);
		assert_null(settings_load(path, 0, &d.report));
		assert_non_null(strstr(d.log, names[i]));
		assert_non_null(strstr(d.log,
		    ": belongs to user daemon, must belong to "
		    "user root; run: chown root:twofa"));
		confdir_write(&d, "secret", "abc");
		settings_free(load(CONFDIR_BASE));
	}
}

static void
test_folder_refused(void **state)
{
	(void)state;
	confdir_mode(&d, ".", 0770);
	refuse(CONFDIR_BASE, " has mode 0770, so others");
	confdir_mode(&d, ".", 0702);
	refuse(CONFDIR_BASE, "chmod 0750 /");
	confdir_mode(&d, ".", 0700);
	confdir_mode(&d, "users.d", 0777);
	refuse(CONFDIR_BASE, ":2: users_dir: /");
	confdir_mode(&d, "users.d", 0755);
	settings_free(load(CONFDIR_BASE));
}

static void
test_too_long(void **state)
{
	static char text[1024 * 1024 + 2];

	(void)state;
	memset(text, '\n', sizeof(text) - 1);
	refuse(text, "has 1048577 bytes, allowed: at most 1048576");
	text[sizeof(text) - 80] = '\0'; /* @D makes it longer */
	refuse(text, "has neither brand nor providers");
}

static void
test_fleet_key(void **state)
{
	static const char text[] =
	    CONFDIR_BASE "store = {\nfleet_key_file = \"@D/fleet.key\"; };\n";
	char bytes[33];

	(void)state;
	memset(bytes, '\n', sizeof(bytes));
	refuse(text, ":5: fleet_key_file: /");
	assert_non_null(strstr(d.log, "fleet.key: is not there"));
	confdir_bytes(&d, "fleet.key", bytes, 33);
	refuse(text,
	    "has 33 bytes, must have 32; if no other host has one, "
	    "run: head -c 32 /dev/urandom > /");
	confdir_bytes(&d, "fleet.key", bytes, 31);
	refuse(text, "has 31 bytes, must have 32");
	confdir_bytes(&d, "fleet.key", bytes, 32);
	settings_free(load(text));
	confdir_mode(&d, "fleet.key", 0644);
	refuse(text, "has mode 0644, so others can read it");
}

static void
test_secret(void **state)
{
	char long_one[260];
	struct settings *c;

	(void)state;
	memset(long_one, 'x', sizeof(long_one));
	confdir_bytes(&d, "secret", long_one, 255);
	c = load(CONFDIR_BASE);
	assert_int_equal(c->provider[0].secret[0].len, 255);
	settings_free(c);
	confdir_bytes(&d, "secret", long_one, 256);
	refuse(CONFDIR_BASE, ":3: api_secret_file: /");
	assert_non_null(strstr(d.log, "a secret of 256 bytes, allowed: 1"));
	confdir_write(&d, "secret", "a b\n\n\n");
	c = load(CONFDIR_BASE);
	assert_string_equal(c->provider[0].secret[0].b, "a b");
	settings_free(c);
	confdir_write(&d, "secret", "\n");
	refuse(CONFDIR_BASE, "a secret of 0 bytes");
	confdir_write(&d, "secret", "abc\r\n");
	refuse(CONFDIR_BASE, "not printable ASCII");
	assert_null(strstr(d.log, "abc\r"));
	confdir_bytes(&d, "secret", "ab\0c", 4);
	refuse(CONFDIR_BASE, "not printable ASCII");
	confdir_write(&d, "secret", "\xc3\xa9t\xc3\xa9");
	refuse(CONFDIR_BASE, "not printable ASCII");
}

static void
test_secret_refused(void **state)
{
	static char big[8193];
	char path[512], target[512];

	(void)state;
	confdir_mode(&d, "secret", 0644);
	refuse(CONFDIR_BASE, "mode 0644, so others can read it; run: chown");
	confdir_mode(&d, "secret", 0660);
	refuse(CONFDIR_BASE, "mode 0660, so others can write to it");
	confdir_bytes(&d, "secret", big, sizeof(big));
	refuse(CONFDIR_BASE, "has 8193 bytes, allowed: at most 8192");
	snprintf(path, sizeof(path), "%s/secret", d.path);
	snprintf(target, sizeof(target), "%s/target", d.path);
	confdir_write(&d, "target", "Sup3rS3cret");
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink(target, path), 0);
	refuse(CONFDIR_BASE, "api_secret_file: /");
	assert_non_null(strstr(d.log, "secret: is a symbolic link"));
	assert_int_equal(unlink(path), 0);
	refuse(CONFDIR_BASE, "secret: is not there; write it, then run");
	assert_non_null(strstr(d.log, "from the start, run: twofactl init"));
	assert_int_equal(mkfifo(path, 0600), 0);
	refuse(CONFDIR_BASE, "is not a regular file");
}

static void
test_roots(void **state)
{
	static const char with_file[] =
	    CONFDIR_BRAND "providers = ( { " CONFDIR_PROVIDER
			  "\nca_file = \"@D/ca.pem\"; } );\n";
	static const char in_folder[] =
	    CONFDIR_BRAND "providers = ( { " CONFDIR_PROVIDER
			  "\nca_file = \"@D/open/ca.pem\"; } );\n";
	static const char with_path[] =
	    CONFDIR_BRAND "providers = ( { " CONFDIR_PROVIDER
			  "\nca_path = \"@D/users.d\"; } );\n";
	struct settings *c;
	char path[512];

	(void)state;
	refuse(with_file, ":4: ca_file: /");
	confdir_write(&d, "ca.pem", "roots");
	c = load(with_file);
	assert_null(c->provider[0].ca_path);
	settings_free(c);
	confdir_mode(&d, "ca.pem", 0666);
	refuse(with_file, "so others can change it; run: chown root /");
	/* who can write to the folder can put another file there */
	confdir_mode(&d, "ca.pem", 0640);
	snprintf(path, sizeof(path), "%s/open", d.path);
	assert_int_equal(mkdir(path, 0700), 0);
	confdir_write(&d, "open/ca.pem", "roots");
	settings_free(load(in_folder));
	confdir_mode(&d, "open", 0777);
	refuse(in_folder, "so others can change it; run: chown root /");
	confdir_mode(&d, "open", 01777);
	settings_free(load(in_folder));
	refuse(with_path, ":4: ca_path: /");
	assert_non_null(
	    strstr(d.log, "has no hash links; run: openssl rehash /"));
	confdir_write(&d, "users.d/0123456.0", "");
	confdir_write(&d, "users.d/0123456g.0", "");
	confdir_write(&d, "users.d/01234567.x", "");
	confdir_write(&d, "users.d/01234567.", "");
	refuse(with_path, "has no hash links");
	confdir_write(&d, "users.d/01234abc.0", "");
	c = load(with_path);
	assert_null(c->provider[0].ca_file);
	assert_non_null(strstr(c->provider[0].ca_path, "/users.d"));
	settings_free(c);
}

static enum user_result
user(const char *text, struct user_record *r)
{
	struct settings *c = load(CONFDIR_BASE);
	enum user_result result;

	if (text != NULL)
		confdir_write(&d, "users.d/alice.conf", text);
	d.log[0] = '\0';
	result = user_record_read(c, "alice", r, &d.report);
	settings_free(c);
	return result;
}

static void
test_user(void **state)
{
	struct user_record r;

	(void)state;
	assert_int_equal(user(NULL, &r), USER_ABSENT);
	assert_string_equal(d.log, "");
	assert_int_equal(user("phone = \"+14155550123\";", &r), USER_FOUND);
	assert_string_equal(r.phone, "+14155550123");
	assert_int_equal(r.channels, 1);
	assert_int_equal(r.channel[0], METHOD_SMS);
	assert_string_equal(r.provider, "");
	assert_true(r.enabled);
	assert_int_equal(user("phone = \"+4512345678\"; enabled = false;\n"
			      "email = \"a.b+c@example.org\";"
			      "channels = [\"voice\", \"email\", \"sms\", "
			      "\"whatsapp\"]; provider = \"vonage\";",
			     &r),
	    USER_FOUND);
	assert_int_equal(r.channels, 4);
	assert_int_equal(r.channel[0], METHOD_VOICE);
	assert_int_equal(r.channel[3], METHOD_WHATSAPP);
	assert_string_equal(r.provider, "vonage");
	assert_string_equal(r.email, "a.b+c@example.org");
	assert_false(r.enabled);
	assert_int_equal(r.app[0].secret.len, 0);
}

#define BASE32 "GEZDGNBVGY3TQOJQGEZDGNBVGY"
#define TOTP "totp_secret_file = \"@D/totp\";\n"
#define PHONE "phone = \"+14155550123\";\n"
#define SK "SHA256:yEA7Xl8nyliV8YP2serBdF4quJ2lIJwhO8cOfnXNdLs"

static void
test_user_totp(void **state)
{
	static const struct user_record empty;
	struct user_record r;

	(void)state;
	confdir_write(&d, "totp", BASE32 "\n");
	assert_int_equal(user(TOTP, &r), USER_FOUND);
	assert_string_equal(d.log, "");
	assert_string_equal(r.app[0].secret.b, BASE32);
	assert_int_equal(r.app[0].secret.len, strlen(BASE32));
	assert_string_equal(r.phone, "");
	assert_int_equal(r.channels, 1);
	assert_int_equal(r.channel[0], METHOD_TOTP);
	user_record_wipe(&r);
	assert_memory_equal(&r, &empty, sizeof(r));
	assert_int_equal(user(PHONE TOTP, &r), USER_FOUND);
	assert_int_equal(r.channels, 1);
	assert_int_equal(r.channel[0], METHOD_SMS);
	assert_int_equal(r.app[0].secret.len, strlen(BASE32));
	assert_int_equal(user("channels = [\"totp\"];" TOTP, &r), USER_FOUND);
	assert_int_equal(user_record_apps(&r), 1);
	assert_int_equal(
	    user("apps = ( { secret_file = \"@D/totp\"; digits = 8; name = "
		 "\"a b\"; } ); tokens = ( { secret_file = \"@D/totp\"; type = "
		 "\"hotp\"; serial = \"GA-1\"; }, { secret_file = \"@D/totp\"; "
		 "type = \"totp\"; hash = \"SHA256\"; period = 60; } );",
		&r),
	    USER_FOUND);
	assert_int_equal(user_record_apps(&r), 3);
	assert_int_equal(r.channel[0], METHOD_TOTP);
	assert_true(totp_digits(&r.app[0].kind) == 8 && !r.app[0].token);
	assert_true(r.app[1].kind.hotp && r.app[1].token);
	assert_string_equal(r.app[1].name, "GA-1");
	assert_true(!r.app[2].kind.hotp && r.app[2].kind.sha256);
	user_record_drop_hotp(&r);
	assert_int_equal(user_record_apps(&r), 2);
	assert_true(r.app[1].kind.sha256 && r.app[2].secret.b[0] == '\0');
	assert_int_equal(
	    user("channels = [\"voice\", \"totp\", \"sms\", \"email\", "
		 "\"whatsapp\"]; email = \"a@b.c\";" PHONE TOTP,
		&r),
	    USER_FOUND);
	assert_int_equal(r.channels, 5);
	assert_int_equal(r.channel[0], METHOD_VOICE);
	assert_int_equal(r.channel[1], METHOD_TOTP);
}

#define FACTOR "\"YF0123456789abcdef0123456789ABCDEF\";\n"
#define IDENTITY "push_identity = \"3b0c5c1e-9f\";\n"

/* Any one way is enough, and the first that the keys serve is the channel. */
static void
test_user_ways(void **state)
{
	struct user_record r;

	(void)state;
	assert_int_equal(user("email = \"a@b.c\";", &r), USER_FOUND);
	assert_int_equal(r.channels, 1);
	assert_int_equal(r.channel[0], METHOD_EMAIL);
	assert_int_equal(
	    user(IDENTITY "push_factor = " FACTOR, &r), USER_FOUND);
	assert_int_equal(r.channel[0], METHOD_PUSH);
	assert_string_equal(r.push_identity, "3b0c5c1e-9f");
	assert_string_equal(
	    r.push_factor, "YF0123456789abcdef0123456789ABCDEF");
	assert_int_equal(
	    user(IDENTITY "totp_factor = " FACTOR, &r), USER_FOUND);
	assert_int_equal(r.channel[0], METHOD_TOTP);
	assert_string_equal(
	    r.totp_factor, "YF0123456789abcdef0123456789ABCDEF");
	assert_int_equal(user("authy_id = \"12345\";", &r), USER_FOUND);
	assert_int_equal(r.channel[0], METHOD_PUSH);
	assert_string_equal(r.authy_id, "12345");
	assert_int_equal(
	    user(PHONE "sk_keys = \"" SK " " SK "\";", &r), USER_FOUND);
	assert_string_equal(r.sk_keys, SK " " SK);
	assert_int_equal(user(PHONE "sk_keys = \"\";", &r), USER_FOUND);
	assert_string_equal(r.sk_keys, "");
	assert_int_equal(user(PHONE "authy_id = \"12345\";"
				    "channels = [\"push\", \"sms\"];",
			     &r),
	    USER_FOUND);
	assert_int_equal(r.channels, 2);
	assert_string_equal(d.log, "");
}

/* Refused with these words, and the secret stays out of the log. */
static void
refuse_totp(const char *words)
{
	static const struct user_record empty;
	struct user_record r;

	memset(&r, 0xff, sizeof(r));
	assert_int_equal(user(PHONE TOTP, &r), USER_ERROR);
	assert_memory_equal(&r, &empty, sizeof(r));
	if (strstr(d.log, words) == NULL)
		print_error("no \"%s\" in: %s", words, d.log);
	assert_non_null(strstr(d.log, words));
	assert_non_null(strstr(d.log, "alice.conf:2: totp_secret_file: /"));
	assert_non_null(strstr(d.log, "run: twofactl totp alice"));
	assert_null(strstr(d.log, "GEZDG"));
}

static void
test_user_totp_refused(void **state)
{
	char path[512], target[512];

	(void)state;
	refuse_totp("totp: is not there; write it");
	/* 15 bytes, 16 with one that is no base32, nothing, two lines */
	confdir_write(&d, "totp", "GEZDGNBVGY3TQOJQGEZDGNBV\n");
	refuse_totp("totp: holds no secret of 16 bytes or more in base32");
	confdir_write(&d, "totp", "GEZDGNBVGY3TQOJQGEZDGNBVG1\n");
	refuse_totp("totp: holds no secret of 16 bytes or more in base32");
	confdir_write(&d, "totp", "\n");
	refuse_totp("holds a secret of 0 bytes");
	confdir_write(&d, "totp", BASE32 "\n" BASE32 "\n");
	refuse_totp("not printable ASCII");
	confdir_write(&d, "totp", BASE32 "\n");
	confdir_mode(&d, "totp", 0644);
	refuse_totp("mode 0644, so others can read it");
	confdir_mode(&d, "totp", 0660);
	refuse_totp("mode 0660, so others can write to it");
	snprintf(path, sizeof(path), "%s/totp", d.path);
	snprintf(target, sizeof(target), "%s/target", d.path);
	confdir_mode(&d, "totp", 0640);
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink(target, path), 0);
	refuse_totp("totp: is a symbolic link");
}

/* Without the time. */
static void
digest_of(const char *text, unsigned char out[])
{
	char path[512];
	struct user_record r;
	struct stat st;

	assert_int_equal(user(text, &r), USER_FOUND);
	memcpy(out, r.digest, sizeof(r.digest));
	user_record_wipe(&r);
	snprintf(path, sizeof(path), "%s/users.d/alice.conf", d.path);
	assert_int_equal(stat(path, &st), 0);
	settings_digest_mix(out, SETTINGS_DIGEST_FILE,
	    st.st_ctim.tv_sec * INT64_C(1000000000) + st.st_ctim.tv_nsec);
}

static void
test_user_digest(void **state)
{
	/* printf 'phone = "+14155550123";' | sha256sum */
	static const unsigned char want[SETTINGS_DIGEST_LEN] = { 0x31, 0xd0,
		0xf7, 0x36, 0x34, 0x96, 0x83, 0x3d, 0x3a, 0x8c, 0x6a, 0xd9,
		0xc2, 0xbb, 0x77, 0x5f, 0x62, 0xdb, 0xa6, 0x18, 0x5a, 0x98,
		0xf9, 0x68, 0x32, 0xb1, 0x05, 0xd9, 0x45, 0x9c, 0x7e, 0xbb };
	unsigned char found[SETTINGS_DIGEST_LEN];

	(void)state;
	digest_of("phone = \"+14155550123\";", found);
	assert_memory_equal(found, want, sizeof(want));
	digest_of("phone = \"+14155550123\"; ", found);
	assert_memory_not_equal(found, want, sizeof(want));
}

static void
test_user_refused(void **state)
{
	static char big[65537];
	struct user_record r;
	char path[512];

	(void)state;
	assert_int_equal(user("", &r), USER_ERROR);
	assert_non_null(strstr(d.log, "alice.conf:1: phone: is missing"));
	confdir_write(&d, "users.d/alice.conf", "phone = \"+14155550123\";");
	confdir_mode(&d, "users.d/alice.conf", 0660);
	assert_int_equal(user(NULL, &r), USER_ERROR);
	assert_non_null(strstr(d.log, "alice.conf: has mode 0660"));
	memset(big, '\n', sizeof(big));
	confdir_bytes(&d, "users.d/alice.conf", big, sizeof(big));
	assert_int_equal(user(NULL, &r), USER_ERROR);
	assert_non_null(strstr(d.log, "allowed: at most 65536"));
	snprintf(path, sizeof(path), "%s/users.d/alice.conf", d.path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/nonexistent", path), 0);
	assert_int_equal(user(NULL, &r), USER_ERROR);
	assert_non_null(strstr(d.log, "is a symbolic link"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(user(NULL, &r), USER_ERROR);
	assert_non_null(strstr(d.log, "is not a regular file"));
}

static const char *const bad_uids[] = { "4294967295", "4294967301",
	"9999999999", "10000000000", "0123", "1602200001L", "0x10", "-1", "-2",
	"[1]", "\"7\"" };

/* Directories give uids of ten digits, and libconfig has two types for them. */
static void
test_user_uid(void **state)
{
	struct user_account login = { .name = "" };
	struct user_record r;
	struct settings *c = load(CONFDIR_BASE);

	(void)state;
	c->account = &login;
	for (unsigned uid = 1602200001; uid != 0;
	     uid = uid < 4294967294 ? 4294967294 : 0) {
		char text[96];

		snprintf(text, sizeof(text),
		    "phone = \"+14155550123\";\nuid = %u;\n", uid);
		confdir_write(&d, "users.d/alice.conf", text);
		d.log[0] = '\0';
		user_account_set(c, "alice", uid);
		assert_int_equal(
		    user_record_read(c, "alice", &r, &d.report), USER_FOUND);
		assert_string_equal(d.log, "");
		assert_true(r.uid == uid);
		user_account_set(c, "alice", uid - 1);
		assert_int_equal(
		    user_record_read(c, "alice", &r, &d.report), USER_ABSENT);
		assert_true(user_account_is_other(c));
	}
	settings_free(c);
	for (size_t i = 0; i < sizeof(bad_uids) / sizeof(bad_uids[0]); i++) {
		char text[96];

		snprintf(text, sizeof(text),
		    "phone = \"+14155550123\";\nuid = %s;\n", bad_uids[i]);
		assert_int_equal(user(text, &r), USER_ERROR);
		assert_non_null(strstr(d.log, "alice.conf:2: uid: "));
	}
}

/* Absent is what a folder says that could be asked, and nothing else. */
static void
test_user_folder(void **state)
{
	struct settings *c = load(CONFDIR_BASE);
	struct user_record r;
	char path[512], gone[512];

	(void)state;
	snprintf(path, sizeof(path), "%s/users.d", d.path);
	snprintf(gone, sizeof(gone), "%s/gone", d.path);
	confdir_mode(&d, "users.d", 0770);
	assert_int_equal(user_record_read(c, "bob", &r, &d.report), USER_ERROR);
	confdir_mode(&d, "users.d", 0750);
	assert_int_equal(
	    user_record_read(c, "bob", &r, &d.report), USER_ABSENT);
	c->owner++;
	assert_int_equal(user_record_read(c, "bob", &r, &d.report), USER_ERROR);
	c->owner--;
	assert_int_equal(rename(path, gone), 0);
	assert_int_equal(user_record_read(c, "bob", &r, &d.report), USER_ERROR);
	assert_non_null(strstr(d.log, "/users.d cannot be opened (No such"));
	assert_int_equal(
	    user_record_read(c, "../bob", &r, &d.report), USER_ERROR);
	settings_free(c);
}

static void
state_dir_is(const struct settings *c, const char *words, const char *remedy)
{
	char cause[FOLDER_CAUSE_MAX] = "";

	assert_int_equal(
	    settings_state_dir_check(c, cause), words == NULL ? 0 : -1);
	if (words == NULL)
		return;
	assert_memory_equal(cause, "state_dir /", 11);
	if (strstr(cause, words) == NULL || strstr(cause, remedy) == NULL)
		fail_msg("no \"%s\" with \"%s\" in: %s", words, remedy, cause);
}

/* The state's own folder is no matter of this check. */
static void
test_state_dir_check(void **state)
{
	static const mode_t bad[] = { 0755, 0750, 0701, 0500, 01700, 0 };
	struct settings *c = load(CONFDIR_BASE "state = \"@D/no/s.db\";\n");
	char path[512];

	(void)state;
	state_dir_is(c, NULL, NULL);
	settings_free(c);
	c = load(CONFDIR_BASE "state_dir = \"@D/own\";\n");
	state_dir_is(c, "/own: No such file or directory",
	    "make it with mode 0700 and let user ");
	confdir_write(&d, "own", "a file");
	state_dir_is(c, "/own is no folder", "move it away");
	snprintf(path, sizeof(path), "%s/own", d.path);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	state_dir_is(c, NULL, NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		confdir_mode(&d, "own", bad[i]);
		state_dir_is(c, "/own has mode ", "chmod 0700");
	}
	confdir_mode(&d, "own", 0700);
	if (getuid() == 0) {
		assert_int_equal(chown(path, 4711, 0), 0);
		state_dir_is(c, "/own belongs to uid 4711", "chown it");
	}
	settings_free(c);
}

/* What is cut of a long path is never the remedy. */
static void
test_state_dir_long(void **state)
{
	char text[1024], longest[FOLDER_PATH_MAX];
	struct settings *c;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[0] = '/';
	longest[sizeof(longest) - 1] = '\0';
	snprintf(
	    text, sizeof(text), CONFDIR_BASE "state_dir = \"%s\";\n", longest);
	c = load(text);
	state_dir_is(c, "/xxx", " own it");
	settings_free(c);
}

UNIT_TESTS(test_settings_files)
{
	static const struct CMUnitTest tests[] = {
		CONFDIR_TEST(test_file_refused, &d),
		CONFDIR_TEST(test_foreign_owner, &d),
		CONFDIR_TEST(test_folder_refused, &d),
		CONFDIR_TEST(test_too_long, &d),
		CONFDIR_TEST(test_fleet_key, &d),
		CONFDIR_TEST(test_secret, &d),
		CONFDIR_TEST(test_secret_refused, &d),
		CONFDIR_TEST(test_roots, &d),
		CONFDIR_TEST(test_user, &d),
		CONFDIR_TEST(test_user_totp, &d),
		CONFDIR_TEST(test_user_ways, &d),
		CONFDIR_TEST(test_user_totp_refused, &d),
		CONFDIR_TEST(test_user_digest, &d),
		CONFDIR_TEST(test_user_refused, &d),
		CONFDIR_TEST(test_user_uid, &d),
		CONFDIR_TEST(test_user_folder, &d),
		CONFDIR_TEST(test_state_dir_check, &d),
		CONFDIR_TEST(test_state_dir_long, &d),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
