/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Users' files and secrets as twofactl changes them: whole, with the right
 * owner and mode, or not at all.
 */
#include "tests/support/confdir.h"

#include <errno.h>
#include <fcntl.h>

#include "tests/support/entries.h"
#include "tests/support/unit_tests.h"
#include "twofactl/records/records.h"

#define KEY "totp_secret_file"
#define BASE32 "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
#define RECORD "users.d/alice.conf"

static struct confdir d;
static struct settings *conf;
static struct place_file_owner owner;
static struct record_file edit;

static int
setup(void **state)
{
	(void)state;
	confdir_make(&d);
	conf = confdir_load(&d, CONFDIR_BASE);
	assert_non_null(conf);
	owner = (struct place_file_owner){ .uid = getuid(), .gid = getgid() };
	confdir_write(&d, "alice.totp", BASE32 "\n");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	settings_free(conf);
	confdir_remove(&d);
	return 0;
}

static enum ctl_exit
prepare_changes(
    const char *user, const struct record_text_change *change, size_t count)
{
	enum ctl_exit result = record_file_open(&edit, conf, &owner, &d.report);

	if (result == CTL_DONE)
		result = record_file_stage(&edit, user, change, count);
	if (result != CTL_DONE)
		record_file_drop(&edit);
	return result;
}

static enum ctl_exit
prepare(const char *name)
{
	char path[256];
	const struct record_text_change change = { .key = KEY, .value = path };

	snprintf(path, sizeof(path), "%s/%s", d.path, name);
	d.log[0] = '\0';
	return prepare_changes("alice", &change, 1);
}

static enum ctl_exit
set(const char *name)
{
	enum ctl_exit result = prepare(name);

	return result == CTL_DONE ? record_file_commit(&edit) : result;
}

/* A file with the folder's name as @D, as confdir_write takes it. */
static const char *
content(const char *name)
{
	static char text[4096];
	char path[256], raw[4096], *p = raw, *hit;
	size_t n, used = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", d.path, name);
	f = fopen(path, "r");
	if (f == NULL)
		return "(none)";
	n = fread(raw, 1, sizeof(raw) - 1, f);
	raw[n] = '\0';
	fclose(f);
	while ((hit = strstr(p, d.path)) != NULL) {
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    "%.*s@D", (int)(hit - p), p);
		p = hit + strlen(d.path);
	}
	snprintf(text + used, sizeof(text) - used, "%s", p);
	return text;
}

/* Names in a folder of the settings. */
static unsigned
entries(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", d.path, name);
	return entries_in(path);
}

static const char *in_state; /* of alice, who enrolled at a login */

static enum record_source_found
row_text(struct record_source *source, const char *user, const char **text)
{
	(void)source;
	(void)user;
	*text = in_state;
	return RECORD_SOURCE_THERE;
}

/* It has the new number in its text, and only the change says which counts. */
static void
test_a_row_that_cannot_be_read(void **state)
{
	struct record_source source = { .text = row_text };

	(void)state;
	conf->records = &source;
	PRINT_TO(conf->state_dir, "%s", d.path);
	confdir_write(&d, SETTINGS_ENROLLED_FILE, "1");
	in_state = "# self 1 +12025550101\nphone = \"+12025550101\";\n";
	assert_int_equal(set("alice.totp"), CTL_SETTINGS);
	assert_string_equal(content(RECORD), "(none)");
	in_state = "phone = \"+12025550101\";\n";
	assert_int_equal(prepare("alice.totp"), CTL_DONE);
	assert_non_null(strstr(edit.text, "+12025550101"));
	record_file_drop(&edit);
}

static void
test_made_anew(void **state)
{
	struct user_record r;
	struct stat st;
	char path[256];

	(void)state;
	assert_int_equal(set("alice.totp"), CTL_DONE);
	assert_string_equal(content(RECORD), KEY " = \"@D/alice.totp\";\n");
	snprintf(path, sizeof(path), "%s/" RECORD, d.path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_uid, owner.uid);
	assert_int_equal(st.st_gid, owner.gid);
	assert_int_equal(
	    user_record_read(conf, "alice", &r, &d.report), USER_FOUND);
	assert_string_equal(r.app[0].secret.b, BASE32);
	assert_int_equal(entries("users.d"), 1);
	assert_string_equal(d.log, "");
}

