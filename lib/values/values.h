/* SPDX-License-Identifier: BSD-2-Clause */
/* Values with a shape: names, numbers, addresses, money, codes. Each has one
 * parser, which refuses malformed text. */
#ifndef TWOFA_VALUES_H
#define TWOFA_VALUES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>

/* A variable that its block owns: end is called with its address wherever the
 * block is left. It is initialized where it is declared or by its first use. */
#define OWNED(end) __attribute__((cleanup(end)))

/* text.c: output into arrays of known size; texts compared with a set of bytes
 * or a list of words. */

/* The number of elements of an array. */
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* The text of a macro's number, as a part of a literal. */
#define TEXT_NUMBER_OF(number) #number
#define TEXT_NUMBER(macro) TEXT_NUMBER_OF(macro)

/* Writes formatted text to an array of bytes, or appends it to the text there;
 * cut if it does not fit. The compiler warns about a pointer. */
#define PRINT_TO(array, ...)                                                   \
	(void)snprintf((array), COUNT_OF(array), __VA_ARGS__)
/* Like PRINT_TO, and true if all of it fits. */
#define PRINT_FITS(array, ...)                                                 \
	((size_t)snprintf((array), COUNT_OF(array), __VA_ARGS__) <             \
	    COUNT_OF(array))
/* Behind the text that is there; size: of all of out. */
#define PRINT_BEHIND(out, size, ...)                                           \
	(void)snprintf((out) + strlen(out), (size)-strlen(out), __VA_ARGS__)
#define PRINT_APPEND(array, ...)                                               \
	PRINT_BEHIND(array, COUNT_OF(array), __VA_ARGS__)
/* The text of a function's own fmt and the arguments after it. */
#define PRINT_GIVEN_BEHIND(out, size, fmt)                                     \
	do {                                                                   \
		va_list given;                                                 \
                                                                               \
		va_start(given, fmt);                                          \
		(void)vsnprintf(                                               \
		    (out) + strlen(out), (size)-strlen(out), fmt, given);      \
		va_end(given);                                                 \
	} while (0)
#define PRINT_GIVEN(array, fmt)                                                \
	do {                                                                   \
		(array)[0] = '\0';                                             \
		PRINT_GIVEN_BEHIND(array, COUNT_OF(array), fmt);               \
	} while (0)

#define TEXT_DIGITS "0123456789"
#define TEXT_UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define TEXT_LOWER "abcdefghijklmnopqrstuvwxyz"
#define TEXT_LETTERS TEXT_UPPER TEXT_LOWER
#define TEXT_ALNUM TEXT_LETTERS TEXT_DIGITS
#define TEXT_HEX TEXT_DIGITS "abcdef"
#define TEXT_UNRESERVED TEXT_ALNUM "-._~" /* RFC 3986 section 2.3 */

/* Copies at most cap - 1 bytes. A terminal or phone might display control bytes
 * and foreign alphabets misleadingly: all but printable ASCII becomes "?". */
void text_copy_ascii(char *out, size_t cap, const char *text);

/* Percent-encodes all bytes but those of TEXT_UNRESERVED. False if they do not
 * fit. */
bool text_percent_encode(char *out, size_t cap, const char *text);

/* Writes groups of four bytes, for typing, as far as they fit. */
void text_in_fours(char *out, size_t cap, const char *text, char between);

/* True for one or more bytes, all of them in set. */
bool text_has_only(const char *s, const char *set);
/* True if word is one of words, which ends with NULL. */
bool text_is_one_of(const char *word, const char *const *words);
/* Like text_is_one_of(), for words separated by blanks; false for "". */
bool text_has_word(const char *words, const char *word);

/* A part of a text. */
struct text_part {
	const char *at;
	size_t len;
};

struct text_part text_part(const char *whole);
/* Takes the part of *rest up to a byte of ends, and drops it and that byte.
 * False once rest is empty. */
bool text_part_next(
    struct text_part *rest, const char *ends, struct text_part *part);
bool text_part_is(const struct text_part *, const char *text);
bool text_part_begins(const struct text_part *, const char *with);
/* Moves *text after head, if it begins with that. */
bool text_take(const char **text, const char *head);
/* Takes a word that ends at a blank or newline, and the byte after it. False if
 * that is not after, or the word is empty or does not fit. */
bool text_word_take(const char **text, char after, char *word, size_t cap);
/* True if one of the parts of text is part. */
bool text_has_part(
    const char *text, const char *ends, const struct text_part *part);

