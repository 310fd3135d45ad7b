/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls of a provider type (struct provider_ops), the meaning of replies,
 * and one call to a provider. */
#ifndef TWOFA_PROVIDERS_H
#define TWOFA_PROVIDERS_H

#include "helper/session/session.h"
#include "helper/net/net.h"
#include "lib/rules/rules.h"

/* outcome.c: the meaning of a provider's reply for a login. Zero is the class
 * that denies. docs/provider-outcomes.md lists each known reply, its meaning
 * and the source. */

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
	/* neither start nor check: not now, nothing has changed */
	OUTCOME_LATER,
	/* not from a reply: this process was stopped while it waited, so the
	 * provider may be fine; never an outage */
	OUTCOME_STALLED,
	OUTCOME_COUNT, /* not an outcome */
};

/* Returns "deny", "ok", ... for log lines. */
const char *outcome_name(enum outcome);

/* Returns the reason of the same word for a login that ends with this outcome;
 * DENY for OK, WRONG and LATER, which end no login, and for invalid values. */
enum reason outcome_reason(enum outcome);

/* True if a check with this outcome is known not to have compared the code. */
bool outcome_is_unevaluated(enum outcome, bool maybe_sent);

/* True if another provider may be tried after a start with this outcome.
 * per_number: the throttling was for this number or user, not for the
 * account. */
bool provider_may_fail_over(
    const struct settings *, enum outcome, bool maybe_sent, bool per_number);

/* Return the meaning of an HTTP status when the body has no known code: never
 * OK. For a check, TRANSIENT denies the login like DENY, but logs that the
 * vendor failed. */
enum outcome outcome_from_http_start(long status);
enum outcome outcome_from_http_check(long status);

/*
 * providers.c: the calls of a provider type, pure functions that build a
 * request and read its reply. They use only net/ and the ctx: no I/O, clock,
 * random bytes or log. Settings of types: lib/provider_types/provider_types.h.
 */

#define PROVIDER_ID_MAX 64 /* longest verification id, without NUL */
#define PROVIDER_DETAIL_MAX 160
#define PROVIDER_CODE_MAX 10
#define PROVIDER_NONCE_LEN 32
#define PROVIDER_OPEN_MAX 2048
#define PROVIDER_TOKEN_MAX 16384

/* Facts in a reply besides its outcome. */
struct provider_call_facts {
	/* set by CALL_START with OUTCOME_TRANSIENT: the vendor reports an
	 * internal failure, where others send a 5xx */
	bool internal;
	/* set with OUTCOME_THROTTLE: the limit is on this number or user, not
	 * on the account, so no other provider may be asked */
	bool per_number;
	/* set by CALL_CHECK with OUTCOME_DENY: */
	bool wrong_codes; /* ended by wrong codes, this one included */
	/* known not to have compared this code; of CALL_CANCEL: the
	 * verification may have ended */
	bool unevaluated;
	/* set by CALL_POLL with OUTCOME_DENY: the user rejected the push; or
	 * another account approved; or this one, but not by the factor that the
	 * settings demand */
	bool refused, other, weak;
	/* with OUTCOME_DENY: the call is not over, but needs another request,
	 * which provider_call_build() makes. Does not leave the process. */
	bool more;
	/* set by CALL_START and CALL_POLL: the next poll may come after this
	 * time; 0 for the caller's own */
	int64_t next_ms;
	/* METHOD_PAGE, set by CALL_START: what the user opens and types there:
	 * provider_may_show() */
	char page[PROVIDER_PAGE_MAX + 1], user_code[PROVIDER_USER_CODE_MAX + 1];
	/* in millionths, of the whole verification; 0 if unknown */
	int64_t price;
	/* set by CALL_PROBE for twofactl doctor, next to ctx->detail: what is
	 * wrong, or else worth knowing; or NULL. Does not leave the process. */
	const struct provider_finding *finding;
};

/* A request that stays open at a provider, by a secret that never leaves the
 * process that makes the calls: request_id is its handle. Of one login; the
 * caller wipes it with the login. */