static void
test_rest_stays(void **state)
{
	(void)state;
	confdir_write(&d, RECORD,
	    "# hers\nphone = \"+14155550123\"; # at work\n"
	    "channels = [\"sms\", \"voice\"];");
	assert_int_equal(set("alice.totp"), CTL_DONE);
	assert_string_equal(content(RECORD),
	    "# hers\nphone = \"+14155550123\"; # at work\n"
	    "channels = [\"sms\", \"voice\"];\n" KEY " = \"@D/alice.totp\";\n");
}

static void
test_replaced(void **state)
{
	(void)state;
	confdir_write(&d, "old", BASE32);
	confdir_write(&d, RECORD, KEY " = \"@D/old\"; enabled = false;\n");
	assert_int_equal(set("alice.totp"), CTL_DONE);
	assert_string_equal(
	    content(RECORD), KEY " = \"@D/alice.totp\"; enabled = false;\n");
}

/* What user_record_read refuses never lands. */
static void
test_broken_result(void **state)
{
	(void)state;
	confdir_write(&d, RECORD, "phone = \"+14155550123\";\n");
	assert_int_equal(set("missing"), CTL_SETTINGS);
	assert_string_equal(content(RECORD), "phone = \"+14155550123\";\n");
	assert_int_equal(entries("users.d"), 1);
	/* the error names the record, not what was to become it */
	assert_non_null(strstr(d.log, "/users.d/alice.conf:2: " KEY));
	assert_null(strstr(d.log, ".twofactl"));
}

static void
test_dropped(void **state)
{
	(void)state;
	confdir_write(&d, RECORD, "phone = \"+14155550123\";\n");
	assert_int_equal(prepare("alice.totp"), CTL_DONE);
	record_file_drop(&edit);
	assert_string_equal(content(RECORD), "phone = \"+14155550123\";\n");
	assert_int_equal(entries("users.d"), 1);
	assert_int_equal(set("alice.totp"), CTL_DONE);
}

static void
test_broken_before(void **state)
{
	static const char *const bad[] = { "phone = \"+14155550123\"; foo = 1;",
		"phone = ", "phone = \"12\";", "phone = \"+14155550123",
		"phone = \"+14155550123\"; phone = \"+14155550124\";" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		confdir_write(&d, RECORD, bad[i]);
		assert_int_equal(set("alice.totp"), CTL_SETTINGS);
		assert_string_equal(content(RECORD), bad[i]);
		assert_int_equal(entries("users.d"), 1);
		assert_string_not_equal(d.log, "");
	}
}

static void
test_record_that_others_can_write(void **state)
{
	(void)state;
	confdir_write(&d, RECORD, "phone = \"+14155550123\";\n");
	confdir_mode(&d, RECORD, 0666);
	assert_int_equal(set("alice.totp"), CTL_SETTINGS);
	assert_non_null(strstr(d.log, "0666"));
}

static void
test_folder_that_others_can_write(void **state)
{
	(void)state;
	confdir_mode(&d, "users.d", 0777);
	assert_int_equal(set("alice.totp"), CTL_SETTINGS);
	assert_non_null(strstr(d.log, "chmod 0750"));
	assert_int_equal(entries("users.d"), 0);
	confdir_mode(&d, "users.d", 0750);
}

/* Edits that were killed left what they had written behind. */
static void
test_left_behind(void **state)
{
	static const char *const name[] = { "bob", "alice", "lock" };
	char path[256];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		snprintf(
		    path, sizeof(path), "users.d/.twofactl.%s.conf", name[i]);
		confdir_write(&d, path, "half");
	}
	/* these are nothing of ours */
	confdir_write(&d, "users.d/.twofactl.file", "hers");
	confdir_write(&d, "users.d/.twofactl.conf", "hers");
	assert_int_equal(set("alice.totp"), CTL_DONE);
	assert_int_equal(entries("users.d"), 3);
	assert_string_equal(content(RECORD), KEY " = \"@D/alice.totp\";\n");
	assert_string_equal(content("users.d/.twofactl.file"), "hers");
}