/* decimal.c: decimal numbers: digits alone, without sign, blanks or another
 * base. */

/* Returns the number at *text and moves *text after it, or returns -1 without a
 * digit, or if the number is above most. */
int64_t decimal_take(const char **text, int64_t most);
/* Like decimal_take(), for a whole text. -1 for NULL, too. */
int64_t decimal_read(const char *text, int64_t most);

/* user_name.c: which names of users and people are valid. They become file
 * names and parts of log lines, so few bytes are allowed. */

#define USER_NAME_MAX 64
#define USER_NAME_BYTES TEXT_ALNUM "_.@\\-"

/* True for 1 to USER_NAME_MAX of USER_NAME_BYTES (\ is for domains: DOM\alice)
 * that do not begin with any of the last four of them. */
bool user_name_is_valid(const char *name);

/* owner.c: names in counters, codes and log lines: a user, or one person of a
 * shared account as "ACCOUNT//PERSON". User names have no slash, so the two
 * cannot be confused. */

#define OWNER_MAX (2 * USER_NAME_MAX + 2)

struct owner {
	char account[USER_NAME_MAX + 1];
	char person[USER_NAME_MAX + 1]; /* "" if the account is not shared */
};

/* Splits an owner name. Returns false, with both parts empty, for any other
 * name, such as that of an enrolment. */
bool owner_read(struct owner *, const char *text);

/* Joins two valid names; person may be "" or NULL. */
void owner_write(
    char out[OWNER_MAX + 1], const char *account, const char *person);

/* Other names in the state have "." or "=" after the slashes, with which no
 * user name begins. */
#define OWNER_STATE_MAX (OWNER_MAX + 2)
/* for a user at an account, and for su from there */
#define OWNER_REMEMBERED_MAX (3 * USER_NAME_MAX + sizeof("//=") + sizeof("//="))
#define OWNER_DECOY_LEN 16 /* hex digits of a decoy's name */

/* "USER//=ACCOUNT": the name under which a user's login at that account is
 * remembered. out may be user. */
void owner_write_remembered(
    const char *user, const char *account, char out[OWNER_REMEMBERED_MAX]);
/* "ACCOUNT//.HEX": an unknown name; hex is "" for all names beyond the limit */
void owner_write_decoy(
    const char *account, const char *hex, char out[OWNER_STATE_MAX]);
/* The name under which a user's pushes are counted and claimed, in place of a
 * receiver. Services of other uids than root have separate counts. */
#define OWNER_PUSH_MAX (sizeof("push:sock:4294967295:") + OWNER_STATE_MAX)
void owner_write_push(
    const char *user, int64_t socket_uid, char out[OWNER_PUSH_MAX]);
/* True for the owner name of a decoy. */
bool owner_is_decoy(const char *name);

/* ssh_identity.c: the identity in an ssh login: a key's fingerprint, or a
 * certificate's id with the fingerprint of the key that signed it. sshd has
 * verified both; here they are parsed, as untrusted input. */

#define SSH_FINGERPRINT_LEN 50 /* "SHA256:" and 43 characters */
#define SSH_CERT_ID_MAX 255

/* As ssh-keygen -l prints it: "SHA256:" and base64 without padding. */
bool ssh_fingerprint_is_valid(const char *text);

/* 1 to SSH_CERT_ID_MAX bytes of printable ASCII without blanks. */
bool ssh_cert_id_is_valid(const char *text);

/* All "" if the line identifies no person: it is malformed, of an unknown kind,
 * or has an invalid id. */
struct ssh_identity {
	char key[SSH_FINGERPRINT_LEN + 1]; /* of a plain key */
	/* of a user's certificate: both are set */
	char cert_id[SSH_CERT_ID_MAX + 1];
	char ca[SSH_FINGERPRINT_LEN + 1];
	bool is_user; /* the certificate's principals include the account */
	bool sk;      /* a security key by its type, which proves nothing */
};

/* Reads the next line of SSH_AUTH_INFO_0 that begins with "publickey ", such as
 * "publickey ssh-ed25519 AAAA..."; more text after the key is ignored. Advances
 * *at; returns false if no such line is left. account, for is_user, may be
 * "". */
bool ssh_identity_next(
    const char **at, const char *account, struct ssh_identity *);

/* sha256.c: false if libcrypto fails. */

#define SHA256_LEN 32
bool sha256_of(const void *bytes, size_t len, unsigned char out[SHA256_LEN]);

