/* SPDX-License-Identifier: BSD-2-Clause */
/* PAM's entry points: gather the facts, let the helper talk, decide, log. Only
 * this file uses PAM. */
#include "pam_module/pam_module.h"

#include <security/pam_appl.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Fill args; the deadline's default depends on the service. REASON_NONE,
 * or the reason for the log line; a line that names the argument has been
 * written then. */
static enum reason
args_parse(struct module_arguments *a, const char *service, int argc,
    const char **argv)
{
	const int bad = module_arguments_parse(a, service, argc, argv);

	if (bad < 0)
		return REASON_NONE;
	module_log_problem(
	    "argument \"%s\": unknown, doubled or not allowed;"
	    " correct /etc/pam.d/%s: conf=, helper= and "
	    "socket= take an absolute path, transport= auto, "
	    "spawn or socket, deadline= %d to %d seconds, "
	    "when= publickey, hostbased or gssapi-with-mic, debug, "
	    "no_prompt and split "
	    "nothing; beside split or when= only debug may "
	    "stand",
	    argv[bad], service, MODULE_ARGUMENTS_DEADLINE_MIN,
	    MODULE_ARGUMENTS_DEADLINE_MAX);
	return REASON_ARGUMENTS;
}

/* The login password, alone or with a code behind it. */

#define DATA "twofa-field"

struct field {
	char part[ONE_FIELD_MAX + 1];
	char user[]; /* the user whose code it is */
};

/* The stand-in is cut to the typed length: only its first byte is certain. */
static bool
password_refused(const char *authtok)
{
	return authtok[0] == '\b';
}

/* authtok is "" when PAM has none. */
static bool
password_seen(const char *authtok)
{
	return authtok[0] != '\0' && !password_refused(authtok);
}

/* In constant time once the lengths agree. */
static bool
password_is(const char *authtok, const char *answer)
{
	const size_t len = strlen(authtok);
	unsigned char differ = 0;

	if (!password_seen(authtok) || strlen(answer) != len)
		return false;
	for (size_t i = 0; i < len; i++)
		differ |= (unsigned char)(answer[i] ^ authtok[i]);
	return differ == 0;
}

static void
field_free(pam_handle_t *pamh, void *data, int status)
{
	struct field *f = data;

	(void)pamh, (void)status;
	explicit_bzero(f->part, sizeof(f->part));
	free(f);
}

/* PAM_USER at this moment: the conversation may change it, and the code belongs
 * to the user whose password was asked for. */
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

/* What another module asked for, or what is typed now; NULL: nothing. */
static char *
pam_twofa_text_get(pam_handle_t *pamh)
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

/* false: PAM_AUTHTOK could not be set, so it still holds password and code. */
static bool
part_them(pam_handle_t *pamh, char *text, struct field *f)
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

/* Ask for the field unless another module has; PAM_AUTHTOK becomes the password
 * alone. The code is kept until it is taken or the handle ends. A code of an
 * earlier attempt is dropped first, and a failure leaves none. Always
 * PAM_CRED_INSUFFICIENT, because such a line decides nothing. */
static int
pam_password_split(pam_handle_t *pamh)
{
	struct field *f;
	char *text;

	(void)pam_set_data(pamh, DATA, NULL, NULL);
	f = field_new(pamh);
	text = f != NULL ? pam_twofa_text_get(pamh) : NULL;
	if (text != NULL && part_them(pamh, text, f) &&
	    pam_set_data(pamh, DATA, f, field_free) == 0)
		f = NULL; /* libpam owns it now */
	if (f != NULL)
		field_free(pamh, f, 0);
	free(text);
	return PAM_CRED_INSUFFICIENT;
}

/* Take the code out of the handle. "" when there is none; the caller wipes.
 * false: it was another user's. */
static bool
pam_password_take(
    pam_handle_t *pamh, const char *user, char part[ONE_FIELD_MAX + 1])
{
	const void *data = NULL;
	const struct field *f;
	bool own;

	part[0] = '\0';
	if (pam_get_data(pamh, DATA, &data) != 0 || data == NULL)
		return true;
	f = data;
	own = strcmp(f->user, user) == 0;
	if (own)
		memcpy(part, f->part, sizeof(f->part));
	(void)pam_set_data(pamh, DATA, NULL, NULL);
	return own;
}

/* One login. The facts point at PAM's items, which may change during the
 * conversation. What is needed afterwards is copied here and may be cut,
 * because BEGIN is refused for texts of that length. */
struct login {
	pam_handle_t *pamh;
	char user[1026], service[258], rhost[1026];
	char ssh_addr[66], boot_id[64];
	char part[ONE_FIELD_MAX + 1]; /* of no_prompt: behind the password */
	int64_t entry;
	struct module_arguments args;
	struct facts facts;
	struct relay relay;
	enum reason reason; /* why the module denies; NONE: it does not */
	int status;         /* the helper's exit status; END also gives 0 */
};

