/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl state: its subcommands; rekey, by which the helper seals all records
 * with a new key in one transaction; import of a host's former state. */
#include "twofactl/fleet/fleet_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define DEADLINE_MS 120000
#define REQUEST_MAX 256 /* of the import request "HOST PATH" */
#define TAKEN 4         /* numbers in ITEM_IMPORTED */
#define OLD ".old"      /* suffix of the former key's file */

struct rekey {
	const struct arguments *typed;
	const struct settings *conf;
	const char *file;
	unsigned char key[SETTINGS_FLEET_KEY_LEN];
	int64_t count; /* of records */
};

/* Returns CTL_NO if the state has that key already. */
static enum ctl_exit
ask_helper(struct rekey *k, const char *request)
{
	char hex[2 * SETTINGS_FLEET_KEY_LEN + 1];
	const struct client_request call = { .purpose = PURPOSE_REKEY,
		.request = request,
		.text = hex,
		.deadline_ms = DEADLINE_MS,
		.count = &k->count,
		.counts = ITEM_LEFT };
	enum ctl_exit status;

	hex_text(k->key, sizeof(k->key), hex);
	status = client_request(&k->typed->run, &call);
	explicit_bzero(hex, sizeof(hex));
	return status;
}

/* Reads the new key, and makes it if missing. A dry run needs no real key. */
static enum ctl_exit
fleet_read_key(struct rekey *k)
{
	if (access(k->file, F_OK) != 0 && errno == ENOENT) {
		if (k->typed->dry_run)
			return CTL_DONE;
		if (fleet_key_make(k->file) != 0)
			return CTL_FAILED;
		printf("Made a new key: %s\n", k->file);
	}
	if (trusted_file_read_key(k->file, 0, k->key, sizeof(k->key)) == 0)
		return CTL_DONE;
	return terminal_error_status(
	    CTL_USAGE, "%s: %s", k->file, trusted_file_cause);
}

static enum ctl_exit
fleet_confirm(const struct rekey *k)
{
	const char *place = k->conf->store.fleet_key_file;

	printf("%lld record%s will be sealed with %s.\n"
	       "From then on a host needs that key. Copy it to each host that "
	       "stays beforehand,\nas %s" SETTINGS_FLEET_KEY_NEXT
	       " (root:twofa, 0640): a host without it denies\n"
	       "all users whose record is in the state.\n",
	    (long long)k->count, k->count == 1 ? "" : "s", k->file, place);
	(void)fflush(stdout);
	if (k->typed->yes)
		return CTL_DONE;
	if (!terminal_is_open())
		return terminal_error_status(CTL_USAGE,
		    "rekey asks first, and there is no terminal; add "
		    "--yes once the hosts have the file");
	if (terminal_ask_yes("Have they all got it? [y/N] "))
		return CTL_DONE;
	puts("Nothing was changed. Run this again when they have.");
	return CTL_NO;
}

/* Replaces this machine's key file, and keeps the former key for older dumps.
 */
static enum ctl_exit
place_key(const struct rekey *k)
{
	const char *place = k->conf->store.fleet_key_file;
	char old[TRUSTED_FILE_PATH_MAX + sizeof(OLD)];

	if (memcmp(k->key, k->conf->store.fleet_key, sizeof(k->key)) == 0)
		return CTL_DONE;
	PRINT_TO(old, "%s" OLD, place);
	if (fleet_key_write(old, k->conf->store.fleet_key) != 0 ||
	    fleet_key_write(place, k->key) != 0)
		return terminal_error_status(CTL_FAILED,
		    "the state has the new key, this machine has not: run "
		    "this again");
	printf("%s is the new key here; %s has the former one, for dumps of "
	       "before.\n",
	    place, old);
	return CTL_DONE;
}

static enum ctl_exit
rekey(struct rekey *k)
{
	const char *place = k->conf->store.fleet_key_file;
	char next[TRUSTED_FILE_PATH_MAX + sizeof(SETTINGS_FLEET_KEY_NEXT)];
	enum ctl_exit status = fleet_read_key(k);

	if (status == CTL_DONE)
		status = ask_helper(k, PURPOSE_REKEY_LOOK);
	if (status == CTL_NO) {
		puts("The state has this key already.");
		return k->typed->dry_run ? CTL_DONE : place_key(k);
	}
	if (status == CTL_DONE && k->typed->dry_run) {
		printf("%lld record%s would be sealed with the new key. "
		       "Nothing was changed.\n",
		    (long long)k->count, k->count == 1 ? "" : "s");
		return CTL_DONE;
	}
	if (status == CTL_DONE)
		status = fleet_confirm(k);
	if (status != CTL_DONE)
		return status;
	status = ask_helper(k, "");
	if (status == CTL_DONE) {
		printf("Done: %lld.\n", (long long)k->count);
		status = place_key(k);
	}
	if (status != CTL_DONE)
		return status;
	PRINT_TO(next, "%s" SETTINGS_FLEET_KEY_NEXT, place);
	printf("On each host, run: mv %s %s\n"
	       "A host without the new key denies, with store-settings and "
	       "\"another fleet key\"\nin its log: copy %s there. Then remove "
	       "%s here.\n",
	    terminal_shell_quote(next), terminal_shell_quote(place), place,
	    k->file);
	return CTL_DONE;
}

