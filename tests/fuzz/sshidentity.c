/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: SSH_AUTH_INFO_0, whose certificates anybody may have written
 * whom the host's settings let sign.
 */
#include "lib/values/values.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct ssh_identity who;
	const char *at = text;

	while (ssh_identity_next(&at, "", &who)) {
		must(at > text && at <= text + strlen(text), "it moves on");
		must(who.key[0] == '\0' || ssh_fingerprint_is_valid(who.key),
		    "a fingerprint");
		must((who.cert_id[0] == '\0') == (who.ca[0] == '\0'),
		    "an id and its ca");
		must(who.ca[0] == '\0' ||
			(who.key[0] == '\0' &&
			    ssh_fingerprint_is_valid(who.ca) &&
			    ssh_cert_id_is_valid(who.cert_id)),
		    "a certificate is no plain key, and its id is plain");
	}
	must(*at == '\0', "to the end");
	free(text);
	return 0;
}
