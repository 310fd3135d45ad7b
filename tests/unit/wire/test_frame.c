/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Frames over a socket pair: what is refused, what comes through, and where
 * the limits are.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/wire/wire.h"
#include "tests/support/unit_tests.h"

#define ALL (~0u)
#define SOON_MS 5000

static int pair[2];
static unsigned char out[FRAME_BEGIN_MAX + 16], in[FRAME_BEGIN_MAX + 16];

static int
pair_open(void **state)
{
	(void)state;
	memset(out, 0, sizeof(out));
	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
}

static int
pair_close(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		if (pair[i] >= 0)
			(void)close(pair[i]);
	}
	return 0;
}

static void
end_close(int i)
{
	(void)close(pair[i]);
	pair[i] = -1;
}

static enum frame_result
receive(struct frame *f, unsigned allowed)
{
	return frame_recv(
	    pair[1], f, allowed, in, sizeof(in), frame_clock_ms() + SOON_MS);
}

static enum frame_result
send_raw(size_t len)
{
	struct frame f;

	assert_int_equal(send(pair[0], out, len, 0), len);
	return receive(&f, ALL);
}

/* A whole SAY in out; its length. */
static size_t
say_make(void)
{
	struct frame f;

	frame_init(&f, FRAME_SAY, out, sizeof(out));
	frame_put_text(&f, FIELD_TEXT, "hello");
	assert_false(f.failed);
	return f.len;
}

static void
test_bytes_as_documented(void **state)
{
	static const unsigned char want[] = { 'p', '2', 'f', 'a', 1, FRAME_SAY,
		0, 0, 0, 0, 0, 10, 0, FIELD_TEXT, 0, 6, 'h', 'e', 'l', 'l', 'o',
		0 };

	(void)state;
	assert_int_equal(say_make(), sizeof(want));
	assert_memory_equal(out, want, sizeof(want));
	assert_int_equal(send_raw(sizeof(want)), FRAME_OK);
}

static void
test_number_bytes(void **state)
{
	static const unsigned char want[] = { 0, FIELD_ABORT, 0, 8, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xfe };
	struct frame f;

	(void)state;
	frame_init(&f, FRAME_ABORT, out, sizeof(out));
	frame_put_number(&f, FIELD_ABORT, -2);
	assert_memory_equal(out + FRAME_HEADER, want, sizeof(want));
}

/* Each byte of the header, changed, is a refusal. */
static void
test_header_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < FRAME_HEADER; i++) {
		const size_t len = say_make();

		out[i] ^= 0x40;
		assert_int_equal(
		    send_raw(len), i == 4 ? FRAME_OTHER_VERSION : FRAME_BAD);
	}
}

/* The helper answers in BEGIN's version, and hears no other from then on. */
static void
test_another_version_is_spoken(void **state)
{
	const unsigned char other = FRAME_VERSION + 1;
	struct frame f;
	size_t len;

	(void)state;
	frame_set_version(other);
	len = say_make();
	assert_int_equal(out[4], other);
	assert_int_equal(send_raw(len), FRAME_OK);
	out[4] = FRAME_VERSION;
	assert_int_equal(send_raw(len), FRAME_OTHER_VERSION);
	frame_set_version(FRAME_VERSION);
	frame_init(&f, FRAME_BEGIN, out, sizeof(out));
	out[4] = other;
	assert_int_equal(send_raw(f.len), FRAME_OTHER_VERSION);
	assert_int_equal(in[4], other);
}

/* HELLO and END hold nothing. */
static void
test_bare_frames(void **state)
{
	static const enum frame_type bare[] = { FRAME_HELLO, FRAME_END };
	struct frame f;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		frame_init(&f, bare[i], out, sizeof(out));
		assert_int_equal(send_raw(f.len), FRAME_OK);
		frame_put_number(&f, FIELD_ABORT, 0);
		assert_int_equal(send_raw(f.len), FRAME_BAD);
		assert_int_equal(send_raw(f.len - 1), FRAME_BAD);
		frame_init(&f, bare[i], out, sizeof(out));
		assert_int_equal(send(pair[0], out, f.len, 0), f.len);
		assert_int_equal(
		    receive(&f, ALL & ~(1u << bare[i])), FRAME_BAD);
	}
	out[5] = FRAME_END + 1;
	assert_int_equal(send_raw(FRAME_HEADER), FRAME_BAD);
}

