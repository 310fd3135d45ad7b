/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks answers: a provider's by its type's table; brand, prefixes, networks.
 * Pure. */
#include "twofactl/init/init.h"

#define FILE_TAIL "_file"

static const struct setting_key no_keys[] = { { 0 } };
/* like an account, it is proven by settings that are in place */
const struct provider_type init_answers_app = {
	.name = "app", .keys = no_keys, .account = "app"
};

void
init_answers_begin(struct init_answers *a, const struct provider_type *type)
{
	const size_t len = strcspn(type->name, "-"), tail = strlen(FILE_TAIL);

	a->type = type;
	a->count = 0;
	PRINT_TO(a->name, "%.*s", (int)len, type->name);
	for (const struct setting_key *k = type->keys;
	     k->key != NULL && a->count < INIT_ANSWERS_OWN_MAX; k++) {
		struct init_answer *own = &a->own[a->count++];
		size_t used;

		memset(own, 0, sizeof(*own));
		own->key = k;
		if (k->asked != NULL)
			PRINT_TO(own->text, "%s", k->text);
		used = strlen(k->key);
		if (used > tail && strcmp(k->key + used - tail, FILE_TAIL) == 0)
			used -= tail;
		/* of a new file, such as vonage-api_secret */
		if (init_answer_is_file(own))
			PRINT_TO(
			    own->file, "%s-%.*s", a->name, (int)used, k->key);
	}
}

bool
init_answer_is_file(const struct init_answer *a)
{
	return a->key->kind == CONF_SECRET_FILE ||
	    a->key->kind == CONF_KEY_FILE;
}

bool
init_answer_is_set(const struct init_answer *a)
{
	return a->text[0] != '\0' || a->secret.len > 0;
}

static const char *
check_key_text(const struct setting_key *k, const char *typed)
{
	static char wrong[128];
	const long len = (long)strlen(typed);

	if (!setting_text_is_in_charset(typed, k->charset))
		return k->charset != NULL
		    ? "has characters that are not allowed there"
		    : "has characters that are not printable ASCII";
	if (len >= k->min && len <= k->max)
		return NULL;
	if (k->min == k->max)
		PRINT_TO(
		    wrong, "has %ld characters; expected %ld", len, k->max);
	else
		PRINT_TO(wrong, "has %ld characters; expected %ld to %ld", len,
		    k->min, k->max);
	return wrong;
}

static const char *
check_key_number(const struct setting_key *k, const char *typed)
{
	static char wrong[96];
	const int64_t n = decimal_read(typed, k->max);

	if (n >= 0 && n >= k->min && (typed[0] != '0' || typed[1] == '\0'))
		return NULL;
	PRINT_TO(wrong, "is no such number; expected a number from %ld to %ld",
	    k->min, k->max);
	return wrong;
}

/* Accepts the same secrets as trusted_file_read_secret. */
static const char *
check_secret(struct pem *secret)
{
	while (secret->len > 0 && secret->b[secret->len - 1] == '\n')
		secret->b[--secret->len] = '\0';
	if (secret->len == 0)
		return "is empty";
	if (secret->len > SECRET_MAX)
		return "is too long; expected one line of 1 to 255 characters";
	if (strlen(secret->b) != secret->len ||
	    !setting_text_is_in_charset(secret->b, NULL))
		return "has characters that are not printable ASCII; expected "
		       "one line";
	secret->b[secret->len++] = '\n';
	return NULL;
}

static const char *
take_file(struct init_answer *a, const char *typed, size_t len)
{
	const char *wrong = "is too long";

	explicit_bzero(&a->secret, sizeof(a->secret));
	if (len < sizeof(a->secret.b)) {
		memcpy(a->secret.b, typed, len);
		a->secret.len = len;
		wrong = a->key->kind == CONF_KEY_FILE
		    ? private_key_check(&a->secret, a->key->elliptic)
		    : check_secret(&a->secret);
	}
	if (wrong != NULL)
		explicit_bzero(&a->secret, sizeof(a->secret));
	return wrong;
}

const char *
init_answer_take(struct init_answer *a, const char *typed, size_t len)
{
	const char *wrong;

	if (init_answer_is_file(a) && len > 0)
		return take_file(a, typed, len);
	a->text[0] = '\0';
	if (len == 0)
		return a->key->required ? "is needed" : NULL;
	if (len >= sizeof(a->text))
		return "is too long";
	wrong = a->key->kind == CONF_NUMBER ? check_key_number(a->key, typed)
					    : check_key_text(a->key, typed);
	if (wrong == NULL)
		PRINT_TO(a->text, "%s", typed);
	return wrong;
}

void
init_answer_value(const struct init_answer *a, const char *folder,
    char out[2 * INIT_ANSWERS_TEXT_MAX + 2])
{
	if (a->secret.len > 0)
		snprintf(out, 2 * INIT_ANSWERS_TEXT_MAX + 2, "%s/%s", folder,
		    a->file);
	else
		snprintf(out, 2 * INIT_ANSWERS_TEXT_MAX + 2, "%s", a->text);
}

