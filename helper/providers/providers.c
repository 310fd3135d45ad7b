/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Common to all provider types: the detail for the log, and readers of replies.
 */

#include "helper/providers/providers.h"

#define RUN_MIN 4 /* minimum run of digits that may be a code or a number */

/* Returns the number of digits at text; single blanks, dots and dashes between
 * them ("123-456") do not count. *len: bytes up to the last digit. */
static size_t
count_digits(const char *text, size_t *len)
{
	size_t digits = strspn(text, TEXT_DIGITS), more;

	*len = digits;
	while (*len > 0 && text[*len] != '\0' &&
	    strchr(" .-", text[*len]) != NULL &&
	    (more = strspn(text + *len + 1, TEXT_DIGITS)) > 0) {
		digits += more;
		*len += 1 + more;
	}
	return digits;
}

static void
hide_digits(char *text)
{
	size_t len;

	while (*text != '\0') {
		if (count_digits(text, &len) >= RUN_MIN)
			memset(text, '*', len);
		text += len == 0 ? 1 : len;
	}
}

static void
hide_addresses(char *text)
{
	size_t word;

	while (*text != '\0') {
		word = strcspn(text, " ");
		if (memchr(text, '@', word) != NULL)
			memset(text, '*', word);
		text += word == 0 ? 1 : word;
	}
}

void
provider_set_detail(struct provider_ctx *ctx, const char *label,
    const char *code, const char *text)
{
	const long status = ctx->reply->status;
	size_t used, head;

	ctx->detail[0] = '\0';
	if (status >= 100 && status != 200)
		PRINT_TO(ctx->detail, "http=%ld ", status);
	PRINT_APPEND(ctx->detail, "%s=", label);
	head = strlen(ctx->detail);
	PRINT_APPEND(ctx->detail, "%s", code[0] == '\0' ? "unreadable" : code);
	/* vendors number their errors with up to five digits */
	if (strlen(code) > 5 || !text_has_only(code, TEXT_DIGITS))
		hide_digits(ctx->detail + head);
	if (text[0] == '\0')
		return;
	used = strlen(ctx->detail);
	PRINT_APPEND(ctx->detail, " %s", text);
	hide_digits(ctx->detail + used);
	hide_addresses(ctx->detail + used);
}

static bool
is_page(const char *page)
{
	static const char uri[] = TEXT_ALNUM "-._~:/?#[]!$&'()*+,;=%";
	const size_t len = strnlen(page, PROVIDER_PAGE_MAX + 1);

	return len <= PROVIDER_PAGE_MAX && strspn(page, uri) == len &&
	    (text_take(&page, "https://") ||
		text_take(&page, "http://127.0.0.1:") ||
		text_take(&page, "http://[::1]:"));
}

static bool
is_user_code(const char *code)
{
	const size_t len = strnlen(code, PROVIDER_USER_CODE_MAX + 1);

	return len > 0 && len <= PROVIDER_USER_CODE_MAX &&
	    strspn(code, TEXT_ALNUM " -") == len;
}

bool
provider_may_show(
    const struct provider_conf *conf, const char *page, const char *user_code)
{
	const char *only = conf->text[OIDC_PAGE];

	return reach_approval(conf) == METHOD_PAGE && is_page(page) &&
	    is_user_code(user_code) &&
	    (only == NULL ||
		(strcmp(page, only) == 0 &&
		    oidc_user_code_fits(conf, user_code)));
}

bool
provider_code_is_valid(const struct provider_conf *conf, const char *code)
{
	return text_has_only(code, TEXT_DIGITS) &&
	    strlen(code) == conf->code_length;
}

enum outcome
provider_outcome_from_code(
    const struct provider_row *rows, const char *code, enum outcome otherwise)
{
	while (rows->codes != NULL && !text_has_word(rows->codes, code))
		rows++;
	return rows->codes != NULL ? rows->outcome : otherwise;
}

bool
provider_text_has_parameter(const char *text, const char *parameter)
{
	static const char word[] = TEXT_ALNUM "_";
	const size_t len = strlen(parameter);

	for (const char *p = text; (p = strstr(p, parameter)) != NULL; p += len)
		if ((p == text || strchr(word, p[-1]) == NULL) &&
		    (p[len] == '\0' || strchr(word, p[len]) == NULL))
			return true;
	return false;
}

