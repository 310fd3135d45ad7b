/* SPDX-License-Identifier: BSD-2-Clause */
/* PAM's entry points: gather the facts, run the dialogue, decide, log. Only
 * this file uses PAM. */
#include "pam_module/pam_module.h"

#include <inttypes.h>
#include <security/pam_appl.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <security/pam_modutil.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DATA "twofa-field" /* name of the data in the PAM handle */

/* An entry point that decides nothing. */
#define IGNORES(entry)                                                         \
	int entry(pam_handle_t *pamh, int flags, int argc, const char **argv)  \
	{                                                                      \
		(void)pamh, (void)flags, (void)argc, (void)argv;               \
		return PAM_IGNORE;                                             \
	}

/* Fills args. Returns REASON_NONE, or the reason for the log line, after
 * logging the wrong argument. ssh: sshd asks, maybe for a service of another
 * name (PAMServiceName). */
static enum reason
args_parse(struct module_arguments *a, const char *service, bool ssh, int argc,
    const char **argv)
{
	const int bad =
	    module_arguments_parse(a, ssh ? "sshd" : service, argc, argv);

	if (bad < 0)
		return REASON_NONE;
	module_log_problem(
	    "argument \"%s\": unknown, repeated or not allowed; correct "
	    "/etc/pam.d/%s: conf=, helper= and socket= take an absolute path, "
	    "transport= auto, spawn or socket, deadline= %d to %d seconds, "
	    "when= publickey, hostbased or gssapi-with-mic, debug, no_prompt "
	    "and split no value; with split or when= only debug is allowed",
	    argv[bad], service, MODULE_ARGUMENTS_DEADLINE_MIN,
	    MODULE_ARGUMENTS_DEADLINE_MAX);
	return REASON_ARGUMENTS;
}

/* The text that followed the password in one field. */
struct field {
	char part[ONE_FIELD_MAX + 1];
	char user[]; /* PAM_USER when it was typed */
};

/* True for sshd's stand-in for the password of a user whom it refuses. It is
 * cut to the typed length, so only its first byte is certain. */
static bool
password_is_stand_in(const char *authtok)
{
	return authtok[0] == '\b';
}

/* authtok is "" if PAM has none. */
static bool
password_was_seen(const char *authtok)
{
	return authtok[0] != '\0' && !password_is_stand_in(authtok);
}

static void
field_free(pam_handle_t *pamh, void *data, int status)
{
	struct field *f = data;

	(void)pamh, (void)status;
	explicit_bzero(f->part, sizeof(f->part));
	free(f);
}

/* Notes PAM_USER, which the conversation may change: the code is of the user
 * whose password was asked for. */
static struct field *
field_new(pam_handle_t *pamh)
{
	const char *user = NULL;
	struct field *f;
	size_t size;

	if (pam_get_user(pamh, &user, NULL) != 0 || user == NULL)
		return NULL;
	size = strlen(user) + 1;
	f = calloc(1, sizeof(*f) + size);
	if (f != NULL)
		memcpy(f->user, user, size);
	return f;
}

/* Returns the text that another module asked for, else prompts for it; NULL on
 * failure. The caller frees it. */
static char *
get_authtok(pam_handle_t *pamh)
{
	const void *item = NULL;
	char *text = NULL;

	if (pam_get_item(pamh, PAM_AUTHTOK, &item) == 0 && item != NULL &&
	    *(const char *)item != '\0')
		return strdup(item);
	if (pam_prompt(pamh, PAM_PROMPT_ECHO_OFF, &text, "Password: ") != 0)
		return NULL;
	return text;
}

/* Returns false if PAM_AUTHTOK could not be set, so that it may still contain
 * the code. Wipes text. */
static bool
split_authtok(pam_handle_t *pamh, char *text, struct field *f)
{
	const size_t size = strlen(text);
	const char *part;
	const size_t len = one_field_split(text, &part);
	bool set;

	(void)snprintf(f->part, sizeof(f->part), "%s", part);
	text[len] = '\0';
	set = pam_set_item(pamh, PAM_AUTHTOK, text) == 0;
	explicit_bzero(text, size);
	return set;
}

/* Sets PAM_AUTHTOK to the password alone; prompts unless another module has.
 * The code stays in the handle until it is taken or the handle ends. Any code
 * of an earlier attempt is removed, also on failure. Always returns
 * PAM_CRED_INSUFFICIENT, as this line decides nothing. */