static void
test_every_truncation(void **state)
{
	const size_t len = say_make();

	(void)state;
	for (size_t i = 0; i < len; i++)
		assert_int_equal(send_raw(i), FRAME_BAD);
	assert_int_equal(send_raw(len + 1), FRAME_BAD);
}

/* Cut within a field, but with a header that agrees. */
static void
test_truncated_fields(void **state)
{
	const size_t len = say_make();

	(void)state;
	for (size_t i = FRAME_HEADER; i < len; i++) {
		out[11] = (unsigned char)(i - FRAME_HEADER);
		assert_int_equal(send_raw(i), FRAME_BAD);
	}
}

static void
test_types(void **state)
{
	static const unsigned char bad[] = { FRAME_NONE, FRAME_VERDICT + 1, 31,
		32, 255 };
	struct frame f;

	(void)state;
	for (size_t i = 0; i < sizeof(bad); i++) {
		const size_t len = say_make();

		out[5] = bad[i];
		assert_int_equal(send_raw(len), FRAME_BAD);
	}
	assert_int_equal(send(pair[0], out, say_make(), 0), say_make());
	assert_int_equal(
	    receive(&f, 1u << FRAME_ASK | 1u << FRAME_VERDICT), FRAME_BAD);
}

static void
field_raw(unsigned tag, const char *bytes, size_t size)
{
	unsigned char *at = out + FRAME_HEADER + out[11];

	at[0] = (unsigned char)(tag >> 8);
	at[1] = (unsigned char)tag;
	at[2] = 0;
	at[3] = (unsigned char)size;
	memcpy(at + 4, bytes, size);
	out[11] = (unsigned char)(out[11] + 4 + size);
}

static enum frame_result
fields_send(enum frame_type type, unsigned tag, const char *bytes, size_t size)
{
	struct frame f;

	frame_init(&f, type, out, sizeof(out));
	field_raw(tag, bytes, size);
	return send_raw((size_t)FRAME_HEADER + out[11]);
}

static void
test_field_forms(void **state)
{
	(void)state;
	assert_int_equal(fields_send(FRAME_SAY, FIELD_TEXT, "a", 2), FRAME_OK);
	assert_int_equal(fields_send(FRAME_SAY, FIELD_TEXT, "", 1), FRAME_OK);
	assert_int_equal(fields_send(FRAME_SAY, FIELD_TEXT, "", 0), FRAME_BAD);
	assert_int_equal(
	    fields_send(FRAME_SAY, FIELD_TEXT, "ab", 2), FRAME_BAD);
	assert_int_equal(
	    fields_send(FRAME_SAY, FIELD_TEXT, "a\0b", 4), FRAME_BAD);
	assert_int_equal(
	    fields_send(FRAME_SAY, FIELD_TEXT, "a\0", 3), FRAME_BAD);
	assert_int_equal(
	    fields_send(FRAME_ABORT, FIELD_ABORT, "\0\0\0\0\0\0\0", 8),
	    FRAME_OK);
	assert_int_equal(
	    fields_send(FRAME_ABORT, FIELD_ABORT, "\0\0\0\0\0\0", 7),
	    FRAME_BAD);
	assert_int_equal(
	    fields_send(FRAME_ABORT, FIELD_ABORT, "\0\0\0\0\0\0\0\0", 9),
	    FRAME_BAD);
}

/* A SAY may hold FIELD_TEXT and nothing else, whatever the tag. */
static void
test_other_fields(void **state)
{
	(void)state;
	for (unsigned tag = 0; tag < 300; tag++) {
		if (tag == FIELD_TEXT)
			continue;
		(void)say_make();
		field_raw(tag, "\0\0\0\0\0\0\0", 8);
		assert_int_equal(
		    send_raw((size_t)FRAME_HEADER + out[11]), FRAME_BAD);
		(void)say_make();
		field_raw(tag, "", 1);
		assert_int_equal(
		    send_raw((size_t)FRAME_HEADER + out[11]), FRAME_BAD);
	}
}

