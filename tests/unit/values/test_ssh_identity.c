/* SPDX-License-Identifier: BSD-2-Clause */
/* Keys and certificates, real ones and odd ones. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/values/values.h"
#include "tests/support/unit_tests.h"

#define LINES "tests/unit/values/ssh_lines"
#define ED25519 "ssh-ed25519-cert-v01@openssh.com"
#define CA_BLOB "a key that signs"

static const struct ssh_identity nobody;

static void
expect_nobody(const struct ssh_identity *who, const char *why)
{
	if (memcmp(who, &nobody, sizeof(nobody)) != 0)
		fail_msg("%s: names %s%s", why, who->key, who->cert_id);
}

/* The one that the text names, which is all of it. */
static struct ssh_identity
only(const char *text)
{
	struct ssh_identity who, none;
	const char *at = text;

	memset(&who, 0xff, sizeof(who));
	assert_true(ssh_identity_next(&at, "", &who));
	assert_false(ssh_identity_next(&at, "", &none));
	assert_int_equal(*at, '\0');
	return who;
}

static void
expect_line(const char *kind, const char *first, const char *ca,
    const struct ssh_identity *who)
{
	assert_false(who->is_user);
	if (strcmp(kind, "none") == 0) {
		expect_nobody(who, first);
	} else if (strcmp(kind, "key") == 0) {
		assert_string_equal(who->key, first);
		assert_string_equal(who->cert_id, "");
		assert_string_equal(who->ca, "");
	} else {
		assert_string_equal(kind, "cert");
		assert_string_equal(who->key, "");
		assert_string_equal(who->cert_id, first);
		assert_string_equal(who->ca, ca);
	}
}

/* Each kind, and the ids that ssh-keygen writes without a word. */
static void
test_real(void **state)
{
	FILE *f = fopen(LINES, "r");
	char line[8192], text[8192];
	unsigned lines = 0;

	(void)state;
	if (f == NULL)
		fail_msg(LINES ": run from the top of the tree");
	while (fgets(line, sizeof(line), f) != NULL) {
		char *save = NULL, *kind = strtok_r(line, "\t\n", &save);
		const char *first = strtok_r(NULL, "\t\n", &save);
		const char *ca = strtok_r(NULL, "\t\n", &save);
		const char *key = strtok_r(NULL, "\t\n", &save);
		struct ssh_identity who;

		if (kind[0] == '#')
			continue;
		lines++;
		snprintf(text, sizeof(text), "publickey %s\n", key);
		who = only(text);
		assert_int_equal(who.sk,
		    strcmp(kind, "none") != 0 && strncmp(key, "sk-", 3) == 0);
		expect_line(kind, first, ca, &who);
		snprintf(text, sizeof(text), "publickey %s", key);
		who = only(text);
		expect_line(kind, first, ca, &who);
		snprintf(text, sizeof(text),
		    "publickey %s signature count = 5\n", key);
		who = only(text);
		expect_line(kind, first, ca, &who);
	}
	assert_int_equal(lines, 21);
	fclose(f);
}

/* A certificate as its bytes. */
struct blob {
	unsigned char b[4096];
	size_t len;
};

static void
put(struct blob *b, const void *bytes, size_t len)
{
	memcpy(b->b + b->len, bytes, len);
	b->len += len;
}

static void
put_string(struct blob *b, const void *bytes, size_t len)
{
	const unsigned char head[] = { 0, 0, (unsigned char)(len >> 8),
		(unsigned char)len };

	put(b, head, sizeof(head));
	put(b, bytes, len);
}

static struct blob
cert(const char *type, unsigned char kind, const void *id, size_t len,
    const char *ca)
{
	static const unsigned char zeros[16];
	struct blob b = { .len = 0 };

	put_string(&b, type, strlen(type));
	put_string(&b, "nonce", 5);
	put_string(&b, "key", 3);
	put(&b, zeros, 8);
	put(&b, (const unsigned char[]){ 0, 0, 0, kind }, 4);
	put_string(&b, id, len);
	put_string(&b, "", 0);
	put(&b, zeros, 16);
	put_string(&b, "", 0);
	put_string(&b, "", 0);
	put_string(&b, "", 0);
	put_string(&b, ca, strlen(ca));
	put_string(&b, "signature", 9);
	return b;
}

