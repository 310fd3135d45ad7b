/* SPDX-License-Identifier: BSD-2-Clause */
/* Provider types, as settings, rules and twofactl know them: name, keys,
 * methods, limits; and what their calls (helper/providers/providers.h) share
 * with the settings. Data, and pure functions of settings. */
#ifndef TWOFA_PROVIDER_TYPES_H
#define TWOFA_PROVIDER_TYPES_H

#include "lib/values/values.h"

/* provider_types.c: the provider types that settings may name. The only list:
 * the helper's table of calls (helper/providers/provider_call.c) is made from
 * it. */

#define PROVIDER_BRAND_MAX 18
#define PROVIDER_IDENTITY_MAX 64 /* twilio: 8 to 64 of [A-Za-z0-9-] */
#define TWILIO_SID_LEN 34        /* twilio: two letters and 32 hex digits */
#define AUTHY_ID_MAX 16
#define PROVIDER_SLOTS 13
#define PROVIDER_PAGE_MAX 128 /* what METHOD_PAGE shows */
#define PROVIDER_USER_CODE_MAX 20

enum setting_kind {
	CONF_NONE = 0,
	CONF_TEXT,        /* in text[slot]; min and max are lengths */
	CONF_NUMBER,      /* in number[slot]; min and max are values */
	CONF_SECRET_FILE, /* in secret[slot]: a file's path is set */
	CONF_KEY_FILE,    /* in key: a private key file's path is set */
};

/* A setting of a provider type, in addition to those of every provider. */
struct setting_key {
	const char *key; /* NULL ends the table */
	enum setting_kind kind;
	unsigned slot;
	bool required;
	long min, max;
	long dflt;           /* default of CONF_NUMBER */
	const char *charset; /* of CONF_TEXT; NULL for printable ASCII */
	const char *text;    /* default of CONF_TEXT, or NULL */
	bool elliptic;     /* CONF_KEY_FILE: an EC key will do, not only RSA */
	const char *asked; /* CONF_TEXT with a default: for init's question */
};

/* A provider in the settings. A type's keys name the slots that they fill, so
 * the parser of settings need not know the type. */
struct provider_conf {
	const char *name;
	const struct provider_type *type;
	char scheme[8]; /* "https", or "http" for rehearsal on loopback */
	const char
	    *base_url;     /* scheme, host, port, prefix; no slash at the end */
	const char *proxy; /* "": no proxy; NULL: that of the settings */
	bool rehearsal;    /* the provider is the simulator */
	const char *ca_file; /* NULL: not set */
	const char *ca_path;
	long connect_timeout_ms, timeout_ms;
	unsigned code_length;
	int64_t expiry_ms;
	const char *text[PROVIDER_SLOTS]; /* NULL: not set */
	long number[PROVIDER_SLOTS];
	struct secret secret[PROVIDER_SLOTS]; /* len 0: not set */
	struct pem key;                       /* len 0: not set */
	/* their paths; NULL: not set */
	const char *secret_file[PROVIDER_SLOTS];
	const char *key_file;
};

/* A finding of twofactl doctor about a provider of this type. */
struct provider_finding {
	const char *name;
	enum provider_finding_level {
		PROVIDER_NOTE = 0,
		PROVIDER_PROBLEM,
		/* a note, and a problem where a user who can become root has
		 * an account there */
		PROVIDER_PROBLEM_OF_ADMINS,
	} level;
	const char *text;
};

/* How a message of a running verification is resent, if the type has no steps.
 */
enum provider_again {
	/* cancel the verification if the vendor can, and start another with a
	 * new id and code; the newest code counts */
	AGAIN_REPLACE = 0,
	/* start again, by any method, which sends the next message of the
	 * running verification: id and count of tries stay */
	AGAIN_SAME,
};