/* phone.c: phone numbers (E.164 with plus), and how they are shown. */

#define PHONE_MAX 16  /* "+" and 15 digits */
#define PHONE_MASK 24 /* holds any masked number and its NUL */

/* ^\+[1-9][0-9]{6,14}$ (E.164, 7 to 15 digits), ASCII digits only. */
bool phone_is_valid(const char *number);

/* True for + and 1 to 15 digits, the first digits of numbers. */
bool phone_prefix_is_valid(const char *text);

/* The number of digits in a valid number's country code: 1 to 3 (ITU-T E.164
 * list). */
size_t phone_country_len(const char *number);

/* "+1 ***-***-0123": country code and last four digits. The shape is the same
 * for every length, so a decoy's number looks real. */
void phone_mask(const char *number, char out[PHONE_MASK]);

/* email.c: email addresses, and how they are shown. */

#define EMAIL_MASK 31 /* holds any masked address and its NUL */

/* Printable ASCII, one @, something on both sides of it, 3 to 254 bytes. */
bool email_is_valid(const char *address);

/* "a***@example.org": the first character, and as much of the end of the domain
 * as fits ("a***@...ong.example.org"). "" for a text without @. */
void email_mask(const char *address, char out[EMAIL_MASK]);

/* method.c: the methods of a second factor, and their names in settings and
 * logs. */

enum method {
	METHOD_NONE = 0,
	METHOD_SMS,
	METHOD_VOICE,
	METHOD_WHATSAPP,
	METHOD_EMAIL,
	METHOD_PUSH,
	METHOD_TOTP,
	METHOD_RECOVERY,
	METHOD_BYPASS, /* a bypass code, given by the help desk */
	/* approved on a page of the provider, whose code the prompt shows */
	METHOD_PAGE,
	METHOD_COUNT, /* not a method */
};

#define METHOD_BIT(m) (1u << (m))
/* Methods that need a phone, and methods with a code from a provider. */
#define METHODS_PHONE                                                          \
	(METHOD_BIT(METHOD_SMS) | METHOD_BIT(METHOD_VOICE) |                   \
	    METHOD_BIT(METHOD_WHATSAPP))
#define METHODS_CODE (METHODS_PHONE | METHOD_BIT(METHOD_EMAIL))
/* Methods that the user approves elsewhere, so no code is typed. In a login
 * they are one factor, METHOD_PUSH. */
#define METHODS_APPROVED (METHOD_BIT(METHOD_PUSH) | METHOD_BIT(METHOD_PAGE))
/* Methods whose code is typed from paper, or as the help desk reads it out. */
#define METHODS_TYPED (METHOD_BIT(METHOD_RECOVERY) | METHOD_BIT(METHOD_BYPASS))
#define METHOD_ALL ((1u << METHOD_COUNT) - 2u)
/* With METHOD_SMS, of no rule: the help desk's check, in a text of our own. */
#define METHODS_DESK METHOD_BIT(METHOD_COUNT)

/* "sms" and so on; "" for METHOD_NONE. */
const char *method_name(enum method);

/* METHOD_NONE for an unknown name. */
enum method method_from_name(const char *name);

/* money.c: decimal text to millionths and back, without floats. */

#define PRICE_TEXT_MAX 32
#define PRICE_MAX INT64_C(1000000000000) /* a million */

/* Reads "0.0333" or "12", up to a million; digits after the sixth are rounded
 * up. Returns 0, or -1 for any other text, and leaves *millionths. */
int money_parse(const char *text, int64_t *millionths);

/* "0.0333", with at least two digits after the point. millionths must not be
 * negative. */
void money_text(int64_t millionths, char out[PRICE_TEXT_MAX]);

/* day.c: times as text, and days of UTC, counted from 1970-01-01; day 0 is no
 * day or an unknown one. */

#define DAY_TIME_MAX 32
#define DAY_TEXT_MAX sizeof("2027-01-31")
#define DAY_LAST "2099-12-31" /* a later day is a typing error */
#define DAY_END_MAX 128

/* "2027-01-31 23:00:00 UTC"; "-" for 0. */
void day_time_text(int64_t wall, char out[DAY_TIME_MAX]);

/* Reads "2027-01-31", up to DAY_LAST; 0 for any other text. */
unsigned day_read(const char *text);
/* "2027-01-31"; "" for 0. */
void day_text(unsigned day, char out[DAY_TEXT_MAX]);
/* The number of days until last; negative if it is past, or if today is
 * unknown. */
