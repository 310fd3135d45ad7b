/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line. */
#include "tests/simulator/args.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ARGS_PEM_MAX = 256 * 1024,
	FOR_MAX_S = 10 * 86400,
};

static const char usage_text[] =
    "usage: twofa-simulator --listen 127.0.0.1:PORT\n"
    "           [--tls-cert FILE --tls-key FILE] [--seed N]\n"
    "           [--own-certificate] [--credentials FILE] [--no-control]\n"
    "           [--for SECONDS] [--detach] [--set NAME=VALUE] [--plain | "
    "--quiet]\n"
    "\n"
    "Stands in for the provider of phone codes, for rehearsals and tests.\n"
    "\n"
    "  --listen HOST:PORT   127.x.x.x or [::1]; port 0 picks a free one\n"
    "  --tls-cert FILE      speak HTTPS with this certificate chain (PEM)\n"
    "  --tls-key FILE       and this private key (PEM)\n"
    "  --own-certificate    speak HTTPS with a new one, which it prints first\n"
    "  --seed N             make the same codes and ids in every run\n"
    "  --credentials FILE   accept only these accounts: VENDOR KEY SECRET;\n"
    "                       - reads them from standard input\n"
    "  --no-control         give no process messages or settings\n"
    "  --for SECONDS        stop after that time\n"
    "  --detach             go to the background once it listens\n"
    "  --set NAME=VALUE     change a setting; see twofa-simulator(1)\n"
    "  --plain              show each message on one line\n"
    "  --quiet              show no messages\n"
    "  --help, --version\n";

__attribute__((noreturn, format(printf, 1, 2))) static void
wrong(const char *format, ...)
{
	va_list ap;

	fputs("twofa-simulator: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputs("\nTry twofa-simulator --help\n", stderr);
	exit(2);
}

static unsigned long long
take_number(const char *option, const char *text, unsigned long long max)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 ||
	    n > max)
		wrong("%s: '%s' is not a number from 0 to %llu", option, text,
		    max);
	return n;
}

/*
 * Loopback literals alone: whoever reaches the simulator reads every code, and
 * a name may resolve to anything.
 */
static bool
take_host(const char *host, unsigned short port, struct sockaddr_storage *out)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)out;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
	}
	if (strcmp(host, "[::1]") == 0) {
		v6->sin6_family = AF_INET6;
		v6->sin6_port = htons(port);
		v6->sin6_addr = in6addr_loopback;
		return true;
	}
	return false;
}

static void
take_listen(struct args *a, const char *text)
{
	const char *colon = strrchr(text, ':');
	unsigned short port;

	if (colon == NULL || (size_t)(colon - text) >= sizeof(a->host))
		wrong("--listen: write HOST:PORT, such as 127.0.0.1:8443");
	port = (unsigned short)take_number("--listen", colon + 1, 65535);
	memcpy(a->host, text, (size_t)(colon - text));
	a->host[colon - text] = '\0';
	if (!take_host(a->host, port, &a->server.address))
		wrong("--listen: '%s' is no loopback address: the simulator "
		      "shows every code to whoever asks, so it listens at "
		      "127.x.x.x or [::1] only",
		    a->host);
}

/* A PEM file as text; ends the program when it cannot be read. */
static char *
read_pem(const char *path)
{
	char *text = calloc(1, ARGS_PEM_MAX);
	FILE *f = fopen(path, "re");
	size_t n;

	if (text == NULL || f == NULL)
		wrong("%s: %s", path, strerror(errno));
	n = fread(text, 1, ARGS_PEM_MAX - 1, f);
	fclose(f);
	if (n == 0)
		wrong("%s: nothing in it, a PEM file is needed", path);
	return text;
}

static void
add_setting(struct args *a, const char *text)
{
	size_t n = 0;

	while (a->settings[n] != NULL)
		n++;
	if (n == ARGS_SETTINGS_MAX)
		wrong("--set: more than %d settings", ARGS_SETTINGS_MAX);
	a->settings[n] = text;
}

enum {
	OPT_LISTEN = 256,
	OPT_CERT,
	OPT_KEY,
	OPT_OWN,
	OPT_SEED,
	OPT_CREDENTIALS,
	OPT_NO_CONTROL,
	OPT_FOR,
	OPT_DETACH,
	OPT_SET,
	OPT_PLAIN,
	OPT_QUIET,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option options[] = {
	{ "listen", required_argument, NULL, OPT_LISTEN },
	{ "tls-cert", required_argument, NULL, OPT_CERT },
	{ "tls-key", required_argument, NULL, OPT_KEY },
	{ "own-certificate", no_argument, NULL, OPT_OWN },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "credentials", required_argument, NULL, OPT_CREDENTIALS },
	{ "no-control", no_argument, NULL, OPT_NO_CONTROL },
	{ "detach", no_argument, NULL, OPT_DETACH },
	{ "for", required_argument, NULL, OPT_FOR },
	{ "set", required_argument, NULL, OPT_SET },
	{ "plain", no_argument, NULL, OPT_PLAIN },
	{ "quiet", no_argument, NULL, OPT_QUIET },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ 0 },
};

static void
take_option(struct args *a, int option, const char *value)
{
	switch (option) {
	case OPT_LISTEN:
		take_listen(a, value);
		break;
	case OPT_CERT:
		a->server.cert = read_pem(value);
		break;
	case OPT_KEY:
		a->server.key = read_pem(value);
		break;
	case OPT_OWN:
		a->own_certificate = true;
		break;
	case OPT_SEED:
		a->seeded = true;
		a->seed = take_number("--seed", value, UINT64_MAX);
		break;
	case OPT_CREDENTIALS:
		a->credentials = value;
		break;
	case OPT_NO_CONTROL:
		a->no_control = true;
		break;
	case OPT_FOR:
		a->for_s = take_number("--for", value, FOR_MAX_S);
		break;
	case OPT_DETACH:
		a->detach = true;
		a->server.patient = true;
		break;
	case OPT_SET:
		add_setting(a, value);
		break;
	case OPT_PLAIN:
		a->screen = SCREEN_PLAIN;
		break;
	case OPT_QUIET:
		a->screen = SCREEN_OFF;
		break;
	case OPT_HELP:
		fputs(usage_text, stdout);
		exit(0);
	case OPT_VERSION:
		puts("twofa-simulator " TWOFA_VERSION);
		exit(0);
	default: /* getopt has said what is wrong */
		fputs("Try twofa-simulator --help\n", stderr);
		exit(2);
	}
}

void
args_parse(struct args *a, int argc, char **argv)
{
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		take_option(a, option, optarg);
	if (optind < argc)
		wrong("'%s': nothing goes behind the options", argv[optind]);
	if (a->host[0] == '\0')
		wrong("say where to listen: --listen 127.0.0.1:PORT");
	if ((a->server.cert == NULL) != (a->server.key == NULL))
		wrong("--tls-cert and --tls-key go together");
	if (a->server.cert != NULL && a->own_certificate)
		wrong("--own-certificate and --tls-cert: give one of them");
}

void
args_free(struct args *a)
{
	if (a->server.key != NULL)
		explicit_bzero(a->server.key, strlen(a->server.key));
	free(a->server.key);
	free(a->server.cert);
	memset(&a->server, 0, sizeof(a->server));
}