struct provider_type {
	const char *name;     /* as written in twofa.conf */
	const char *base_url; /* the vendor's host */
	const char *address;  /* without one: for init's question */
	const char *notice;   /* warning for its users' admin, or NULL */
	bool legacy;          /* the vendor has a newer one */
	const struct setting_key *keys; /* its settings, { 0 } at the end */
	/* Reads a base_url of other schemes than HTTP's, like base_url_read();
	 * NULL: that one */
	const char *(*read_base_url)(const char *url, struct base_url *out);
	/* Checks keys that depend on each other. Returns NULL, or a constant
	 * with what is allowed for *key. May be NULL. */
	const char *(*settings)(const struct provider_conf *, const char **key);
	/* The nth finding (from 0) of valid settings, or NULL after the last.
	 * May be NULL. */
	const struct provider_finding *(*finding)(
	    const struct provider_conf *, unsigned n);
	unsigned methods; /* METHOD_BITs that it can deliver by */
	/* The METHOD_BITs possible with these settings; NULL: all. Called by
	 * provider_methods() alone. */
	unsigned (*methods_set)(const struct provider_conf *);
	unsigned code_lengths; /* bit n: a code of n digits is possible */
	unsigned code_length;  /* default; 0: that of all providers */
	long expiry_min_s, expiry_max_s;
	long expiry_s;        /* default; 0: that of all providers */
	unsigned wrong_codes; /* the vendor's limit in one verification */
	/* at that limit the verification ends, and another can be started;
	 * else it stays open until it expires */
	bool ends_itself;
	const char *brand_refused; /* bytes refused in a brand, or NULL */
	enum provider_again again;
	/* time after a start in which it cannot be cancelled or replaced */
	long cancel_after_s;
	bool own_code; /* locally generated and checked code */
	/* The request or reply of a check names the receiver, which must be the
	 * user. Else an id alone decides, so anybody who can store an id
	 * chooses the phone. */
	bool names_receiver;
	/* users are identified by authy_id, not by phone or address */
	bool by_authy_id;
	/* Users are identified by an account, which the record has by the
	 * provider's name (user_record.c): what names it there, for messages.
	 * NULL if they are not. */
	const char *account;
	/* The claim by which the settings name accounts; NULL if the type has
	 * no claims. Called by provider_account_claim() alone. */
	const char *(*account_claim)(const struct provider_conf *);
	/* Writes what a start could show: the page of the settings, and a code
	 * of their shape, made of these bytes. False if they have none. NULL if
	 * nothing is shown. */
	bool (*decoy_page)(const struct provider_conf *,
	    const unsigned char random[PROVIDER_USER_CODE_MAX],
	    char page[PROVIDER_PAGE_MAX + 1],
	    char code[PROVIDER_USER_CODE_MAX + 1]);
	/* for provider_by_receiver() and provider_prompt_words(), or NULL */
	bool (*by_receiver)(const struct provider_conf *);
	const char *(*prompt_words)(const struct provider_conf *);
	/* The method of the step that follows the first `sends` steps, or
	 * METHOD_NONE. NULL, or METHOD_NONE for sends 1, if there is one step,
	 * and `again` says how a message is resent. */
	enum method (*next_method)(
	    const struct provider_conf *, unsigned sends);
	/* The time after a start by this method in which the vendor keeps the
	 * verification open, with all its steps, and may refuse another. NULL:
	 * while the code is valid. */
	int64_t (*life_ms)(const struct provider_conf *, enum method);
};

/* In the order of error texts. For each X there is a struct provider_type
 * X_type in lib/provider_types, a struct provider_ops X_ops in
 * helper/providers, and a part X_provider of the simulator, except for
 * twilio_totp, which twilio_push simulates. The files of the calls have the
 * name X (except authy.c), those of the simulator without vonage_. X is the
 * type's name with _ for -, except for vonage-verify, which is vonage_v1, and
 * vonage-verify-v2, which is vonage_v2, after the versions of that API.
 * tests/replies and tests/providers use the type's name. */
#define PROVIDER_TYPES(X)                                                      \
	X(vonage_v2)                                                           \
	X(vonage_v1)                                                           \
	X(vonage_identity)                                                     \
	X(vonage_insight)                                                      \
	X(twilio_verify)                                                       \
	X(twilio_push)                                                         \
	X(twilio_totp)                                                         \
	X(twilio_lookup)                                                       \
	X(telnyx_verify)                                                       \
	X(telnyx_sms)                                                          \
	X(telnyx_lookup)                                                       \
	X(http_sms)                                                            \
	X(oidc)                                                                \
	X(radius)                                                              \
	X(authy)

#define PROVIDER_TYPE_DECLARE(X) extern const struct provider_type X##_type;
PROVIDER_TYPES(PROVIDER_TYPE_DECLARE)

/* The type of this name, or NULL. */
const struct provider_type *provider_type_find(const char *name);
/* The nth type, or NULL at the end. */
const struct provider_type *provider_type_nth(unsigned n);

/* The path that this key of the provider names, or NULL. */
const char *provider_key_file(
    const struct provider_conf *, const struct setting_key *);

/* The METHOD_BITs that this provider can deliver by, with its settings. */
unsigned provider_methods(const struct provider_conf *);
/* True if messages go to the user's receiver, in place of a phone. */
bool provider_by_receiver(const struct provider_conf *);
/* The claim by which the issuer names accounts, or "". */
const char *provider_account_claim(const struct provider_conf *);
/* The set words for prompts, such as "by ntfy", or NULL for those of the
 * method. */