/* It waits beside its place, and as the helper may read it there. */
static void
test_prepared(void **state)
{
	struct stat st;
	char path[256];

	(void)state;
	assert_int_equal(prepare("alice.totp"), CTL_DONE);
	snprintf(path, sizeof(path), "%s/users.d/%s", d.path, edit.staged);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(st.st_uid, owner.uid);
	assert_int_equal(st.st_gid, owner.gid);
	assert_string_equal(content(RECORD), "(none)");
	record_file_drop(&edit);
	assert_int_equal(entries("users.d"), 0);
	assert_non_null(strstr(edit.text, KEY)); /* for who asks about it */
}

static void
test_too_long(void **state)
{
	static char text[64 * 1024 - 10];

	(void)state;
	memset(text, '#', sizeof(text) - 1);
	confdir_write(&d, RECORD, text);
	assert_int_equal(set("alice.totp"), CTL_SETTINGS);
	assert_non_null(strstr(d.log, "/users.d/alice.conf: has "));
	assert_non_null(strstr(d.log, "expected at most 65536"));
	assert_int_equal(entries("users.d"), 1);
}

static const struct record_text_change two[] = {
	{ .key = "phone", .value = "+14155550123" },
	{ .key = "channels", .value = "[\"voice\", \"sms\"]", .literal = true },
};

static void
test_several_keys(void **state)
{
	struct stat before, after;
	char path[256];

	(void)state;
	confdir_write(&d, RECORD,
	    "# hers\nchannels = [\"sms\"]; # why\nphone = \"+14155550199\";\n");
	assert_int_equal(prepare_changes("alice", two, 2), CTL_DONE);
	assert_true(edit.existed);
	assert_false(edit.same);
	assert_int_equal(record_file_commit(&edit), CTL_DONE);
	assert_string_equal(content(RECORD),
	    "# hers\nchannels = [\"voice\", \"sms\"]; # why\n"
	    "phone = \"+14155550123\";\n");
	/* a second time: not touched */
	snprintf(path, sizeof(path), "%s/" RECORD, d.path);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(prepare_changes("alice", two, 2), CTL_DONE);
	assert_true(edit.same);
	assert_int_equal(record_file_commit(&edit), CTL_DONE);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
}

static void
test_same_but_broken(void **state)
{
	(void)state;
	confdir_write(&d, RECORD,
	    "phone = \"+14155550123\"; channels = [\"voice\", \"sms\"]; "
	    "foo = 1;");
	assert_int_equal(prepare_changes("alice", two, 2), CTL_SETTINGS);
	assert_non_null(strstr(d.log, "foo"));
}

/* All of many, or none. */
static void
test_many(void **state)
{
	static const char *const user[] = { "alice", "bob", "carol" };

	(void)state;
	for (int round = 0; round < 2; round++) {
		owner.unsynced = true;
		assert_int_equal(
		    record_file_open(&edit, conf, &owner, &d.report), CTL_DONE);
		for (size_t i = 0; i < 3; i++) {
			assert_int_equal(
			    record_file_stage(&edit, user[i], two, 2),
			    CTL_DONE);
			assert_false(edit.existed);
		}
		if (round == 1) {
			assert_int_equal(record_file_sync(&edit), CTL_DONE);
			for (size_t i = 0; i < 3; i++)
				assert_int_equal(
				    record_file_move(&edit, user[i]), CTL_DONE);
		}
		record_file_drop(&edit);
		assert_int_equal(entries("users.d"), round == 0 ? 0 : 3);
	}
	assert_string_equal(content(RECORD),
	    "phone = \"+14155550123\";\nchannels = [\"voice\", "
	    "\"sms\"];\n");
}

