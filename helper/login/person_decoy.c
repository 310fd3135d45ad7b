/* SPDX-License-Identifier: BSD-2-Clause */
/* Derives a decoy person's data from a digest of the typed name. */

#include "helper/login/login.h"
#include <errno.h>

/* offsets in the digest; the first eight bytes are the decoy's name */
#define MAC_LIKE 8  /* the template */
#define MAC_TEXT 10 /* phone and e-mail */

/* Separates these digests from other decoys', which use a bare name. */
#define PREFIX "person\n"

/* Writes the digest of a name at this account. Called for known names as well,
 * so that they take the same time. Returns 0, or -1 after logging why host.key
 * cannot be used. */
int
person_decoy_mac(const struct settings *conf, const char *account,
    const char *name, unsigned char mac[PERSON_DECOY_MAC])
{
	char text[sizeof(PREFIX "\n") + USER_NAME_MAX + UI_ANSWER_MAX];
	unsigned char key[HOST_KEY_LEN];

	errno = 0;
	if (host_key_read_shared(
		conf->state_dir, settings_fleet_key(conf), key) != 0) {
		log_problem("%s/host.key cannot be read or made: %s",
		    conf->state_dir, strerror(errno));
		return -1;
	}
	snprintf(text, sizeof(text), PREFIX "%s\n%s", account, name);
	host_key_hmac(key, text, mac);
	explicit_bzero(key, sizeof(key));
	explicit_bzero(text, sizeof(text));
	return 0;
}

size_t
person_decoy_template(const unsigned char mac[PERSON_DECOY_MAC], size_t people)
{
	return (size_t)(mac[MAC_LIKE] << 8 | mac[MAC_LIKE + 1]) % people;
}

void
person_decoy_hex(
    const unsigned char mac[PERSON_DECOY_MAC], char hex[OWNER_DECOY_LEN + 1])
{
	hex_text(mac, OWNER_DECOY_LEN / 2, hex);
}

/* Returns the length of the number's start that is kept: the country's code, or
 * a longer allowed prefix. */
static size_t
kept_of(const struct settings *conf, const char *phone)
{
	const struct text_list *allowed = &conf->allowed_prefixes;
	size_t keep = 1 + phone_country_len(phone);

	for (size_t i = 0; i < allowed->count; i++) {
		const size_t len = strlen(allowed->item[i]);

		if (strncmp(phone, allowed->item[i], len) == 0 && len > keep)
			keep = len;
	}
	return keep;
}

static void
made_up_digits(const struct settings *conf,
    const unsigned char mac[PERSON_DECOY_MAC], size_t nth, char *phone)
{
	static const unsigned char part[USER_PHONES_MAX] = { 1, 10, 26 };

	if (phone[0] == '\0')
		return;
	for (size_t i = kept_of(conf, phone); phone[i] != '\0'; i++)
		phone[i] = (char)('0' + mac[MAC_TEXT + i] / part[nth] % 10);
}

void
person_decoy_apply(const struct settings *conf,
    const unsigned char mac[PERSON_DECOY_MAC], struct user_record *r)
{
	_Static_assert(
	    MAC_TEXT + PHONE_MAX <= PERSON_DECOY_MAC, "one for each");

	made_up_digits(conf, mac, 0, r->phone);
	for (size_t n = 0; n < r->phone_count; n++)
		made_up_digits(conf, mac, n, r->phones[n].number);
	/* the domain is kept */
	for (size_t i = 0, len = strcspn(r->email, "@"); i < len; i++)
		r->email[i] = (char)('a' +
		    mac[MAC_TEXT + i % (PERSON_DECOY_MAC - MAC_TEXT)] % 26);
	/* no code is compared with the secret */
	for (size_t n = user_record_apps(r); n-- > 0;) {
		struct secret *secret = &r->app[n].secret;

		explicit_bzero(secret->b, sizeof(secret->b));
		memset(secret->b, 'A', secret->len);
	}
}