static void
test_field_twice(void **state)
{
	(void)state;
	(void)say_make();
	field_raw(FIELD_TEXT, "again", 6);
	assert_int_equal(send_raw((size_t)FRAME_HEADER + out[11]), FRAME_BAD);
}

/* Without its fields no type is whole. */
static void
test_fields_required(void **state)
{
	(void)state;
	for (int type = FRAME_BEGIN; type <= FRAME_VERDICT; type++) {
		struct frame f;

		frame_init(&f, (enum frame_type)type, out, sizeof(out));
		assert_int_equal(send_raw(FRAME_HEADER), FRAME_BAD);
	}
	assert_int_equal(
	    fields_send(FRAME_ASK, FIELD_TEXT, "no echo", 8), FRAME_BAD);
	assert_int_equal(
	    fields_send(FRAME_ANSWER, FIELD_ANSWER, "1", 2), FRAME_BAD);
}

static bool
text_fits(enum frame_type type, enum frame_field tag, size_t len)
{
	static char text[70000];
	struct frame f;

	memset(text, 'x', len);
	text[len] = '\0';
	frame_init(&f, type, out, sizeof(out));
	frame_put_text(&f, tag, text);
	return !f.failed;
}

/* The longest of each text, and one more. */
static void
test_text_limits(void **state)
{
	static const struct {
		enum frame_type type;
		enum frame_field tag;
		size_t max;
	} rows[] = {
		{ FRAME_BEGIN, FIELD_CONF, 4095 },
		{ FRAME_BEGIN, FIELD_USER, 1024 },
		{ FRAME_BEGIN, FIELD_SERVICE, 256 },
		{ FRAME_BEGIN, FIELD_TTY, 1024 },
		{ FRAME_BEGIN, FIELD_RHOST, 1024 },
		{ FRAME_BEGIN, FIELD_SSH_ADDRESS, 64 },
		{ FRAME_BEGIN, FIELD_RUSER, 1024 },
		{ FRAME_BEGIN, FIELD_BOOT_ID, 64 },
		{ FRAME_BEGIN, FIELD_AUTH_INFO, 57344 },
		{ FRAME_BEGIN, FIELD_ADMIN_REQUEST, 256 },
		{ FRAME_BEGIN, FIELD_RECORD, FRAME_RECORD_MAX },
		{ FRAME_SAY, FIELD_TEXT, FRAME_PROMPT_MAX },
		{ FRAME_ANSWER, FIELD_ANSWER, FRAME_ANSWER_MAX },
		{ FRAME_VERDICT, FIELD_RULE, 32 },
		{ FRAME_VERDICT, FIELD_METHOD, 32 },
		{ FRAME_VERDICT, FIELD_PROVIDER, 128 },
		{ FRAME_VERDICT, FIELD_OUTCOME, 32 },
		{ FRAME_VERDICT, FIELD_REASON, 256 },
		{ FRAME_VERDICT, FIELD_WOULD, 64 },
		{ FRAME_VERDICT, FIELD_NUMBER, 64 },
		{ FRAME_VERDICT, FIELD_REQUEST, 256 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(text_fits(rows[i].type, rows[i].tag, 0));
		assert_true(text_fits(rows[i].type, rows[i].tag, rows[i].max));
		assert_false(
		    text_fits(rows[i].type, rows[i].tag, rows[i].max + 1));
	}
}

/* A sender that ignores the limit is refused by the receiver. */
static void
test_text_limit_received(void **state)
{
	struct frame f;

	(void)state;
	frame_init(&f, FRAME_ANSWER, out, sizeof(out));
	frame_put_number(&f, FIELD_TYPED, 300);
	out[f.len + 1] = FIELD_ANSWER;
	out[f.len + 2] = (FRAME_ANSWER_MAX + 1) >> 8;
	out[f.len + 3] = (FRAME_ANSWER_MAX + 1) & 0xff;
	memset(out + f.len + 4, 'x', FRAME_ANSWER_MAX);
	f.len += 4 + FRAME_ANSWER_MAX + 1;
	out[f.len - 1] = '\0';
	out[10] = (unsigned char)((f.len - FRAME_HEADER) >> 8);
	out[11] = (unsigned char)(f.len - FRAME_HEADER);
	assert_int_equal(send_raw(f.len), FRAME_OK);
	out[f.len - 1] = 'x';
	out[f.len++] = '\0';
	out[11]++;
	out[FRAME_HEADER + 12 + 3]++;
	assert_int_equal(send_raw(f.len), FRAME_BAD);
}

static void
test_wrong_kind_fails(void **state)
{
	struct frame f;

	(void)state;
	frame_init(&f, FRAME_VERDICT, out, sizeof(out));
	frame_put_text(&f, FIELD_TRIES, "3");
	assert_true(f.failed);
	frame_init(&f, FRAME_VERDICT, out, sizeof(out));
	frame_put_number(&f, FIELD_RULE, 3);
	assert_true(f.failed);
	frame_init(&f, FRAME_VERDICT, out, sizeof(out));
	frame_put_text(&f, FIELD_RULE, NULL);
	assert_false(f.failed);
	assert_int_equal(f.len, FRAME_HEADER);
}

static void
test_frame_full(void **state)
{
	struct frame f;
	int n = 0;

	(void)state;
	frame_init(&f, FRAME_VERDICT, out, FRAME_HEADER + 24);
	for (; !f.failed && n < 9; n++)
		frame_put_number(&f, FIELD_TRIES, n);
	assert_int_equal(n, 3);
	frame_put_text(&f, FIELD_RULE, "");
	assert_true(f.failed);
	errno = 0;
	assert_int_equal(frame_send(pair[0], &f), -1);
	assert_int_equal(errno, EMSGSIZE);
}

/* 4,096 bytes is the longest of all but BEGIN, whatever the buffer. */
static void
test_frame_limit(void **state)
{
	struct frame f;

	(void)state;
	frame_init(&f, FRAME_SAY, out, sizeof(out));
	assert_int_equal(f.cap, FRAME_MAX);
	frame_init(&f, FRAME_BEGIN, out, sizeof(out));
	assert_int_equal(f.cap, FRAME_BEGIN_MAX);
	(void)say_make();
	out[10] = (FRAME_MAX + 1 - FRAME_HEADER) >> 8;
	out[11] = (FRAME_MAX + 1 - FRAME_HEADER) & 0xff;
	assert_int_equal(send_raw(FRAME_MAX + 1), FRAME_BAD);
}

static void
test_small_buffer(void **state)
{
	const size_t len = say_make();
	struct frame f;

	(void)state;
	for (size_t cap = len - 1; cap <= len; cap++) {
		assert_int_equal(send(pair[0], out, len, 0), len);
		assert_int_equal(frame_recv(pair[1], &f, ALL, in, cap,
				     frame_clock_ms() + SOON_MS),
		    cap < len ? FRAME_BAD : FRAME_OK);
	}
}

static void
test_end_of_peer(void **state)
{
	struct frame f;

	(void)state;
	end_close(0);
	assert_int_equal(receive(&f, ALL), FRAME_EOF);
	assert_int_equal(receive(&f, ALL), FRAME_EOF);
}

/* An empty datagram also reads as 0 bytes; it is no end. */
static void
test_empty_is_no_end(void **state)
{
	struct frame f;

	(void)state;
	assert_int_equal(send(pair[0], "", 0, 0), 0);
	assert_int_equal(receive(&f, ALL), FRAME_BAD);
	assert_int_equal(send(pair[0], "", 0, 0), 0);
	end_close(0);
	assert_int_equal(receive(&f, ALL), FRAME_BAD);
	assert_int_equal(receive(&f, ALL), FRAME_EOF);
}

static void
test_queued_before_end(void **state)
{
	const size_t len = say_make();
	struct frame f;

	(void)state;
	assert_int_equal(send(pair[0], out, len, 0), len);
	end_close(0);
	assert_int_equal(receive(&f, ALL), FRAME_OK);
	assert_string_equal(frame_text(&f, FIELD_TEXT), "hello");
	assert_int_equal(receive(&f, ALL), FRAME_EOF);
}

/* The peer went without reading ours: what it had sent still counts. */
static void
test_end_with_unread(void **state)
{
	const size_t len = say_make();
	struct frame f;

	(void)state;
	assert_int_equal(send(pair[1], out, len, 0), len);
	assert_int_equal(send(pair[0], out, len, 0), len);
	end_close(0);
	assert_int_equal(receive(&f, ALL), FRAME_OK);
	assert_int_equal(receive(&f, ALL), FRAME_EOF);
}

static void
test_send_to_nobody(void **state)
{
	struct frame f;

	(void)state;
	frame_init(&f, FRAME_ABORT, out, sizeof(out));
	frame_put_number(&f, FIELD_ABORT, ABORT_PASSWORD);
	end_close(1);
	assert_int_equal(frame_send(pair[0], &f), -1);
	assert_int_equal(errno, EPIPE);
}

/* A queue that nobody reads is an error, not a wait. */
static void
test_send_never_blocks(void **state)
{
	struct frame f;
	int n = 0;

	(void)state;
	frame_init(&f, FRAME_ABORT, out, sizeof(out));
	frame_put_number(&f, FIELD_ABORT, ABORT_PASSWORD);
	while (n < 100000 && frame_send(pair[0], &f) == 0)
		n++;
	assert_int_equal(errno, EAGAIN);
	assert_in_range(n, 1, 99999);
}

static void
test_deadline(void **state)
{
	const int64_t begin = frame_clock_ms();
	struct frame f;

	(void)state;
	assert_int_equal(
	    frame_recv(pair[1], &f, ALL, in, sizeof(in), begin + 50),
	    FRAME_TIMEOUT);
	assert_in_range(frame_clock_ms() - begin, 50, SOON_MS);
	assert_int_equal(
	    frame_recv(pair[1], &f, ALL, in, sizeof(in), 0), FRAME_TIMEOUT);
	/* What is there is taken even when the time is up. */
	assert_int_equal(send(pair[0], out, say_make(), 0), say_make());
	assert_int_equal(
	    frame_recv(pair[1], &f, ALL, in, sizeof(in), 0), FRAME_OK);
}

static void
test_bad_descriptor(void **state)
{
	struct frame f;

	(void)state;
	assert_int_equal(frame_recv(1023, &f, ALL, in, sizeof(in),
			     frame_clock_ms() + SOON_MS),
	    FRAME_FAILED);
	assert_int_equal(errno, EBADF);
}

/* Descriptors that come along are refused and do not stay open. */
static void
test_descriptors_refused(void **state)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { out, say_make() };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);
	const int passed = 1;
	struct frame f;
	int spare;

	(void)state;
	/* qemu-user itself keeps what comes beyond the room for it. */
	if (getenv("UNDER_QEMU_USER") != NULL)
		skip();
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &passed, sizeof(int));
	for (int hup = 0; hup < 2; hup++) {
		assert_int_equal(sendmsg(pair[0], &msg, 0), iov.iov_len);
		if (hup)
			end_close(0);
		spare = dup(1);
		(void)close(spare);
		assert_int_equal(receive(&f, ALL), FRAME_BAD);
		assert_int_equal(dup(1), spare);
		(void)close(spare);
	}
}

