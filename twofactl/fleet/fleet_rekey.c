/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl state rekey: a fleet's records under a new key. The helper seals
 * them, and the server takes all of them or none. */
#include "twofactl/fleet/fleet.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "lib/values/values.h"
#include "twofactl/link/link.h"
#include "twofactl/terminal/terminal.h"

#define DEADLINE_MS 120000
#define OLD ".old" /* behind the name of the key's file */

struct rekey {
	const struct ctl *ctl;
	struct settings *conf;
	const char *file;
	unsigned char key[CONFIG_FLEET_KEY_LEN];
	int64_t count; /* of records */
};

static int
take(void *ctx, const struct record *r)
{
	struct rekey *k = ctx;

	if (r->kind != ADMIN_LEFT)
		return -1;
	k->count = r->number[1];
	return 0;
}

/* CTL_NO: the state has that key already. */
static enum ctl_exit
ask_helper(struct rekey *k, const char *request)
{
	char hex[2 * CONFIG_FLEET_KEY_LEN + 1];
	struct facts facts = helper_link_facts(k->ctl, PURPOSE_REKEY);
	const struct helper_request call = {
		.facts = &facts, .ctx = k, .record = take
	};
	enum ctl_exit status;

	hex_text(k->key, sizeof(k->key), hex);
	facts.request = request;
	facts.record = hex;
	facts.deadline_ms = DEADLINE_MS;
	status = helper_request(k->ctl, &call);
	explicit_bzero(hex, sizeof(hex));
	return status;
}

/* A rehearsal needs no key, any will do. */
static enum ctl_exit
read_key(struct rekey *k)
{
	char cause[TRUSTED_FILE_CAUSE_MAX];

	if (access(k->file, F_OK) != 0 && errno == ENOENT) {
		if (k->ctl->dry_run)
			return CTL_DONE;
		if (fleet_key_make(k->file) != 0)
			return CTL_FAILED;
		printf("Made a new key: %s\n", k->file);
	}
	if (trusted_file_key(k->file, 0, k->key, sizeof(k->key), cause) == 0)
		return CTL_DONE;
	complain("%s: %s", k->file, cause);
	return CTL_USAGE;
}

static enum ctl_exit
confirm(const struct rekey *k)
{
	const char *place = k->conf->store.fleet_key_file;

	printf("%lld record%s will be sealed with %s.\n"
	       "From then on a host needs that key. Copy it to each host that "
	       "stays beforehand,\nas %s" CONFIG_FLEET_KEY_NEXT
	       " (root:twofa, 0640): a host without it denies\n"
	       "all users whose record is in the state.\n",
	    (long long)k->count, k->count == 1 ? "" : "s", k->file, place);
	(void)fflush(stdout);
	if (k->ctl->yes)
		return CTL_DONE;
	if (!terminal_is_there()) {
		complain("rekey asks first, and there is no terminal; add "
			 "--yes once the hosts have the file");
		return CTL_USAGE;
	}
	if (terminal_yes("Have they all got it? [y/N] "))
		return CTL_DONE;
	puts("Nothing was changed. Run this again when they have.");
	return CTL_NO;
}

/* This machine's own file; the former key is kept, for older dumps. */
static enum ctl_exit
place_key(const struct rekey *k)
{
	const char *place = k->conf->store.fleet_key_file;
	char old[TRUSTED_FILE_PATH_MAX + sizeof(OLD)];

	if (memcmp(k->key, k->conf->store.fleet_key, sizeof(k->key)) == 0)
		return CTL_DONE;
	snprintf(old, sizeof(old), "%s" OLD, place);
	if (fleet_key_write(old, k->conf->store.fleet_key) != 0 ||
	    fleet_key_write(place, k->key) != 0) {
		complain("the state has the new key, this machine has not: run "
			 "this again");
		return CTL_FAILED;
	}
	printf("%s is the new key here; %s has the former one, for dumps of "
	       "before.\n",
	    place, old);
	return CTL_DONE;
}

static void
tell(const struct rekey *k)
{
	const char *place = k->conf->store.fleet_key_file;
	char next[TRUSTED_FILE_PATH_MAX + sizeof(CONFIG_FLEET_KEY_NEXT)];

	snprintf(next, sizeof(next), "%s" CONFIG_FLEET_KEY_NEXT, place);
	printf("On each host, run: mv %s", shell_word(next));
	printf(" %s\n"
	       "A host without the new key denies, with store-settings and "
	       "\"another fleet key\"\nin its log: copy %s there. Then remove "
	       "%s here.\n",
	    shell_word(place), place, k->file);
}

static enum ctl_exit
rekey(struct rekey *k)
{
	enum ctl_exit status = read_key(k);

	if (status == CTL_DONE)
		status = ask_helper(k, REKEY_LOOK);
	if (status == CTL_NO) {
		puts("The state has this key already.");
		return k->ctl->dry_run ? CTL_DONE : place_key(k);
	}
	if (status == CTL_DONE && k->ctl->dry_run) {
		printf("%lld record%s would be sealed with the new key. "
		       "Nothing was changed.\n",
		    (long long)k->count, k->count == 1 ? "" : "s");
		return CTL_DONE;
	}
	if (status == CTL_DONE)
		status = confirm(k);
	if (status != CTL_DONE)
		return status;
	status = ask_helper(k, "");
	if (status == CTL_DONE) {
		printf("Done: %lld.\n", (long long)k->count);
		status = place_key(k);
	}
	if (status == CTL_DONE)
		tell(k);
	return status;
}

static enum ctl_exit
check(const struct rekey *k)
{
	const char *place = k->conf->store.fleet_key_file;
	size_t len;

	if (!store_url_is(k->conf->state) || place == NULL) {
		complain("%s: no state at a server with store.fleet_key_file, "
			 "so there is no key to change",
		    k->ctl->conf);
		return CTL_SETTINGS;
	}
	len = strlen(place);
	if (k->file[0] == '/' &&
	    (strncmp(k->file, place, len) != 0 ||
		(k->file[len] != '\0' && strcmp(k->file + len, OLD) != 0)))
		return CTL_DONE;
	complain("%s: name another file than the present key's, by its whole "
		 "path: %s" CONFIG_FLEET_KEY_NEXT,
	    k->file, place);
	return CTL_USAGE;
}

enum ctl_exit
fleet_rekey(const struct ctl *ctl, const char *file)
{
	struct rekey k = { .ctl = ctl, .file = file };
	enum ctl_exit status;

	k.conf = settings_load(ctl->conf, 0, &complain_report);
	if (k.conf == NULL)
		return CTL_SETTINGS;
	status = check(&k);
	if (status == CTL_DONE)
		status = rekey(&k);
	settings_free(k.conf);
	explicit_bzero(&k, sizeof(k));
	return status;
}
