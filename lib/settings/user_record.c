/* SPDX-License-Identifier: BSD-2-Clause */
/* A user's record: users_dir/NAME.conf, or a row of the state. */
#include "lib/settings/settings_inside.h"

#include <libconfig.h>
#include <unistd.h>

/* Errors then name the user instead of a file. */
static void
set_in_state(struct setting_scope *scope, char path[USER_PATH_MAX])
{
	snprintf(path, USER_PATH_MAX, "%s in the state", scope->user);
	scope->in_state = true;
}

static enum trusted_file_result
read_from_state(struct setting_scope *scope, char path[USER_PATH_MAX],
    struct config_t *doc, unsigned char digest[SETTINGS_DIGEST_LEN])
{
	struct record_source *source = scope->settings->records;
	const char *text = NULL;
	enum record_source_found found;

	set_in_state(scope, path);
	found = source != NULL ? source->text(source, scope->user, &text)
			       : RECORD_SOURCE_FAILED;
	if (found == RECORD_SOURCE_THERE)
		return settings_document_read(
		    scope, TRUSTED_FILE_USER, text, strlen(text), doc, digest);
	if (found == RECORD_SOURCE_NONE)
		return TRUSTED_FILE_ABSENT;
	settings_error(scope, 0, NULL, "%s",
	    source != NULL ? source->cause : "the state is not asked here");
	return found == RECORD_SOURCE_OUTAGE ? TRUSTED_FILE_AWAY
					     : TRUSTED_FILE_REFUSED;
}

/* All records, or those of users who enrolled at a login. */
static bool
reads_state(const struct settings *c)
{
	return c->users_state || c->records != NULL;
}

static enum trusted_file_result
open_document(struct setting_scope *scope, char path[USER_PATH_MAX],
    const char *text, struct config_t *doc,
    unsigned char digest[SETTINGS_DIGEST_LEN])
{
	enum trusted_file_result found;

	if (!user_name_is_valid(scope->user))
		return TRUSTED_FILE_REFUSED;
	snprintf(path, USER_PATH_MAX, "%s/%s.conf", scope->settings->users_dir,
	    scope->user);
	scope->file = path;
	if (text != NULL && reads_state(scope->settings) &&
	    access(path, F_OK) != 0)
		set_in_state(scope, path);
	found = settings_document_read(scope, TRUSTED_FILE_USER, text,
	    text != NULL ? strlen(text) : 0, doc, digest);
	return found == TRUSTED_FILE_ABSENT && reads_state(scope->settings)
	    ? read_from_state(scope, path, doc, digest)
	    : found;
}

void
user_account_set(const struct settings *c, const char *name, uid_t uid)
{
	if (c->account == NULL)
		return;
	PRINT_TO(c->account->name, "%s", name);
	c->account->uid = uid;
	c->account->owner = USER_OWN;
}

bool
user_account_is_other(const struct settings *c)
{
	return c->account != NULL && c->account->owner >= USER_LEFT;
}

/* Returns the uid, or -1 for any other value. Of libconfig 1.5 its 32 bits may
 * be negative; settings_scan.c refuses a written minus. */
static int64_t
uid_of(const struct config_setting_t *s)
{
	const int type = s != NULL ? config_setting_type(s) : 0;
	const int64_t uid = type == CONFIG_TYPE_INT
	    ? (int64_t)(uint32_t)config_setting_get_int(s)
	    : type == CONFIG_TYPE_INT64 ? config_setting_get_int64(s)
					: -1;

	return uid < UINT32_MAX ? uid : -1;
}

/* Hosts that share records may have different uids for a name. A value of the
 * wrong type is an error of the record. */
static enum user_owner
find_owner(const struct setting_scope *scope, const struct config_t *doc)
{
	const struct user_account *account = scope->settings->account;
	int64_t uid;
	int left = false;

	if (config_lookup_bool(doc, "left", &left) == CONFIG_TRUE && left)
		return USER_LEFT;
	if (strcmp(account->name, scope->user) != 0 ||
	    (scope->in_state && scope->settings->users_state &&
		!scope->settings->store.same_uids))
		return USER_OWN;
	uid = uid_of(config_lookup(doc, "uid"));
	if (uid < 0)
		return USER_UNSAID;
	return uid == account->uid ? USER_OWN : USER_OTHER;
}

struct setting_scope
user_scope(const struct settings *c, const char *name,
    const struct settings_report *report)
{
	return (struct setting_scope){ .file = name,
		.owner = c->owner,
		.report = report,
		.settings = c,
		.user = name,
		.owner_name = name };
}

