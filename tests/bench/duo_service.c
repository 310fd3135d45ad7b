/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stand-in for pam_duo's service, served as the simulator is (same library,
 * same threads), so that both modules meet the same server:
 *
 *   duo_service PORT CERTIFICATE KEY FOLDER
 *
 * Every request gets the file of FOLDER that is named like the last part of
 * its path: preauth.bson, auth.bson, status.bson. Prints "ready".
 */
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX 4096
#define FILES 3

static struct init_answer {
	const char *name;
	char body[FILE_MAX];
	size_t len;
} answers[FILES] = { { .name = "preauth.bson" }, { .name = "auth.bson" },
	{ .name = "status.bson" } };

/* Up to cap bytes; how many. */
static size_t
file_read(const char *folder, const char *name, char *to, size_t cap)
{
	char path[512];
	size_t len = 0;
	FILE *in;

	(void)snprintf(path, sizeof(path), "%s%s%s", folder,
	    folder[0] == '\0' ? "" : "/", name);
	in = fopen(path, "re");
	if (in == NULL) {
		perror(path);
		exit(1);
	}
	len = fread(to, 1, cap, in);
	(void)fclose(in);
	return len;
}

static enum MHD_Result
reply(struct MHD_Connection *connection, struct init_answer *a)
{
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(a == NULL ? 0 : a->len,
		a == NULL ? NULL : a->body, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	result = MHD_queue_response(
	    connection, a == NULL ? MHD_HTTP_NOT_FOUND : MHD_HTTP_OK, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result
handle(void *ctx, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *data, size_t *size,
    void **seen)
{
	const char *last = strrchr(url, '/');
	struct init_answer *found = NULL;

	(void)ctx;
	(void)method;
	(void)version;
	(void)data;
	if (*seen == NULL || *size > 0) { /* headers, then the body's parts */
		*seen = answers;
		*size = 0;
		return MHD_YES;
	}
	for (size_t i = 0; i < FILES && last != NULL; i++)
		if (strcmp(last + 1, answers[i].name) == 0)
			found = &answers[i];
	return reply(connection, found);
}

static struct MHD_Daemon *
listen_at(const char *port, const char *cert, const char *key)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((unsigned short)strtoul(port, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD |
		MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_TLS,
	    0, NULL, NULL, handle, NULL, MHD_OPTION_SOCK_ADDR, &address,
	    MHD_OPTION_CONNECTION_LIMIT, 1024U, MHD_OPTION_HTTPS_MEM_CERT, cert,
	    MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_END);
}

int
main(int argc, char **argv)
{
	static char cert[FILE_MAX + 1], key[FILE_MAX + 1];

	if (argc != 5) {
		fputs(
		    "usage: duo_service PORT CERTIFICATE KEY FOLDER\n", stderr);
		return 2;
	}
	(void)file_read("", argv[2], cert, FILE_MAX);
	(void)file_read("", argv[3], key, FILE_MAX);
	for (size_t i = 0; i < FILES; i++)
		answers[i].len = file_read(
		    argv[4], answers[i].name, answers[i].body, FILE_MAX);
	if (listen_at(argv[1], cert, key) == NULL) {
		fputs("duo_service: cannot listen\n", stderr);
		return 1;
	}
	puts("ready");
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}