static const char *
item_get(pam_handle_t *pamh, int kind)
{
	const void *item = NULL;

	if (pam_get_item(pamh, kind, &item) != 0 || item == NULL)
		return "";
	return item;
}

static void
pam_twofa_copy(char *to, size_t size, const char *text)
{
	to[0] = '\0';
	(void)strncat(to, text, size - 1);
}

/* Believe PAM's SSH_* only from root: another caller could set it. */
static const char *
ssh_get(pam_handle_t *pamh, const char *name)
{
	const char *value = getuid() == 0 ? pam_getenv(pamh, name) : NULL;

	return value == NULL ? "" : value;
}

/* sshd's stand-in means that sshd refuses this user, whatever else was seen. */
static enum first_factor
first_factor(const struct login *l)
{
	if (password_refused(item_get(l->pamh, PAM_AUTHTOK)))
		return FIRST_NONE;
	if (l->facts.auth_info[0] != '\0')
		return FIRST_SSH_METHODS;
	return password_seen(item_get(l->pamh, PAM_AUTHTOK))
	    ? FIRST_PASSWORD_SEEN
	    : FIRST_NONE;
}

static const struct pam_conv *
conv_get(pam_handle_t *pamh)
{
	const void *item = NULL;
	const struct pam_conv *conv;

	if (pam_get_item(pamh, PAM_CONV, &item) != 0 || item == NULL)
		return NULL;
	conv = item;
	return conv->conv == NULL ? NULL : conv;
}

static enum reason
facts_gather(struct login *l)
{
	l->facts = (struct facts){
		.purpose = PURPOSE_LOGIN,
		.user = item_get(l->pamh, PAM_USER),
		.service = item_get(l->pamh, PAM_SERVICE),
		.tty = item_get(l->pamh, PAM_TTY),
		.rhost = item_get(l->pamh, PAM_RHOST),
		.ssh_addr = l->ssh_addr,
		.ruser = item_get(l->pamh, PAM_RUSER),
		.real_uid = getuid(),
		.boot_id = l->boot_id,
		.conversation = conv_get(l->pamh) != NULL,
		.auth_info = ssh_get(l->pamh, "SSH_AUTH_INFO_0"),
	};
	l->facts.first_factor = first_factor(l);
	hostfacts_session(&l->facts);
	pam_twofa_copy(l->user, sizeof(l->user), l->facts.user);
	pam_twofa_copy(l->service, sizeof(l->service), l->facts.service);
	pam_twofa_copy(l->rhost, sizeof(l->rhost), l->facts.rhost);
	pam_twofa_copy(l->ssh_addr, sizeof(l->ssh_addr),
	    ssh_get(l->pamh, "SSH_CONNECTION"));
	l->ssh_addr[strcspn(l->ssh_addr, " ")] = '\0';
	hostfacts_read_boot_id(l->boot_id, sizeof(l->boot_id));
	return l->user[0] == '\0' ? REASON_NO_USER : REASON_NONE;
}

/* For a line that never asks: take what was typed behind the password. */
static enum reason
field_take(struct login *l)
{
	l->facts.conversation = false;
	l->facts.one_field = l->part;
	return pam_password_take(l->pamh, l->facts.user, l->part)
	    ? REASON_NONE
	    : REASON_USER_CHANGED;
}

/* Show one message; returns what was typed, or NULL. PAM_SILENT is ignored
 * here, because sudo always sets it. */
