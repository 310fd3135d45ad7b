/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a vendor's type must do (struct provider_ops), one call to a provider,
 * what its reply means, and which provider is asked next.
 */
#ifndef TWOFA_PROVIDERS_H
#define TWOFA_PROVIDERS_H

#include <stdbool.h>
#include <stdint.h>

#include "helper/dialogue/dialogue.h"
#include "helper/net/net.h"
#include "lib/provider_types/provider_types.h"
#include "lib/rules/rules.h"
#include "lib/settings/settings.h"
#include "lib/values/values.h"
#include "lib/wire/wire.h"

/*
 * providers.c: what a provider's reply means for a login: one of these classes.
 * Zero is the class that refuses. docs/provider-outcomes.md has each reply that
 * the code knows, what it means, and which document says so.
 */

enum outcome {
	OUTCOME_DENY = 0,
	OUTCOME_OK,
	OUTCOME_WRONG,
	OUTCOME_EXPIRED,
	OUTCOME_INFLIGHT,
	OUTCOME_THROTTLE,
	OUTCOME_NUMBER,
	OUTCOME_FRAUD,
	OUTCOME_CONFIG,
	OUTCOME_ACCOUNT,
	OUTCOME_TRANSIENT,
	OUTCOME_LATER, /* control calls only: not now, the old code stays */
	/* not said by a reply: this process was stopped while it waited, so the
	 * provider may be fine; never an outage */
	OUTCOME_STALLED,
	OUTCOME_COUNT, /* not an outcome */
};

/* "deny", "ok", ...: for log lines. */
const char *outcome_name(enum outcome);

/* The reason for a login that ends with this outcome: the same word. DENY for
 * OK, WRONG and LATER, which end no login, and for unknown numbers. */
enum reason outcome_reason(enum outcome);

/* What an HTTP status means when the body has no code that the provider's file
 * knows: never OK. For a check, TRANSIENT denies the login like DENY, but logs
 * that the vendor failed. */
enum outcome outcome_from_http_start(long status);
enum outcome outcome_from_http_check(long status);

/*
 * The calls of a provider type: a table of pure functions that build a request
 * and read its reply. They use only net/ and the ctx: no I/O, clock, random
 * bytes or log. lib/provider_types/provider_types.h has what the settings need
 * to know of a type.
 */

#define PROVIDER_ID_MAX 64 /* longest verification id, without NUL */
#define PROVIDER_DETAIL_MAX 160
#define PROVIDER_CODE_MAX 10
#define PROVIDER_NONCE_LEN 32

/* What a reply tells besides its outcome. */
struct provider_call_facts {
	/* set by start_reply with OUTCOME_TRANSIENT: the vendor reports an
	 * internal failure, where others send a 5xx */
	bool internal;
	/* set with OUTCOME_THROTTLE: the limit is on this number or user, not
	 * on the account, so no other provider may be asked */
	bool per_number;
	/* set by check_reply with OUTCOME_DENY: */
	bool wrong_codes; /* ended by wrong codes, this one included */
	bool unevaluated; /* this code was surely not checked */
	/* set by poll_reply with OUTCOME_DENY: the person said no */
	bool refused;
	int64_t price; /* millionths, of the whole verification; 0 unknown */
};

/* Texts that are not set are "", never NULL. conf does not belong to the
 * session; everything else does. */
struct provider_ctx {
	const struct provider_conf *conf;
	const char *brand;
	const char *language;
	/* the receiver, from the user's file, as far as the type needs it */
	const char *phone;    /* E.164 with plus */
	const char *receiver; /* in place of phone */
	const char *email;    /* METHOD_EMAIL */
	const char *identity; /* push_identity */
	const char *factor;   /* push_factor, or with METHOD_TOTP totp_factor */
	const char *authy_id;
	enum method method;
	/* the context: a push shows it, our own message may name the host */
	const char *host, *user, *service, *address;
	char push_digits[3]; /* push: two digits that the prompt shows too */
	int64_t life_s;      /* push: how long it can be answered */

	/* new for each request */
	int64_t wall;                       /* seconds since 1970 */
	char nonce[PROVIDER_NONCE_LEN + 1]; /* random lower-case hex; "": it is
					     * not sent, only tried */

	/* types with own_code: the code that start_request sends; the session
	 * wipes it */
	char code[PROVIDER_CODE_MAX + 1];
	enum event event;   /* the same: in place of a code they tell of it */
	unsigned sends;     /* messages of this verification so far */
	bool past_deadline; /* the code has expired by our own clock */

