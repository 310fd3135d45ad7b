/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: any bytes as a frame, of either end. The first byte says which
 * types are awaited; the rest is one datagram on a real socket.
 */
#include <sys/socket.h>

#include "helper/session/session.h"
#include "lib/items/items.h"
#include "lib/wire/wire.h"
#include "tests/fuzz/fuzz.h"

#define BIT(t) (1u << (t))

/* Everything that the rest of the code reads of a frame that was taken. */
static void
fields(const struct frame *f)
{
	const unsigned char *end = f->bytes + f->len;
	int64_t number;

	for (unsigned tag = 1; tag < FIELD_END; tag++) {
		const char *text = frame_text(f, (enum frame_field)tag);

		if (text != NULL)
			must((const unsigned char *)text + strlen(text) < end,
			    "a text ends within its frame");
		else
			(void)frame_number(f, (enum frame_field)tag, &number);
	}
}

static void
verdict(const struct frame *f)
{
	struct logline line = { .len = 0 };

	logline_put_verdict(&line, f, LOGLINE_DENIED, REASON_NONE, 1);
	must(line.len < sizeof(line.text) && line.text[line.len] == '\0',
	    "a line with an end");
	for (size_t i = 0; i < line.len; i++)
		must(line.text[i] >= 0x20 && line.text[i] < 0x7f,
		    "a log line is printable");
}

static void
said(const struct frame *f)
{
	static struct item r;
	const char *text = frame_text(f, FIELD_TEXT);

	must(text != NULL, "a line has its text");
	if (item_read(&r, text) == 0)
		must(
		    r.kind > ITEM_NONE && r.text[0] != NULL && r.number[0] >= 0,
		    "a record has a name");
}

/* What was written from facts that were read is read the same. */
static void
again(const struct facts *facts)
{
	static unsigned char copy[FRAME_BEGIN_MAX];
	struct facts back;
	struct frame f;

	frame_init(&f, FRAME_BEGIN, copy, sizeof(copy));
	facts_put(&f, facts);
	must(!f.failed && facts_get(&f, &back) == 0, "facts can be sent");
	must(back.purpose == facts->purpose &&
		back.first_factor == facts->first_factor &&
		back.real_uid == facts->real_uid &&
		back.conversation == facts->conversation &&
		strcmp(back.user, facts->user) == 0 &&
		strcmp(back.ssh_addr, facts->ssh_addr) == 0 &&
		strcmp(back.auth_info, facts->auth_info) == 0,
	    "facts come back as they were");
}

static void
begin(const struct frame *f)
{
	struct facts facts;

	if (facts_get(f, &facts) != 0)
		return;
	must(facts.conf[0] == '/' && facts.deadline_ms > 0 &&
		facts.real_uid >= 0 && facts.user != NULL &&
		facts.purpose != PURPOSE_NONE,
	    "facts within their ranges");
	again(&facts);
}

static void
taken(const struct frame *f, unsigned allowed)
{
	must((allowed & BIT(f->type)) != 0, "a type that is awaited");
	fields(f);
	switch (f->type) {
	case FRAME_BEGIN:
		begin(f);
		break;
	case FRAME_SAY:
	case FRAME_ASK:
		said(f);
		break;
	case FRAME_VERDICT:
		verdict(f);
		break;
	case FRAME_NONE:
		must(false, "a frame of no type");
		break;
	case FRAME_ANSWER:
	case FRAME_ABORT:
	case FRAME_HELLO:
	case FRAME_END:
		break;
	}
}

/* In no more bytes than there are, so that a step behind its end is seen. */
static void
receive(int sock, unsigned allowed, size_t size)
{
	const size_t cap = size > FRAME_BEGIN_MAX ? FRAME_BEGIN_MAX : size;
	unsigned char *bytes = malloc(cap > 0 ? cap : 1);
	struct frame f;

	must(bytes != NULL, "memory");
	if (frame_recv(sock, &f, allowed, bytes, cap, frame_clock_ms()) ==
	    FRAME_OK)
		taken(&f, allowed);
	free(bytes);
}

/* The helper's end of a prompt. */
static void
prompt(int sock)
{
	struct ui_answer answer = { .typed = 0 };
	struct ui_frames peer;
	struct ui ui;
	enum ui_result r;

	ui_frames_init(&peer, sock, 0, &ui);
	r = ui.ask(ui.ctx, "Code: ", frame_clock_ms() + 1000, NULL, &answer);
	if (r == UI_ANSWER)
		must(strlen(answer.text) <= UI_ANSWER_MAX &&
			(answer.text[0] == '\0' ||
			    strlen(answer.text) == answer.typed),
		    "an answer and its length agree");
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	unsigned allowed = size > 0 ? data[0] : 0;
	const bool asks = (allowed & 1) != 0;
	/* a bit more than a byte has */
	const unsigned end = allowed & BIT(FRAME_HELLO) ? BIT(FRAME_END) : 0;
	int sock[2];

	if (size == 0)
		return 0;
	must(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sock) == 0, "a socket");
	if (send(sock[0], data + 1, size - 1, MSG_DONTWAIT) ==
	    (ssize_t)size - 1) {
		if (asks)
			prompt(sock[1]);
		else
			receive(sock[1], allowed | end, size - 1);
	}
	close(sock[0]);
	close(sock[1]);
	return 0;
}