int day_days_left(unsigned last, unsigned today);
/* True if last is past, or today is unknown; false if no last day is set. */
bool day_is_past(unsigned last, unsigned today);
/* Until when something is valid, or why no longer, for people. */
void day_end_text(unsigned last, unsigned today, char out[DAY_END_MAX]);

/* uuid.c: UUIDs (RFC 4122 sections 3 and 4.4). */

#define UUID_LEN 36 /* without NUL */
#define UUID_BYTES TEXT_HEX "ABCDEF-"

/* True for 8-4-4-4-12 hex digits and nothing else: safe in a path. */
bool uuid_is_valid(const char *text);

/* A random UUID from 32 random hex digits. */
void uuid_random(const char *digits, char out[UUID_LEN + 1]);

/* base64.c: bytes as base64 (RFC 4648 section 4), with padding. */
#define BASE64_ALPHABET TEXT_ALNUM "+/"

/* Decodes the first len characters of text, which need not end there. out has
 * room for three bytes of each four. Returns the number of bytes, or -1. */
int base64_decode(const char *text, size_t len, unsigned char *out);

/* hex.c: bytes as hexadecimal digits. */

/* Writes 2 * len lower-case digits and a NUL. */
void hex_text(const unsigned char *bytes, size_t len, char *out);
/* Reads len bytes from 2 * len lower-case digits; false for any other text. */
bool hex_parse(const char *text, unsigned char *out, size_t len);

/* secret.c: secrets in a struct, which a log call cannot take by accident as it
 * would a char pointer; and random ones. */

#define SECRET_MAX 255
#define SECRET_RANDOM_MAX 32

struct secret {
	char b[SECRET_MAX + 1]; /* NUL-terminated */
	size_t len;
};

/* Zeroed memory, or NULL. */
void *secret_new(size_t size);
/* Wipes and frees all of what malloc() gave, unless NULL. */
void secret_free(void *);
/* The same of what a pointer of any type points to, for OWNED(). */
void secret_end(void *pointer);

/* The file of a private key, which has many lines: a key of 4096 bits takes
 * 3300 bytes, a certificate 2000. */
#define PEM_MAX 8192

struct pem {
	char b[PEM_MAX + 1]; /* NUL-terminated */
	size_t len;
};

/* Writes len random base32 characters, at most SECRET_RANDOM_MAX, and a NUL.
 * Returns 0, or -1 with errno. The caller wipes out. */
int secret_random_base32(char *out, size_t len);

/* totp.c: TOTP (RFC 6238) and HOTP (RFC 4226) with liboath: the time step or
 * the counter of a code. The store ensures that each is used once. */

#define TOTP_DIGITS 6
#define TOTP_DIGITS_LONG 8
#define USER_APPS_MAX 4 /* and tokens, of a user */
#define TOTP_STEP_S 30
#define TOTP_LONG_S 60     /* period of some apps and tokens: two steps */
#define TOTP_SECRET_MIN 16 /* decoded bytes: RFC 4226 section 4, R6 */
#define TOTP_SECRET_OLD 10 /* also accepted: of old google-authenticator */

/* How an app or token counts; zeroed: TOTP_STEP_S, SHA-1, TOTP_DIGITS. */
struct totp_kind {
	unsigned period;
	bool sha256;
	unsigned digits;
	bool hotp; /* counts its codes; always SHA-1 */
};

/* The period. */
unsigned totp_period_s(const struct totp_kind *);
unsigned totp_digits(const struct totp_kind *);
/* True if both count in the same way. */
bool totp_kind_equals(const struct totp_kind *, const struct totp_kind *);
#define totp_hash_name(kind) ((kind)->sha256 ? "SHA256" : "SHA1")

/* True for the base32 text of a secret of a usable length. */
bool totp_secret_is_valid(const struct secret *base32);

/* Writes the secret in the one spelling that all ways of typing it share.
 * Returns 0 or -1. The caller wipes out. */
int totp_secret_normalise(const struct secret *base32, struct secret *out);

/* Writes as base32 what is written in hex. Returns 0, or -1 if it is not. The
 * caller wipes out. */
int totp_secret_from_hex(const char *hex, struct secret *out);

/* Finds the step in which this code begins, among the current one and those
 * TOTP_STEP_S before and after; steps last TOTP_STEP_S, whatever the period.
 * Returns 1 with *step, 0 if the code is of none of them, or -1 if the secret
 * or liboath failed. */