const char *
provider_channel(enum method method)
{
	return method == METHOD_VOICE ? "call" : method_name(method);
}

enum outcome
provider_read_request_id(struct provider_ctx *ctx, const char *path)
{
	char id[UUID_LEN + 1];

	if (json_text(ctx->json, path, id, sizeof(id)) != JSON_OK ||
	    !uuid_is_valid(id))
		return OUTCOME_TRANSIENT;
	memcpy(ctx->request_id, id, sizeof(id));
	return OUTCOME_OK;
}

enum number_facts_line
provider_line_type_from_word(
    const struct provider_line *lines, const char *word)
{
	const struct text_part part = text_part(word);

	while (lines->words != NULL && !text_has_part(lines->words, ",", &part))
		lines++;
	return lines->words != NULL ? lines->line : NUMBER_UNKNOWN;
}

void
provider_set_country(struct number_facts *lookup, const char *country)
{
	if (strlen(country) == 2 && text_has_only(country, TEXT_UPPER))
		memcpy(lookup->country, country, sizeof(lookup->country));
}

/* A word that each type has. */
static const char *
usual_value(const struct provider_ctx *ctx, const struct text_part *word)
{
	static char uuid[UUID_LEN + 1];
	const char *typed = ctx->typed;

	if (text_part_is(word, "code"))
		return provider_code_is_valid(ctx->conf, typed) ? typed : NULL;
	if (text_part_is(word, "id"))
		return uuid_is_valid(ctx->request_id) ? ctx->request_id : NULL;
	if (text_part_is(word, "phone") || text_part_is(word, "number"))
		return phone_is_valid(ctx->phone)
		    ? ctx->phone + (word->at[0] == 'n')
		    : NULL;
	if (text_part_is(word, "nonce"))
		return ctx->nonce;
	if (!text_part_is(word, "uuid"))
		return NULL;
	uuid_random(ctx->nonce, uuid);
	return uuid;
}

/* In forms and paths a colon stays: it needs no escape, and Telegram's tokens
 * have one. */
static void
put_value_escaped(struct http_request *req, const char *value, bool json)
{
	char c[2] = "";

	if (json)
		http_put_json(req, "%s", value);
	for (; !json && *value != '\0'; value++) {
		c[0] = *value;
		if (*value == ':')
			http_put_json(req, ":");
		else
			http_put_form_value(req, c);
	}
	explicit_bzero(c, sizeof(c));
}

void
provider_put_text(const struct provider_ctx *ctx, const char *text,
    provider_value *value, struct http_request *req)
{
	const bool json = text[0] == '{';
	struct text_part rest = text_part(text), word;
	const char *found;

	req->body_len = 0;
	while (rest.len > 0) {
		if (*rest.at != '%') {
			http_put_json(req, "%c", *rest.at++);
			rest.len--;
			continue;
		}
		word = (struct text_part){ ++rest.at, 0 };
		rest.len--;
		(void)text_part_next(&rest, "%", &word);
		found = value != NULL ? value(ctx, &word) : NULL;
		if (found == NULL)
			found = usual_value(ctx, &word);
		if (found != NULL)
			put_value_escaped(req, found, json);
		else
			req->failed = true;
	}
	if (!json)
		req->content_type = "application/x-www-form-urlencoded";
}

void
provider_put_request(const struct provider_ctx *ctx, const char *text,
    provider_value *value, struct http_request *req)
{
	struct text_part rest = text_part(text), method, path;
	char template[HTTP_PATH_MAX];

	(void)text_part_next(&rest, " ", &method);
	(void)text_part_next(&rest, " ", &path);
	PRINT_TO(template, "%.*s", (int)path.len, path.at);
	http_request_init(req,
	    text_part_is(&method, "GET")          ? HTTP_GET
		: text_part_is(&method, "DELETE") ? HTTP_DELETE
						  : HTTP_POST,
	    "/");
	provider_put_text(ctx, template, value, req);
	http_put_path(req, req->body);
	req->body_len = 0;
	req->body[0] = '\0';
	req->content_type = NULL;
	if (rest.len > 0)
		provider_put_text(ctx, rest.at, value, req);
}
