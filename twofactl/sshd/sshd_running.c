/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses what programs print about the running sshd: its addresses, the methods
 * that it offers, and its options. */
#include "twofactl/sshd/sshd.h"

#include <ifaddrs.h>
#include <netdb.h>
#include <netinet/in.h>

#define LISTEN "listenaddress "
#define DENIED "Permission denied ("
#define TITLE "sshd: "
#define LISTENER " [listener]"
#define ARGUMENTS "argv[]="
#define ENVIRONMENT "Environment="
#define WITH_VALUE "CEbcfghkopu" /* sshd's options, sshd(8) */

/* Reads "[::]:22" or "0.0.0.0:22". */
static int
read_address(struct sshd_address *place, const char *text, size_t len)
{
	char word[SSHD_ADDRESS_MAX + 16], *port, *address = word;
	int64_t number;

	if (len >= sizeof(word))
		return -1;
	PRINT_TO(word, "%.*s", (int)len, text);
	port = strrchr(word, ':');
	if (port == NULL)
		return -1;
	*port++ = '\0';
	if (address[0] == '[') {
		address++;
		address[strcspn(address, "]")] = '\0';
	}
	if (strcmp(address, "0.0.0.0") == 0)
		PRINT_TO(place->address, "127.0.0.1");
	else if (strcmp(address, "::") == 0)
		PRINT_TO(place->address, "::1");
	else
		PRINT_TO(place->address, "%.*s", SSHD_ADDRESS_MAX - 1, address);
	number = decimal_read(port, 65535);
	place->port = number > 0 ? (unsigned)number : 0;
	return number > 0 ? 0 : -1;
}

int
sshd_running_read_address(
    struct sshd_address *place, size_t n, const char *text)
{
	const size_t name = strlen(LISTEN);
	struct text_part rest = text_part(text), line;

	while (text_part_next(&rest, "\n", &line))
		if (text_part_begins(&line, LISTEN) &&
		    read_address(place, line.at + name,
			strcspn(line.at + name, " \n")) == 0 &&
		    n-- == 0)
			return 0;
	return -1;
}

static bool
is_same_address(const struct sockaddr *have, const char *want)
{
	const int family = have != NULL ? have->sa_family : AF_UNSPEC;
	char text[NI_MAXHOST];

	return (family == AF_INET || family == AF_INET6) &&
	    getnameinfo(have,
		family == AF_INET ? sizeof(struct sockaddr_in)
				  : sizeof(struct sockaddr_in6),
		text, sizeof(text), NULL, 0, NI_NUMERICHOST) == 0 &&
	    strcmp(text, want) == 0;
}

bool
sshd_running_address_is_local(const struct sshd_address *place)
{
	struct ifaddrs *all = NULL;
	bool is_local = strncmp(place->address, "127.", 4) == 0;

	if (is_local || getifaddrs(&all) != 0)
		return is_local;
	for (const struct ifaddrs *i = all; i != NULL && !is_local;
	     i = i->ifa_next)
		is_local = is_same_address(i->ifa_addr, place->address);
	freeifaddrs(all);
	return is_local;
}

int
sshd_running_offer_read(char methods[SSHD_METHODS_MAX], const char *text)
{
	const char *at = strstr(text, DENIED);
	size_t len;

	if (at == NULL)
		return -1;
	at += strlen(DENIED);
	len = strspn(at, TEXT_ALNUM "-@.,");
	if (at[len] != ')' || len >= SSHD_METHODS_MAX)
		return -1;
	memcpy(methods, at, len);
	methods[len] = '\0';
	return 0;
}

/* True if a list begins with this method, or any method is enough. */
static bool
may_come_first(const char *lists, const char *method)
{
	struct text_part rest = text_part(lists), list, word;

	if (strcmp(lists, "any") == 0)
		return true;
	while (text_part_next(&rest, " ", &list))
		if (text_part_next(&list, ",", &word) &&
		    sshd_method_is(&word, method))
			return true;
	return false;
}

void
sshd_running_offer_expected(
    char methods[SSHD_METHODS_MAX], const struct sshd_settings *c)
{
	const struct {
		bool on;
		const char *name;
	} all[] = {
		{ c->pubkey, "publickey" },
		{ c->gssapi, "gssapi-with-mic" },
		{ c->password, "password" },
		{ c->kbdinteractive, "keyboard-interactive" },
		{ c->hostbased, "hostbased" },
	};

	methods[0] = '\0';
	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (all[i].on && may_come_first(c->methods, all[i].name))
			PRINT_BEHIND(methods, SSHD_METHODS_MAX, "%s%s",
			    methods[0] != '\0' ? "," : "", all[i].name);
}

static bool
list_within(const char *list, const char *other)
{
	struct text_part rest = text_part(list), word;

	while (text_part_next(&rest, ",", &word))
		if (!text_has_part(other, ",", &word))
			return false;
	return true;
}

bool
sshd_running_offer_is_same(const char *a, const char *b)
{
	return list_within(a, b) && list_within(b, a);
}

