/* SPDX-License-Identifier: BSD-2-Clause */
/* The questions of `twofactl init`. */
#include "twofactl/init/init.h"

#include <errno.h>
#include <fcntl.h>

#include "twofactl/trial/trial.h"

#define TYPED_MAX 4096
#define PROMPT_MAX 512

struct question {
	const char *label, *option;
	const char *hint;    /* a line before, or NULL */
	const char *typed;   /* from the option; NULL: ask */
	const char *current; /* the value that Enter keeps, or "" */
	bool hidden;         /* show neither the typed nor the current value */
	void *ctx;
	/* Stores an answer. NULL, or what is wrong. */
	const char *(*check)(void *ctx, const char *typed);
};

static int
read_typed(const struct question *q, char out[TYPED_MAX])
{
	char prompt[PROMPT_MAX];

	if (q->current[0] != '\0' && q->hidden)
		PRINT_TO(prompt,
		    "%s (not shown; Enter keeps what is there): ", q->label);
	else if (q->hidden)
		PRINT_TO(prompt, "%s (not shown): ", q->label);
	else if (q->current[0] != '\0')
		PRINT_TO(prompt, "%s [%s]: ", q->label, q->current);
	else
		PRINT_TO(prompt, "%s: ", q->label);
	return q->hidden ? terminal_read_hidden(prompt, out, TYPED_MAX)
			 : terminal_read_line(prompt, out, TYPED_MAX);
}

static enum ctl_exit
ask_at_terminal(const struct question *q, char typed[TYPED_MAX])
{
	const char *wrong, *answer;

	if (q->hint != NULL)
		fprintf(stderr, "(%s)\n", q->hint);
	for (;;) {
		if (read_typed(q, typed) != 0)
			return CTL_NO;
		answer = typed[0] == '\0' && !q->hidden ? q->current : typed;
		if (typed[0] == '\0' && q->hidden && q->current[0] != '\0')
			return CTL_DONE;
		wrong = q->check(q->ctx, answer);
		if (wrong == NULL)
			return CTL_DONE;
		terminal_error("%s: %s", q->option, wrong);
	}
}

/* Asks until check accepts the answer. CTL_DONE, or after an error message
 * CTL_USAGE if the option is wrong, or missing without a terminal; CTL_NO at
 * the end of input. */
static enum ctl_exit
ask_question(const struct question *q)
{
	char typed[TYPED_MAX];
	enum ctl_exit status;
	const char *wrong;

	if (q->typed != NULL) {
		wrong = q->check(q->ctx, q->typed);
		if (wrong == NULL)
			return CTL_DONE;
		return terminal_error_status(
		    CTL_USAGE, "--%s: %s", q->option, wrong);
	}
	if (!terminal_is_open()) {
		/* the current value may not suit another provider */
		if (q->current[0] != '\0' &&
		    (q->hidden || q->check(q->ctx, q->current) == NULL))
			return CTL_DONE;
		return terminal_error_status(CTL_USAGE,
		    "%s is missing, and there is no terminal to ask at: add "
		    "--%s",
		    q->label, q->option);
	}
	status = ask_at_terminal(q, typed);
	explicit_bzero(typed, sizeof(typed));
	return status;
}

static const char *
ask_take_path(struct init_answer *own, const char *path)
{
	const int fd OWNED(owned_fd) =
	    open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	struct trusted_file f OWNED(trusted_file_free) = { .text = NULL };

	if (fd >= 0)
		f.text = place_file_read_descriptor(fd, PEM_MAX + 2, &f.len);
	return f.text != NULL ? init_answer_take(own, f.text, f.len)
	    : errno == EFBIG  ? "is too long"
			      : strerror(errno);
}

/* A key is typed as the path of a file; anything else, also a secret, is typed
 * itself. */
static const char *
take_key(void *ctx, const char *typed)
{
	struct init_answer *own = ctx;

	if (own->key->kind == CONF_KEY_FILE && typed[0] != '\0')
		return ask_take_path(own, typed);
	return init_answer_take(own, typed, strlen(typed));
}

static void
keep_old_value(struct init_answer *own, const struct provider_conf *p)
{
	const char *text = own->key->kind == CONF_TEXT
	    ? p->text[own->key->slot]
	    : provider_key_file(p, own->key); /* a number is kept */

	if (text != NULL && text != own->key->text) /* the default */
		PRINT_TO(own->text, "%s", text);
}

