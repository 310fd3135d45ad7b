# SPDX-License-Identifier: BSD-2-Clause
# A helper that listens, and may start no broker. Without a sanitizer: it comes
# before the program.

TEST_BIN += $(O)/test/alone.so

$(O)/test/alone.so: SAN :=
$(O)/test/alone.so: tests/seams/alone.c
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -fPIC -shared -o $@ $<
