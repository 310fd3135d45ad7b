# SPDX-License-Identifier: BSD-2-Clause
# A helper that listens, and may start no keeper.

TEST_BIN += $(O)/test/alone.so

$(O)/test/alone.so: $(O)/obj/tests/seams/alone.o
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -shared -o $@ $^ $(ALL_LDFLAGS)
