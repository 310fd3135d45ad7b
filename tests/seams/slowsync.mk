# SPDX-License-Identifier: BSD-2-Clause
# Programs on a slow disk.

TEST_BIN += $(O)/test/slowsync-helper
SLOWSYNC_OBJ := $(O)/obj/tests/seams/slowsync.o

$(O)/test/slowsync-helper: $(O)/obj/helper/main.o $(HELPER_LIB_OBJ) \
    $(SLOWSYNC_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) -Wl,--as-needed \
	    $$($(PKG_CONFIG) --libs $(HELPER_PKGS))