static void
format_label(const struct init_answer *own, char *out, size_t cap)
{
	const char *key = own->key->key;
	const size_t len = strlen(key);

	if (own->key->kind == CONF_SECRET_FILE)
		snprintf(out, cap, "%.*s", (int)(len - strlen("_file")), key);
	else
		snprintf(out, cap, "%s%s%s", key,
		    own->key->kind == CONF_KEY_FILE ? ", its path" : "",
		    own->key->required || init_answer_is_set(own)
			? ""
			: " (Enter: none)");
}

/* The meaning of a key, and where the vendor shows it. */
static const struct {
	const char *key, *text;
} hints[] = {
	{ "api_key", "on the first page of Vonage's dashboard" },
	{ "api_secret_file", "next to it" },
	{ "application_id",
	    "in place of key and secret: an application, with its private "
	    "key" },
	{ "account_sid", "begins with AC: on the first page of the console" },
	{ "auth_token_file",
	    "next to it; or Enter, for an API key in place of the token" },
	{ "api_key_sid", "begins with SK: an API key of the account" },
	{ "api_key_secret_file", "shown when that key was made" },
	{ "service_sid",
	    "begins with VA: Verify, Services, make one; the message has its "
	    "name" },
	{ "api_key_file", "one of Telnyx's portal" },
	{ "verify_profile_id", "of a profile that sends codes of 6 digits" },
	{ "from", "the sender of the messages, such as your number there" },
	{ "messaging_profile_id", "in place of a sender" },
	{ "body", "what the gateway wants: to=%phone%&text=%text%" },
	{ "client_id", "of the client that is registered there" },
	{ "client_secret_file", "the client's, as it is shown there" },
	{ "client_key_file", "the client's RSA key, in PEM form" },
	{ "proof",
	    "of a second factor: the token's amr or acr, or a policy there" },
	{ "amr", "words of which one is enough, such as otp hwk" },
	{ "acr", "words of which one is enough" },
	{ "secret_file", "shared with the server, 16 characters or more" },
};

static enum ctl_exit
ask_one(struct init_answer *own)
{
	char label[96], current[INIT_ANSWERS_TEXT_MAX + 1];
	struct question q = { .label = label,
		.hint = own->key->asked,
		.option = option_key_find(own->key->key)->option,
		.current = current,
		.hidden = own->key->kind == CONF_SECRET_FILE,
		.ctx = own,
		.check = take_key };

	format_label(own, label, sizeof(label));
	PRINT_TO(current, "%s", own->text);
	if (own->key->kind == CONF_KEY_FILE)
		current[0] = '\0'; /* Enter: no new path */
	for (size_t i = 0; i < COUNT_OF(hints); i++)
		if (strcmp(hints[i].key, own->key->key) == 0)
			q.hint = hints[i].text;
	return ask_question(&q);
}

static enum ctl_exit
take_options(
    const struct arguments *typed, struct init_answers *a, bool *keys_given)
{
	for (size_t i = 0; i < a->count; i++) {
		struct init_answer *own = &a->own[i];
		const char *given = option_key_value(typed, own->key->key);
		const char *wrong;

		if (given == NULL)
			continue;
		*keys_given = true;
		wrong = init_answer_is_file(own)
		    ? ask_take_path(own, given)
		    : init_answer_take(own, given, strlen(given));
		if (wrong == NULL)
			continue;
		return terminal_error_status(CTL_USAGE, "--%s: %s",
		    option_key_find(own->key->key)->option, wrong);
	}
	return CTL_DONE;
}

/* Refuses an option for another type's key, which would be ignored. */
static enum ctl_exit
refuse_others(const struct arguments *typed, const struct init_answers *a)
{
	const struct option_key *row;

	for (size_t i = 0; (row = option_key_nth(i)) != NULL; i++) {
		bool known = typed->own[i] == NULL;

		for (size_t n = 0; !known && n < a->count; n++)
			known = strcmp(a->own[n].key->key, row->key->key) == 0;
		if (known)
			continue;
		return terminal_error_status(CTL_USAGE,
		    "%s takes no --%s, which is for %s", a->type->name,
		    row->option, row->types);
	}
	return CTL_DONE;
}

/* True if the ith key is asked for in this round, which is for required keys or
 * for the others. */
static bool
is_asked_for(const struct arguments *typed, const struct init_answers *a,
    size_t i, bool required_round, bool keys_given)
{
	const struct init_answer *own = &a->own[i];
	const char *key;

	if (option_key_value(typed, own->key->key) != NULL ||
	    (own->key->required || own->key->asked != NULL) != required_round)
		return false;
	if (required_round)
		return !init_answer_is_set(own) || !keys_given;
	if (init_answer_is_set(own))
		return !keys_given;
	if (a->type->account != NULL)
		return init_answers_check(a, &key) != NULL &&
		    strcmp(key, own->key->key) == 0;
	/* a secret needs the text before it */
	if (init_answer_is_file(own) && i > 0 &&
	    !init_answer_is_set(&a->own[i - 1]))
		return false;
	return init_answers_check(a, &key) != NULL;
}

