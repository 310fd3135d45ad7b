/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values with a shape: names, numbers, addresses, money, codes. Each has one
 * reader, which refuses what is none.
 */
#ifndef TWOFA_VALUES_H
#define TWOFA_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

/* How many elements an array has. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/*
 * names.c: the names of users and people, which become file names and parts of
 * log lines, and the identity in an ssh login.
 */

#define USER_NAME_MAX 64
#define USER_NAME_BYTES                                                        \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.@\\-"

/* Made of USER_NAME_BYTES (\ is for domains: DOM\alice); must not begin with
 * any of the last four of them. */
bool user_name_is_valid(const char *name);

/* Is it one of these words? The last one is NULL. */
bool text_is_one_of(const char *word, const char *const *words);
/* The same for words in one text, with one blank between them. */
bool text_has_word(const char *words, const char *word);

/* In counters, codes and log lines: a user, or one person of a shared account
 * as "ACCOUNT//PERSON". No user name has a slash, so the two cannot be
 * confused. */
#define OWNER_MAX (2 * USER_NAME_MAX + 2)

/* "" person: the account, or a user with an account of his own. */
struct owner {
	char account[USER_NAME_MAX + 1];
	char person[USER_NAME_MAX + 1];
};

/* Split a name. False, and both empty: it is neither, like that of an
 * enrolment. */
bool owner_read(struct owner *, const char *text);

/* Join a name; person may be "" or NULL. The names are valid. */
void owner_write(
    char out[OWNER_MAX + 1], const char *account, const char *person);

/* Names in the state that are neither a user's nor a person's; these never
 * begin with a dot or with =. */
#define OWNER_STATE_MAX (OWNER_MAX + 2)
/* for a user at that account, and for su from there */
#define OWNER_REMEMBERED_MAX (3 * USER_NAME_MAX + sizeof("//=") + sizeof("//="))
#define OWNER_DECOY_LEN 16

/* "USER//=ACCOUNT": the name under which a user's login at that account is
 * remembered. out may be the user. */
void owner_write_remembered(
    const char *user, const char *account, char out[OWNER_REMEMBERED_MAX]);
/* "ACCOUNT//.HEX": an unknown name; hex "": all names beyond the limit */
void owner_write_decoy(
    const char *account, const char *hex, char out[OWNER_STATE_MAX]);
/* Is it such a name? */
bool owner_is_decoy(const char *name);

/* The identity in an ssh login: a key's fingerprint, or a certificate's id with
 * the fingerprint of the key that signed it. sshd has checked both; here they
 * are only read, as untrusted input. */
#define SSH_FINGERPRINT_LEN 50 /* "SHA256:" and 43 characters */
#define SSH_CERT_ID_MAX 255

/* As ssh-keygen -l prints it: "SHA256:" and base64 without padding. */
bool ssh_fingerprint_is_valid(const char *text);

/* 1 to SSH_CERT_ID_MAX bytes of printable ASCII without blanks. */
bool ssh_cert_id_is_valid(const char *text);

/* All "": the line identifies no person, because it cannot be read, is of an
 * unknown kind, or has an invalid id. */
struct ssh_identity {
	char key[SSH_FINGERPRINT_LEN + 1]; /* of a plain key */
	/* of a user's certificate: both are set */
	char cert_id[SSH_CERT_ID_MAX + 1];
	char ca[SSH_FINGERPRINT_LEN + 1];
	bool is_user; /* its principals name the account */
	bool sk;      /* a security key's by its type, which proves nothing */
};

/* The next line of SSH_AUTH_INFO_0 that begins with "publickey ", such as
 * "publickey ssh-ed25519 AAAA..."; more text behind the key is ignored. *at
 * moves on; false: there are no more. account: for is_user; may be "". */
bool ssh_identity_next(
    const char **at, const char *account, struct ssh_identity *);

/*
 * texts.c: values that are one short text: phone numbers, email addresses, the
 * names of methods, money, days, UUIDs. Pure: no I/O, no locale.
 */

/* Phone numbers: E.164 with plus, and how they are shown. */
#define PHONE_MAX 16  /* "+" and 15 digits */
#define PHONE_MASK 24 /* holds any masked number and its NUL */

