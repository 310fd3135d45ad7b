/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: an ID token, a newline, a set of keys. A token that no key of
 * the set could have signed is never right; which that is, OpenSSL says.
 */
#include "helper/providers/oidc/oidc.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static const struct idtoken_expected expected = {
		.issuer = "https://login.example.com",
		.client = "linux",
		.algs = OIDC_ALGS_ALL,
		.claim = "sub",
		.account = "alice",
		.request = "1c266114",
		.amr = "otp",
		.asked = 1767225570,
		.now = 1767225600,
	};
	const unsigned char *end = memchr(data, '\n', size);
	size_t first = end != NULL ? (size_t)(end - data) : size;
	size_t rest = end != NULL ? size - first - 1 : 0;
	char *token = fuzz_text(data, first);
	char *text = fuzz_text(data + size - rest, rest);
	struct json *keys = json_parse(text, strlen(text));
	struct idtoken_found found;
	const enum idtoken is = idtoken_check(token, keys, &expected, &found);

	must(found.why != NULL, "a reason");
	must((is == IDTOKEN_RIGHT) == (found.why[0] == '\0'), "no reason");
	must(is != IDTOKEN_RIGHT || idtoken_keys_are_valid(keys),
	    "right without keys");
	json_free(keys);
	free(token);
	free(text);
	return 0;
}