static int
split_password(pam_handle_t *pamh)
{
	struct field *f;
	char *text;

	(void)pam_set_data(pamh, DATA, NULL, NULL);
	f = field_new(pamh);
	text = f != NULL ? get_authtok(pamh) : NULL;
	if (text != NULL && split_authtok(pamh, text, f) &&
	    pam_set_data(pamh, DATA, f, field_free) == 0)
		f = NULL; /* libpam owns it now */
	if (f != NULL)
		field_free(pamh, f, 0);
	free(text);
	return PAM_CRED_INSUFFICIENT;
}

/* The facts point at PAM's items, which may change during the conversation, so
 * what is needed afterwards is copied. Copies may be cut, as BEGIN is refused
 * for texts of that length. */
struct login {
	pam_handle_t *pamh;
	char user[1026], service[258], rhost[1026];
	char ssh_addr[66], boot_id[64];
	char part[ONE_FIELD_MAX + 1]; /* no_prompt: text after the password */
	int64_t entry;
	bool asked;
	int64_t typing_ms; /* until answers came, if any was asked for */
	struct module_arguments args;
	struct facts facts;
	struct relay relay;
	enum reason reason; /* why the module denies, or NONE */
	int status;         /* the helper's exit status; END also gives 0 */
	int64_t verdict;    /* of the helper, if it was received */
};

static const char *
get_item(pam_handle_t *pamh, int kind)
{
	const void *item = NULL;

	if (pam_get_item(pamh, kind, &item) != 0 || item == NULL)
		return "";
	return item;
}

static void
copy_cut(char *to, size_t size, const char *text)
{
	to[0] = '\0';
	(void)strncat(to, text, size - 1);
}

/* Trusts SSH_* only if root runs the application: another user could set it. */
static const char *
get_ssh(pam_handle_t *pamh, const char *name)
{
	const char *value = getuid() == 0 ? pam_getenv(pamh, name) : NULL;

	return value == NULL ? "" : value;
}

/* sshd's stand-in: sshd refuses this user, whatever else was seen. */
static enum first_factor
first_factor(const struct login *l)
{
	if (password_is_stand_in(get_item(l->pamh, PAM_AUTHTOK)))
		return FIRST_NONE;
	if (l->facts.auth_info[0] != '\0')
		return FIRST_SSH_METHODS;
	return password_was_seen(get_item(l->pamh, PAM_AUTHTOK))
	    ? FIRST_PASSWORD_SEEN
	    : FIRST_NONE;
}

static const struct pam_conv *
get_conv(pam_handle_t *pamh)
{
	const void *item = NULL;
	const struct pam_conv *conv;

	if (pam_get_item(pamh, PAM_CONV, &item) != 0 || item == NULL)
		return NULL;
	conv = item;
	return conv->conv == NULL ? NULL : conv;
}

static enum reason
gather_facts(struct login *l)
{
	l->facts = (struct facts){
		.purpose = PURPOSE_LOGIN,
		.user = get_item(l->pamh, PAM_USER),
		.service = get_item(l->pamh, PAM_SERVICE),
		.tty = get_item(l->pamh, PAM_TTY),
		.rhost = get_item(l->pamh, PAM_RHOST),
		.ssh_addr = l->ssh_addr,
		.ruser = get_item(l->pamh, PAM_RUSER),
		.real_uid = getuid(),
		.boot_id = l->boot_id,
		.conversation = get_conv(l->pamh) != NULL,
		.auth_info = get_ssh(l->pamh, "SSH_AUTH_INFO_0"),
	};
	l->facts.first_factor = first_factor(l);
	hostfacts_read_session(&l->facts);
	copy_cut(l->user, sizeof(l->user), l->facts.user);
	copy_cut(l->service, sizeof(l->service), l->facts.service);
	copy_cut(l->rhost, sizeof(l->rhost), l->facts.rhost);
	copy_cut(l->ssh_addr, sizeof(l->ssh_addr),
	    get_ssh(l->pamh, "SSH_CONNECTION"));
	l->ssh_addr[strcspn(l->ssh_addr, " ")] = '\0';
	hostfacts_read_boot_id(l->boot_id, sizeof(l->boot_id));
	return l->user[0] == '\0' ? REASON_NO_USER : REASON_NONE;
}