	char request_id[PROVIDER_ID_MAX + 1]; /* set by start_reply on OK */
	struct provider_call_facts told;      /* by the last reply */
	struct number_facts *lookup;          /* CALL_LOOKUP: gets the advice */
	/* CALL_TOKEN, CALL_FACTORS: where the answer is stored */
	struct enrolment *enrolment;
	/* for the log: the provider's status and text, unescaped; set by each
	 * reader of a reply, whatever the outcome (provider_set_detail) */
	char detail[PROVIDER_DETAIL_MAX];
};

enum provider_call_kind {
	CALL_START = 0,
	CALL_CHECK,
	/* OK: it is cancelled. LATER: still running. Without one, the vendor
	 * has no cancel. */
	CALL_CANCEL,
	/* Send the next of several steps now. OK: it is on its way. LATER: not
	 * now. */
	CALL_NEXT,
	/* Push. OK: approved. LATER: no answer yet. EXPIRED. DENY. TRANSIENT:
	 * ask again; reading can be repeated. */
	CALL_POLL,
	/* Advice about ctx->phone. After any outcome but OK nothing is known,
	 * except a lookup->valid that says the number is invalid. */
	CALL_LOOKUP,
	/* Enrol an app for ctx->identity: get a token for it. OK: here it
	 * is. */
	CALL_TOKEN,
	/* The apps that are enrolled. OK: the list is complete. */
	CALL_FACTORS,
	/* The vendor's user with ctx->phone and ctx->email, made if there is
	 * none. OK: request_id is that user's id (authy_id). */
	CALL_REGISTER,
	/* For twofactl doctor: a call that costs nothing and changes nothing.
	 * OK: the vendor accepts our credentials. Without one doctor says so;
	 * all types so far have one, and test_probe.c wants it. */
	CALL_PROBE,
};

/*
 * Readers only get replies of fate HTTP_REPLIED: the other fates mean the same
 * for every vendor, and the session handles them.
 *
 * Code methods (sms, voice, whatsapp, email) have start and check. METHOD_PUSH
 * has start and poll. METHOD_TOTP has only check: request_id is "" at first,
 * and then what the check's reader stored there. A look-up has no methods.
 * ctx->method says which one is used.
 */
struct provider_ops {
	const struct provider_type *type;
	/* as request below, of CALL_CHECK */
	int (*check_request)(const struct provider_ctx *, const char *code,
	    struct http_request *);
	struct {
		/* 0, or -1 when the request cannot be built (req->failed) */
		int (*request)(
		    const struct provider_ctx *, struct http_request *);
		/* the body as JSON; NULL: it is none (net.h) */
		enum outcome (*reply)(struct provider_ctx *,
		    const struct http_reply *, const struct json *);
	} call[CALL_PROBE + 1];
};

/* Fill ctx->detail: "http=429 status=1 text", cut to its size; http=200 is left
 * out. label names the vendor's code ("status"); an empty code is shown as
 * "unreadable". Four or more digits in a row in text ("123-456" too) become
 * stars, also in a code that is no error number, and so do words with an @:
 * vendors repeat phone numbers and addresses, and might repeat a code. Control
 * bytes stay here; the log escapes them. */
void provider_set_detail(struct provider_ctx *ctx, long http_status,
    const char *label, const char *code, const char *text);

/* True for digits of the length in the settings. */
bool provider_code_is_valid(const struct provider_conf *, const char *code);

/* The meaning of a vendor's codes, as text_has_word has them; the last row's
 * are NULL. */
struct provider_row {
	enum outcome outcome;
	const char *codes;
};
/* The row of this code, or the last row. */
const struct provider_row *provider_row_find(
    const struct provider_row *, const char *code);

/* Does the text name this parameter, as a word of its own? */
bool provider_text_names(const char *text, const char *parameter);

/* Keep the UUID at this path as request_id. OK, or TRANSIENT: there is none. */
enum outcome provider_read_id(
    struct provider_ctx *, const struct json *, const char *path);

/* A vendor's words for the lines of numbers; the last one is NULL. */
struct provider_line {
	const char *word;
	enum number_facts_line line;
};
/* NUMBER_UNKNOWN: none of them. */
enum number_facts_line provider_line_from_word(
    const struct provider_line *, const char *word);
/* Keep the country of a number when it is two capital letters. */
void provider_set_country(struct number_facts *, const char *country);

/*
 * text_template.c: the text message with a locally generated code: one SMS part
 * in GSM-7 (3GPP TS 23.038), from a template with %brand%, %host%, %code%.
 */

/* Size of a filled text: some characters take two bytes. */
#define TEXT_TEMPLATE_SIZE (2 * TELNYX_TEXT_MAX + 1)

