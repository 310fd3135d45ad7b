/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenID Connect: the identity provider that an organisation has. */
#include "lib/provider_types/provider_types.h"

#include "lib/provider_types/provider_types_inside.h"

#define WORDS TEXT_ALNUM "-._:/ "

static const struct setting_key oidc_keys[] = {
	{ "flow", CONF_TEXT, OIDC_FLOW, false, 1, 20, .charset = TEXT_LETTERS,
	    .text = "device",
	    .asked = "device: a page to approve at; ciba: a phone is asked" },
	{ "client_id", CONF_TEXT, OIDC_CLIENT_ID, true, 1, 255, .dflt = 0 },
	{ "client_auth", CONF_TEXT, OIDC_CLIENT_AUTH, false, 1, 20,
	    .charset = TEXT_LETTERS, .text = "basic",
	    .asked = "a secret: basic or post; a key: jwt; none" },
	{ "client_secret_file", CONF_SECRET_FILE, OIDC_CLIENT_SECRET,
	    .required = false },
	{ "client_key_file", CONF_KEY_FILE, .required = false },
	{ "client_key_id", CONF_TEXT, OIDC_CLIENT_KEY_ID, false, 1, 64,
	    .charset = WORDS },
	{ "proof", CONF_TEXT, OIDC_PROOF, true, 1, 20,
	    .charset = TEXT_LETTERS },
	{ "amr", CONF_TEXT, OIDC_AMR, false, 1, 255, .charset = WORDS },
	{ "acr", CONF_TEXT, OIDC_ACR, false, 1, 255, .charset = WORDS },
	{ "algs", CONF_TEXT, OIDC_ALGS, false, 1, 40, .charset = WORDS,
	    .text = OIDC_ALGS_ALL },
	{ "claim", CONF_TEXT, OIDC_CLAIM, false, 1, 64,
	    .charset = TEXT_ALNUM "_-", .text = "sub" },
	{ "max_age", CONF_NUMBER, OIDC_MAX_AGE, false, -1, 86400, .dflt = 0 },
	{ "scope", CONF_TEXT, OIDC_SCOPE, false, 6, 255, .charset = WORDS,
	    .text = "openid" },
	{ "page", CONF_TEXT, OIDC_PAGE, false, 10, PROVIDER_PAGE_MAX,
	    .dflt = 0 },
	{ "hint", CONF_TEXT, OIDC_HINT, false, 1, 20, .charset = TEXT_LETTERS,
	    .text = "account" },
	{ "user_code", CONF_TEXT, OIDC_USER_CODE, false, 4,
	    PROVIDER_USER_CODE_MAX, .charset = "LD-" },
	{ 0 },
};

bool
oidc_is_ciba(const struct provider_conf *p)
{
	const char *flow = p->text[OIDC_FLOW]; /* NULL after an error */

	return flow != NULL && strcmp(flow, "ciba") == 0;
}

static unsigned
oidc_methods(const struct provider_conf *p)
{
	return METHOD_BIT(oidc_is_ciba(p) ? METHOD_PUSH : METHOD_PAGE);
}

bool
oidc_user_code_fits(const struct provider_conf *p, const char *code)
{
	const char *shape = p->text[OIDC_USER_CODE];

	for (; *shape != '\0' && *code != '\0'; shape++, code++)
		if (*shape == 'L'       ? strchr(TEXT_LETTERS, *code) == NULL
			: *shape == 'D' ? strchr(TEXT_DIGITS, *code) == NULL
					: *code != *shape)
			return false;
	return *shape == *code;
}

/* Letters as RFC 8628, 6.1 recommends. */
static bool
oidc_decoy_page(const struct provider_conf *p, const unsigned char *random,
    char page[PROVIDER_PAGE_MAX + 1], char code[PROVIDER_USER_CODE_MAX + 1])
{
	static const char letters[] = "BCDFGHJKLMNPQRSTVWXZ";
	static const char digits[] = TEXT_DIGITS;
	const char *shape = p->text[OIDC_USER_CODE];
	size_t n = 0;

	if (shape == NULL || p->text[OIDC_PAGE] == NULL)
		return false;
	snprintf(page, PROVIDER_PAGE_MAX + 1, "%s", p->text[OIDC_PAGE]);
	for (; shape[n] != '\0' && n < PROVIDER_USER_CODE_MAX; n++) {
		code[n] = shape[n];
		if (shape[n] == 'L')
			code[n] = letters[random[n] % 20];
		if (shape[n] == 'D')
			code[n] = digits[random[n] % 10];
	}
	code[n] = '\0';
	return true;
}

static bool
are_algs(const char *words)
{
	static const char *const all[] = { "RS256", "PS256", "ES256", "EdDSA" };
	size_t known = 0;

	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (text_has_word(words, all[i]))
			known += strlen(all[i]) + 1;
	return known == strlen(words) + 1;
}

/* Methods of amr (RFC 8176) that are not a second factor after a password, or
 * say nothing of the user: a token of a password alone would meet them. */
static bool
has_weak_method(const char *amr)
{
	static const char *const weak[] = { "pwd", "kba", "user", "geo", "rba",
		"pin" };

	for (size_t i = 0; i < COUNT_OF(weak); i++)
		if (text_has_word(amr, weak[i]))
			return true;
	return false;
}

