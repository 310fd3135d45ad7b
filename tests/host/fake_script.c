/* SPDX-License-Identifier: BSD-2-Clause */
/* A stand-in helper that says, line by line, what a file tells it. */
#include "tests/host/fake_script.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/wire/wire.h"

#define WAIT_MS 60000
#define ALLOW "ALLOW "
#define DENY "DENY "

static void
say(int sock, const char *text)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	frame_init(&f, FRAME_SAY, bytes, sizeof(bytes));
	frame_put_text(&f, FIELD_TEXT, text);
	(void)frame_send(sock, &f);
}

/* Whatever comes back. */
static void
ask(int sock)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	frame_init(&f, FRAME_ASK, bytes, sizeof(bytes));
	frame_put_text(&f, FIELD_TEXT, "Code: ");
	frame_put_number(&f, FIELD_ECHO, 1);
	(void)frame_send(sock, &f);
	(void)frame_recv(sock, &f, 1u << FRAME_ANSWER | 1u << FRAME_ABORT,
	    bytes, sizeof(bytes), frame_clock_ms() + WAIT_MS);
}

static void
end(int sock, enum frame_verdict verdict, enum frame_field tag,
    const char *text)
{
	unsigned char bytes[FRAME_MAX];
	struct frame f;

	frame_init(&f, FRAME_VERDICT, bytes, sizeof(bytes));
	frame_put_number(&f, FIELD_VERDICT, verdict);
	if (text[0] != '\0')
		frame_put_text(&f, tag, text);
	(void)frame_send(sock, &f);
}

bool
fake_script(const char *path, int sock)
{
	char name[PATH_MAX + 8], *line = NULL;
	size_t cap = 0;
	FILE *f;

	snprintf(name, sizeof(name), "%s.script", path);
	f = fopen(name, "re");
	if (f == NULL)
		return false;
	while (getline(&line, &cap, f) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (strcmp(line, "ASK") == 0)
			ask(sock);
		else if (strcmp(line, "ALLOW") == 0)
			end(sock, VERDICT_ALLOW, FIELD_NUMBER, "");
		else if (strncmp(line, ALLOW, strlen(ALLOW)) == 0)
			end(sock, VERDICT_ALLOW, FIELD_NUMBER,
			    line + strlen(ALLOW));
		else if (strncmp(line, DENY, strlen(DENY)) == 0)
			end(sock, VERDICT_DENY, FIELD_REASON,
			    line + strlen(DENY));
		else
			say(sock, line);
	}
	free(line);
	fclose(f);
	return true;
}