/* Fills in ctx->brand, ->host (cut to what fits) and ->code, or writes a text
 * about ctx->event instead; characters that GSM-7 lacks become "?". Returns 0,
 * or -1 for an event without a text or a template that telnyx_text_check
 * rejects. The caller wipes out. */
int text_template_fill(const char *text, const struct provider_ctx *,
    char out[TEXT_TEMPLATE_SIZE]);

/*
 * provider_call.c: the connections of a login, one for each provider that it
 * uses, kept until the login ends.
 */

struct provider_connections {
	const struct settings *conf;
	struct http *http[SETTINGS_PROVIDERS_MAX];
};

/* For connections to it, as the settings have it. NULL, with the cause. */
struct http *provider_open(const struct settings *,
    const struct provider_conf *, char cause[HTTP_CAUSE_MAX]);
/* Opens no connection yet. */
void provider_connections_init(struct provider_connections *,
    const struct settings *, struct connection *);
void provider_connections_close(struct provider_connections *);

/* One request to a provider, and the meaning of its reply. The caller aims at a
 * provider first, then chooses the call. */

/* It contains pointers into itself: do not copy it once it is aimed. */
struct provider_call {
	const struct environment *env;
	const struct provider_conf *p; /* NULL: not aimed yet */
	struct provider_ctx ctx;
	enum outcome polled; /* the result of the last CALL_POLL */
	bool throttled; /* the first answer was THROTTLE: the provider is up */
	unsigned tries; /* CALL_CHECK: wrong codes, this one included */
	char address[46];
	struct http_reply reply; /* last: its body is large */
};

/* Aim at this provider: fills ctx from record, decision and facts, and clears
 * everything from the provider before. The caller sets ctx.method and what
 * single calls need (request_id, code, number, life_s, sends, past_deadline;
 * tries). All arguments must outlive the call. */
void provider_call_init(struct provider_call *, const struct environment *,
    const struct provider_conf *, const struct user_record *,
    const struct decision *);

/* Build the request with the present wall time and a new nonce, send it, read
 * the reply. A throttled start, check or next is sent once more if the time
 * allows. maybe_sent: the provider may have acted on it although there is no
 * usable answer. Logs what an administrator should know, and wipes request and
 * reply; the caller wipes ctx.code. A call that the type does not have is
 * OUTCOME_CONFIG. */
enum outcome provider_call_run(struct provider_call *, enum provider_call_kind,
    const char *code, bool *maybe_sent);

/* The same in two parts, for a process that makes many at once: the request, 0
 * or -1 after a line in the log; and what its reply means, which is wiped. */
int provider_call_build(struct provider_call *, enum provider_call_kind,
    const char *code, struct http_request *);
enum outcome provider_call_read_reply(
    struct provider_call *, enum provider_call_kind, bool *maybe_sent);

/* Calls are made by another process from now on: what the reply changes in ctx
 * and tells in reply, but for its texts, is set. false: not this one. */
typedef bool provider_transport(struct provider_call *, enum provider_call_kind,
    const char *code, bool *maybe_sent, enum outcome *);
void provider_call_set_transport(provider_transport *);

/* Right after a call with this outcome: was the provider silent for all the
 * time that the settings allow? */
bool provider_call_was_silent(const struct provider_call *, enum outcome);

/* The same: may on_outage let somebody in by it? Only if it was asked: a local
 * user can keep any name from being resolved. */
bool provider_call_is_outage(const struct provider_call *, enum outcome);

/* True when the provider replied to the last request: a provider that replies
 * is reachable, so this is no outage. False when the reply says that the whole
 * service is down. */
bool provider_call_was_answered(const struct provider_call *);

/* The calls of a type; never NULL. A type without calls has a table of
 * NULLs. */
const struct provider_ops *provider_ops(const struct provider_type *);
/* Has the type this call (except CALL_CHECK)? */
bool provider_has_call(const struct provider_type *, enum provider_call_kind);
/* The meaning of a reply of fate HTTP_REPLIED to this call, which the type
 * has. */
enum outcome provider_read_reply(const struct provider_ops *,
    enum provider_call_kind, struct provider_ctx *, const struct http_reply *);

/* Where the settings hold a provider's credentials, for an admin whose vendor
 * refuses them. */
#define PROVIDER_CREDENTIALS_MAX 640

/* "api_key, api_secret_file (/etc/twofa/secrets/vonage)": the keys that the
 * type needs, and those that name a secret, each with its file. Returns out. */
const char *provider_credentials(
    const struct provider_conf *, char out[PROVIDER_CREDENTIALS_MAX]);

/* May another provider be asked after a start with this outcome? per_number:
 * the throttling was for this number or user, not for the account. */
bool provider_may_fail_over(
    const struct settings *, enum outcome, bool maybe_sent, bool per_number);

#endif