const char *provider_prompt_words(const struct provider_conf *);

/* languages.c: languages of messages, as Twilio names them and as Vonage does.
 * Those that only one of them supports are left out: Twilio refuses them. */

/* clang-format off */
#define PROVIDER_LANGUAGES(X) \
	X("ar", "ar-xa") X("cs", "cs-cz") X("da", "da-dk") X("de", "de-de") \
	X("el", "el-gr") X("en", "en-us") X("en-GB", "en-gb") X("es", "es-es") \
	X("fi", "fi-fi") X("fr", "fr-fr") X("hi", "hi-in") X("hu", "hu-hu") \
	X("id", "id-id") X("it", "it-it") X("ja", "ja-jp") X("ko", "ko-kr") \
	X("nb", "nb-no") X("nl", "nl-nl") X("pl", "pl-pl") X("pt", "pt-pt") \
	X("pt-BR", "pt-br") X("ro", "ro-ro") X("ru", "ru-ru") X("sv", "sv-se") \
	X("th", "th-th") X("tr", "tr-tr") X("vi", "vi-vn") X("zh-CN", "zh-cn")
/* clang-format on */
#define PROVIDER_LANGUAGE_MAX 5
#define PROVIDER_LANGUAGE_WORD(word, vonage) word " " /* a list of them */

/* Vonage's name of a language, or NULL if unknown. */
const char *language_to_locale(const char *language);
bool language_is_known(const char *language);

/*
 * vonage_types.c: slots of Vonage's types, and what settings and calls share.
 */

#define VONAGE_HEX TEXT_DIGITS "abcdefABCDEF"

/* These slots are the same in every type of this vendor. */
enum { VONAGE_API_KEY = 0 };     /* text[] */
enum { VONAGE_API_SECRET = 0 };  /* secret[] */
enum { VONAGE_WORKFLOW_ID = 0 }; /* number[], of the Verify types */
/* text[], of one type each */
enum { VONAGE_V1_SENDER_ID = VONAGE_API_KEY + 1 };
enum { VONAGE_INSIGHT_LEVEL = VONAGE_API_KEY + 1 };
enum {
	VONAGE_V2_APPLICATION_ID = VONAGE_API_KEY + 1,
	VONAGE_V2_SENDER_ID,
	VONAGE_V2_FROM,
};

/* The method of the nth step (from 0) of workflow 1 to 7; METHOD_NONE after the
 * last (the vendor's guide "Workflows and events" of Verify v1). */
enum method vonage_step(long workflow, unsigned n);

/* The workflow for a start by this method: the set one if its first step has
 * the method, else a workflow with that one step; 0 for other methods. */
long vonage_workflow(long set, enum method);

/* Verify v2: the number that sends WhatsApp messages, or NULL. */
const char *vonage_v2_whatsapp(const struct provider_conf *);

/* twilio_types.c: slots of Twilio's types and Authy, and the shape of a SID. */

enum twilio_text {
	TWILIO_ACCOUNT_SID = 0,
	TWILIO_API_KEY_SID,
	TWILIO_SERVICE_SID,
	TWILIO_FIELDS,
};
enum twilio_secret { TWILIO_AUTH_TOKEN = 0, TWILIO_API_KEY_SECRET };

/* True for these two letters and 32 hexadecimal digits. */
bool twilio_sid_is_valid(const char *sid, const char *letters);

#define AUTHY_API_KEY 0 /* secret[] */
#define AUTHY_LOGO 0    /* text[] */
#define AUTHY_LOGO_MAX 500

/* telnyx_types.c: in which slot (struct provider_conf) a setting of Telnyx's
 * types is, and the template of a text with %brand%, %host% and %code%. */

#define TELNYX_API_KEY 0 /* secret[], of every type */
/* text[], of one type each */
enum { TELNYX_VERIFY_PROFILE_ID = 0 };
enum { TELNYX_FROM = 0, TELNYX_MESSAGING_PROFILE_ID, TELNYX_TEXT };

#define TELNYX_TEXT_DEFAULT "%brand%: your code for %host% is %code%"
#define TELNYX_TEXT_MAX 160 /* characters of a single-part message */
#define TELNYX_BRAND_REFUSED "[\\]^`{|}~" /* not in GSM-7's basic table */

/* ASCII of GSM-7's basic table, where each character counts once. */
#define TELNYX_TEXT_BYTES " !\"#$%&'()*+,-./:;<=>?@_" TEXT_ALNUM