/* Adds the number of keys asked for to *asked. */
static enum ctl_exit
ask_round(const struct arguments *typed, struct init_answers *a,
    bool required_round, bool keys_given, size_t *asked)
{
	enum ctl_exit status = CTL_DONE;

	for (size_t i = 0; status == CTL_DONE && i < a->count; i++)
		if (is_asked_for(typed, a, i, required_round, keys_given)) {
			status = ask_one(&a->own[i]);
			++*asked;
		}
	return status;
}

/* Clears the answer of this key, or all that were asked for, to ask again. */
static void
clear_asked(
    const struct arguments *typed, struct init_answers *a, const char *key)
{
	for (size_t i = 0; i < a->count; i++)
		if (option_key_value(typed, a->own[i].key->key) == NULL &&
		    (key == NULL || strcmp(a->own[i].key->key, key) == 0)) {
			a->own[i].text[0] = '\0';
			explicit_bzero(
			    &a->own[i].secret, sizeof(a->own[i].secret));
		}
}

/* Asks for the required keys, then for the others in their order, until the
 * type's own check accepts the answers. Without a terminal, reports them. */
static enum ctl_exit
ask_all(const struct arguments *typed, struct init_answers *a, bool keys_given)
{
	const char *key = NULL, *allowed;
	enum ctl_exit status;
	size_t asked;

	for (;;) {
		asked = 0;
		status = ask_round(typed, a, true, keys_given, &asked);
		if (status == CTL_DONE && terminal_is_open())
			status = ask_round(typed, a, false, keys_given, &asked);
		if (status != CTL_DONE)
			return status;
		allowed = init_answers_check(a, &key);
		if (allowed == NULL)
			return CTL_DONE;
		terminal_error("%s: %s does not fit; expected %s",
		    a->type->name, key, allowed);
		if (asked == 0 || !terminal_is_open())
			return CTL_USAGE;
		/* of a vendor, another pair may be meant */
		keys_given = a->type->account != NULL;
		clear_asked(typed, a, keys_given ? key : NULL);
	}
}

/* Takes the name of a type, or its number in the list. */
static const char *
take_type(void *ctx, const char *typed)
{
	const struct provider_type **out = ctx, *type;
	char place[8];
	unsigned n = 0;

	*out = strcmp(typed, init_answers_app.name) == 0
	    ? &init_answers_app
	    : provider_type_find(typed);
	if (*out != NULL && !option_keys_include_type(*out))
		*out = NULL;
	for (unsigned i = 0;
	     *out == NULL && (type = provider_type_nth(i)) != NULL; i++) {
		if (!option_keys_include_type(type))
			continue;
		PRINT_TO(place, "%u", ++n);
		if (strcmp(place, typed) == 0)
			*out = type;
	}
	return *out != NULL ? NULL
			    : "is not in the list; type its name or number";
}

/* The first provider of this type, or of any type that init asks for, that is
 * no rehearsal; NULL if no such provider exists. */
static const struct provider_conf *
old_provider(const struct settings *old, const struct provider_type *type)
{
	for (size_t i = 0; old != NULL && i < old->provider_count; i++)
		if (!old->provider[i].rehearsal &&
		    (type != NULL
			    ? old->provider[i].type == type
			    : option_keys_include_type(old->provider[i].type)))
			return &old->provider[i];
	return NULL;
}

/* True if the type before it in the list is of another vendor. */
static bool
is_first(const struct provider_type *type, const struct provider_type *before)
{
	return before == NULL ||
	    strncmp(type->name, before->name, strcspn(type->name, "-") + 1) !=
	    0;
}

static enum ctl_exit
ask_type(const struct arguments *typed, const struct settings *old,
    const struct provider_type **type)
{
	const struct provider_conf *p = old_provider(old, NULL);
	const struct question q = { .label = "provider",
		.option = "provider",
		.typed = typed->app ? init_answers_app.name : typed->provider,
		.current = p != NULL ? p->type->name : "",
		.ctx = type,
		.check = take_type };
	const struct provider_type *one, *before = NULL;
	unsigned n = 0;

	if (q.typed != NULL || !terminal_is_open())
		return ask_question(&q);
	fputs("Who sends the codes? Have you no account at any of these, "
	      "type app: an authenticator\napp costs nothing, and a provider "
	      "can be added later.\n",
	    stderr);
	for (unsigned i = 0; (one = provider_type_nth(i)) != NULL; i++) {
		if (!option_keys_include_type(one))
			continue;
		fprintf(stderr, "  %u %s%s\n", ++n, one->name,
		    one->legacy                 ? " (legacy)"
			: one->account != NULL  ? " (an identity server)"
			: one->base_url == NULL ? " (any gateway)"
			: is_first(one, before) ? " (recommended)"
						: "");
		before = one;
	}
	return ask_question(&q);
}

