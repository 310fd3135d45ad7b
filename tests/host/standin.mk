# SPDX-License-Identifier: BSD-2-Clause
# Modules of others: tests/e2e/stack/test_stacks.py.

TEST_BIN += $(O)/test/pam_standin.so

# Without sanitizers: it is copied to many names.
$(O)/test/pam_standin.so: tests/host/standin.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(DEFS) $(WARN) $(CFLAGS) -fPIC -shared -o $@ $< -lpam