/* ^\+[1-9][0-9]{6,14}$ (E.164, 7 to 15 digits), ASCII digits only. */
bool phone_is_valid(const char *number);

/* Digits of the country code of a valid number: 1 to 3 (ITU-T E.164 list). */
size_t phone_country_len(const char *number);

/* "+1 ***-***-0123": country code and last four digits. The shape is the same
 * for every length, so a decoy's number looks real. */
void phone_mask(const char *number, char out[PHONE_MASK]);

/* Email addresses: their shape, and how they are shown. */
#define EMAIL_MASK 31 /* holds any masked address and its NUL */

/* Printable ASCII, one @, something on both sides of it, 3 to 254 bytes. */
bool email_is_valid(const char *address);

/* "a***@example.org": the first character, and as much of the end of the domain
 * as fits ("a***@...ong.example.org"). "" for a text without @. */
void email_mask(const char *address, char out[EMAIL_MASK]);

/* The ways to show a second factor, and their names in settings and logs. */
enum method {
	METHOD_NONE = 0,
	METHOD_SMS,
	METHOD_VOICE,
	METHOD_WHATSAPP,
	METHOD_EMAIL,
	METHOD_PUSH,
	METHOD_TOTP,
	METHOD_RECOVERY,
	METHOD_BYPASS, /* a code with an end */
	METHOD_COUNT,  /* not a method */
};

#define METHOD_BIT(m) (1u << (m))
/* Methods that need a phone, and methods with a code from a provider. */
#define METHODS_PHONE                                                          \
	(METHOD_BIT(METHOD_SMS) | METHOD_BIT(METHOD_VOICE) |                   \
	    METHOD_BIT(METHOD_WHATSAPP))
#define METHODS_CODE (METHODS_PHONE | METHOD_BIT(METHOD_EMAIL))
/* Methods that are typed from paper, or as somebody said them. */
#define METHODS_TYPED (METHOD_BIT(METHOD_RECOVERY) | METHOD_BIT(METHOD_BYPASS))
#define METHOD_ALL ((1u << METHOD_COUNT) - 2u)

/* "sms" and so on; "" for METHOD_NONE. */
const char *method_name(enum method);

/* METHOD_NONE for an unknown name. */
enum method method_from_name(const char *name);

/* Money: decimal text to millionths and back, without floats. */
#define PRICE_TEXT_MAX 32
#define PRICE_MAX INT64_C(1000000000000) /* a million */

/* "0.0333", "12", up to a million; digits behind the sixth are rounded up. 0,
 * or -1 for any other text. */
int money_parse(const char *text, int64_t *millionths);

/* "0.0333", with at least two digits behind the point; for 0 and more. */
void money_text(int64_t millionths, char out[PRICE_TEXT_MAX]);

/* "2027-01-31 23:00:00 UTC"; 0: "-". */
#define DAY_TIME_MAX 32
void day_time_text(int64_t wall, char out[DAY_TIME_MAX]);

/* Days of UTC, from 1970-01-01 on; 0: none, or not known. */
#define DAY_TEXT_MAX sizeof("2027-01-31")
#define DAY_LAST "2099-12-31" /* what is later is a typing error */
#define DAY_END_MAX 128

/* "2027-01-31", up to DAY_LAST; 0 for any other text. */
unsigned day_read(const char *text);
/* "" for none. */
void day_text(unsigned day, char out[DAY_TEXT_MAX]);
/* How many days until the last one; below 0 it is over, as is each while today
 * is not known. */
int day_days_left(unsigned last, unsigned today);
/* Is it over? What has no last day never is. */
bool day_is_past(unsigned last, unsigned today);
/* The same for people, with the cause. */
void day_end_text(unsigned last, unsigned today, char out[DAY_END_MAX]);

/* The shape of a UUID (RFC 4122 section 3). */

#define UUID_LEN 36 /* without NUL */
#define UUID_BYTES "0123456789abcdefABCDEF-"

/* True for 8-4-4-4-12 hex digits with nothing behind them: safe in a path. */
bool uuid_is_valid(const char *text);

/* A random UUID (RFC 4122 section 4.4) out of 32 random hex digits. */
void uuid_random(const char *digits, char out[UUID_LEN + 1]);

/* Does a text consist of these bytes only? Checked before it goes into a
 * path. */

