/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl key: a user's security keys for ssh. */
#include "twofactl/enrol/enrol.h"

#define KEYS_MAX (USER_SK_KEYS_MAX + SSH_FINGERPRINT_LEN + 2)

/* Writes the user's keys as they are to be, with users_dir locked. sk_keys has
 * a blank after each key; a new one is first. */
static enum ctl_exit
make_keys(const struct command_user *c, const struct ssh_identity *id, bool add,
    char keys[KEYS_MAX])
{
	const char *user = c->target.account, *at;
	struct user_record record OWNED(user_record_wipe);

	if (user_record_read(c->conf, user, &record, &complain_report) !=
	    USER_FOUND)
		return terminal_error_status(CTL_NO,
		    "%s has no record; run: %s", user,
		    settings_enrol_command(
			c->conf, terminal_shell_quote(user)));
	at = strstr(record.sk_keys, id->key);
	if (add)
		snprintf(keys, KEYS_MAX, "%s %s", id->key, record.sk_keys);
	else if (at != NULL)
		snprintf(keys, KEYS_MAX, "%.*s%s", (int)(at - record.sk_keys),
		    record.sk_keys,
		    at + strlen(id->key) + strspn(at + strlen(id->key), " "));
	if (add != (at != NULL))
		return CTL_DONE;
	return terminal_error_status(CTL_NO,
	    "nothing was changed: %s is %s recorded for %s", id->key,
	    add ? "already" : "not", user);
}

enum ctl_exit
cmd_key(struct command_user *c, const struct arguments *typed)
{
	static struct record_file file;
	const bool add = typed->sk != NULL;
	const char *user = c->target.account;
	char keys[KEYS_MAX];
	const struct record_text_change change = { .key = "sk_keys",
		.value = keys };
	struct ssh_identity id;
	enum ctl_exit status;

	if (add == (typed->sk_removed != NULL))
		return terminal_error_status(
		    CTL_USAGE, "give one: --sk or --remove");
	if (typed_key_read(&id, add ? "--sk" : "--remove",
		add ? typed->sk : typed->sk_removed) != 0)
		return CTL_USAGE;
	if (id.key[0] == '\0' || (add && !id.sk))
		return terminal_error_status(CTL_USAGE,
		    "that is no key of ssh-keygen -t ed25519-sk or ecdsa-sk");
	status = record_file_lock(&file, c->conf);
	if (status == CTL_DONE)
		status = make_keys(c, &id, add, keys);
	status = record_file_end(&file, status, user, &change, 1);
	if (status != CTL_DONE)
		return status;
	client_audit(
	    EVENT_NONE, user, "key %s %s", add ? "--sk" : "--remove", id.key);
	printf("%s is %s recorded for %s as a security key.\n", id.key,
	    add ? "now" : "no longer", user);
	return CTL_DONE;
}
