/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The messages between twofa-helper and the program that started it,
 * pam_twofa.so or twofactl: one SOCK_SEQPACKET datagram each, with a fixed
 * header and typed fields. docs/protocol.md shows the bytes.
 *
 * Header, 12 bytes, all numbers big-endian:
 *   u32 magic  u8 version  u8 type  u16 reserved (0)  u32 length of the rest
 * Field: u16 tag, u16 length, bytes. A text ends with its only NUL; a number is
 * a 64 bit two's complement value. No tag twice.
 */
#ifndef TWOFA_FRAME_H
#define TWOFA_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAGIC 0x70326661u /* "p2fa" */
/* Tests build programs of the next version: -DFRAME_VERSION=2. */
#ifndef FRAME_VERSION
#define FRAME_VERSION 1
#endif
/* The helper also understands a module of the version before, because an
 * upgrade replaces the files one after the other. */
#define FRAME_VERSION_OLDEST (FRAME_VERSION > 1 ? FRAME_VERSION - 1 : 1)
#define FRAME_HEADER 12
#define FRAME_BEGIN_MAX 65536  /* SSH_AUTH_INFO_0 can hold certificates */
#define FRAME_MAX 4096         /* every other type */
#define FRAME_ANSWER_MAX 256   /* longest answer passed on, without NUL */
#define FRAME_PROMPT_MAX 1024  /* longest prompt or line said, without NUL */
#define FRAME_RECORD_MAX 57344 /* longest text of a user's record */
#define STATE_ADMIN_LEN 64     /* the administrator's password at the state */

enum frame_type {
	FRAME_NONE = 0,
	FRAME_BEGIN,  /* module -> helper, first: purpose and facts */
	FRAME_SAY,    /* helper -> module: a line for the person */
	FRAME_ASK,    /* helper -> module: a prompt, wants ANSWER or ABORT */
	FRAME_ANSWER, /* module -> helper: what was typed */
	FRAME_ABORT,  /* module -> helper: no answer will come; wants VERDICT */
	FRAME_VERDICT, /* helper -> module: result and log fields; last */
	/* only over the socket of helper/warm */
	FRAME_HELLO, /* helper -> module, first: BEGIN may come now */
	FRAME_END,   /* helper -> module, after VERDICT: ended cleanly */
};

enum frame_field {
	FIELD_NONE = 0,
	/* BEGIN: see facts.h */
	FIELD_PURPOSE,
	FIELD_CONF,
	FIELD_DEADLINE_MS,
	FIELD_USER,
	FIELD_SERVICE,
	FIELD_TTY,
	FIELD_RHOST,
	FIELD_SSH_ADDRESS,
	FIELD_RUSER,
	FIELD_REAL_UID,
	FIELD_SESSION_ID,
	FIELD_LEADER_START,
	FIELD_BOOT_ID,
	FIELD_CONVERSATION,
	FIELD_FIRST_FACTOR,
	FIELD_AUTH_INFO,
	/* SAY, ASK */
	FIELD_TEXT,
	FIELD_ECHO,
	/* ANSWER: the text and the number of bytes typed. The text is empty
	 * when it was longer than FRAME_ANSWER_MAX. */
	FIELD_ANSWER,
	FIELD_TYPED,
	/* ABORT: an enum frame_abort */
	FIELD_ABORT,
	/* VERDICT: an enum frame_verdict, then the log line's values */
	FIELD_VERDICT,
	FIELD_RULE,
	FIELD_METHOD,
	FIELD_PROVIDER,
	FIELD_OUTCOME,
	FIELD_REASON,
	FIELD_WOULD,
	FIELD_NUMBER,
	FIELD_TRIES,
	FIELD_START_MS,
	FIELD_CHECK_MS,
	FIELD_TOTAL_MS,
	FIELD_REQUEST,
	/* BEGIN of twofactl */
	FIELD_ADMIN_REQUEST,
	FIELD_RECORD,
	/* BEGIN of a login */
	FIELD_LEADER_TTY,
	/* BEGIN of a login that asks nothing */
	FIELD_ONE_FIELD,
	/* VERDICT: for a shared account, or for su that asked its caller */
	FIELD_PERSON,
	FIELD_ASKED,
	/* BEGIN of twofactl */
	FIELD_STATE_ADMIN,
	/* VERDICT: of a login whose state is at a server */
	FIELD_STORE,
	FIELD_STORE_MS,
	FIELD_END, /* not a field: their count */
};

/* Why no answer came. */
enum frame_abort {
	ABORT_CONVERSATION = 0, /* the conversation failed or gave NULL */
	ABORT_PASSWORD,         /* the answer was the login password */
};

/* The helper's verdict. Zero refuses. */
enum frame_verdict {
	VERDICT_DENY = 0,
	VERDICT_MAXTRIES, /* tries used up: asking again does not help */
	VERDICT_CONV_ERR, /* the question could not be answered */
	VERDICT_ALLOW,
};

enum frame_result {
	FRAME_BAD = 0, /* malformed, oversized, empty or of a wrong type */
	FRAME_OK,
	FRAME_EOF,     /* the peer closed its end */
	FRAME_TIMEOUT, /* the deadline passed */
	FRAME_FAILED,  /* a system call failed; errno says which way */
	/* of this protocol, but of another version; only type and bytes[4] may
	 * be used */
	FRAME_OTHER_VERSION,
};

/* A frame being written or just read; the bytes belong to the caller. */
struct frame {
	enum frame_type type;
	unsigned char *bytes;
	size_t len; /* used, header included */
	size_t cap;
	bool failed; /* a field did not fit: frame_send refuses */
};

/* Milliseconds of CLOCK_MONOTONIC: the clock of every deadline here. */
int64_t frame_clock_ms(void);

/* The version to write, and the only one to accept. The helper sets BEGIN's
 * once it knows it (bytes[4]); the module sets an older one when the helper
 * refused its own. */
void frame_speak(unsigned char version);

/* Begin a frame of this type in bytes[cap]; cap is at least FRAME_HEADER. */
void frame_init(
    struct frame *, enum frame_type, unsigned char *bytes, size_t cap);

/* Append a field. What does not fit, or is longer than the field may be, marks
 * the frame as failed. A NULL text is left out. */
void frame_put_text(struct frame *, enum frame_field, const char *text);
void frame_put_number(struct frame *, enum frame_field, int64_t number);

/* Send the frame as one datagram, without SIGPIPE. 0, or -1 with errno
 * (EMSGSIZE for a failed frame, EPIPE when the peer is gone). */
int frame_send(int fd, const struct frame *);

/*
 * Wait until deadline (frame_clock_ms) for one datagram and check all of it:
 * the header; the type, which must be in the mask allowed (bits 1u << type);
 * the version (for BEGIN any from FRAME_VERSION_OLDEST on). Every field must be
 * known, of its kind, within its length, allowed in that type and present at
 * most once; required ones must be present. bytes[cap] holds the result; the
 * caller wipes.
 */
enum frame_result frame_recv(int fd, struct frame *, unsigned allowed,
    unsigned char *bytes, size_t cap, int64_t deadline);

/* A received text, NUL-terminated, pointing into the frame's bytes; NULL when
 * absent. A received number: 0, or -1 when absent. */
const char *frame_text(const struct frame *, enum frame_field);
int frame_number(const struct frame *, enum frame_field, int64_t *number);

/* True when root made the peer's socket listen. SO_PEERCRED keeps that user
 * even if the process changes it later. */
bool frame_is_roots(int sock);

#endif