/* Sets address and CA file of the provider; drops a rehearsal's address. */
static enum ctl_exit
set_address(const struct arguments *typed, const struct provider_conf *p,
    struct init_answers *a)
{
	const char *usual = a->type->base_url, *url = typed->base_url;
	struct question q = { .label = "base_url",
		.hint = a->type->address,
		.option = "base-url",
		.current = "",
		.ctx = a,
		.check = init_answers_set_base_url };

	if (url == NULL && p != NULL && p->base_url != NULL) {
		if (usual == NULL)
			q.current = p->base_url;
		else if (strcmp(p->scheme, "http") == 0)
			url = usual;
		else if (strcmp(p->base_url, usual) != 0)
			url = p->base_url;
	}
	if (typed->ca_file != NULL || (p != NULL && p->ca_file != NULL))
		PRINT_TO(a->ca_file, "%s",
		    typed->ca_file != NULL ? typed->ca_file : p->ca_file);
	if (url == NULL && usual != NULL)
		return CTL_DONE;
	q.typed = url;
	return ask_question(&q);
}

static enum ctl_exit
ask_brand(const struct arguments *typed, const struct settings *old,
    struct init_answers *a)
{
	const struct question q = { .label = a->type == &init_answers_app
		    ? "brand, the name that the app shows"
		    : "brand, the name that the message on the phone gives",
		.option = "brand",
		.typed = typed->brand,
		.current = old != NULL ? old->brand : "",
		.ctx = a,
		.check = init_answers_set_brand };

	return ask_question(&q);
}

/* Asks only without earlier settings, which keep their networks; not for a
 * rehearsal. */
static enum ctl_exit
ask_office(const struct arguments *typed, const struct settings *old,
    struct init_answers *a)
{
	const struct question q = {
		.label = "the office's networks, where many share an address, "
			 "such as 192.0.2.0/24",
		.option = "office",
		.typed = typed->office,
		.current = "none",
		.ctx = a,
		.check = init_answers_set_office_networks
	};

	if (typed->office == NULL &&
	    (typed->rehearsal || a->type->account != NULL ||
		(old != NULL && !rehearsal_is_only_provider(old))))
		return CTL_DONE;
	return ask_question(&q);
}

static enum ctl_exit
ask_yes(const char *question, bool *out)
{
	const int yes = terminal_read_yes(question);

	*out = yes == 1;
	return yes < 0 ? CTL_NO : CTL_DONE;
}

/* Asks for what is not in the settings later. An identity server has the
 * devices of its users itself. */
static enum ctl_exit
ask_extras(struct init_answers *a)
{
	enum ctl_exit status = ask_yes("Tell root by mail of locks and outages "
				       "(notify in twofa.conf)? [y/N] ",
	    &a->notify);

	if (status != CTL_DONE || !self_socket_is_off() ||
	    (a->type->account != NULL && a->type != &init_answers_app))
		return status;
	return ask_yes("May users change their own phone, app and recovery "
		       "codes (twofactl self)? [y/N] ",
	    &a->self);
}

static enum ctl_exit
ask_provider(const struct arguments *typed, const struct settings *old,
    struct init_answers *a)
{
	const struct provider_type *type = NULL;
	enum ctl_exit status = ask_type(typed, old, &type);
	const struct provider_conf *p;
	bool keys_given = false;

	if (status != CTL_DONE)
		return status;
	if (type == NULL) /* an answer has set it */
		return CTL_FAILED;
	init_answers_begin(a, type);
	if (type == &init_answers_app)
		return refuse_others(typed, a);
	p = old_provider(old, type);
	status = set_address(typed, p, a);
	if (status == CTL_DONE)
		status = refuse_others(typed, a);
	if (status == CTL_DONE &&
	    (type->account != NULL ? typed->phone != NULL
				   : typed->expect || typed->unproven))
		status = terminal_error_status(CTL_USAGE,
		    "--phone is for types that send codes, --expect and "
		    "--unproven are for accounts");
	if (p != NULL)
		PRINT_TO(a->name, "%s", p->name);
	for (size_t i = 0; p != NULL && i < a->count; i++)
		keep_old_value(&a->own[i], p);
	if (status == CTL_DONE)
		status = take_options(typed, a, &keys_given);
	return status == CTL_DONE ? ask_all(typed, a, keys_given) : status;
}