enum user_result
user_file_open(struct setting_scope *scope, char path[USER_PATH_MAX],
    const char *text, struct config_t *doc,
    unsigned char digest[SETTINGS_DIGEST_LEN])
{
	struct user_account *account = scope->settings->account, own = { 0 };
	enum trusted_file_result found;

	/* While the state is asked, another thread of a broker may read a
	 * record of its own login, with the same account struct. */
	if (account != NULL)
		own = *account;
	found = open_document(scope, path, text, doc, digest);
	if (account != NULL) {
		*account = own;
		account->owner = found == TRUSTED_FILE_OK
		    ? find_owner(scope, doc)
		    : USER_OWN;
	}
	if (found == TRUSTED_FILE_AWAY)
		return USER_OUTAGE;
	if (found == TRUSTED_FILE_REFUSED)
		return USER_ERROR;
	if (found == TRUSTED_FILE_OK && !user_account_is_other(scope->settings))
		return USER_FOUND;
	if (found == TRUSTED_FILE_OK)
		config_destroy(doc);
	return USER_ABSENT;
}

static bool
is_factor_sid(const char *sid)
{
	return text_take(&sid, "YF") &&
	    sid[strspn(sid, TEXT_HEX "ABCDEF")] == '\0';
}

static void
read_uid(const struct setting *v, void *field)
{
	int64_t *uid = field;

	*uid = uid_of(v->s);
	if (v->s != NULL && *uid < 0)
		setting_reject(v, "is no uid");
}

static void
add_channel(const struct setting *v, struct user_record *r)
{
	static const unsigned allowed = METHOD_BIT(METHOD_SMS) |
	    METHOD_BIT(METHOD_VOICE) | METHOD_BIT(METHOD_WHATSAPP) |
	    METHOD_BIT(METHOD_EMAIL) | METHOD_BIT(METHOD_PUSH) |
	    METHOD_BIT(METHOD_TOTP) | METHOD_BIT(METHOD_PAGE);
	const char *name = setting_text(v);
	enum method m;

	if (name == NULL)
		return;
	m = method_from_name(name);
	if ((allowed & METHOD_BIT(m)) == 0) {
		setting_reject(v, "\"%.40s\" is no channel", name);
		return;
	}
	for (size_t i = 0; i < r->channels; i++) {
		if (r->channel[i] == m) {
			setting_reject(v, "\"%s\" appears twice", name);
			return;
		}
	}
	r->channel[r->channels++] = m;
}

static void
read_channels(const struct setting *v, void *field)
{
	struct user_record *r = field;
	const size_t n = setting_list_len(v, SIZE_MAX, "");

	for (size_t i = 0; i < n; i++) {
		const struct setting one = setting_item(v, i);

		add_channel(&one, r);
	}
}

static void
read_preferred(const struct setting *v, void *field)
{
	struct user_record *r = field;
	const char *name = setting_text(v);

	if (name == NULL)
		return;
	if (settings_provider(v->scope->settings, name) == NULL)
		setting_reject(v, "\"%s\" is not in twofa.conf", name);
	else
		PRINT_TO(r->provider, "%s", name);
}

static bool
sk_keys_valid(const char *text)
{
	char one[SSH_FINGERPRINT_LEN + 1] = "";
	bool valid = true;

	for (size_t at = 0; valid && at < strlen(text); at += sizeof(one)) {
		PRINT_TO(one, "%s", text + at);
		valid = ssh_fingerprint_is_valid(one) &&
		    strchr(" ", text[at + SSH_FINGERPRINT_LEN]) != NULL;
	}
	return valid;
}

const char *
user_record_phone(const struct user_record *r, size_t n)
{
	if (n < r->phone_count)
		return r->phones[n].number;
	return n == 0 && r->phone[0] != '\0' ? r->phone : NULL;
}

void
user_phones_text(const struct user_record *r, char out[USER_PHONES_TEXT])
{
	const char *number;

	out[0] = '\0';
	for (size_t i = 0; (number = user_record_phone(r, i)) != NULL; i++)
		PRINT_BEHIND(
		    out, USER_PHONES_TEXT, "%s%s", i > 0 ? "," : "", number);
}

void
user_record_use_phone(struct user_record *r, size_t n)
{
	if (n >= r->phone_count)
		return;
	r->phone_at = n;
	memcpy(r->phone, r->phones[n].number, sizeof(r->phone));
}