#define DEPLOY "users.d/deploy.conf"
#define BEN "{ name = \"ben\"; phone = \"+14155550199\"; }"

static enum ctl_exit
prepare_person(const char *kept, size_t count)
{
	d.log[0] = '\0';
	return prepare_changes(kept, two, count);
}

/* The first, another one, a change, and one who goes. */
static void
test_people(void **state)
{
	(void)state;
	assert_int_equal(prepare_person("deploy//anna", 2), CTL_DONE);
	assert_false(edit.existed);
	assert_int_equal(record_file_commit(&edit), CTL_DONE);
	assert_string_equal(content(DEPLOY),
	    "people = (\n  {\n    name = \"anna\";\n"
	    "    phone = \"+14155550123\";\n"
	    "    channels = [\"voice\", \"sms\"];\n  }\n);\n");
	assert_int_equal(prepare_person("deploy//anna", 2), CTL_DONE);
	assert_true(edit.existed && edit.same);
	record_file_drop(&edit);
	assert_int_equal(prepare_person("deploy//ben", 1), CTL_DONE);
	assert_false(edit.existed || edit.same);
	assert_int_equal(record_file_commit(&edit), CTL_DONE);
	assert_int_equal(prepare_person("deploy//anna", 0), CTL_DONE);
	assert_true(edit.existed);
	assert_int_equal(record_file_commit(&edit), CTL_DONE);
	assert_string_equal(content(DEPLOY),
	    "people = (\n  {\n    name = \"ben\";\n"
	    "    phone = \"+14155550123\";\n  }\n);\n");
	assert_int_equal(entries("users.d"), 1);
}

/* What stands in the file stays as it is. */
static void
test_people_refused(void **state)
{
	static const struct {
		const char *text, *kept;
		size_t count;
		const char *said;
	} row[] = {
		/* an own factor */
		{ "phone = \"+14155550100\";", "deploy//anna", 1, "phone" },
		{ "people = ( " BEN " );", "deploy", 1, "phone" },
		/* the last one, one who is none */
		{ "people = ( " BEN " );", "deploy//ben", 0, "by hand" },
		{ "people = ( " BEN ", " BEN " );", "deploy//ben", 1, "name" },
		{ "people = ( " BEN " );", "deploy//eve", 0, "by hand" },
		{ "phone = \"+14155550100\";", "deploy//eve", 0, "by hand" },
		/* another one's fault */
		{ "people = ( { name = \"a\"; phone = \"1\"; } );",
		    "deploy//anna", 1, "E.164" },
		{ "people = ( " BEN ", { name = \"a\"; phone = \"1\"; } );",
		    "deploy//ben", 1, "E.164" },
		/* a name that is spelled in another way */
		{ "people = ( { name = \"b\\x65n\"; phone = "
		  "\"+14155550199\"; } );",
		    "deploy//ben", 1, "name" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		confdir_write(&d, DEPLOY, row[i].text);
		assert_int_equal(
		    prepare_person(row[i].kept, row[i].count), CTL_SETTINGS);
		if (strstr(d.log, row[i].said) == NULL)
			fail_msg("%zu: %s", i, d.log);
		assert_string_equal(content(DEPLOY), row[i].text);
		assert_int_equal(entries("users.d"), 1);
	}
}

/* One move brings all who were tried of an account. */
static void
test_many_of_one_account(void **state)
{
	static const char *const kept[] = { "deploy//anna", "alice",
		"deploy//ben" };

	(void)state;
	confdir_write(&d, DEPLOY,
	    "# here\npeople = ( { name = \"carl\"; phone "
	    "= \"+14155550177\"; } );\n");
	owner.unsynced = true;
	assert_int_equal(
	    record_file_open(&edit, conf, &owner, &d.report), CTL_DONE);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(
		    record_file_stage(&edit, kept[i], two, 1), CTL_DONE);
		assert_false(edit.existed);
		assert_int_equal(edit.staged_before, i == 2);
	}
	assert_int_equal(record_file_sync(&edit), CTL_DONE);
	assert_int_equal(record_file_move(&edit, kept[0]), CTL_DONE);
	assert_int_equal(record_file_move(&edit, kept[1]), CTL_DONE);
	record_file_drop(&edit);
	assert_int_equal(entries("users.d"), 2);
	assert_string_equal(content(DEPLOY),
	    "# here\npeople = ( { name = \"carl\"; phone = \"+14155550177\"; "
	    "}, {\n    name = \"anna\";\n    phone = \"+14155550123\";\n  }, "
	    "{\n    name = \"ben\";\n    phone = \"+14155550123\";\n  } );\n");
}

