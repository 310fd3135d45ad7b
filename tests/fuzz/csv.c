/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: any bytes as a table for twofactl import. */
#include "tests/fuzz/fuzz.h"
#include "twofactl/enrol/enrol_inside.h"

static void
row_look(const struct csv_row *row, unsigned line)
{
	bool empty = true;

	must(row->line >= line, "lines go up");
	must(row->count >= 1 && row->count <= CSV_FIELDS_MAX, "some fields");
	for (size_t i = 0; i < row->count; i++) {
		const char *f = row->field[i];

		must(f >= row->text && f < row->text + sizeof(row->text) &&
			memchr(f, '\0',
			    (size_t)(row->text + sizeof(row->text) - f)) !=
			    NULL,
		    "a field in the row's text, with an end");
		empty = empty && *f == '\0';
	}
	must(!empty, "no empty row");
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static struct csv_row row;
	char *text = fuzz_text(data, size);
	enum csv_result r;
	unsigned line = 1;
	struct csv csv;

	csv_begin(&csv, text, size);
	while ((r = csv_next(&csv, &row)) == CSV_ROW) {
		row_look(&row, line);
		line = row.line;
	}
	must((r == CSV_BAD) == (csv.cause != NULL), "a cause when it is bad");
	must(csv_next(&csv, &row) == r, "the end stays the end");
	free(text);
	return 0;
}