struct provider_open {
	/* the request of the call that was built last */
	enum provider_step {
		PROVIDER_CALLS = 0,
		PROVIDER_READS_DOCUMENT,
		PROVIDER_READS_KEYS,
	} step;
	char handle[PROVIDER_NONCE_LEN + 1]; /* "" if none is open */
	char secret[PROVIDER_OPEN_MAX + 1];
	int64_t asked;  /* wall clock of the start */
	int64_t wait_s; /* between two polls */
	bool plain;     /* the provider refused the start's extra parameters */
};

/* The account that approved; for twofactl account. */
struct provider_proved {
	char account[256];
	/* names that may change hands, for the admin's eyes alone; or "" */
	char name[256], email[256];
};

/* Unset texts are "", never NULL. All but conf belongs to the session. */
struct provider_ctx {
	const struct provider_conf *conf;
	const char *brand;
	const char *language;
	/* the receiver, from the user's file, as far as the type needs it */
	const char *phone;    /* E.164 with plus */
	unsigned phone_at;    /* which of the record's it is */
	const char *receiver; /* instead of phone */
	const char *email;    /* METHOD_EMAIL */
	const char *identity; /* push_identity */
	const char *factor;   /* push_factor, or with METHOD_TOTP totp_factor */
	const char *account;  /* the user's name or number at the provider */
	enum method method;
	/* shown by a push; a text of ours may name the host */
	const char *host, *user, *service, *address;
	char push_digits[3]; /* push: two digits that the prompt shows too */
	int64_t life_s;      /* push: time to answer it */

	/* new for each request */
	int64_t wall; /* seconds since 1970 */
	/* random lower-case hex; "" for a request that is only built */
	char nonce[PROVIDER_NONCE_LEN + 1];

	/* while a request is built: the code of CALL_CHECK; the message of
	 * CALL_START, of types with own_code */
	const char *typed, *text;
	/* types with own_code: the code that CALL_START sends; the session
	 * wipes it */
	char code[PROVIDER_CODE_MAX + 1];
	/* types with own_code: event that the text reports instead of a code */
	enum event event;
	/* types with own_code: the help desk's text. No worker's call has it */
	bool desk;
	unsigned sends;     /* messages of this verification so far */
	bool past_deadline; /* expired by the local clock */

	char request_id[PROVIDER_ID_MAX + 1]; /* set by CALL_START on OK */
	struct provider_call_facts told;      /* by the last reply */
	struct provider_open *open;
	char *token; /* PROVIDER_TOKEN_MAX + 1 bytes, for one call */
	struct number_facts *lookup; /* result of CALL_LOOKUP */
	/* an enrolment: CALL_POLL accepts any account, and writes it here. NULL
	 * in a login */
	struct provider_proved *proved;
	/* result of CALL_TOKEN, CALL_FACTORS */
	struct enrolment *enrolment;
	/* while a reply is read; json: its body, NULL if it is not valid
	 * (net.h) */
	const struct http_reply *reply;
	const struct json *json;
	/* for the log: the provider's status and text, unescaped; set by each
	 * reader of a reply, whatever the outcome (provider_set_detail) */
	char detail[PROVIDER_DETAIL_MAX];
};

enum provider_call_kind {
	CALL_START = 0,
	CALL_CHECK,
	/* OK: cancelled. LATER: still running. NULL if the vendor has no
	 * cancel. */
	CALL_CANCEL,
	/* Sends the next of several steps now. OK: on its way. LATER: not
	 * now. */
	CALL_NEXT,
	/* Push. OK: approved. LATER: no answer yet. EXPIRED. DENY. TRANSIENT:
	 * poll again; reading can be repeated. */
	CALL_POLL,
	/* Advice about ctx->phone. After any outcome but OK nothing is known,
	 * except that lookup->valid may be LOOKUP_NO. */
	CALL_LOOKUP,
	/* Gets a token to enrol an app for ctx->identity. */
	CALL_TOKEN,
	/* Lists the enrolled apps. OK: the list is complete. */
	CALL_FACTORS,
	/* Finds or creates the vendor's user with ctx->phone and ctx->email.
	 * OK: request_id is the id of that user (authy_id). */
	CALL_REGISTER,
	/* For twofactl doctor: costs nothing and changes nothing. OK: the
	 * vendor accepts the credentials. test_probe.c requires one of every
	 * type. */
	CALL_PROBE,
};