bool
user_subject_is_valid(const char *subject)
{
	const size_t len = strnlen(subject, USER_SUBJECT_MAX + 1);

	for (size_t i = 0; i < len; i++)
		if (subject[i] < '!' || subject[i] > '~' ||
		    strchr("\"\\", subject[i]) != NULL)
			return false;
	return len > 0 && len <= USER_SUBJECT_MAX;
}

void
user_subject_id(const char *sub, char out[USER_SUBJECT_ID_MAX + 1])
{
	unsigned char digest[SETTINGS_DIGEST_LEN];

	out[0] = '\0';
	if (sub[0] != '\0' && sha256_of(sub, strlen(sub), digest))
		hex_text(digest, USER_SUBJECT_ID_MAX / 2, out);
}

/* clang-format off */
static const struct setting_entry accounts_entries[] = {
	{ "provider", setting_read_copy, SETTING_AT(user_subject, provider),
	    .required = true, .min = 1, .max = SETTINGS_NAME_MAX,
	    .charset = TEXT_ALNUM "_-",
	    .allowed = "the name of a provider in twofa.conf" },
	{ "issuer", setting_read_copy, SETTING_AT(user_subject, issuer),
	    .required = true, .min = 1, .max = SETTING_TEXT_MAX,
	    .allowed = "the base_url of that provider" },
	{ "sub", setting_read_copy, SETTING_AT(user_subject, sub),
	    .required = true, .min = 1, .max = USER_SUBJECT_MAX,
	    .valid = user_subject_is_valid,
	    .allowed = "1 to 255 bytes of printable ASCII without blanks, "
	    "quotes and backslashes" },
};

/* clang-format on */
const struct setting_section user_account_keys =
    SETTING_SECTION(accounts_entries, NULL);

static void
read_subjects(const struct setting *v, void *field)
{
	struct user_record *r = field;
	const size_t n = setting_list_is_empty(v)
	    ? 0
	    : setting_list_len(v, USER_SUBJECTS_MAX, "accounts");

	for (size_t i = 0; i < n; i++) {
		const struct setting one = setting_item(v, i);
		struct user_subject subject = { "", "", "" };
		size_t same = 0;

		if (!setting_is_group(&one))
			continue;
		(void)setting_section_read(&one, &subject);
		while (same < r->subjects &&
		    strcmp(r->subject[same].provider, subject.provider) != 0)
			same++;
		if (same < r->subjects)
			setting_reject(&one, "has two accounts at \"%.32s\"",
			    subject.provider);
		else
			r->subject[r->subjects++] = subject;
	}
}

static void
read_phones(const struct setting *v, void *field)
{
	struct user_record *r = field;
	const size_t n = setting_list_len(v, USER_PHONES_MAX, "phones");

	if (n > 0 && r->phone[0] != '\0')
		setting_error(v,
		    "is set together with phone; expected one of "
		    "them");
	for (size_t i = 0; i < n; i++) {
		const struct setting one = setting_item(v, i);

		if (setting_is_group(&one))
			(void)setting_section_read(&one, &r->phones[i]);
	}
	r->phone_count = n;
	user_record_use_phone(r, 0);
}

/* clang-format off */
/* wrong: without it the log would quote the number */
#define NUMBER(key, type, member)                                              \
	key, setting_read_copy, SETTING_AT(type, member),                      \
	    .max = SETTING_TEXT_MAX, .valid = phone_is_valid,                  \
	    .wrong = "is not an E.164 number",                                 \
	    .allowed = "+ and 7 to 15 digits, without blanks"
static const struct setting_entry user_phone_entries[] = {
	{ NUMBER("number", user_phone, number), .required = true },
	{ "name", setting_read_copy, SETTING_AT(user_phone, name), .min = 1,
	    .max = USER_DEVICE_NAME_MAX,
	    .charset = TEXT_ALNUM " -._" },
	SETTING_BOOL("voice", user_phone, voice, "false"),
};
const struct setting_section user_phone_keys =
    SETTING_SECTION(user_phone_entries, NULL);