/* For no_prompt: takes the text typed after the password out of the handle; ""
 * if there is none. The caller wipes it. */
static enum reason
take_field(struct login *l)
{
	const void *data = NULL;
	const struct field *f;
	bool own;

	l->facts.conversation = false;
	l->facts.one_field = l->part;
	if (pam_get_data(l->pamh, DATA, &data) != 0 || data == NULL)
		return REASON_NONE;
	f = data;
	own = strcmp(f->user, l->user) == 0;
	if (own)
		memcpy(l->part, f->part, sizeof(f->part));
	(void)pam_set_data(l->pamh, DATA, NULL, NULL);
	return own ? REASON_NONE : REASON_USER_CHANGED;
}

/* Shows one message. Returns the typed text, or NULL. Ignores PAM_SILENT,
 * because sudo always sets it. */
static char *
converse(const struct login *l, int style, const char *text)
{
	const struct pam_message message = { style, text };
	const struct pam_message *messages = &message;
	const struct pam_conv *conv =
	    l->facts.conversation ? get_conv(l->pamh) : NULL;
	struct pam_response *response = NULL;
	char *answer;

	if (conv == NULL ||
	    conv->conv(1, &messages, &response, conv->appdata_ptr) != 0 ||
	    response == NULL)
		return NULL;
	answer = response->resp;
	free(response);
	return answer;
}

static void
user_say(void *ctx, const char *text)
{
	free(converse(ctx, PAM_TEXT_INFO, text));
}

static char *
user_ask(void *ctx, const char *prompt, bool echo)
{
	struct login *l = ctx;
	int64_t before = frame_clock_ms();
	char *answer = converse(
	    l, echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF, prompt);

	l->asked = true;
	l->typing_ms += frame_clock_ms() - before;
	return answer;
}

/* Constant time if the lengths are equal. */
static bool
user_typed_password(void *ctx, const char *answer)
{
	const struct login *l = ctx;
	const char *authtok = get_item(l->pamh, PAM_AUTHTOK);
	const size_t len = strlen(authtok);
	unsigned char differ = 0;

	if (!password_was_seen(authtok) || strlen(answer) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char)(answer[i] ^ authtok[i]);
	return differ == 0;
}

static enum reason
talk(struct login *l)
{
	static const struct relay_user user = { user_say, user_ask,
		user_typed_password };
	/* PAM_USER may be another of the account's names (in capitals, or of
	 * a directory), and the helper's state broker looks up no name */
	const struct passwd *pw = pam_modutil_getpwnam(l->pamh, l->facts.user);

	l->facts.conf = l->args.conf;
	if (pw != NULL)
		l->facts.user = pw->pw_name;
	l->relay = (struct relay){
		.deadline = l->entry + l->args.deadline_ms,
		.debug = l->args.debug,
		.user = &user,
		.ctx = l,
	};
	return helper_talk(&l->relay, &l->args, &l->facts, &l->status);
}

/* The reasons that are known only at the end. */
static enum reason
check_end(const struct login *l)
{
	/* not after sshd's password method, which cannot show a prompt */
	if (l->relay.password) {
		module_log_problem(
		    "service %s: the prompt was answered with the "
		    "login password; a client that answers by itself "
		    "(sshpass, ansible -k, a saved password) does "
		    "this: set it to ask the user",
		    l->service);
		return REASON_LOGIN_PASSWORD;
	}
	if (l->relay.aborted)
		return REASON_NO_ANSWER;
	if (l->status != 0)
		return REASON_EXIT_STATUS;
	if (strcmp(get_item(l->pamh, PAM_USER), l->user) != 0)
		return REASON_USER_CHANGED;
	if (frame_clock_ms() > l->relay.limit)
		return REASON_DEADLINE;
	return REASON_NONE;
}

/* Shows that the answer to the prompt for a code was the login password; after
 * any other prompt the helper's verdict is another. Comes after the line of the
 * login is logged, as the service may end while this prompt is open. */
static void
say_password(const struct login *l)
{
	char *answer;

	if (!l->relay.password || l->verdict != VERDICT_CONV_ERR)
		return;
	answer = converse(l, PAM_PROMPT_ECHO_OFF,
	    "That was your password. A code was expected (Enter ends): ");
	if (answer != NULL)
		explicit_bzero(answer, strlen(answer));
	free(answer);
}