/* The transport of a process to one provider: the functions of net.h, or others
 * like them, whose requests are not HTTP's and whose replies have a status and
 * a body of their own. */
struct provider_wire {
	struct http *(*open)(const struct settings *,
	    const struct provider_conf *, char cause[HTTP_CAUSE_MAX]);
	bool (*start)(struct http *, const struct http_request *,
	    int64_t deadline, struct http_reply *);
	int (*run_started)(
	    struct http *, struct pollfd *, size_t count, int64_t until);
	struct http_reply *(*next_finished)(struct http *);
	void (*close_idle)(struct http *); /* NULL: none is kept */
	void (*close)(struct http *);
};

/* Returns the value of a word in a request's text, NULL if it is unknown or not
 * valid. */
typedef const char *provider_value(
    const struct provider_ctx *, const struct text_part *word);

/*
 * Readers only get replies of fate HTTP_REPLIED: the other fates mean the same
 * for every vendor, and provider_call.c handles them.
 *
 * Code methods (sms, voice, whatsapp, email) have start and check. METHOD_PUSH
 * has start and poll. METHOD_TOTP has only check: request_id is "" at first,
 * then what the reader of the check stored there. A look-up has no methods.
 * ctx->method is the one in use.
 */
struct provider_ops {
	const struct provider_type *type;
	const struct provider_wire *wire; /* NULL: HTTP */
	provider_value *value;            /* for the words in text, or NULL */
	/* adds the credentials to each request, or sets failed; NULL if the
	 * builders do */
	void (*auth)(const struct provider_ctx *, struct http_request *);
	struct {
		/* starts the request (http_request_init) once all that goes
		 * into it is known to be valid; else, or with failed set, it
		 * is not sent */
		void (*request)(
		    const struct provider_ctx *, struct http_request *);
		/* what the provider's answer, in ctx->reply, means */
		enum outcome (*reply)(struct provider_ctx *);
		/* in place of request, for provider_put_request() */
		const char *text;
	} call[CALL_PROBE + 1];
};

/* Fills in ctx->detail: "http=429 status=1 text", cut to its size; http=200 is
 * left out. label names the vendor's code ("status"); an empty code is shown as
 * "unreadable". Four or more digits in a row in text ("123-456" too) become
 * stars, also in a code that is no error number, and so do words with an @:
 * vendors repeat phone numbers and addresses, and might repeat a code. Control
 * bytes stay; the log escapes them. */
void provider_set_detail(struct provider_ctx *ctx, const char *label,
    const char *code, const char *text);

/* True for an address that this provider may have a user shown, https, in
 * characters of a URI, without a user name in it, and for the code to type
 * there: only where users approve on a page, and on that of the settings. */
bool provider_may_show(
    const struct provider_conf *, const char *page, const char *user_code);

/* True for digits of the length in the settings. */
bool provider_code_is_valid(const struct provider_conf *, const char *code);

/* The meaning of a vendor's codes, separated by blanks; NULL in the last
 * row. */
struct provider_row {
	enum outcome outcome;
	const char *codes;
};
/* Returns the meaning of this code, or otherwise if no row has it. */
enum outcome provider_outcome_from_code(
    const struct provider_row *, const char *code, enum outcome otherwise);

/* True if the text contains this parameter as a whole word. */
bool provider_text_has_parameter(const char *text, const char *parameter);

/* The vendors' word for a method of METHODS_CODE. */
const char *provider_channel(enum method);