static const struct setting_entry user_record_entries[] = {
	{ NUMBER("phone", user_record, phone) },
	{ "phones", read_phones, .inside = &user_phone_keys,
	    .allowed = "a list of 1 to 3 groups" },
	{ "receiver", setting_read_copy, SETTING_AT(user_record, receiver),
	    .min = 1, .max = SETTINGS_RECEIVER_MAX },
	{ "email", setting_read_copy, SETTING_AT(user_record, email),
	    .min = 3, .max = SETTINGS_EMAIL_MAX, .valid = email_is_valid,
	    .wrong = "is not an email address",
	    .allowed = "an address such as \"alice@example.org\"" },
	{ "channels", read_channels, .max = SETTING_TEXT_MAX,
	    .allowed = "a list of \"sms\", \"voice\", \"whatsapp\", \"email\", "
	    "\"push\", \"page\", \"totp\", each once",
	    .dflt = "[\"sms\"]" },
	{ "provider", read_preferred, .min = 1, .max = SETTINGS_NAME_MAX,
	    .allowed = "the name of a provider in twofa.conf" },
	{ "language", setting_read_word, SETTING_AT(user_record, language),
	    .max = SETTING_TEXT_MAX, .choice = settings_languages },
	SETTING_BOOL("enabled", user_record, enabled, "true"),
	{ "uid", read_uid, SETTING_AT(user_record, uid),
	    .allowed = "a number from 0 to 4294967294" },
	SETTING_BOOL("left", user_record, left, "false"),
	{ "totp_secret_file", user_app_read_secret,
	    SETTING_AT(user_record, app[0].secret), USER_APP_SECRET },
	{ "totp_period", user_app_read_either,
	    SETTING_AT(user_record, app[0].kind.period), USER_APP_PERIOD },
	{ "totp_hash", setting_read_either,
	    SETTING_AT(user_record, app[0].kind.sha256), USER_APP_HASH },
	{ "apps", user_apps_read, .inside = &user_app_keys,
	    .allowed = "a list of 1 to 4 groups" },
	{ "tokens", user_tokens_read, .inside = &user_token_keys,
	    .allowed = "a list of 1 to 4 groups" },
	{ "push_identity", setting_read_copy,
	    SETTING_AT(user_record, push_identity), .min = 8,
	    .max = PROVIDER_IDENTITY_MAX,
	    .charset = TEXT_ALNUM "-",
	    .allowed = "8 to 64 letters, digits and -, nothing personal" },
#define FACTOR(name, member)                                                   \
	{ name, setting_read_copy, SETTING_AT(user_record, member),            \
	    .min = 1, .max = TWILIO_SID_LEN, .valid = is_factor_sid,           \
	    .wrong = "is no factor's SID",                                     \
	    .charset = TEXT_ALNUM,             \
	    .allowed = "YF and 32 hexadecimal digits" }
	FACTOR("push_factor", push_factor),
	FACTOR("totp_factor", totp_factor),
#undef FACTOR
	{ "authy_id", setting_read_copy,
	    SETTING_AT(user_record, authy_id), .min = 1, .max = AUTHY_ID_MAX, .charset = TEXT_DIGITS,
	    .allowed = "1 to 16 digits" },
	{ "accounts", read_subjects, .inside = &user_account_keys,
	    .allowed = "a list of up to 4 groups, each of another provider" },
	{ "sk_keys", setting_read_copy, SETTING_AT(user_record, sk_keys),
	    .max = USER_SK_KEYS_MAX, .valid = sk_keys_valid,
	    .allowed = "up to 8 fingerprints with a blank between them, each "
	    "SHA256: and 43 characters" },
};

/* clang-format on */
const struct setting_section user_record_keys =
    SETTING_SECTION(user_record_entries, NULL);

/* Also accepted; user_people.c reads the key. */
static const struct setting_key people_key[] = { { .key = "people" }, { 0 } };

/* The key that the channel needs and the record lacks, or NULL. */
static const char *
channel_missing_key(const struct user_record *r, enum method m)
{
	const bool account = r->authy_id[0] != '\0' || r->subjects > 0;

	if (m == METHOD_SMS && r->receiver[0] != '\0')
		return NULL;
	if ((METHOD_BIT(m) & METHODS_PHONE) != 0)
		return r->phone[0] == '\0' ? "phone" : NULL;
	if (m == METHOD_EMAIL)
		return r->email[0] == '\0' ? "email" : NULL;
	if (m == METHOD_PUSH)
		return r->push_factor[0] == '\0' && !account ? "push_factor"
							     : NULL;
	if (m == METHOD_TOTP)
		return user_record_apps(r) == 0 && r->totp_factor[0] == '\0' &&
			!account
		    ? "totp_secret_file"
		    : NULL;
	if (m == METHOD_PAGE)
		return r->subjects == 0 ? "accounts" : NULL;
	return "nothing";
}

static void
check_channels(struct setting_scope *scope, const struct config_setting_t *root,
    const struct user_record *r)
{
	unsigned line = setting_key_line_number(root, "channels");
	const char *key;

	for (size_t i = 0; i < r->channels; i++) {
		key = channel_missing_key(r, r->channel[i]);
		if (key != NULL)
			settings_error(scope, line, "channels",
			    "\"%s\" without %s; remove it, or set %s",
			    method_name(r->channel[i]), key, key);
	}
}