static enum ctl_exit
fleet_rekey(struct fleet *f, const char *file)
{
	struct rekey k = { .typed = f->typed, .conf = f->conf, .file = file };
	const char *place = f->conf->store.fleet_key_file;
	const size_t len = place != NULL ? strlen(place) : 0;
	enum ctl_exit status;

	if (!settings_is_fleet(f->conf) || place == NULL)
		return terminal_error_status(CTL_SETTINGS,
		    "%s: no state at a server with store.fleet_key_file, "
		    "so there is no key to change",
		    f->typed->run.conf);
	if (file[0] != '/' ||
	    (strncmp(file, place, len) == 0 &&
		(file[len] == '\0' || strcmp(file + len, OLD) == 0)))
		return terminal_error_status(CTL_USAGE,
		    "%s: name another file than the present key's, by its "
		    "whole path: %s" SETTINGS_FLEET_KEY_NEXT,
		    file, place);
	status = rekey(&k);
	explicit_bzero(&k, sizeof(k));
	return status;
}

static int
import_take(void *ctx, const struct item *r)
{
	int64_t *taken = ctx;

	memcpy(taken, r->number + 1, TAKEN * sizeof(*taken));
	return r->kind == ITEM_IMPORTED ? 0 : -1;
}

/* Checks that the file is in state_dir, as the helper can open no other one.
 * Returns 0, or -1 after printing an error. */
static int
check_place(const struct settings *conf, const char *path)
{
	const char *slash = strrchr(path, '/');
	const size_t len = (size_t)(slash - path);

	if (strlen(path) + FLEET_HOST_MAX + 1 >= REQUEST_MAX)
		return terminal_error(
		    "%s is too long a path; move the file", path);
	if (strlen(conf->state_dir) == len &&
	    strncmp(conf->state_dir, path, len) == 0)
		return 0;
	return terminal_error(
	    "%s is outside of %s, where alone the helper may open a state; "
	    "copy it there, with the files beside it that have its name and "
	    "-wal behind it: install -o twofa -g twofa -m 0600 %s %s/",
	    path, conf->state_dir, terminal_shell_quote(path),
	    terminal_shell_quote(conf->state_dir));
}

static enum ctl_exit
import_host(const struct run *run, const char *host, const char *path)
{
	char request[REQUEST_MAX];
	int64_t taken[TAKEN] = { 0 };
	const struct client_request call = { .purpose = PURPOSE_IMPORT,
		.request = request,
		.deadline_ms = DEADLINE_MS,
		.ctx = taken,
		.record = import_take };
	enum ctl_exit status;

	/* check_place has checked the length */
	PRINT_TO(
	    request, "%s %.*s", host, REQUEST_MAX - FLEET_HOST_MAX - 2, path);
	printf("Reading %s and writing it to the server ...\n", path);
	(void)fflush(stdout);
	status = client_request(run, &call);
	if (status == CTL_NO)
		puts("It was taken over before. Nothing was counted twice.");
	if (status == CTL_DONE)
		printf("Taken over: steps of apps %lld, counts of wrong codes "
		       "%lld, messages of the\nlast day %lld, recovery codes "
		       "%lld.\n",
		    (long long)taken[0], (long long)taken[1],
		    (long long)taken[2], (long long)taken[3]);
	return status;
}

static enum ctl_exit
fleet_import(struct fleet *f, const char *file)
{
	const char *host = f->typed->operand[2]; /* import FILE HOST */
	char path[PATH_MAX];

	if (host != NULL && fleet_host_check_name(host) != 0)
		return CTL_USAGE;
	if (realpath(file, path) == NULL)
		return terminal_error_status(
		    CTL_USAGE, "%s: %s", file, strerror(errno));
	if (!settings_is_fleet(f->conf))
		return terminal_error_status(CTL_SETTINGS,
		    "%s: \"state\" names no server that could take it "
		    "over; first run: twofactl edit",
		    f->typed->run.conf);
	if (check_place(f->conf, path) != 0)
		return CTL_USAGE;
	return import_host(
	    &f->typed->run, host != NULL ? host : f->conf->store.host, path);
}