/* Writes a text to the body, JSON if it begins with a brace, else a form or a
 * path, with the values of its %words%, escaped; sets failed without one. Known
 * are code, id and uuid (UUIDs: of the verification, made of the nonce), nonce,
 * phone, and number, which has no plus; all others are asked of value. */
void provider_put_text(const struct provider_ctx *, const char *text,
    provider_value *value, struct http_request *);
/* Starts the request that a text describes: "METHOD PATH" or "METHOD PATH
 * BODY", as the vendor's document has it, with such words in it. */
void provider_put_request(const struct provider_ctx *, const char *text,
    provider_value *value, struct http_request *);

/* Copies the UUID at this path to request_id. Returns OK, or TRANSIENT without
 * a UUID. */
enum outcome provider_read_request_id(struct provider_ctx *, const char *path);

/* A vendor's words for types of lines, with commas between them; NULL in the
 * last row. */
struct provider_line {
	enum number_facts_line line;
	const char *words;
};
/* Returns NUMBER_UNKNOWN for other words. */
enum number_facts_line provider_line_type_from_word(
    const struct provider_line *, const char *word);
/* Sets the country of a number if it is two capital letters. */
void provider_set_country(struct number_facts *, const char *country);

/* text_template.c: the text message with a locally generated code: one SMS part
 * in GSM-7 (3GPP TS 23.038), from a template with %brand%, %host%, %code%. */

/* Size of a filled text: some characters take two bytes. */
#define TEXT_TEMPLATE_SIZE (2 * TELNYX_TEXT_MAX + 1)

/* Fills in ctx->brand, ->host (cut to what fits) and ->code, or writes a text
 * about ctx->event, or the help desk's with ->code, instead; characters that
 * GSM-7 lacks become "?". Returns 0,
 * or -1 for an event without a text or a template that telnyx_template_check
 * rejects. The caller wipes out. */
int text_template_fill(const char *text, const struct provider_ctx *,
    char out[TEXT_TEMPLATE_SIZE]);

/* provider_call.c: one call to a provider, and the connections of a login, one
 * for each provider that it uses, kept until the login ends. */

struct provider_connections {
	const struct settings *conf;
	struct http *http[SETTINGS_PROVIDERS_MAX];
};

/* Returns what carries this provider's requests, never NULL. */
const struct provider_wire *provider_wire(const struct provider_conf *);
/* Sets the send function of struct connection. Opens no connection yet. */
void provider_connections_init(struct provider_connections *,
    const struct settings *, struct connection *);
void provider_connections_close(struct provider_connections *);

/* Must not be copied after provider_call_init(): points into itself. */
struct provider_call {
	const struct environment *env;
	const struct provider_conf *p; /* NULL before provider_call_init() */
	struct provider_ctx ctx;
	enum outcome polled; /* the result of the last CALL_POLL */
	unsigned lines; /* in the log, about failures of its login's calls */
	struct provider_open open;
	bool reads;      /* the last request only read a document */
	bool challenged; /* the first request of a CALL_CHECK was answered */
	bool throttled;  /* the first reply was THROTTLE: the provider is up */
	bool lost; /* its broker ended, or gave the state broker no receipt */
	unsigned tries; /* CALL_CHECK: wrong codes, this one included */
	char address[46];
	/* what a user reads when such a call is slow: a line, or NULL; may be
	 * NULL */
	const char *(*slow)(enum provider_call_kind, enum method);
	struct http_reply reply; /* near the end, as its body is large */
	/* of ctx.token; never cleared as a whole, as most types have none */
	char token[PROVIDER_TOKEN_MAX + 1];
};

/* Fills in ctx from record, decision (NULL: nothing is sent to the user) and
 * facts, and clears all else. The caller sets ctx.method and what some calls
 * need (request_id, code, push_digits, life_s, sends, past_deadline; tries).
 * All arguments must outlive the call. */
void provider_call_init(struct provider_call *, const struct environment *,
    const struct provider_conf *, const struct user_record *,
    const struct decision *);