static const char *
check_proof(const struct provider_conf *p, const char **key)
{
	const char *amr = p->text[OIDC_AMR], *acr = p->text[OIDC_ACR];

	*key = "proof";
	if (!text_has_word("amr acr policy", p->text[OIDC_PROOF]))
		return "\"amr\", \"acr\", or \"policy\" if the identity "
		       "provider demands a second factor for this client";
	*key = "amr";
	if (amr == NULL && strcmp(p->text[OIDC_PROOF], "amr") == 0)
		return "amr with proof = \"amr\"";
	if (amr != NULL && (amr[0] == ' ' || has_weak_method(amr)))
		return "methods of a second factor, with blanks between them; "
		       "pwd, pin, kba, user, geo and rba are none";
	*key = "acr";
	if (acr == NULL && strcmp(p->text[OIDC_PROOF], "acr") == 0)
		return "acr with proof = \"acr\"";
	return acr != NULL && acr[0] == ' ' ? "words with blanks between them"
					    : NULL;
}

static const char *
check_client(const struct provider_conf *p, const char **key)
{
	const char *auth = p->text[OIDC_CLIENT_AUTH];
	const bool jwt = strcmp(auth, "jwt") == 0;

	*key = "client_auth";
	if (!text_has_word(
		oidc_is_ciba(p) ? "basic post jwt" : "basic post jwt none",
		auth))
		return "\"basic\", \"post\", \"jwt\", or \"none\" with flow "
		       "= \"device\"";
	*key = "client_secret_file";
	if ((p->secret[OIDC_CLIENT_SECRET].len > 0) !=
	    (!jwt && strcmp(auth, "none") != 0))
		return "a file for \"basic\" and \"post\" alone";
	*key = "client_key_file";
	if ((p->key.len > 0) != jwt)
		return "a file with client_auth = \"jwt\", and only then";
	*key = "client_id";
	return jwt && strpbrk(p->text[OIDC_CLIENT_ID], "\"\\") != NULL
	    ? "no quotes and backslashes with client_auth = \"jwt\""
	    : NULL;
}

static const char *
oidc_settings(const struct provider_conf *p, const char **key)
{
	const char *scope = p->text[OIDC_SCOPE], *wrong = check_client(p, key);

	if (wrong == NULL)
		wrong = check_proof(p, key);
	if (wrong != NULL)
		return wrong;
	*key = "base_url";
	if (p->base_url == NULL)
		return "the issuer, https://HOST[:PORT][/PREFIX]";
	*key = "flow";
	if (!text_has_word("device ciba", p->text[OIDC_FLOW]))
		return "\"device\" or \"ciba\"";
	*key = "algs";
	if (!are_algs(p->text[OIDC_ALGS]))
		return "some of " OIDC_ALGS_ALL ", with blanks between them";
	*key = "hint";
	if (!text_has_word("account user", p->text[OIDC_HINT]))
		return "\"account\" or \"user\"";
	*key = "scope";
	if (!text_has_word(scope, "openid") ||
	    text_has_word(scope, "offline_access"))
		return "openid among other words, and no offline_access";
	*key = "page";
	if (oidc_is_ciba(p) && p->text[OIDC_PAGE] != NULL)
		return "nothing with flow = \"ciba\", which shows no page";
	*key = "user_code";
	return (p->text[OIDC_PAGE] == NULL) != (p->text[OIDC_USER_CODE] == NULL)
	    ? "page and user_code, or neither"
	    : NULL;
}

static const struct provider_finding *
oidc_finding(const struct provider_conf *p, unsigned n)
{
	static const struct provider_finding policy = { "oidc-proof-policy",
		PROVIDER_NOTE,
		"proof = \"policy\": no token shows that a second factor was "
		"used; see that the identity provider demands one of this "
		"client" };
	static const struct provider_finding claim = { "oidc-claim",
		PROVIDER_PROBLEM_OF_ADMINS,
		"claim is not \"sub\": such a name may be given to another "
		"person, or be chosen by one; see that nobody can change "
		"theirs, or leave claim out" };
	static const struct provider_finding public = { "oidc-public",
		PROVIDER_NOTE,
		"client_auth = \"none\": anybody who knows client_id can start "
		"requests as this host; register a client with a secret or a "
		"key" };
	const struct provider_finding *all[3];
	unsigned count = 0;

	if (strcmp(p->text[OIDC_PROOF], "policy") == 0)
		all[count++] = &policy;
	/* oid: Entra's, which keeps it when the client is replaced */
	if (!text_has_word("sub oid", p->text[OIDC_CLAIM]))
		all[count++] = &claim;
	if (strcmp(p->text[OIDC_CLIENT_AUTH], "none") == 0)
		all[count++] = &public;
	return n < count ? all[n] : NULL;
}

static const char *
oidc_claim(const struct provider_conf *p)
{
	return p->text[OIDC_CLAIM];
}

const struct provider_type oidc_type = {
	.name = "oidc",
	.address = "the issuer: https://HOST[:PORT][/PREFIX]",
	.keys = oidc_keys,
	.settings = oidc_settings,
	.finding = oidc_finding,
	.methods = METHOD_BIT(METHOD_PAGE) | METHOD_BIT(METHOD_PUSH),
	.methods_set = oidc_methods,
	.account = "sub, or the claim of the settings",
	.account_claim = oidc_claim,
	.decoy_page = oidc_decoy_page,
};
