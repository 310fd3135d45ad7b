/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl totp: an app's secret, shown, proven, put into use. */
#include "twofactl/enrol/enrol.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "twofactl/enrol/enrol_inside.h"
#include "twofactl/link/link.h"

#define KEY "totp_secret_file"
#define STEP_TEXT 24

static int
secrets_folder(const struct run *run, char out[TRUSTED_FILE_PATH_MAX + 1])
{
	const char *slash = strrchr(run->conf, '/');
	int n = snprintf(out, TRUSTED_FILE_PATH_MAX + 1, "%.*s/secrets",
	    (int)(slash - run->conf), run->conf);

	if (n > 0 && n <= TRUSTED_FILE_PATH_MAX)
		return 0;
	return complain(
	    "%s: the path is too long for a folder of secrets beside it",
	    run->conf);
}

/* First the record is tried with the secret in its place, then the state is
 * told of the step, then the record is placed. Only the last cannot be taken
 * back. step < 0: only try. */
static enum ctl_exit
place_record(const struct command_user *c, const char *secret,
    const struct place_file_owner *owner, int64_t step)
{
	static struct record_file record;
	char text[STEP_TEXT];
	const struct link_request call = {
		.purpose = PURPOSE_TOTP, .user = c->target.owner, .answer = text
	};
	const struct record_text_change change = { .key = KEY,
		.value = secret };
	enum ctl_exit status = record_file_prepare(&record, c->conf,
	    c->target.owner, owner, &change, 1, &complain_report);

	if (status != CTL_DONE)
		return status;
	PRINT_TO(text, "%lld", (long long)step);
	if (step >= 0)
		status = link_request(&c->run, &call);
	if (step >= 0 && status == CTL_DONE)
		return record_file_commit(&record);
	record_file_drop(&record);
	return status;
}

/* Try the future record, with the secret under a temporary name: so it is known
 * that neither the secret nor a folder will be in the way. */
static enum ctl_exit
try_file(const struct command_user *c, const char *folder,
    const struct secret *secret, const struct place_file_owner *owner)
{
	char name[SECRET_FILE_NAME_MAX], cause[TRUSTED_FILE_CAUSE_MAX];
	char path[TRUSTED_FILE_PATH_MAX + SECRET_FILE_NAME_MAX + 2];
	struct place_file_folder f;
	enum ctl_exit status = CTL_FAILED;

	if (place_file_open(&f, folder, owner->uid, cause) != 0)
		return complain_exit(CTL_FAILED, "%s", cause);
	secret_file_name(name, ".", c->target.owner, ".totp.new");
	PRINT_TO(path, "%s/%s", folder, name);
	if (secret_file_try(f.fd, name, secret, owner) == 0) {
		status = place_record(c, path, owner, -1);
		(void)unlinkat(f.fd, name, 0);
	} else {
		complain("%s: %s", path, strerror(errno));
	}
	place_file_close(&f);
	return status;
}

static enum ctl_exit
place_in_file(const struct command_user *c, const char *folder,
    const struct secret *secret, const struct place_file_owner *owner,
    int64_t step)
{
	char name[SECRET_FILE_NAME_MAX], cause[TRUSTED_FILE_CAUSE_MAX];
	char path[TRUSTED_FILE_PATH_MAX + SECRET_FILE_NAME_MAX + 2];
	struct secret_file file;
	enum ctl_exit status;

	secret_file_name(name, "", c->target.owner, ".totp");
	PRINT_TO(path, "%s/%s", folder, name);
	if (secret_file_put(&file, folder, name, secret, owner, cause) != 0)
		return complain_exit(CTL_FAILED, "%s", cause);
	status = place_record(c, path, owner, step);
	if (status == CTL_DONE)
		secret_file_keep(&file);
	else
		secret_file_undo(&file);
	return status;
}

/* Of a record that hosts share the secret stands in it, for them alone; else it
 * has a file. */
