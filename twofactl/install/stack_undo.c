/* SPDX-License-Identifier: BSD-2-Clause */
/* Taking our lines out of a PAM file, whatever else became of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "twofactl/install/stack_edit.h"
#include "twofactl/install/stack_lines.h"

static bool
is_end(const struct stack_line *line)
{
	const size_t len = strlen(STACK_END);

	return stack_line_begins(line, STACK_END) &&
	    strspn(line->at + len, "\r\n") >= line->len - len;
}

/* Behind the end of the block that begins before rest; NULL: somebody took that
 * end away. */
static const char *
block_end(const char *rest)
{
	struct stack_line line;

	while (stack_line_next(&rest, &line) &&
	    !stack_line_begins(&line, STACK_BEGIN))
		if (is_end(&line))
			return rest;
	return NULL;
}

/* In a block stands what it replaced, and nothing else of the file's. */
static void
undo_line(FILE *out, const struct stack_line *line, bool in_block)
{
	const size_t len = strlen(STACK_WAS);

	if (stack_line_begins(line, STACK_WAS))
		fwrite(line->at + len, 1, line->len - len, out);
	else if (!in_block && !stack_line_begins(line, STACK_MARK))
		fwrite(line->at, 1, line->len, out);
}

/* A block whose end is gone is read line by line, so that nothing behind it is
 * lost. True: the file's last line had no newline. */
static bool
undo(FILE *out, const char *rest)
{
	const char *end = NULL;
	bool broken = false, bare = false;
	struct stack_line line;

	while (stack_line_next(&rest, &line)) {
		if (end == NULL && stack_line_begins(&line, STACK_BEGIN)) {
			end = block_end(rest);
			broken |= end == NULL;
		}
		bare |= stack_line_begins(&line, STACK_BARE);
		if (!broken || !stack_line_ours(&line))
			undo_line(out, &line, end != NULL);
		if (rest == end) {
			end = NULL;
			bare &= *rest == '\0';
		}
	}
	return bare;
}

char *
stack_edit_undo(const char *text)
{
	char *bytes = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&bytes, &len);
	bool bare, failed;

	if (out == NULL)
		return NULL;
	bare = undo(out, text);
	failed = ferror(out) != 0;
	if (fclose(out) == 0 && !failed) {
		if (bare && len > 0 && bytes[len - 1] == '\n')
			bytes[len - 1] = '\0';
		return bytes;
	}
	free(bytes);
	return NULL;
}

bool
stack_edit_has(const char *text)
{
	struct stack_line line;

	while (stack_line_next(&text, &line))
		if (stack_line_begins(&line, STACK_BEGIN))
			return true;
	return false;
}