/* Answers for the simulator, which has one address and one account. */
static enum ctl_exit
answer_rehearsal(const struct arguments *typed, struct init_answers *a)
{
	const int folder =
	    (int)(strrchr(typed->run.conf, '/') - typed->run.conf);
	bool conflict = typed->provider || typed->base_url || typed->ca_file;

	for (size_t i = 0; i < CTL_OWN_MAX; i++)
		conflict = conflict || typed->own[i] != NULL;
	if (conflict)
		return terminal_error_status(CTL_USAGE,
		    "--rehearsal asks the simulator; leave out the provider, "
		    "its keys and its address");
	init_answers_begin(a, provider_type_find(REHEARSAL_TYPE));
	a->rehearsal = true;
	PRINT_TO(a->name, "rehearsal");
	PRINT_TO(a->base_url, REHEARSAL_URL);
	PRINT_TO(
	    a->ca_file, "%.*s/" REHEARSAL_CERTIFICATE, folder, typed->run.conf);
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->own[i].key->key, "api_key") == 0)
			snprintf(a->own[i].text, INIT_ANSWERS_TEXT_MAX,
			    REHEARSAL_KEY);
		else if (init_answer_is_file(&a->own[i]))
			snprintf(a->own[i].text, INIT_ANSWERS_TEXT_MAX,
			    "%.*s/" REHEARSAL_SECRET, folder, typed->run.conf);
	return CTL_DONE;
}

enum ctl_exit
init_ask_answers(const struct arguments *typed, const struct settings *old,
    struct init_answers *a)
{
	const char *wrong = NULL;
	enum ctl_exit status;

	if (typed->app &&
	    (typed->provider || typed->rehearsal || typed->phone ||
		typed->run.json))
		return terminal_error_status(CTL_USAGE,
		    "--app is without a provider, and shows a secret: leave "
		    "out --provider, --rehearsal, --phone and --json");
	status = typed->rehearsal ? answer_rehearsal(typed, a)
				  : ask_provider(typed, old, a);

	if (status == CTL_DONE)
		status = ask_brand(typed, old, a);
	if (status == CTL_DONE)
		status = ask_office(typed, old, a);
	if (status == CTL_DONE && old == NULL && !typed->rehearsal &&
	    !typed->yes && terminal_is_open())
		status = ask_extras(a);
	if (status == CTL_DONE && typed->prefixes != NULL)
		wrong = init_answers_set_prefixes(a, typed->prefixes);
	if (wrong == NULL)
		return status;
	return terminal_error_status(
	    CTL_USAGE, "--allowed-prefixes: %s", wrong);
}

static const char *
take_user(void *ctx, const char *typed)
{
	struct target *target = ctx;
	static char name[USER_NAME_MAX + 1];

	if (typed[0] == '\0' || strlen(typed) > USER_NAME_MAX)
		return "is not a user name";
	PRINT_TO(name, "%s", typed);
	return command_user_find(target, name, NULL, true) == CTL_DONE
	    ? NULL
	    : "is not known here";
}

enum ctl_exit
init_ask_user(const struct arguments *typed, struct target *target)
{
	const char *caller = client_sudo_user_name();
	const struct question q = { .label = "your user name",
		.option = "user",
		.typed = typed->as_user,
		.current = strcmp(caller, "root") != 0 ? caller : "",
		.ctx = target,
		.check = take_user };

	return ask_question(&q);
}

struct number {
	const char *country;
	bool from_option; /* else typed, where no option can be named */
	char *out;
};

static const char *
take_phone(void *ctx, const char *typed)
{
	const struct number *n = ctx;
	const char *wrong = typed_number_read(typed, n->country, n->out);

	if (wrong == typed_number_no_country && !n->from_option)
		return "has no calling code; write it with + and the code "
		       "in front, such as +1";
	return wrong;
}

enum ctl_exit
init_ask_phone(
    const struct arguments *typed, const char *known, char out[PHONE_MAX + 1])
{
	struct number n = { typed->country, typed->phone != NULL, out };
	const struct question q = {
		.label = "your phone number, such as +1 415 555 0123",
		.option = "phone",
		.typed = typed->phone,
		.current = known,
		.ctx = &n,
		.check = take_phone
	};

	if (typed->country != NULL &&
	    typed_number_country_check(typed->country) != 0)
		return terminal_error_status(CTL_USAGE,
		    "--country: \"%.10s\" is not a calling code; "
		    "expected such as 1, 44, 353",
		    typed->country);
	return ask_question(&q);
}