/* Returns the outcome of a call, CONFIG for one that the type does not have.
 * Builds the request with the wall time and a new nonce, sends it and reads the
 * reply. A throttled start, check, next or register is sent once more if the
 * time allows. *maybe_sent: the provider may have acted on the request although
 * no usable reply came. Logs what an administrator should know, and wipes
 * request and reply; the caller wipes ctx.code. */
enum outcome provider_call_run(struct provider_call *, enum provider_call_kind,
    const char *code, bool *maybe_sent);

/* Returns the line for a slow call, or NULL. */
const char *provider_call_slow_line(
    const struct provider_call *, enum provider_call_kind);

/* provider_call_run() in two parts, for a process that runs many calls at once.
 * The first returns 0, or -1 after logging; the second returns the meaning of
 * the reply and wipes it. Neither resends. */
int provider_call_build(struct provider_call *, enum provider_call_kind,
    const char *code, struct http_request *);
enum outcome provider_call_read_reply(
    struct provider_call *, enum provider_call_kind, bool *maybe_sent);

/* Makes each call in another process: returns the outcome, and sets what the
 * reply changes in ctx and reply, except texts. */
typedef enum outcome provider_transport(struct provider_call *,
    enum provider_call_kind, const char *code, bool *maybe_sent);
void provider_call_set_transport(provider_transport *);

/* True if the last call, with this outcome, got no reply although it had all of
 * the timeout in the settings. */
bool provider_call_was_silent(const struct provider_call *, enum outcome);
/* True if it got no reply, and had less than that. */
bool provider_call_was_hurried(const struct provider_call *);

/* Like provider_call_was_silent(), and the name was resolved completely: a
 * local user can prevent that. on_outage may admit only then. */
bool provider_call_is_outage(const struct provider_call *, enum outcome);

/* True if the provider replied to the last request: it is reachable, so this is
 * no outage. False if the reply says that the whole service is down. */
bool provider_call_proves_reachable(const struct provider_call *);

/* Sets the parts of ctx that point into the call. */
void provider_call_set_pointers(struct provider_call *);

/* Returns the calls of a type, never NULL: a table of NULLs for a type without
 * calls. */
const struct provider_ops *provider_ops(const struct provider_type *);
/* True for calls that send a message. */
bool provider_call_sends(enum provider_call_kind);
/* How long the provider keeps a verification by this method open. */
int64_t provider_life_ms(const struct provider_conf *, enum method);
/* True if the type has this call. */
bool provider_has_call(const struct provider_type *, enum provider_call_kind);
/* Builds the request of this call; code is that of CALL_CHECK. Returns 0, or -1
 * if the type does not have the call, or lacks something valid for it. The
 * caller wipes req. */
int provider_ops_build(const struct provider_ops *, enum provider_call_kind,
    struct provider_ctx *, const char *code, struct http_request *);
/* Returns the meaning of a reply of fate HTTP_REPLIED to this call, which the
 * type must have. */
enum outcome provider_ops_read_reply(const struct provider_ops *,
    enum provider_call_kind, struct provider_ctx *, const struct http_reply *);

struct store;
struct store_code;
/* Computes the store's entry for a code that this provider accepted, which is
 * never accepted again even if the provider would: under the account or factor
 * that the record has there, as several users may share one. Where a broker
 * keeps the state, it does so itself. Returns 0, or -1 after a log line. The
 * entry keeps pointers to code and provider; the caller wipes it. */
int provider_used_code_make(struct store *, const struct settings *,
    const struct user_record *, const struct provider_conf *, const char *code,
    struct store_code *);

#define PROVIDER_CREDENTIALS_MAX 640

/* Writes the keys of required texts and of secrets that are set, each secret
 * with its file: "api_key, api_secret_file (/etc/twofa/secrets/vonage)".
 * Returns out. */
const char *provider_list_credential_keys(
    const struct provider_conf *, char out[PROVIDER_CREDENTIALS_MAX]);

#endif
