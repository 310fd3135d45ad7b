# SPDX-License-Identifier: BSD-2-Clause
# Sources of groups: tests/e2e/login/test_group_sources.py.

NSS_LIBS := $(O)/test/libnss_twofatest.so.2 $(O)/test/libnss_twofabare.so.2
TEST_BIN += $(NSS_LIBS)

# Without sanitizers: every program of the test's machine may load it.
$(NSS_LIBS): $(O)/test/libnss_%.so.2: tests/host/nss_twofatest.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 $(DEFS) $(WARN) $(CFLAGS) -fPIC -shared \
	    -Wl,-soname,$(@F) $(if $(filter twofabare,$*),-DBARE) -o $@ $<