static void
facts_fill(struct facts *facts)
{
	*facts = (struct facts){
		.purpose = PURPOSE_LOGIN,
		.conf = "/etc/twofa/twofa.conf",
		.deadline_ms = 90000,
		.user = "alice",
		.service = "sshd",
		.tty = "ssh",
		.rhost = "2001:db8::7",
		.ssh_addr = "2001:db8::7",
		.ruser = "",
		.real_uid = UINT32_MAX,
		.session_id = 4711,
		.leader_start = INT64_MAX,
		.leader_tty = UINT32_MAX,
		.boot_id = "b",
		.conversation = true,
		.first_factor = FIRST_SSH_METHODS,
		.auth_info = "publickey ssh-ed25519 AAAA\n",
	};
}

/* Over the wire and back; -1 when they do not come through. */
static int
facts_pass(const struct facts *facts, struct facts *got)
{
	struct frame f;

	*got = (struct facts){ 0 };
	frame_init(&f, FRAME_BEGIN, out, FRAME_BEGIN_MAX);
	facts_put(&f, facts);
	if (frame_send(pair[0], &f) != 0)
		return -1;
	assert_int_equal(receive(&f, 1u << FRAME_BEGIN), FRAME_OK);
	return facts_get(&f, got);
}

static void
test_facts_round_trip(void **state)
{
	struct facts facts, got;

	(void)state;
	facts_fill(&facts);
	assert_int_equal(facts_pass(&facts, &got), 0);
	assert_int_equal(got.purpose, PURPOSE_LOGIN);
	assert_string_equal(got.conf, facts.conf);
	assert_int_equal(got.deadline_ms, 90000);
	assert_string_equal(got.user, "alice");
	assert_string_equal(got.service, "sshd");
	assert_string_equal(got.tty, "ssh");
	assert_string_equal(got.rhost, "2001:db8::7");
	assert_string_equal(got.ssh_addr, "2001:db8::7");
	assert_string_equal(got.ruser, "");
	assert_true(got.real_uid == UINT32_MAX);
	assert_int_equal(got.session_id, 4711);
	assert_true(got.leader_start == INT64_MAX);
	assert_true(got.leader_tty == UINT32_MAX);
	assert_string_equal(got.boot_id, "b");
	assert_true(got.conversation);
	assert_int_equal(got.first_factor, FIRST_SSH_METHODS);
	assert_string_equal(got.auth_info, facts.auth_info);
	assert_string_equal(got.request, "");
	assert_string_equal(got.record, "");
}