static int
decide(struct login *l)
{
	(void)frame_number(&l->relay.verdict, FIELD_VERDICT, &l->verdict);
	if (l->relay.aborted || l->verdict == VERDICT_CONV_ERR)
		return PAM_CONV_ERR;
	if (l->verdict == VERDICT_ALLOW && l->status == 0 &&
	    l->reason == REASON_NONE)
		return PAM_SUCCESS;
	if (l->verdict != VERDICT_MAXTRIES)
		return PAM_AUTH_ERR;
	/* sudo would report a wrong password and ask again */
	return strncmp(l->service, "sudo", 4) == 0 &&
		reason_denies_everyone(
		    frame_text(&l->relay.verdict, FIELD_REASON))
	    ? PAM_ABORT
	    : PAM_MAXTRIES;
}

static void
log_login(const struct login *l, int result)
{
	struct logline line = { 0 };
	char typing[24];

	logline_put_value(&line, "user", l->user);
	logline_put_value(&line, "service", l->service);
	if (l->rhost[0] != '\0')
		logline_put_value(&line, "rhost", l->rhost);
	logline_put_verdict(&line, &l->relay.verdict,
	    result == 0 ? LOGLINE_ALLOWED : LOGLINE_DENIED, l->reason,
	    frame_clock_ms() - l->entry);
	if (l->asked) {
		(void)snprintf(
		    typing, sizeof(typing), "%" PRId64, l->typing_ms);
		logline_put_value(&line, "typing_ms", typing);
	}
	module_log_login(&line, result == 0);
}

/* True if this login passed a method that when= names. */
static bool
when_holds(pam_handle_t *pamh, const struct module_arguments *a)
{
	return strcmp(get_item(pamh, PAM_SERVICE), "sshd") == 0 &&
	    module_arguments_method_passed(
		a->when, get_ssh(pamh, "SSH_AUTH_INFO_0"));
}

/* Never a success, so that this line alone cannot allow a login. */
static int
when_result(const struct login *l)
{
	const bool holds = when_holds(l->pamh, &l->args);

	if (l->args.debug)
		module_log_debug("when= %s for %s",
		    holds ? "holds" : "does not hold", l->user);
	return holds ? PAM_CRED_INSUFFICIENT : PAM_AUTHINFO_UNAVAIL;
}

int
pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct login l = {
		.pamh = pamh,
		.entry = frame_clock_ms(),
		.status = SPAWN_STATUS_UNKNOWN,
		.verdict = VERDICT_DENY,
	};
	const enum reason gathered = gather_facts(&l);
	int result;

	(void)flags;
	l.reason =
	    args_parse(&l.args, l.service, l.ssh_addr[0] != '\0', argc, argv);
	if (l.reason == REASON_NONE && l.args.task == TASK_SPLIT)
		return split_password(pamh);
	if (l.reason == REASON_NONE)
		l.reason = gathered;
	if (l.reason == REASON_NONE && l.args.task == TASK_WHEN)
		return when_result(&l);
	if (l.reason == REASON_NONE && l.args.task == TASK_NO_PROMPT)
		l.reason = take_field(&l);
	if (l.reason == REASON_NONE)
		l.reason = talk(&l);
	if (l.reason == REASON_NONE)
		l.reason = check_end(&l);
	explicit_bzero(l.part, sizeof(l.part));
	result = decide(&l);
	log_login(&l, result);
	say_password(&l);
	return result;
}

/* sshd ends a login if every module ignores this call. It may be made in
 * another process than the one that authenticated, so when= is checked again.
 * Bad arguments were denied before. */
int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct module_arguments args;

	(void)flags;
	(void)module_arguments_parse(
	    &args, get_item(pamh, PAM_SERVICE), argc, argv);
	if (args.task == TASK_SPLIT ||
	    (args.task == TASK_WHEN && !when_holds(pamh, &args)))
		return PAM_IGNORE;
	return PAM_SUCCESS;
}

IGNORES(pam_sm_acct_mgmt)
IGNORES(pam_sm_open_session)
IGNORES(pam_sm_close_session)
IGNORES(pam_sm_chauthtok)
