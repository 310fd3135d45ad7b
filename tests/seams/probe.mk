# SPDX-License-Identifier: BSD-2-Clause
# A helper that tries, before its first prompt, what a strange one would.

TEST_BIN += $(O)/test/probe-helper
PROBE_OBJ := $(O)/obj/tests/seams/probe.o

$(O)/test/probe-helper: $(O)/obj/helper/main.o $(HELPER_LIB_OBJ) $(PROBE_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) -Wl,--as-needed \
	    -Wl,--wrap=login_confine -Wl,--wrap=confine_process \
	    $$($(PKG_CONFIG) --libs $(HELPER_PKGS))