/* What the module leaves out, and twofactl puts in. */
static void
test_facts_of_twofactl(void **state)
{
	struct facts facts, got;

	(void)state;
	facts_fill(&facts);
	facts.purpose = PURPOSE_SHAPE;
	facts.request = "+14155550123";
	facts.record = "";
	assert_int_equal(facts_pass(&facts, &got), 0);
	assert_int_equal(got.purpose, PURPOSE_SHAPE);
	assert_string_equal(got.request, facts.request);
	facts.purpose = PURPOSE_ENROL;
	facts.record = "# hers\nphone = \"+14155550123\";\n";
	assert_int_equal(facts_pass(&facts, &got), 0);
	assert_int_equal(got.purpose, PURPOSE_ENROL);
	assert_string_equal(got.record, facts.record);
}

/* A record beside its file is of use for one purpose, and no login has it. */
static void
test_facts_record_is_for_enrolling(void **state)
{
	struct facts facts, got;

	(void)state;
	facts_fill(&facts);
	facts.record = "phone = \"+14155550123\";\n";
	for (unsigned i = PURPOSE_LOGIN; i < PURPOSE_COUNT; i++) {
		facts.purpose = (enum facts_purpose)i;
		assert_int_equal(facts_pass(&facts, &got),
		    i == PURPOSE_ENROL || i == PURPOSE_RECORD_PUT ||
			    i == PURPOSE_REKEY || i == PURPOSE_REGISTER
			? 0
			: -1);
	}
}