static char *
pam_twofa_converse(const struct login *l, int style, const char *text)
{
	const struct pam_message message = { style, text };
	const struct pam_message *messages = &message;
	const struct pam_conv *conv =
	    l->facts.conversation ? conv_get(l->pamh) : NULL;
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
person_say(void *ctx, const char *text)
{
	free(pam_twofa_converse(ctx, PAM_TEXT_INFO, text));
}

static char *
person_ask(void *ctx, const char *prompt, bool echo)
{
	return pam_twofa_converse(
	    ctx, echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF, prompt);
}

static bool
person_is_password(void *ctx, const char *answer)
{
	const struct login *l = ctx;

	return password_is(item_get(l->pamh, PAM_AUTHTOK), answer);
}

static enum reason
pam_twofa_talk(struct login *l)
{
	static const struct relay_person person = { person_say, person_ask,
		person_is_password };

	l->facts.conf = l->args.conf;
	l->relay = (struct relay){
		.deadline = l->entry + l->args.deadline_ms,
		.debug = l->args.debug,
		.person = &person,
		.ctx = l,
	};
	return helper_talk(&l->relay, &l->args, &l->facts, &l->status);
}

/* These reasons only show at the end; an earlier reason stays. */
static enum reason
end_check(const struct login *l)
{
	/* not after sshd's password method, which cannot show a prompt */
	if (l->relay.password) {
		module_log_problem(
		    "service %s: the prompt was answered with the "
		    "login password; a client that answers by itself "
		    "(sshpass, ansible -k, a saved password) does "
		    "this: set it to ask the person",
		    l->service);
		return REASON_LOGIN_PASSWORD;
	}
	if (l->relay.aborted)
		return REASON_NO_ANSWER;
	if (l->status != 0)
		return REASON_EXIT_STATUS;
	if (strcmp(item_get(l->pamh, PAM_USER), l->user) != 0)
		return REASON_USER_CHANGED;
	if (frame_clock_ms() > l->relay.limit)
		return REASON_DEADLINE;
	return REASON_NONE;
}

static int
pam_twofa_decide(const struct login *l)
{
	int64_t verdict = VERDICT_DENY;
	int result = PAM_AUTH_ERR;

	(void)frame_number(&l->relay.verdict, FIELD_VERDICT, &verdict);
	if (l->relay.aborted)
		return PAM_CONV_ERR;
	switch ((enum frame_verdict)verdict) {
	case VERDICT_DENY:
		break;
	case VERDICT_MAXTRIES:
		/* sudo would report a wrong password and ask again */
		result = strncmp(l->service, "sudo", 4) == 0 &&
			reason_denies_everyone(
			    frame_text(&l->relay.verdict, FIELD_REASON))
		    ? PAM_ABORT
		    : PAM_MAXTRIES;
		break;
	case VERDICT_CONV_ERR:
		result = PAM_CONV_ERR;
		break;
	case VERDICT_ALLOW:
		if (l->status == 0 && l->reason == REASON_NONE)
			result = PAM_SUCCESS;
		break;
	}
	return result;
}

static void
login_log(const struct login *l, int result)
{
	struct logline line = { 0 };

	logline_text(&line, "user", l->user);
	logline_text(&line, "service", l->service);
	if (l->rhost[0] != '\0')
		logline_text(&line, "rhost", l->rhost);
	logline_verdict(&line, &l->relay.verdict,
	    result == 0 ? LOGLINE_ALLOWED : LOGLINE_DENIED, l->reason,
	    frame_clock_ms() - l->entry);
	module_log_write(&line, result == 0);
}

/* Did this login pass a method that when= names? */
static bool
when_holds(pam_handle_t *pamh, const struct module_arguments *a)
{
	return strcmp(item_get(pamh, PAM_SERVICE), "sshd") == 0 &&
	    module_arguments_method_passed(
		a->when, ssh_get(pamh, "SSH_AUTH_INFO_0"));
}

/* Never a success: a line alone or misused must not let anybody in. */
static int
when_judge(const struct login *l)
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
	};
	const enum reason gathered = facts_gather(&l);
	int result;

	(void)flags;
	l.reason = args_parse(&l.args, l.service, argc, argv);
	if (l.reason == REASON_NONE && l.args.task == TASK_SPLIT)
		return pam_password_split(pamh);
	if (l.reason == REASON_NONE)
		l.reason = gathered;
	if (l.reason == REASON_NONE && l.args.task == TASK_WHEN)
		return when_judge(&l);
	if (l.reason == REASON_NONE && l.args.task == TASK_NO_PROMPT)
		l.reason = field_take(&l);
	if (l.reason == REASON_NONE)
		l.reason = pam_twofa_talk(&l);
	if (l.reason == REASON_NONE)
		l.reason = end_check(&l);
	explicit_bzero(l.part, sizeof(l.part));
	result = pam_twofa_decide(&l);
	login_log(&l, result);
	return result;
}

/* sshd ends a login when every module ignores this call. It may come in another
 * process than the one that authenticated, where nothing of that is known, so
 * when= is checked again. Bad arguments were denied before. */
int
pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct module_arguments args;

	(void)flags;
	(void)module_arguments_parse(
	    &args, item_get(pamh, PAM_SERVICE), argc, argv);
	if (args.task == TASK_SPLIT ||
	    (args.task == TASK_WHEN && !when_holds(pamh, &args)))
		return PAM_IGNORE;
	return PAM_SUCCESS;
}

#define IGNORES(entry)                                                         \
	int entry(pam_handle_t *pamh, int flags, int argc, const char **argv)  \
	{                                                                      \
		(void)pamh, (void)flags, (void)argc, (void)argv;               \
		return PAM_IGNORE;                                             \
	}

IGNORES(pam_sm_acct_mgmt)
IGNORES(pam_sm_open_session)
IGNORES(pam_sm_close_session)
IGNORES(pam_sm_chauthtok)