/* Twilio's factors need an identity; only one app is allowed. */
static void
check_factors(struct setting_scope *scope, const struct config_setting_t *root,
    const struct user_record *r)
{
	const bool factor =
	    r->push_factor[0] != '\0' || r->totp_factor[0] != '\0';

	if (factor && r->push_identity[0] == '\0')
		settings_error(scope,
		    setting_key_line_number(root,
			r->push_factor[0] != '\0' ? "push_factor"
						  : "totp_factor"),
		    "push_identity",
		    "is missing, but a factor is set; expected the identity "
		    "that the factor was made for");
	if (r->totp_factor[0] != '\0' && user_record_apps(r) > 0)
		setting_error_at(scope, root, "totp_factor",
		    "is set together with totp_secret_file, apps or tokens; "
		    "expected one of them");
}

/* The channel of a file without channels: the first that its keys allow. */
static enum method
default_channel(const struct user_record *r)
{
	static const enum method order[] = { METHOD_SMS, METHOD_PUSH,
		METHOD_EMAIL, METHOD_TOTP, METHOD_PAGE };

	const bool push = r->push_factor[0] != '\0' || r->authy_id[0] != '\0';
	const bool app = user_record_apps(r) > 0 || r->totp_factor[0] != '\0' ||
	    r->authy_id[0] != '\0';

	/* accounts come last, by whichever of their methods */
	for (size_t i = 0; i < COUNT_OF(order); i++)
		if (channel_missing_key(r, order[i]) == NULL &&
		    (order[i] != METHOD_PUSH || push) &&
		    (order[i] != METHOD_TOTP || app))
			return order[i];
	return METHOD_NONE;
}

/* Checks that there is at least one factor, and that its channels have keys. */
static void
check_factor_keys(struct setting_scope *scope,
    const struct config_setting_t *root, struct user_record *r, unsigned errors)
{
	const enum method channel = default_channel(r);

	/* an invalid key is empty, and would look missing; a mark that a user
	 * has left needs no factor */
	if (scope->errors != errors || r->left)
		return;
	check_factors(scope, root, r);
	if (r->receiver[0] != '\0' && r->phone[0] != '\0')
		setting_error_at(scope, root, "receiver",
		    "is set together with phone; expected one of them");
	if (channel == METHOD_NONE)
		settings_error(scope, 1, "phone",
		    "is missing; expected + and 7 to 15 digits, without "
		    "blanks; it may be left out with receiver, email, "
		    "totp_secret_file, apps, tokens, totp_factor, "
		    "push_factor, authy_id or "
		    "accounts");
	else if (config_setting_get_member(root, "channels") == NULL)
		r->channel[r->channels++] = channel;
	else
		check_channels(scope, root, r);
}

void
user_record_read_group(struct setting_scope *scope,
    const struct config_setting_t *group, struct user_record *r)
{
	const unsigned errors = scope->errors;

	setting_group_read(
	    scope, user_record_keys.entry, user_record_keys.n, group, r);
	check_factor_keys(scope, group, r, errors);
}

enum user_result
user_record_parse(const struct settings *c, const char *name, const char *text,
    struct user_record *r, const struct settings_report *report)
{
	struct setting_scope scope = user_scope(c, name, report);
	char path[USER_PATH_MAX];
	enum user_result result;
	const config_setting_t *root;
	config_t doc;

	memset(r, 0, sizeof(*r));
	result = user_file_open(
	    &scope, path, text, &doc, c->undigested ? NULL : r->digest);
	if (result == USER_FOUND) {
		root = config_root_setting(&doc);
		if (config_setting_get_member(root, people_key->key) != NULL) {
			result = USER_PEOPLE;
		} else {
			setting_check_known(
			    &scope, root, &user_record_keys, people_key);
			user_record_read_group(&scope, root, r);
			user_apps_digest(&scope, r);
			if (scope.errors > 0)
				result = USER_ERROR;
			else
				result = user_change_find(&scope, text, r);
		}
		config_destroy(&doc);
	}
	if (result != USER_FOUND)
		user_record_wipe(r); /* may be incomplete */
	return result;
}

enum user_result
user_record_read(const struct settings *c, const char *name,
    struct user_record *r, const struct settings_report *report)
{
	return user_record_parse(c, name, NULL, r, report);
}

void
user_record_wipe(struct user_record *r)
{
	explicit_bzero(r, sizeof(*r));
}