/* The largest of twofactl's, beside a path as long as it takes. */
static void
test_facts_of_an_administrator_are_no_login(void **state)
{
	static const char good[] =
	    "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	struct facts facts, got;

	(void)state;
	facts_fill(&facts);
	facts.purpose = PURPOSE_STATUS;
	assert_int_equal(facts_pass(&facts, &got), 0);
	assert_null(got.state_admin);
	facts.request = "";
	facts.state_admin = good;
	for (int i = PURPOSE_LOGIN; i < PURPOSE_COUNT; i++) {
		facts.purpose = (enum facts_purpose)i;
		assert_int_equal(
		    facts_pass(&facts, &got), i == PURPOSE_LOGIN ? -1 : 0);
	}
	assert_string_equal(got.state_admin, good);
	facts.state_admin = good + 1;
	assert_int_equal(facts_pass(&facts, &got), -1);
	facts.state_admin =
	    "g0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	assert_int_equal(facts_pass(&facts, &got), -1);
}

static void
test_facts_largest_record(void **state)
{
	static char text[FRAME_RECORD_MAX + 2], path[256];
	struct facts facts, got;

	(void)state;
	facts_fill(&facts);
	memset(text, '#', FRAME_RECORD_MAX);
	memset(path, '/', 255);
	facts.purpose = PURPOSE_ENROL;
	facts.auth_info = "";
	facts.conf = path;
	facts.record = text;
	assert_int_equal(facts_pass(&facts, &got), 0);
	assert_string_equal(got.record, text);
	text[FRAME_RECORD_MAX] = '#';
	assert_int_equal(facts_pass(&facts, &got), -1);
}