static void
test_secret_names(void **state)
{
	char name[SECRET_FILE_NAME_MAX];

	(void)state;
	secret_file_name(name, ".", "alice", ".totp.new");
	assert_string_equal(name, ".alice.totp.new");
	secret_file_name(name, "", "deploy//anna", ".totp");
	assert_string_equal(name, "deploy+anna.totp");
}

static void
put(struct secret_file *s, const char *text)
{
	struct secret secret = { .len = strlen(text) };

	memcpy(secret.b, text, secret.len + 1);
	if (secret_file_put(s, d.path, "bob.totp", &secret, &owner) != 0)
		fail_msg("%s", trusted_file_cause);
}

static void
test_secret_kept(void **state)
{
	unsigned before = entries(".");
	struct secret_file s;
	struct stat st;
	char path[256];

	(void)state;
	put(&s, "first");
	secret_file_end(&s, true);
	put(&s, "second");
	assert_string_equal(content("bob.totp"), "second\n");
	secret_file_end(&s, true);
	assert_string_equal(content("bob.totp"), "second\n");
	assert_int_equal(entries("."), before + 1);
	snprintf(path, sizeof(path), "%s/bob.totp", d.path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static void
test_secret_undone(void **state)
{
	unsigned before = entries(".");
	struct secret_file s;

	(void)state;
	put(&s, "first");
	secret_file_end(&s, false);
	assert_int_equal(entries("."), before);
	confdir_write(&d, "bob.totp", "old\n");
	put(&s, "new");
	secret_file_end(&s, false);
	assert_string_equal(content("bob.totp"), "old\n");
	assert_int_equal(entries("."), before + 1);
}

/* A failure on the way: what was there stays. */
static void
test_secret_fails(void **state)
{
	struct secret secret = { .b = "new", .len = 3 };
	char path[256];
	struct secret_file s;

	(void)state;
	confdir_write(&d, "bob.totp", "old\n");
	snprintf(path, sizeof(path), "%s/.bob.totp.old", d.path);
	assert_int_equal(mkdir(path, 0700), 0); /* cannot be unlinked */
	assert_int_equal(
	    secret_file_put(&s, d.path, "bob.totp", &secret, &owner), -1);
	assert_non_null(strstr(trusted_file_cause, "bob.totp: "));
	assert_string_equal(content("bob.totp"), "old\n");
	assert_string_equal(content(".bob.totp.new"), "(none)");
	snprintf(path, sizeof(path), "%s/nowhere", d.path);
	assert_int_equal(
	    secret_file_put(&s, path, "bob.totp", &secret, &owner), -1);
	assert_non_null(strstr(trusted_file_cause, "install -d"));
}

UNIT_TESTS(test_record_file)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_a_row_that_cannot_be_read),
		TEST(test_made_anew),
		TEST(test_rest_stays),
		TEST(test_replaced),
		TEST(test_broken_result),
		TEST(test_dropped),
		TEST(test_broken_before),
		TEST(test_record_that_others_can_write),
		TEST(test_folder_that_others_can_write),
		TEST(test_left_behind),
		TEST(test_prepared),
		TEST(test_too_long),
		TEST(test_several_keys),
		TEST(test_same_but_broken),
		TEST(test_many),
		TEST(test_people),
		TEST(test_people_refused),
		TEST(test_many_of_one_account),
		TEST(test_secret_names),
		TEST(test_secret_kept),
		TEST(test_secret_undone),
		TEST(test_secret_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