static struct ssh_identity
read_blob(const char *type, const struct blob *b)
{
	unsigned char text[8192];
	char line[8300];

	EVP_EncodeBlock(text, b->b, (int)b->len);
	snprintf(line, sizeof(line), "publickey %s %s\n", type, text);
	return only(line);
}

/* Principals as a string of strings; cert() has none. */
static void
test_principals(void **state)
{
	static const char type[] = "sk-ssh-ed25519-cert-v01@openssh.com";
	static const struct {
		const char *name[3];
		bool cut, is;
	} rows[] = {
		{ { "anna" }, false, true },
		{ { "root", "anna" }, false, true },
		{ { NULL }, false, false },
		{ { "" }, false, false },
		{ { "ann" }, false, false },
		{ { "annab" }, false, false },
		{ { "Anna" }, false, false },
		{ { "*" }, false, false },
		{ { "root,anna" }, false, false },
		{ { "root", "anna" }, true, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct blob names = { .len = 0 }, b = { .len = 0 };
		const unsigned char zeros[16] = { 0 };
		unsigned char text[8192];
		char line[8300];
		const char *at = line;
		struct ssh_identity who;

		for (size_t k = 0; k < 3 && rows[i].name[k] != NULL; k++)
			put_string(
			    &names, rows[i].name[k], strlen(rows[i].name[k]));
		names.len -= rows[i].cut;
		put_string(&b, type, strlen(type));
		put_string(&b, "nonce", 5);
		put_string(&b, "key", 3);
		put_string(&b, "ssh:", 4);
		put(&b, zeros, 8);
		put(&b, (const unsigned char[]){ 0, 0, 0, 1 }, 4);
		put_string(&b, "id", 2);
		put_string(&b, names.b, names.len);
		put(&b, zeros, 16);
		for (size_t k = 0; k < 3; k++)
			put_string(&b, "", 0);
		put_string(&b, CA_BLOB, strlen(CA_BLOB));
		put_string(&b, "signature", 9);
		EVP_EncodeBlock(text, b.b, (int)b.len);
		snprintf(line, sizeof(line), "publickey %s %s\n", type, text);
		assert_true(ssh_identity_next(&at, "anna", &who));
		assert_string_equal(who.cert_id, "id");
		assert_true(who.sk);
		assert_int_equal(who.is_user, rows[i].is);
	}
}

static void
test_ids(void **state)
{
	char long_id[SSH_CERT_ID_MAX + 2];
	static const struct {
		const char *id;
		size_t len;
		bool fit;
	} rows[] = {
		{ "anna", 4, true },
		{ "!~", 2, true },
		{ "", 0, false },
		{ "an na", 5, false },
		{ " anna", 5, false },
		{ "anna ", 5, false },
		{ "anna\0", 5, false },
		{ "anna\0ben", 8, false },
		{ "\0", 1, false },
		{ "anna\n", 5, false },
		{ "anna\t", 5, false },
		{ "anna\x7f", 5, false },
		{ "anna\x80", 5, false },
		{ "\xc3\xa4nna", 5, false },
		{ "\xff", 1, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct blob b =
		    cert(ED25519, 1, rows[i].id, rows[i].len, CA_BLOB);
		const struct ssh_identity who = read_blob(ED25519, &b);

		if (rows[i].fit)
			assert_string_equal(who.cert_id, rows[i].id);
		else
			expect_nobody(&who, rows[i].id);
	}
	memset(long_id, 'a', sizeof(long_id));
	for (size_t len = SSH_CERT_ID_MAX; len <= SSH_CERT_ID_MAX + 1; len++) {
		const struct blob b = cert(ED25519, 1, long_id, len, CA_BLOB);
		const struct ssh_identity who = read_blob(ED25519, &b);

		assert_int_equal(
		    strlen(who.cert_id), len == SSH_CERT_ID_MAX ? len : 0);
	}
}

/* A host's, one that nobody signed, another type inside than before it, one of
 * a type that is not known. */
static void
test_odd(void **state)
{
	static const struct {
		const char *before, *inside;
		unsigned char kind;
		const char *ca;
	} rows[] = {
		{ ED25519, ED25519, 2, CA_BLOB },
		{ ED25519, ED25519, 0, CA_BLOB },
		{ ED25519, ED25519, 1, "" },
		{ ED25519, "ssh-ed25519", 1, CA_BLOB },
		{ "ssh-ed25519", ED25519, 1, CA_BLOB },
		{ "ssh-rsa-cert-v01@openssh.com",
		    "ssh-rsa-cert-v01@openssh.com", 1, CA_BLOB },
		{ "ssh-new-cert-v01@openssh.com",
		    "ssh-new-cert-v01@openssh.com", 1, CA_BLOB },
		{ "ssh-ed25519-cert-v02@openssh.com",
		    "ssh-ed25519-cert-v02@openssh.com", 1, CA_BLOB },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct blob b =
		    cert(rows[i].inside, rows[i].kind, "anna", 4, rows[i].ca);
		const struct ssh_identity who = read_blob(rows[i].before, &b);

		expect_nobody(&who, rows[i].before);
	}
}

/* Cut anywhere, and with more behind its end. */
static void
test_cut(void **state)
{
	struct blob b = cert(ED25519, 1, "anna", 4, CA_BLOB);
	const size_t whole = b.len;
	struct ssh_identity who = read_blob(ED25519, &b);

	(void)state;
	assert_string_equal(who.cert_id, "anna");
	for (b.len = 1; b.len < whole; b.len++) {
		who = read_blob(ED25519, &b);
		expect_nobody(&who, "cut");
	}
	b.len = whole + 1;
	who = read_blob(ED25519, &b);
	expect_nobody(&who, "longer");
}

/* Each length of each string, wrong by much and by one. */
static void
test_lengths(void **state)
{
	const struct blob good = cert(ED25519, 1, "anna", 4, CA_BLOB);
	struct ssh_identity who;

	(void)state;
	for (size_t i = 0; i + 4 <= good.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			struct blob b = good;

			b.b[i] ^= (unsigned char)(1 << bit);
			who = read_blob(ED25519, &b);
			assert_true(who.cert_id[0] == '\0' ||
			    ssh_cert_id_is_valid(who.cert_id));
			assert_string_equal(who.key, "");
		}
}

static void
test_lines(void **state)
{
	static const char *const none[] = { "publickey ", "publickey \n",
		"publickey x", "publickey x ", "publickey  x",
		"publickey ssh-rsa ====", "publickey ssh-rsa A===",
		"publickey ssh-rsa AAA", "publickey ssh-rsa AA=A",
		"publickey ssh-rsa AAAA\tAAAA", "publickey ssh-rsa AAAA!AAA",
		"publickey ssh-ed25519 AAAA" };
	struct ssh_identity who;
	const char *at;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		who = only(none[i]);
		expect_nobody(&who, none[i]);
	}
	at = "";
	assert_false(ssh_identity_next(&at, "", &who));
	at = "password\nhostbased ssh-rsa AAAA\nPublickey ssh-rsa AAAA\n"
	     "publickey\npublickey/x ssh-rsa AAAA\n publickey ssh-rsa AAAA\n";
	assert_false(ssh_identity_next(&at, "", &who));
	expect_nobody(&who, "no publickey");
	at = "publickey x\npassword\npublickey y\n";
	assert_true(ssh_identity_next(&at, "", &who));
	assert_true(ssh_identity_next(&at, "", &who));
	assert_false(ssh_identity_next(&at, "", &who));
}

static void
test_fingerprint(void **state)
{
	static const char good[] =
	    "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
	char text[SSH_FINGERPRINT_LEN + 1];

	(void)state;
	assert_true(ssh_fingerprint_is_valid(good));
	for (size_t i = 0; i < SSH_FINGERPRINT_LEN; i++) {
		strcpy(text, good);
		text[i] = i < 7 ? 'x' : '=';
		assert_false(ssh_fingerprint_is_valid(text));
		text[i] = '\0';
		assert_false(ssh_fingerprint_is_valid(text));
	}
	strcpy(text, good);
	text[SSH_FINGERPRINT_LEN - 1] = 'B';
	assert_false(ssh_fingerprint_is_valid(text));
	assert_false(ssh_fingerprint_is_valid(""));
}

UNIT_TESTS(test_ssh_identity)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real),
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_principals),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_fingerprint),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
