/* SPDX-License-Identifier: BSD-2-Clause */
/* Who came, by the keys that sshd has seen; and what a stranger is made of. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "helper/login/login.h"
#include "tests/support/unit_tests.h"

/* printf '...' | ssh-keygen -lf -, of these two. */
#define KEY_A                                                                  \
	"ssh-ed25519 "                                                         \
	"AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEY_B                                                                  \
	"ssh-ed25519 "                                                         \
	"AAAAC3NzaC1lZDI1NTE5AAAAIAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
#define KEY_C                                                                  \
	"ssh-ed25519 "                                                         \
	"AAAAC3NzaC1lZDI1NTE5AAAAIAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

static struct user_people people;

static void
fingerprint(const char *key, char *out)
{
	struct ssh_identity who;
	char line[200];
	const char *at = line;

	snprintf(line, sizeof(line), "publickey %s\n", key);
	assert_true(ssh_identity_next(&at, "", &who));
	assert_true(ssh_fingerprint_is_valid(who.key));
	strcpy(out, who.key);
}

static int
set_up(void **state)
{
	(void)state;
	memset(&people, 0, sizeof(people));
	people.count = 3;
	strcpy(people.person[0].name, "anna");
	fingerprint(KEY_A, people.person[0].key);
	strcpy(people.person[1].name, "ben");
	fingerprint(KEY_B, people.person[1].key);
	strcpy(people.person[2].name, "zoe"); /* neither key nor certificate */
	return 0;
}

static void
expect(const char *info, enum user_people_choice choice, size_t who)
{
	size_t at = 99;

	assert_int_equal(user_people_choose(&people, info, &at), choice);
	if (choice == USER_PEOPLE_KNOWN)
		assert_int_equal(at, who);
}

static void
test_keys(void **state)
{
	(void)state;
	expect("publickey " KEY_A "\n", USER_PEOPLE_KNOWN, 0);
	expect("publickey " KEY_B "\n", USER_PEOPLE_KNOWN, 1);
	expect("publickey " KEY_C "\n", USER_PEOPLE_UNKNOWN, 0);
	expect("", USER_PEOPLE_UNKNOWN, 0);
	expect("password\n", USER_PEOPLE_UNKNOWN, 0);
	expect("hostbased " KEY_A "\n", USER_PEOPLE_UNKNOWN, 0);
	expect("publickey x\n", USER_PEOPLE_UNKNOWN, 0);
	expect("password\npublickey " KEY_A "\n", USER_PEOPLE_KNOWN, 0);
	expect(
	    "publickey " KEY_A " signature count = 7\n", USER_PEOPLE_KNOWN, 0);
}

/* All lines, or none. */
static void
test_two_lines(void **state)
{
	(void)state;
	expect(
	    "publickey " KEY_A "\npublickey " KEY_A "\n", USER_PEOPLE_KNOWN, 0);
	expect("publickey " KEY_A "\npublickey " KEY_B "\n",
	    USER_PEOPLE_UNCLEAR, 0);
	expect("publickey " KEY_A "\npublickey " KEY_C "\n",
	    USER_PEOPLE_UNCLEAR, 0);
	expect("publickey " KEY_C "\npublickey " KEY_A "\n",
	    USER_PEOPLE_UNCLEAR, 0);
	expect("publickey x\npublickey " KEY_A "\n", USER_PEOPLE_UNCLEAR, 0);
	expect("publickey " KEY_C "\npublickey x\n", USER_PEOPLE_UNKNOWN, 0);
}

static void
mac_of(unsigned char first, unsigned char mac[PERSON_DECOY_MAC])
{
	for (size_t i = 0; i < PERSON_DECOY_MAC; i++)
		mac[i] = (unsigned char)(first + i);
}

/* The shape stays, and nothing that is somebody's. */
static void
test_disguise(void **state)
{
	const struct settings conf = { .brand = "x" };
	struct user_record r = { .phone = "+447700900123",
		.email = "anna@example.org",
		.app = { { .secret = { "GEZDGNBVGY3TQOJQ", 16 } } },
		.channels = 1 };
	unsigned char mac[PERSON_DECOY_MAC];

	(void)state;
	mac_of(7, mac);
	person_decoy_apply(&conf, mac, &r);
	assert_true(phone_is_valid(r.phone));
	assert_int_equal(strlen(r.phone), 13);
	assert_memory_equal(r.phone, "+44", 3);
	assert_string_not_equal(r.phone, "+447700900123");
	assert_string_equal(strchr(r.email, '@'), "@example.org");
	assert_int_equal(strlen(r.email), 16);
	assert_string_not_equal(r.email, "anna@example.org");
	assert_string_equal(r.app[0].secret.b, "AAAAAAAAAAAAAAAA");
	assert_int_equal(r.channels, 1);
}

/* A number that may be used stays one. */
static void
test_disguise_prefix(void **state)
{
	const char *const prefix[] = { "+1", "+4477009" };
	const struct settings conf = { .allowed_prefixes = { 2,
					   (const char **)(uintptr_t)prefix } };
	struct user_record r = { .phone = "+447700900123" };
	unsigned char mac[PERSON_DECOY_MAC];

	(void)state;
	mac_of(200, mac);
	person_decoy_apply(&conf, mac, &r);
	assert_memory_equal(r.phone, "+4477009", 8);
	assert_true(phone_is_valid(r.phone));
	assert_string_equal(r.email, "");
	assert_int_equal(r.app[0].secret.len, 0);
}

