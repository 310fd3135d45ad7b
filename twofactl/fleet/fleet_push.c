/* SPDX-License-Identifier: BSD-2-Clause */
/* twofactl state server, and host add --push: sets up other machines by ssh. */
#include "twofactl/fleet/fleet_inside.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <unistd.h>

#define NETWORKS_MAX 64
#define NETWORK_TEXT (INET6_ADDRSTRLEN + 4)
#define DATABASE "twofa"
#define PUSH_S 3600 /* a server copies another one */
#define PUSH_SAYS_MAX 65536

/* Parses ADDRESS[/BITS]. Host names are refused: PostgreSQL would resolve them,
 * forwards and backwards, at each connection and before any password. */
static bool
is_network(const char *word, char out[NETWORK_TEXT])
{
	const long most = strchr(word, ':') != NULL ? 128 : 32;
	const char *slash = strchr(word, '/');
	const long bits = slash != NULL ? decimal_read(slash + 1, most) : most;
	unsigned char bytes[16];

	if (snprintf(out, INET6_ADDRSTRLEN, "%.*s", (int)strcspn(word, "/"),
		word) >= INET6_ADDRSTRLEN ||
	    inet_pton(most == 128 ? AF_INET6 : AF_INET, out, bytes) != 1 ||
	    bits < 1)
		return false;
	snprintf(out + strlen(out), 5, "/%u", (unsigned char)bits);
	return true;
}

/* Adds the networks of --networks. Returns false after printing an error. */
static bool
add_networks(struct fleet_sql *s, const struct arguments *typed)
{
	char list[4096] = "", one[NETWORK_TEXT], *save = NULL;
	size_t count = 0;

	if (typed->networks == NULL)
		return terminal_error(
			   "add --networks: the addresses or networks of "
			   "hosts, administrators and servers, such as "
			   "--networks 192.0.2.0/24,2001:db8::7") == 0;
	PRINT_TO(list, "%.*s", (int)sizeof(list) - 1,
	    strlen(typed->networks) < sizeof(list) ? typed->networks : "?");
	for (char *word = strtok_r(list, ", ", &save); word != NULL;
	     word = strtok_r(NULL, ", ", &save)) {
		if (count == NETWORKS_MAX || !is_network(word, one))
			return terminal_error(
				   "%.60s: give at most %d addresses "
				   "or networks, such as --networks "
				   "192.0.2.0/24,2001:db8::7",
				   word, NETWORKS_MAX) == 0;
		fleet_sql_add(s, "%s%s", count++ > 0 ? " " : "", one);
	}
	return true;
}

static void
script_set(struct fleet_sql *s, const char *name, const char *value)
{
	fleet_sql_add(s, "%s='%s'\n", name, value);
}

/* Begins the text with a list: names of machines, with commas. */
static void
script_begin(struct fleet_sql *s, const char *list)
{
	script_set(s, "ca_file", FLEET_CA_FILE);
	script_set(s, "key_file", FLEET_KEY_FILE);
	script_set(s, "database", DATABASE);
	fleet_sql_add(s, "servers='");
	for (; *list != '\0'; list++)
		fleet_sql_add(s, "%c", *list == ',' ? ' ' : *list);
	fleet_sql_add(s, "'\n");
}

static enum ctl_exit
push_run(struct fleet_sql *s, const char *act)
{
	static char out[PUSH_SAYS_MAX];
	static const char *const argv[] = { "/bin/sh", NULL };
	static const char *const for_ssh[] = {
		"HOME=", "SUDO_USER=", "SSH_AUTH_SOCK=", NULL
	};
	struct program p = {
		.argv = argv, .keeps = for_ssh, .timeout_s = PUSH_S
	};
	int status = PROGRAM_FAILED;

	fleet_sql_add(s,
	    "machine=$(cat <<'END_OF_MACHINE'\n%s\n"
	    "END_OF_MACHINE\n)\n%s\n%s </dev/null\n",
	    fleet_text_machine, fleet_text_push, act);
	if (fleet_sql_close_text(s) == 0) {
		p.text = s->text;
		status = run_program(&p, out, sizeof(out));
	}
	fleet_sql_free(s);
	for (char *next = out, *line; fleet_row(&next, &line, 1) == 1;)
		fleet_print_line("", line);
	return status == 0
	    ? CTL_DONE
	    : terminal_error_status(
		  CTL_FAILED, "not all was done; see above, and run it again");
}

enum ctl_exit
fleet_push_host(const struct fleet *f, const char *name, const char *password,
    const char *settings, const char *act)
{
	const char *list = f->server.url + strcspn(f->server.url, "@/") + 2;
	char servers[FLEET_URL_MAX];
	struct fleet_sql s = { .f = NULL };

	list = strchr(list, '@') != NULL ? strchr(list, '@') + 1 : list;
	PRINT_TO(servers, "%.*s", (int)strcspn(list, "/?"), list);
	if (strchr(settings, '\'') != NULL || strchr(servers, '\'') != NULL)
		return terminal_error_status(CTL_USAGE,
		    "a path or name in the settings has a quote; bring them "
		    "there by hand");
	script_begin(&s, servers);
	script_set(&s, "host", name);
	script_set(&s, "password", password);
	script_set(&s, "settings", settings);
	return push_run(&s, act);
}

/* Begins a text for servers. Returns false after printing an error. */
static bool
servers_begin(struct fleet_sql *s, const struct arguments *typed,
    const char *list, bool access)
{
	if (!text_has_only(list, TEXT_LOWER TEXT_DIGITS ".-,"))
		return terminal_error("%.60s: give names of servers, such as "
				      "db1.example.org,db2.example.org",
			   list) == 0;
	script_begin(s, list);
	fleet_sql_add(s, "networks='");
	if (access && !add_networks(s, typed))
		return false;
	fleet_sql_add(s, "'\n");
	return true;
}

/* Sets up servers of PostgreSQL, the first and copies of it, with the state. */
enum ctl_exit
fleet_servers_init(struct fleet *f, const char *list)
{
	char url[FLEET_URL_MAX];
	struct fleet_sql s OWNED(fleet_sql_free) = { .f = NULL };
	enum ctl_exit status;

	if (!servers_begin(&s, f->typed, list, true))
		return CTL_USAGE;
	status = push_run(&s, "servers_init");
	if (status != CTL_DONE)
		return status;
	PRINT_TO(url, "postgresql://%.1900s/" DATABASE, list);
	f->sets_up = true;
	return fleet_init_state(f, url);
}

/* Only who may come in, at servers that were set up in another way; with
 * --print, as a script for each. */
enum ctl_exit
fleet_servers_access(struct fleet *f, const char *list)
{
	struct fleet_sql s OWNED(fleet_sql_free) = { .f = NULL };

	if (!servers_begin(&s, f->typed, list, true))
		return CTL_USAGE;
	if (!f->typed->print)
		return push_run(&s, "servers_access");
	fleet_sql_add(&s, "set -eu; name=$(uname -n) ca=''\n%s\naccess\n",
	    fleet_text_machine);
	return fleet_sql_print(&s);
}

enum ctl_exit
fleet_servers_remove(struct fleet *f, const char *list)
{
	struct fleet_sql s OWNED(fleet_sql_free) = { .f = NULL };

	if (!servers_begin(&s, f->typed, list, false))
		return CTL_USAGE;
	if (!f->typed->yes &&
	    !terminal_ask_yes("Hosts whose state is there will deny logins. Go "
			      "on? [y/N] "))
		return terminal_error_status(CTL_NO,
		    "nothing was changed; without a terminal add --yes");
	return push_run(&s, "servers_remove");
}