static void
test_facts_largest(void **state)
{
	static char info[57346], path[4097], name[1026];
	struct facts facts, got;

	(void)state;
	facts_fill(&facts);
	memset(info, 'k', 57344);
	memset(path, '/', 4095);
	memset(name, 'n', 1024);
	facts.auth_info = info;
	facts.conf = path;
	facts.user = facts.tty = facts.rhost = name;
	assert_int_equal(facts_pass(&facts, &got), 0);
	assert_string_equal(got.auth_info, info);
	info[57344] = 'k';
	assert_int_equal(facts_pass(&facts, &got), -1);
}

static void
test_facts_ranges(void **state)
{
	struct facts got;

	(void)state;
	for (int i = 0; i < 14; i++) {
		struct facts facts;

		facts_fill(&facts);
		switch (i) {
		case 0:
			facts.purpose = PURPOSE_NONE;
			break;
		case 1:
			facts.purpose = PURPOSE_COUNT;
			break;
		case 2:
			facts.conf = "twofa.conf";
			break;
		case 3:
			facts.conf = "";
			break;
		case 4:
			facts.deadline_ms = 0;
			break;
		case 5:
			facts.deadline_ms = 3600001;
			break;
		case 6:
			facts.real_uid = -1;
			break;
		case 7:
			facts.real_uid = INT64_C(1) << 32;
			break;
		case 8:
			facts.session_id = -1;
			break;
		case 9:
			facts.leader_start = -1;
			break;
		case 10:
			facts.first_factor = (enum first_factor)(-1);
			break;
		case 11:
			facts.first_factor =
			    (enum first_factor)(FIRST_SSH_METHODS + 1);
			break;
		case 12:
			facts.session_id = INT64_C(1) << 31;
			break;
		case 13:
			facts.record = "phone = 1;"; /* of a login */
			break;
		}
		assert_int_equal(facts_pass(&facts, &got), -1);
	}
}

static void
test_facts_terminal(void **state)
{
	static const int64_t wrong[] = { -1, INT64_C(1) << 32 };
	struct facts facts, got;

	(void)state;
	for (int i = 0; i < 2; i++) {
		facts_fill(&facts);
		facts.leader_tty = wrong[i];
		assert_int_equal(facts_pass(&facts, &got), -1);
	}
}

/* Of a login that asks nothing, and of no other. */
static void
test_facts_one_field(void **state)
{
	static const char *const right[] = { "", "1234", "ABCD-EFGH-2345-WXYZ",
		"push" };
	static const char *const wrong[] = { "123", "abcdef",
		"ABCD-EFGH-2345-WXY1" };
	struct facts facts, got;

	(void)state;
	facts_fill(&facts);
	assert_int_equal(facts_pass(&facts, &got), 0);
	assert_null(got.one_field);
	facts.conversation = false;
	for (int i = 0; i < 4; i++) {
		facts.one_field = right[i];
		assert_int_equal(facts_pass(&facts, &got), 0);
		assert_string_equal(got.one_field, right[i]);
	}
	for (int i = 0; i < 3; i++) {
		facts.one_field = wrong[i];
		assert_int_equal(facts_pass(&facts, &got), -1);
	}
	facts.conversation = true;
	facts.one_field = "1234";
	assert_int_equal(facts_pass(&facts, &got), -1);
}