/* Returns NULL if the template fits with the longest brand, a code of this
 * length and the start of a host's name, else what is allowed. */
const char *telnyx_template_check(const char *text, unsigned code_length);

enum telnyx_word {
	TELNYX_WORD_NONE = 0, /* any other "%" */
	TELNYX_WORD_BRAND,
	TELNYX_WORD_HOST,
	TELNYX_WORD_CODE,
	TELNYX_WORD_COUNT,
};

/* The word that starts with this "%", and its length in bytes. */
enum telnyx_word telnyx_word_at(const char *p, size_t *len);
/* Returns the number of characters outside of words; found is how often each
 * word occurs. */
size_t telnyx_template_count_words(
    const char *text, unsigned found[TELNYX_WORD_COUNT]);

/* http_sms_types.c: slots of any gateway that sends a text for a POST, with a
 * locally generated code; and the words in its path and body. */

enum { HTTP_SMS_AUTH_SECRET = 0 }; /* secret[] */
/* text[]; the message is TELNYX_TEXT */
enum {
	HTTP_SMS_PATH = 0,
	HTTP_SMS_BODY,
	HTTP_SMS_AUTH_HEADER = TELNYX_TEXT + 1,
	HTTP_SMS_SUCCESS,
	HTTP_SMS_SAYS,
};

/* oidc_types.c: OpenID Connect, with the device flow (RFC 8628) or CIBA, which
 * asks the user's phone. base_url is the issuer. */

enum { OIDC_CLIENT_SECRET = 0 }; /* secret[] */
enum oidc_text {
	OIDC_FLOW = 0,
	OIDC_CLIENT_ID,
	OIDC_CLIENT_AUTH,
	OIDC_PROOF,
	OIDC_AMR,
	OIDC_ACR,
	OIDC_SCOPE,
	OIDC_PAGE,
	OIDC_USER_CODE,
	OIDC_HINT,
	OIDC_CLIENT_KEY_ID,
	OIDC_ALGS,
	OIDC_CLAIM,
};
enum { OIDC_MAX_AGE = 0 }; /* number[] */

#define OIDC_ALGS_ALL "RS256 PS256 ES256 EdDSA"

/* True with flow = "ciba". */
bool oidc_is_ciba(const struct provider_conf *);
/* True for a code of the shape that the settings have: L a letter, D a digit.
 */
bool oidc_user_code_fits(const struct provider_conf *, const char *code);

/* radius_types.c: RADIUS over TLS (RFC 6614) or UDP. base_url is the server. */

#define RADIUS_NAS_MAX 64
enum { RADIUS_SECRET = 0 };            /* secret[] */
enum { RADIUS_NAS = 0, RADIUS_BEGIN }; /* text[] */

bool radius_is_tls(const struct provider_conf *);
/* The shared secret, of length 0 if none is set and none is usual. */
const struct secret *radius_secret(const struct provider_conf *);

/* Types without a file: replies of vendors that twofactl shows. */

/* In the enrolment of a phone's app for pushes. */
#define ENROLMENT_TOKEN_MAX 2048
#define ENROLMENT_FACTORS_MAX 50 /* of one identity */

struct enrolment {
	/* for the app: printable ASCII without blanks; the caller wipes */
	char token[ENROLMENT_TOKEN_MAX + 1];
	/* the apps that have joined and proved themselves */
	size_t factors;
	char factor[ENROLMENT_FACTORS_MAX][TWILIO_SID_LEN + 1];
};

/* The result of a number look-up: advice at enrolment, never used by logins. */
enum number_facts_known {
	LOOKUP_UNKNOWN = 0,
	LOOKUP_NO,
	LOOKUP_YES,
};

enum number_facts_line {
	NUMBER_UNKNOWN = 0,
	NUMBER_MOBILE,
	NUMBER_LANDLINE,
	NUMBER_LANDLINE_OR_MOBILE,
	NUMBER_VOIP,
	NUMBER_TOLL_FREE,
	NUMBER_PREMIUM,
	NUMBER_SHARED_COST,
	NUMBER_PERSONAL,
	NUMBER_PAGER,
	NUMBER_UAN, /* one number for a whole company */
	NUMBER_VOICEMAIL,
	NUMBER_COUNT, /* not a line */
};

struct number_facts {
	enum number_facts_known valid;
	enum number_facts_known reachable;
	enum number_facts_line line;
	char country[3]; /* ISO 3166-1 alpha-2, upper case; "" if unknown */
};

#endif