static enum ctl_exit
place_secret(const struct command_user *c, const struct secret *secret,
    const struct place_file_owner *owner, int64_t step)
{
	const struct record_place *place =
	    record_place_of(c->conf, c->target.account);
	char folder[TRUSTED_FILE_PATH_MAX + 1], text[RECORD_PLACE_SEALED_MAX];

	if (place->seal == NULL) {
		if (secrets_folder(&c->run, folder) != 0)
			return CTL_SETTINGS;
		return step < 0 ? try_file(c, folder, secret, owner)
				: place_in_file(c, folder, secret, owner, step);
	}
	if (place->seal(c->conf, c->target.owner, secret, text) == 0)
		return place_record(c, text, owner, step);
	return complain_exit(
	    CTL_FAILED, "the secret cannot be encrypted: check libcrypto");
}

enum ctl_exit
enrol_app(
    const struct command_user *c, const struct secret *secret, int64_t step)
{
	struct place_file_owner owner;
	enum ctl_exit status = CTL_FAILED;

	if (record_file_owner(&owner) == 0)
		status = place_secret(c, secret, &owner, step);
	if (status != CTL_DONE)
		complain("nothing was changed%s",
		    step < 0 ? "" : ": do not use the new secret");
	return status;
}

#define TRIES 3
#define HOST_MAX 256
#define TYPED_MAX 32

/* The name for the app's list: user@host. */
static void
account_name(const struct target *target, char *out, size_t cap)
{
	char host[HOST_MAX] = "";

	if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0')
		snprintf(out, cap, "%s", target->owner);
	else
		snprintf(out, cap, "%s@%.64s", target->owner, host);
}

static int
enrol_app_show(const struct target *target, const struct settings *conf,
    const struct secret *secret)
{
	char account[HOST_MAX], uri[APP_SECRET_URI_MAX];
	char groups[APP_SECRET_GROUPS_MAX];
	int rc;

	account_name(target, account, sizeof(account));
	rc = app_secret_uri(secret, conf->brand, account, uri);
	if (rc == 0) {
		app_secret_groups(secret, groups);
		printf("For %s's authenticator app, this once:\n\n  %s\n\n"
		       "or by hand: %s (time-based, SHA1, %d digits, %d s)\n\n",
		    target_words(target), uri, groups, TOTP_DIGITS,
		    TOTP_STEP_S);
		explicit_bzero(groups, sizeof(groups));
		qr_text_show(uri);
	} else {
		complain("%s: %s", account, strerror(errno));
	}
	explicit_bzero(uri, sizeof(uri));
	if (rc == 0 && fflush(stdout) != 0)
		return complain(
		    "standard output cannot be written: nothing was changed");
	return rc;
}

/* Apps show "123 456". -1: too many digits. */
static int
digits_of(const char *typed, char code[TOTP_DIGITS + 1])
{
	size_t n = 0;

	for (; *typed != '\0'; typed++) {
		if (*typed == ' ' || *typed == '\r')
			continue;
		if (n == TOTP_DIGITS || *typed < '0' || *typed > '9')
			return -1;
		code[n++] = *typed;
	}
	code[n] = '\0';
	return n == TOTP_DIGITS ? 0 : -1;
}

/* The step of a right code, 0 when it is wrong, -1 without another answer. */
static int64_t
enrol_app_ask_code(const struct secret *secret, int left)
{
	char prompt[64], typed[TYPED_MAX] = "", code[TOTP_DIGITS + 1] = "";
	int64_t step = 0;

	PRINT_TO(prompt, "Code that the app shows (%d %s left): ", left,
	    left == 1 ? "try" : "tries");
	if (terminal_line(prompt, typed, sizeof(typed)) != 0)
		return -1;
	if (digits_of(typed, code) != 0 ||
	    totp_match(secret, code, clock_wall_s(), &step) != 1)
		step = 0;
	explicit_bzero(typed, sizeof(typed));
	explicit_bzero(code, sizeof(code));
	return step;
}

/* Check that the app knows the secret and the time. */
static enum ctl_exit
enrol_app_verify(const struct secret *secret, int64_t *step)
{
	*step = 0;
	for (int left = TRIES; left > 0; left--) {
		*step = enrol_app_ask_code(secret, left);
		if (*step > 0)
			return CTL_DONE;
		if (*step < 0)
			break;
		if (left > 1)
			complain("that is not the current code; are the "
				 "clocks of the phone and this host right?");
	}
	return complain_exit(CTL_NO,
	    "no right code: nothing was changed, do not use the new secret");
}