static void
test_like(void **state)
{
	char hex[OWNER_DECOY_LEN + 1], name[OWNER_REMEMBERED_MAX];
	unsigned char mac[PERSON_DECOY_MAC];

	(void)state;
	mac_of(0xf0, mac);
	person_decoy_hex(mac, hex);
	assert_string_equal(hex, "f0f1f2f3f4f5f6f7");
	for (size_t people_of = 1; people_of <= USER_PEOPLE_MAX; people_of++)
		assert_in_range(
		    person_decoy_template(mac, people_of), 0, people_of - 1);
	owner_write_decoy("deploy", hex, name);
	assert_string_equal(name, "deploy//.f0f1f2f3f4f5f6f7");
	owner_write_remembered("bob", "deploy", name);
	assert_string_equal(name, "bob//=deploy");
}

/* A login by these keys from afar. */
static bool
bound_from(const char *info, const char *address, bool key,
    unsigned char out[STORE_REMEMBERED_LEN])
{
	static const struct user_record record = { .enabled = true };
	static const struct settings none;
	const struct facts facts = { .service = "sshd", .auth_info = info };

	return remembered_login_bind_if_allowed(
	    &none, &facts, "alice", address, key, &record, out);
}

static void
bound(const char *info, unsigned char out[STORE_REMEMBERED_LEN])
{
	assert_true(bound_from(info, "192.0.2.7", false, out));
}

#define SK_A "publickey sk-ssh-ed25519@openssh.com AAAA"
#define SK_B "publickey sk-ssh-ed25519@openssh.com BBBB"

/* What a security key has counted is not part of who it is. */
static void
test_signature_count(void **state)
{
	static const struct {
		const char *one, *other;
		bool same;
	} rows[] = {
		{ SK_A " signature count = 7\n", SK_A " signature count = 8\n",
		    true },
		{ SK_A " signature count = 7\n" SK_B " signature count = 1\n",
		    SK_A " signature count = 70\n" SK_B
			 " signature count = 2\n",
		    true },
		{ SK_A " signature count = 7\n", SK_B " signature count = 7\n",
		    false },
		{ SK_A " signature count = 7\n",
		    SK_A " signature count = 7\n" SK_B "\n", false },
		{ SK_A " signature count = 7\n" SK_A "\n",
		    SK_A " signature count = 7\n" SK_B "\n", false },
		{ SK_A "\n", SK_A "\n", true },
		{ SK_A "\n", SK_B "\n", false },
	};
	unsigned char one[STORE_REMEMBERED_LEN], other[STORE_REMEMBERED_LEN];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bound(rows[i].one, one);
		bound(rows[i].other, other);
		assert_int_equal(
		    memcmp(one, other, sizeof(one)) == 0, rows[i].same);
	}
}

/* What of an address counts: the network of IPv6, none with the key alone. */
static void
test_address(void **state)
{
	static const struct {
		const char *one, *other;
		bool same;
	} rows[] = {
		{ "192.0.2.7", "192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.8", false },
		{ "2001:db8::1", "2001:db8::ffff:1", true },
		{ "2001:db8::1", "2001:db8:0:1::1", false },
		{ "::ffff:192.0.2.7", "::ffff:192.0.2.8", false },
		{ "64:ff9b::192.0.2.7", "64:ff9b::192.0.2.7", true },
		{ "64:ff9b::192.0.2.7", "64:ff9b::192.0.2.8", false },
		{ "64:ff9b:2::1", "64:ff9b:2::2", true },
		/* the network has the bytes of that text */
		{ "10.0.0.1", "3130:2e30:2e30:2e31::1", false },
	};
	unsigned char one[STORE_REMEMBERED_LEN], other[STORE_REMEMBERED_LEN];
	unsigned char key[STORE_REMEMBERED_LEN];

	(void)state;
	assert_true(bound_from(SK_A, "192.0.2.7", true, key));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(bound_from(SK_A, rows[i].one, false, one));
		assert_true(bound_from(SK_A, rows[i].other, false, other));
		assert_int_equal(
		    memcmp(one, other, sizeof(one)) == 0, rows[i].same);
		assert_memory_not_equal(one, key, sizeof(one));
		assert_true(bound_from(SK_A, rows[i].other, true, other));
		assert_memory_equal(other, key, sizeof(key));
	}
	assert_true(bound_from(SK_B, "192.0.2.7", true, other));
	assert_memory_not_equal(other, key, sizeof(key));
	assert_false(bound_from(SK_A, "127.0.0.1", true, other));
	assert_false(bound_from(SK_A, "::1", true, other));
	assert_false(bound_from(SK_A, "", true, other));
	assert_false(bound_from("password", "192.0.2.7", true, other));
}

UNIT_TESTS(test_person_choice)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_keys, set_up),
		cmocka_unit_test_setup(test_two_lines, set_up),
		cmocka_unit_test(test_disguise),
		cmocka_unit_test(test_disguise_prefix),
		cmocka_unit_test(test_like),
		cmocka_unit_test(test_signature_count),
		cmocka_unit_test(test_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