/* A subcommand: its words, its operand and the options it takes. */
static const struct state_action {
	const char *name;    /* one word, or two */
	const char *operand; /* "" for no operand; in brackets if optional */
	const char *options; /* of those that not all take */
	bool host;           /* the operand is a host's name */
	enum { LOAD_ITSELF = 0, LOAD_SETTINGS, LOAD_SERVER } load;
	fleet_action *run;
} actions[] = {
	{ "init", "[URL]", "print yes renew", .run = fleet_init_state },
	{ "upgrade", "", "print", .load = LOAD_SERVER, .run = fleet_upgrade },
	{ "restored", "", "print yes", .load = LOAD_SERVER,
	    .run = fleet_restored },
	{ "change", "", "print hourly-sends", .load = LOAD_SERVER,
	    .run = fleet_change },
	{ "import", "FILE [HOST]", "", .load = LOAD_SETTINGS,
	    .run = fleet_import },
	{ "rekey", "FILE", "yes dry-run", .load = LOAD_SETTINGS,
	    .run = fleet_rekey },
	{ "server init", "HOST[,HOST...]", "yes networks",
	    .run = fleet_servers_init },
	{ "server access", "HOST[,HOST...]", "print networks",
	    .run = fleet_servers_access },
	{ "server remove", "HOST[,HOST...]", "yes",
	    .run = fleet_servers_remove },
	{ "host add", "NAME",
	    "print push renew output groups hourly-users hourly-sends enrols",
	    .host = true, .load = LOAD_SERVER, .run = fleet_host_add },
	{ "host change", "NAME",
	    "print groups hourly-users hourly-sends enrols no-enrols",
	    .host = true, .load = LOAD_SERVER, .run = fleet_host_change },
	{ "host remove", "NAME", "", .host = true, .load = LOAD_SERVER,
	    .run = fleet_host_remove },
	{ "host disable", "NAME", "print records", .host = true,
	    .load = LOAD_SERVER, .run = fleet_host_disable },
	{ "host list", "", "json", .load = LOAD_SERVER,
	    .run = fleet_host_list },
};

static const struct state_action *
fleet_find(const struct arguments *typed, const char **operand)
{
	const char *const *word = typed->operand;
	char two[32];

	PRINT_TO(two, "%s %s", word[0], word[1] != NULL ? word[1] : "");
	for (size_t i = 0; i < COUNT_OF(actions); i++) {
		const struct state_action *a = &actions[i];
		const size_t words = strcmp(a->name, word[0]) == 0 ? 1 : 2;

		if (words == 2 && strcmp(a->name, two) != 0)
			continue;
		*operand = word[words];
		if ((*operand == NULL && a->operand[0] != '\0' &&
			a->operand[0] != '[') ||
		    (*operand != NULL &&
			(a->operand[0] == '\0' ||
			    (words == 1 && word[2] != NULL &&
				strchr(a->operand, ' ') == NULL))))
			return NULL;
		return a;
	}
	return NULL;
}

enum ctl_exit
cmd_state(const struct arguments *typed)
{
	const char *operand = NULL, *option;
	char allowed[128];
	const struct state_action *a = fleet_find(typed, &operand);
	struct fleet f = { .typed = typed };
	enum ctl_exit status = CTL_DONE;

	if (a == NULL)
		return terminal_error_status(CTL_USAGE,
		    "state is followed by one of: init [URL], upgrade, "
		    "restored, change, import FILE [HOST], rekey FILE, server "
		    "init|access|remove HOST[,HOST...], host "
		    "add|change|disable|remove NAME, host list");
	PRINT_TO(allowed, "url %s", a->options);
	option = options_other(typed, allowed);
	if (option != NULL)
		return terminal_error_status(CTL_USAGE,
		    "state %s takes no --%s; see: twofactl state --help",
		    a->name, option);
	if (a->host && !fleet_host_check(typed, operand))
		return CTL_USAGE;
	if (a->load == LOAD_SERVER)
		status = fleet_load_settings(&f, NULL, false);
	else if (a->load == LOAD_SETTINGS &&
	    (f.conf = settings_load(typed->run.conf, 0, &complain_report)) ==
		NULL)
		status = CTL_SETTINGS;
	if (status == CTL_DONE)
		status = a->run(&f, operand);
	settings_free(f.conf);
	explicit_bzero(&f, sizeof(f));
	return status;
}