static void
test_verdict_round_trip(void **state)
{
	int64_t number = 0;
	struct frame f;

	(void)state;
	frame_init(&f, FRAME_VERDICT, out, sizeof(out));
	frame_put_number(&f, FIELD_VERDICT, VERDICT_ALLOW);
	for (int tag = FIELD_RULE; tag <= FIELD_REQUEST; tag++) {
		if (tag >= FIELD_TRIES && tag <= FIELD_TOTAL_MS)
			frame_put_number(&f, (enum frame_field)tag, tag * 1000);
		else
			frame_put_text(&f, (enum frame_field)tag, "x=\" \n");
	}
	assert_int_equal(frame_send(pair[0], &f), 0);
	assert_int_equal(receive(&f, 1u << FRAME_VERDICT), FRAME_OK);
	assert_int_equal(frame_number(&f, FIELD_VERDICT, &number), 0);
	assert_int_equal(number, VERDICT_ALLOW);
	for (int tag = FIELD_RULE; tag <= FIELD_REQUEST; tag++) {
		if (tag >= FIELD_TRIES && tag <= FIELD_TOTAL_MS) {
			assert_int_equal(
			    frame_number(&f, (enum frame_field)tag, &number),
			    0);
			assert_int_equal(number, tag * 1000);
			assert_null(frame_text(&f, (enum frame_field)tag));
			continue;
		}
		assert_string_equal(
		    frame_text(&f, (enum frame_field)tag), "x=\" \n");
		assert_int_equal(
		    frame_number(&f, (enum frame_field)tag, &number), -1);
	}
	assert_null(frame_text(&f, FIELD_USER));
	assert_int_equal(frame_number(&f, FIELD_TYPED, &number), -1);
}

/* A frame that was never received holds nothing, and no ALLOW. */
static void
test_zero_frame(void **state)
{
	const struct frame f = { 0 };
	int64_t number;

	(void)state;
	assert_null(frame_text(&f, FIELD_OUTCOME));
	assert_int_equal(frame_number(&f, FIELD_VERDICT, &number), -1);
	assert_int_equal(VERDICT_DENY, 0);
	assert_int_equal(FRAME_BAD, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, pair_open, pair_close)

UNIT_TESTS(test_frame)
{
	const struct CMUnitTest tests[] = {
		TEST(test_bytes_as_documented),
		TEST(test_number_bytes),
		TEST(test_header_bytes),
		TEST(test_another_version_is_spoken),
		TEST(test_bare_frames),
		TEST(test_every_truncation),
		TEST(test_truncated_fields),
		TEST(test_types),
		TEST(test_field_forms),
		TEST(test_other_fields),
		TEST(test_field_twice),
		TEST(test_fields_required),
		TEST(test_text_limits),
		TEST(test_text_limit_received),
		TEST(test_wrong_kind_fails),
		TEST(test_frame_full),
		TEST(test_frame_limit),
		TEST(test_small_buffer),
		TEST(test_end_of_peer),
		TEST(test_empty_is_no_end),
		TEST(test_queued_before_end),
		TEST(test_end_with_unread),
		TEST(test_send_to_nobody),
		TEST(test_send_never_blocks),
		TEST(test_deadline),
		TEST(test_bad_descriptor),
		TEST(test_descriptors_refused),
		TEST(test_facts_round_trip),
		TEST(test_facts_of_twofactl),
		TEST(test_facts_record_is_for_enrolling),
		TEST(test_facts_of_an_administrator_are_no_login),
		TEST(test_facts_largest_record),
		TEST(test_facts_largest),
		TEST(test_facts_ranges),
		TEST(test_facts_terminal),
		TEST(test_facts_one_field),
		TEST(test_verdict_round_trip),
		TEST(test_zero_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