int totp_match(const struct secret *base32, const struct totp_kind *,
    const char *code, int64_t wall, int64_t *step);

#define HOTP_COUNTER_MAX 999999999
#define HOTP_RESYNC 100 /* codes ahead in which two in a row are found */

/* How far a counter may be ahead of the last used one, for a user with this
 * number of apps and tokens: some codes are shown and never typed. */
unsigned hotp_look_ahead(size_t count);
/* Finds the counter of this code among count from first on. Returns 1 with
 * *counter, 0 if it is of none of them, or -1 as totp_match(). */
int hotp_match(const struct secret *base32, const struct totp_kind *,
    const char *code, int64_t first, int64_t count, int64_t *counter);

/* totp_uri.c: the URI that apps read, otpauth://totp/ISSUER:ACCOUNT?secret=...
 * &issuer=... (the key URI format). */

#define TOTP_URI "otpauth://"
#define TOTP_URI_MAX 1024
#define TOTP_FOURS_MAX 64

/* Writes the URI; issuer and account are percent-encoded, counter is that of
 * hotp's next code. Returns 0, or -1 if it would be too long. The caller
 * wipes. */
int totp_uri_write(const struct secret *base32, const struct totp_kind *,
    int64_t counter, const char *issuer, const char *account,
    char out[TOTP_URI_MAX]);

/* recovery_code.c: 16 base32 characters (RFC 4648 section 6), 80 random bits;
 * written on paper as ABCD-EFGH-2345-WXYZ. At least one is a letter, so that a
 * code from a phone is never taken for a recovery code. */

#define RECOVERY_MAX 20       /* recovery codes of a user */
#define RECOVERY_SELF 10      /* as many twofactl self makes */
#define RECOVERY_BYPASS_MAX 3 /* bypass codes of a user, in addition */
#define RECOVERY_BYPASS_HOURS 168
/* The remaining uses of a bypass code; 0 for a recovery code. An invitation may
 * have both. */
enum recovery_use {
	RECOVERY_USE_LOGIN = 1,
	RECOVERY_USE_ENROL = 2,
	RECOVERY_USE_BOTH = 3,
};
#define RECOVERY_LEN 16
#define RECOVERY_TEXT (RECOVERY_LEN + 3) /* text_in_fours(), with dashes */
#define RECOVERY_SALT 16
#define RECOVERY_HASH 32

/* Returns true if the typed text has the shape of a recovery code, in capitals
 * or small letters, with spaces and dashes or without. out is the code without
 * them and in capitals; wiped if false. */
bool recovery_code_normalise(const char *typed, char out[RECOVERY_LEN + 1]);

/* Makes a normalised code. Returns 0, or -1 with errno if there are no random
 * bytes. The caller wipes out. */
int recovery_code_make(char out[RECOVERY_LEN + 1]);

/* SHA-256 of salt and normalised code. Returns 0 or -1. */
int recovery_code_hash(const unsigned char salt[RECOVERY_SALT],
    const char code[RECOVERY_LEN + 1], unsigned char out[RECOVERY_HASH]);

/* network.c: numeric networks. */

struct network {
	int family;             /* AF_INET or AF_INET6 */
	unsigned char addr[16]; /* IPv4 uses the first four bytes */
	unsigned bits;
};

/* Parses "10.0.0.0/8", "192.0.2.7", "2001:db8::/32"; bits beyond the prefix
 * must be 0. Returns 0 or -1. */
int network_parse(const char *text, struct network *);

/* True if the numeric address lies in the network. ::ffff:a.b.c.d counts as
 * a.b.c.d; any other text matches nothing. */
bool network_contains(const struct network *, const char *address);

/* True if the IPv6 address has one of IPv4 in it, by a prefix of translators
 * (RFC 6052, RFC 8215): a /64 of these can have all IPv4 addresses. */
bool network_is_translated(const unsigned char address[16]);

/* source.c: the source of a login, by which limits and locks count: the network
 * of its address, because one user has many addresses in it, or without an
 * address the uid of the caller. */

#define SOURCE_MAX 63

/* Writes "192.0.2.0/24" (also for ::ffff:192.0.2.7), "64:ff9b::c000:200/120"
 * (the same, translated), "2001:db8:1:2::/64" (a zone is left out), or
 * "uid:1001" if address is NULL or not numeric. Never "". */
void source_from_address(
    const char *address, uid_t uid, char out[SOURCE_MAX + 1]);