/* True for one or more bytes, all of them in set. */
bool text_has_only(const char *s, const char *set);

/* The members of an array, and a text written into an array of bytes; it is cut
 * when it does not fit. Neither compiles for a pointer. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define PRINT_TO(array, ...)                                                   \
	(void)snprintf((array), COUNT_OF(array), __VA_ARGS__)
/* The same behind the text that is there. */
#define PRINT_APPEND(array, ...)                                               \
	(void)snprintf((array) + strlen(array),                                \
	    COUNT_OF(array) - strlen(array), __VA_ARGS__)

/* Lower-case hexadecimal digits; out has 2 * len + 1 bytes. */
void hex_text(const unsigned char *bytes, size_t len, char *out);
/* Back from exactly so many bytes; false: any other text. */
bool hex_parse(const char *text, unsigned char *out, size_t len);

/*
 * codes.c: codes that a person types, of an authenticator app and on paper, and
 * the secrets behind them. Pure but for recovery_code_make.
 */

/* A secret in a struct: a log call cannot take it by accident, as it would a
 * char pointer. */
#define SECRET_MAX 255

struct secret {
	char b[SECRET_MAX + 1]; /* NUL-terminated */
	size_t len;
};

/* The file of a private key, which has many lines: a key of 4096 bits takes
 * 3300 bytes. */
#define PEM_MAX 4096

struct pem {
	char b[PEM_MAX + 1]; /* NUL-terminated */
	size_t len;
};

/* TOTP (RFC 6238) with liboath: to which time step a code belongs. The store
 * makes sure that each step is used once. */
#define TOTP_DIGITS 6
#define TOTP_STEP_S 30
#define TOTP_LONG_S 60     /* other apps and tokens: two steps */
#define TOTP_SECRET_MIN 16 /* decoded bytes: RFC 4226 section 4, R6 */
#define TOTP_SECRET_OLD 10 /* or just these, of old google-authenticator */

/* How an app counts. All 0: TOTP_STEP_S and SHA-1. */
struct totp_kind {
	unsigned period;
	bool sha256;
};

unsigned totp_seconds(const struct totp_kind *);
/* Do they count alike? */
bool totp_kind_equals(const struct totp_kind *, const struct totp_kind *);
#define totp_hash_name(kind) ((kind)->sha256 ? "SHA256" : "SHA1")

/* Is this the base32 text of a usable secret? */
bool totp_secret_is_valid(const struct secret *base32);

/* The same secret in one spelling, for any way of typing it; the caller wipes.
 * 0 or -1. */
int totp_secret_normalise(const struct secret *base32, struct secret *out);

/* The step in which this code begins, of those of now and of TOTP_STEP_S before
 * and after; whatever the period, steps are of TOTP_STEP_S. 1 and *step; 0:
 * none; -1: the secret or liboath failed. */
int totp_match(const struct secret *base32, const struct totp_kind *,
    const char *code, int64_t wall, int64_t *step);

/* Random base32 characters. 0, or -1 with errno. The caller wipes them. */
#define SECRET_RANDOM_MAX 32
int secret_random(char *out, size_t len);

/* Recovery codes: 16 base32 characters (RFC 4648 section 6), 80 random bits. At
 * least one character is a letter, so that a code from a phone is never taken
 * for one. They are written on paper: ABCD-EFGH-2345-WXYZ. */
#define RECOVERY_MAX 20       /* codes that a user may have */
#define RECOVERY_BYPASS_MAX 3 /* ... with an end, besides */
#define RECOVERY_BYPASS_HOURS 168
#define RECOVERY_LEN 16
#define RECOVERY_TEXT (RECOVERY_LEN + 3) /* four groups of four */
#define RECOVERY_SALT 16
#define RECOVERY_HASH 32

/* True when the typed text has the shape of a recovery code; small letters,
 * spaces and dashes are accepted. out is normalised, or wiped when it is
 * none. */
bool recovery_code_normalise(const char *typed, char out[RECOVERY_LEN + 1]);

/* A new, normalised code. 0, or -1 with errno: no random bytes. The caller
 * wipes it. */
int recovery_code_make(char out[RECOVERY_LEN + 1]);

/* code: normalised. The form that a person writes down. */
void recovery_code_text(
    const char code[RECOVERY_LEN + 1], char out[RECOVERY_TEXT + 1]);