/* What would be in the way is found before the secret is scanned. */
enum ctl_exit
cmd_totp(struct command_user *c, const struct arguments *typed)
{
	struct secret secret = { .len = 0 };
	enum ctl_exit status = CTL_FAILED;
	int64_t step = 0;

	if (app_secret_new(&secret) != 0)
		complain("no random bytes: %s", strerror(errno));
	else
		status = enrol_app(c, &secret, -1);
	if (status == CTL_DONE &&
	    enrol_app_show(&c->target, c->conf, &secret) != 0)
		status = CTL_FAILED;
	if (status == CTL_DONE && !typed->no_verify)
		status = enrol_app_verify(&secret, &step);
	if (status == CTL_DONE)
		status = enrol_app(c, &secret, step);
	if (status == CTL_DONE) {
		printf("%s can use the app from the next login on.\n",
		    target_words(&c->target));
		record_shape_renew(&c->run, c->conf);
	}
	explicit_bzero(&secret, sizeof(secret));
	return status;
}

#define APP_SECRET_SECRET_LEN 20 /* bytes: RFC 4226 section 4, R6 */

#define GROUP 4
#define BITS 5 /* in a base32 character */
#define SECRET_TEXT (APP_SECRET_SECRET_LEN * 8 / BITS)

_Static_assert(APP_SECRET_SECRET_LEN * 8 % BITS == 0, "no padding is needed");
_Static_assert(APP_SECRET_SECRET_LEN >= TOTP_SECRET_MIN, "long enough");
_Static_assert(SECRET_TEXT <= SECRET_MAX, "it fits");
_Static_assert(
    SECRET_TEXT + SECRET_TEXT / GROUP < APP_SECRET_GROUPS_MAX, "groups fit");

static void
base32(const unsigned char *raw, size_t len, char *out)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < len; i++) {
		held = (held << 8 | raw[i]) & 0xfff;
		for (bits += 8; bits >= BITS; bits -= BITS)
			*out++ = letters[held >> (bits - BITS) & 31];
	}
	*out = '\0';
}

int
app_secret_new(struct secret *secret)
{
	unsigned char raw[APP_SECRET_SECRET_LEN];
	const bool made =
	    getrandom(raw, sizeof(raw), 0) == (ssize_t)sizeof(raw);

	if (made) {
		base32(raw, sizeof(raw), secret->b);
		secret->len = SECRET_TEXT;
	}
	explicit_bzero(raw, sizeof(raw));
	return made ? 0 : -1;
}

/* Percent-encode all but RFC 3986's unreserved characters. -1: no room. */
static int
percent(const char *text, char *out, size_t cap)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	size_t used = 0;

	for (; *text != '\0'; text++) {
		if (used + 4 > cap)
			return -1;
		if (strchr(plain, *text) != NULL)
			out[used++] = *text;
		else
			used += (size_t)snprintf(out + used, cap - used,
			    "%%%02X", (unsigned char)*text);
	}
	out[used] = '\0';
	return 0;
}

int
app_secret_uri(const struct secret *secret, const char *issuer,
    const char *account, char out[APP_SECRET_URI_MAX])
{
	char who[APP_SECRET_URI_MAX / 4], whose[APP_SECRET_URI_MAX / 2];
	int n;

	if (percent(issuer, who, sizeof(who)) != 0 ||
	    percent(account, whose, sizeof(whose)) != 0) {
		errno = ENAMETOOLONG;
		return -1;
	}
	n = snprintf(out, APP_SECRET_URI_MAX,
	    "otpauth://totp/%s:%s?secret=%s&issuer=%s&algorithm=SHA1"
	    "&digits=%d&period=%d",
	    who, whose, secret->b, who, TOTP_DIGITS, TOTP_STEP_S);
	if (n > 0 && n < APP_SECRET_URI_MAX)
		return 0;
	errno = ENAMETOOLONG;
	return -1;
}

void
app_secret_groups(const struct secret *secret, char out[APP_SECRET_GROUPS_MAX])
{
	size_t used = 0;

	for (size_t i = 0; i < secret->len && used + 2 < APP_SECRET_GROUPS_MAX;
	     i++) {
		if (i > 0 && i % GROUP == 0)
			out[used++] = ' ';
		out[used++] = secret->b[i];
	}
	out[used] = '\0';
}