/* "sock:1001", for a service that runs as this uid and not as root, whatever
 * address it gives. */
void source_from_socket_uid(uid_t uid, char out[SOURCE_MAX + 1]);

/* The source to count messages under: "" for a service with one field and
 * without an address, whose uid is its daemon's and identifies no user. */
const char *source_for_counting(bool one_field, const char *source);

/* True if the source is another one on each host: a local uid, or loopback. */
bool source_is_local(const char *source);

/* base_url.c: where codes may be sent: https everywhere, http only to this
 * machine, for a rehearsal. */

#define BASE_URL_SCHEME_MAX 8
#define BASE_URL_HOST_MAX 128

struct base_url {
	char scheme[BASE_URL_SCHEME_MAX]; /* "https" or "http" */
	char host[BASE_URL_HOST_MAX];     /* with its port, for the log */
};

/* Reads https://HOST[:PORT][/PREFIX], or http:// with 127.0.0.1 or [::1] as the
 * host. Returns NULL, or what is wrong, with out zeroed. That text never
 * contains the URL, which may contain a password. */
const char *base_url_read(const char *url, struct base_url *out);
/* True for 127.0.0.1 and [::1], with a port or a path or without. No names:
 * they could resolve to another machine. */
bool base_url_is_loopback(const char *host);
/* True for a proxy's http://HOST:PORT and no more. */
bool base_url_is_proxy(const char *url);

/* Limits that the settings define and the store applies: messages, money and
 * wrong codes. */
#define LIMITS_LOCK_MAX_S 86400 /* doubling stops at 24 h */
#define LIMITS_LOCKOUT_AT 100   /* NIST SP 800-63B section 5.2.2 */
/* messages of who enrols without root, to a number that may be anybody's */
#define LIMITS_ENROL_HOUR 5
#define LIMITS_ENROL_DAY 10
#define LIMITS_DESK_HOUR 3 /* checks of a user by the help desk */

/* Messages in a sliding window; 0: no limit. Money in millionths; -1: none. */
struct limits_of_sends {
	unsigned user_hour, user_day, number_day, source_hour, host_hour;
	unsigned number_answered_day; /* messages whose code was used */
	unsigned push_hour;
	int64_t spend_day, spend_month; /* calendar days of UTC; 30 days */
	int64_t price;                  /* of the message in question */
	/* of services that do not run as root; 0 allows none */
	unsigned other_hour;
	unsigned other_day;   /* of twofactl self; 0: none */
	unsigned fleet_hour;  /* over all hosts that share the state */
	unsigned office_hour; /* in place of source_hour, from an office */
};

/* Wrong codes. */
struct limits_of_guesses {
	unsigned after;       /* per user and source; 1 or more */
	unsigned after_total; /* per user over all sources; 1 or more */
	int64_t lock_s; /* the first lock, 1 or more; the next ones double */
	/* of one host in an hour: beyond, they count for that host alone. 0: no
	 * limit. SQLite ignores it, as a state file has one host */
	unsigned host_hour;
};

/* qr_modules.c: the modules of a QR code (ISO/IEC 18004). */

/* A code that libqrencode has made, and keeps: a byte for each module, by rows.
 */
struct qr_code {
	const unsigned char *module;
	size_t width;
};

/* With the margin, and so the number of rows. */
size_t qr_code_columns(const struct qr_code *);
/* Row and column count from the edge of the margin. */
bool qr_code_is_light(const struct qr_code *, size_t y, size_t x);
/* Two modules in UTF-8, the second one below the first. The light ones are
 * drawn, as the background is dark or made dark. Below an odd last row is
 * margin. */
const char *qr_code_halves(const struct qr_code *, size_t y, size_t x);

/* typed_number.c: converts phone numbers, as people and spreadsheets write
 * them, to E.164. A text with two possible meanings is refused, because a wrong
 * number locks a user out. Pure. */

/* Reads "+44 (0)20 7946-0000", "0044 20...", or with country "44" also "020
 * ...". country is a calling code without plus, or NULL. Returns NULL, and out
 * is a number for which phone_is_valid is true; or the problem, to follow "the
 * number ", and out is "". */
const char *typed_number_read(
    const char *typed, const char *country, char out[PHONE_MAX + 1]);

/* The problem of a number in national form, without a country. */
extern const char typed_number_no_country[];

/* Returns 0 for a calling code, 1 to 3 digits that do not begin another one;
 * else -1. */
int typed_number_country_check(const char *country);

#endif