/* Fills the struct as the settings' reader would; for a secret only its length,
 * as the check needs no more, and for a present file the longest. */
static void
fill_provider(const struct init_answer *a, struct provider_conf *p)
{
	const unsigned slot = a->key->slot;

	switch (a->key->kind) {
	case CONF_NONE:
		break;
	case CONF_TEXT:
		p->text[slot] = a->text[0] != '\0' ? a->text : a->key->text;
		break;
	case CONF_NUMBER:
		p->number[slot] = a->text[0] != '\0'
		    ? decimal_read(a->text, LONG_MAX)
		    : a->key->dflt;
		break;
	case CONF_SECRET_FILE:
		p->secret[slot].len = a->secret.len > 0 ? a->secret.len - 1
		    : a->text[0] != '\0'                ? SECRET_MAX
							: 0;
		break;
	case CONF_KEY_FILE:
		p->key.len = init_answer_is_set(a);
		break;
	}
}

const char *
init_answers_set_base_url(void *answers, const char *typed)
{
	struct init_answers *a = answers;

	if (strlen(typed) >= sizeof(a->base_url))
		return "is too long";
	PRINT_TO(a->base_url, "%s", typed);
	return (a->type->read_base_url != NULL ? a->type->read_base_url
					       : base_url_read)(typed, &a->url);
}

const char *
init_answers_check(const struct init_answers *a, const char **key)
{
	struct provider_conf p = { .type = a->type,
		.base_url = a->base_url,
		.code_length =
		    a->type->code_length != 0 ? a->type->code_length : 6 };

	memcpy(p.scheme, a->url.scheme, sizeof(p.scheme));
	for (size_t i = 0; i < a->count; i++) {
		*key = a->own[i].key->key;
		if (a->own[i].key->required && !init_answer_is_set(&a->own[i]))
			return "a value";
		fill_provider(&a->own[i], &p);
	}
	return a->type->settings != NULL ? a->type->settings(&p, key) : NULL;
}

const char *
init_answers_set_brand(void *answers, const char *typed)
{
	static char wrong[128];
	struct init_answers *a = answers;
	const size_t len = strlen(typed);

	if (len == 0 || len > PROVIDER_BRAND_MAX)
		PRINT_TO(wrong, "has %zu bytes; expected 1 to %d", len,
		    PROVIDER_BRAND_MAX);
	else if (!setting_text_is_printable_utf8(typed))
		PRINT_TO(wrong, "is not UTF-8 text");
	else if (a->type->brand_refused != NULL &&
	    strpbrk(typed, a->type->brand_refused) != NULL)
		PRINT_TO(wrong, "has one of %s, which %s refuses",
		    a->type->brand_refused, a->type->name);
	else {
		PRINT_TO(a->brand, "%s", typed);
		return NULL;
	}
	return wrong;
}

static bool
is_office_network(const char *item)
{
	struct network any;

	return network_parse(item, &any) == 0 && any.bits > 0;
}

/* Writes the items of typed, separated by commas or blanks, in libconfig's
 * form. False without items, or with one for which fits is false. */
static bool
read_list(char out[INIT_ANSWERS_LIST_MAX], const char *typed,
    bool (*fits)(const char *))
{
	struct text_part rest = text_part(typed), part;
	char item[64];

	out[0] = '\0';
	while (text_part_next(&rest, ", ", &part)) {
		if (part.len == 0)
			continue;
		PRINT_TO(item, "%.*s", (int)part.len, part.at);
		if (part.len >= sizeof(item) || !fits(item) ||
		    strlen(out) + part.len + 8 > INIT_ANSWERS_LIST_MAX)
			return false;
		PRINT_BEHIND(out, INIT_ANSWERS_LIST_MAX, "%s\"%s\"",
		    out[0] != '\0' ? ", " : "[", item);
	}
	if (out[0] != '\0')
		PRINT_BEHIND(out, INIT_ANSWERS_LIST_MAX, "]");
	return out[0] != '\0';
}

const char *
init_answers_set_prefixes(struct init_answers *a, const char *typed)
{
	if (strcmp(typed, "any") == 0)
		typed = "+1,+2,+3,+4,+5,+6,+7,+8,+9";
	return read_list(a->prefixes, typed, phone_prefix_is_valid)
	    ? NULL
	    : "is not a list of prefixes; expected such as +1,+44, or any";
}

const char *
init_answers_set_office_networks(void *answers, const char *typed)
{
	struct init_answers *a = answers;

	a->office[0] = '\0';
	if (typed[0] == '\0' || strcmp(typed, "none") == 0 ||
	    read_list(a->office, typed, is_office_network))
		return NULL;
	a->office[0] = '\0';
	return "is not a list of numeric networks; expected such as "
	       "192.0.2.0/24,2001:db8::/48, or none";
}

void
init_answers_set_phone_prefix(struct init_answers *a, const char *phone)
{
	PRINT_TO(a->prefixes, "[\"%.*s\"]", (int)(1 + phone_country_len(phone)),
	    phone);
}