/* A process title has blanks between words and within values: a new word begins
 * with "-", or is the value of the option before it. */
static size_t
split_title(char *title)
{
	const size_t named = strlen(TITLE);
	char *end = strstr(title, LISTENER);
	char *word = title + named;

	if (end != NULL)
		*end = '\0';
	for (char *p = word; *p != '\0'; p++)
		if (*p == ' ' &&
		    (p[1] == '-' ||
			(p == word + 2 && word[0] == '-' &&
			    strchr(WITH_VALUE, word[1]) != NULL))) {
			*p = '\0';
			word = p + 1;
		}
	return end != NULL ? (size_t)(end - title) : 0;
}

static void
keep_option(struct sshd_options *w, char option, const char *value)
{
	if (strchr("fop", option) == NULL || w->count + 2 > SSHD_OPTIONS_MAX)
		return;
	PRINT_APPEND(w->shown, "%s-%c %s", w->shown[0] != '\0' ? " " : "",
	    option, value);
	if (option == 'f') {
		w->config = value;
		return;
	}
	w->word[w->count++] = option == 'o' ? "-o" : "-p";
	w->word[w->count++] = value;
}

void
sshd_options_from_cmdline(
    struct sshd_options *w, const char *cmdline, size_t len)
{
	const char *of;

	memset(w, 0, sizeof(*w)); /* also the NULs at the end */
	if (len > sizeof(w->text) - 2)
		len = sizeof(w->text) - 2;
	memcpy(w->text, cmdline, len);
	of = strstr(w->text, LISTENER);
	of = of != NULL ? strstr(of, " of ") : NULL;
	if (of != NULL) {
		of += strlen(" of ");
		w->starts = decimal_take(&of, INT_MAX);
	}
	if (strncmp(w->text, TITLE, strlen(TITLE)) == 0)
		len = split_title(w->text);
	for (char *p = w->text, *next; p < w->text + len; p = next) {
		const char *o = p + 1;

		next = p + strlen(p) + 1;
		if (*p != '-')
			continue;
		o += strcspn(o, WITH_VALUE);
		if (*o == '\0')
			continue;
		keep_option(w, *o, o[1] != '\0' ? o + 1 : next);
		if (o[1] == '\0')
			next += strlen(next) + 1;
	}
}

/* Appends the text up to a byte of stop or the end, as systemd parses it:
 * without quotes, and with one blank between words. */
static void
append_words(char to[SSHD_OPTIONS_TEXT], const char *from, const char *stop)
{
	size_t used = strlen(to);

	for (char c = ' '; used + 2 < SSHD_OPTIONS_TEXT; c = *from++) {
		if (strchr(" \t\r\n", c) != NULL)
			c = ' ';
		if (c != '"' && c != '\'' && (c != ' ' || to[used - 1] != ' '))
			to[used++] = c;
		if (*from == '\\' && from[1] != '\0')
			from++; /* also to the next line */
		else if (strchr(stop, *from) != NULL)
			break;
	}
	to[used - (to[used - 1] == ' ')] = '\0';
}

/* Returns the value of name in Environment=, whose words may be quoted, or
 * NULL. *stop is set to the bytes that end it. */
static const char *
find_word(const char *p, const char *name, size_t len, const char **stop)
{
	const char *found = NULL;

	while (*p != '\0' && *p != '\n') {
		const char *end = *p == '"' ? "\"" : " \n";

		p += *p == '"';
		if (strncmp(p, name, len) == 0 && p[len] == '=') {
			found = p + len + 1;
			*stop = end;
		}
		while (*p != '\0' && strchr(end, *p) == NULL)
			p += 1 + (p[0] == '\\' && p[1] != '\0');
		p += strspn(p, "\" ");
	}
	return found;
}

/* The last assignment counts: files, which follow, override the unit. */
static void
add_variable(char to[SSHD_OPTIONS_TEXT], const char *name, const char *text)
{
	const size_t len = strcspn(name, "} ");
	const char *value = NULL, *stop = "\n", *word;

	for (; *text != '\0'; text += strcspn(text, "\n") + (*text == '\n')) {
		text += strspn(text, " \t");
		if (strncmp(text, name, len) == 0 && text[len] == '=') {
			value = text + len + 1;
			stop = "\n";
		} else if (text_take(&text, ENVIRONMENT)) {
			word = find_word(text, name, len, &stop);
			value = word != NULL ? word : value;
		}
	}
	if (value != NULL)
		append_words(to, value, stop);
}

void
sshd_options_from_unit(struct sshd_options *w, const char *text)
{
	char title[SSHD_OPTIONS_TEXT] = TITLE;
	const char *p = strstr(text, ARGUMENTS);

	for (p = p != NULL ? p + strlen(ARGUMENTS) : "";
	     *p != ';' && *p != '\0'; p += strcspn(p, " "), p += strspn(p, " "))
		if (*p == '$')
			add_variable(title, p + 1 + (p[1] == '{'), text);
		else
			append_words(title, p, " \n");
	append_words(title, &LISTENER[1], "");
	sshd_options_from_cmdline(w, title, strlen(title));
}