/* SHA-256 of salt and normalised code. 0 or -1. */
int recovery_code_hash(const unsigned char salt[RECOVERY_SALT],
    const char code[RECOVERY_LEN + 1], unsigned char out[RECOVERY_HASH]);

/*
 * addresses.c: numeric networks, where a login comes from, and where codes may
 * be sent. Pure.
 */
/* IPv4 uses the first four bytes. */
struct network {
	int family; /* AF_INET or AF_INET6 */
	unsigned char addr[16];
	unsigned bits;
};

/* Parse "10.0.0.0/8", "192.0.2.7", "2001:db8::/32"; bits beyond the prefix
 * must be 0. 0, or -1. */
int network_parse(const char *text, struct network *);

/* Does the numeric address lie in the network? ::ffff:a.b.c.d counts as
 * a.b.c.d; anything that is not a numeric address matches nothing. */
bool network_contains(const struct network *, const char *address);

/* Where a login comes from, as limits and locks count it: the network of its
 * address, because one person has many addresses in it; without an address the
 * local user who asks. */
#define SOURCE_MAX 63

/* address: numeric; NULL or any other text is no address. uid: the user who
 * asks. "192.0.2.0/24" (also for ::ffff:192.0.2.7), "2001:db8:1:2::/64" (a zone
 * is left out), else "uid:1001". Never "". */
void source_from(const char *address, uid_t uid, char out[SOURCE_MAX + 1]);

/* For a service of this uid that is not root's, whatever address it gives:
 * "sock:1001". */
void source_socket(uid_t uid, char out[SOURCE_MAX + 1]);

/* Whose messages a login's messages count as: its source's. A service with one
 * field and without an address has its daemon's uid, which identifies no user:
 * "". */
const char *source_for_counting(bool one_field, const char *source);

/* True when it means something else on each host: a local uid, or loopback. */
bool source_is_local(const char *source);

/* May codes be sent to this base_url? https everywhere, http only on this
 * machine, for a rehearsal. */
#define BASE_URL_SCHEME_MAX 8
#define BASE_URL_HOST_MAX 128

struct base_url {
	char scheme[BASE_URL_SCHEME_MAX]; /* "https" or "http" */
	char host[BASE_URL_HOST_MAX];     /* with its port, for the log */
};

/* Read https://HOST[:PORT][/PREFIX], or http:// with 127.0.0.1 or [::1] as the
 * host. NULL when it is valid; else what is wrong, and out is all zeros. That
 * text never holds the URL, which may contain a password. */
const char *base_url_read(const char *url, struct base_url *out);
/* Is it a proxy's http://HOST:PORT, and no more? */
bool base_url_is_proxy(const char *url);

/* The order in which several providers or servers are asked when some were
 * recently out of reach. Pure. */

/* Those in passed come last; otherwise the order stays. order: count
 * indexes. */
void reach_move_last(const bool passed[], size_t count, size_t order[]);

/*
 * Limits that the settings define and the store applies: messages, money and
 * wrong codes.
 */
#define LIMITS_LOCK_MAX_S 86400 /* doubling stops at 24 h */
#define LIMITS_LOCKOUT_AT 100   /* NIST SP 800-63B section 5.2.2 */

/* Messages in a sliding window; 0: no limit. Money in millionths; -1: none. */
struct limits_of_sends {
	unsigned user_hour, user_day, number_day, source_hour, host_hour;
	unsigned number_answered_day; /* messages whose code was used */
	unsigned push_hour;
	int64_t spend_day, spend_month; /* calendar days of UTC; 30 days */
	int64_t price;                  /* of the message in question */
	/* of a service that is not root's; 0: none allowed */
	unsigned other_hour;
	unsigned fleet_hour;  /* over all hosts that share the state */
	unsigned office_hour; /* in place of source_hour, from an office */
};

/* Wrong codes. */
struct limits_of_guesses {
	unsigned after;       /* per user and source; 1 or more */
	unsigned after_total; /* per user over all sources; 1 or more */
	int64_t lock_s; /* the first lock, 1 or more; the next ones double */
	/* of one host in an hour; above, they count for that host alone. 0:
	 * no limit. One file has one host, so SQLite has no use for it */
	unsigned host_hour;
};

#endif
