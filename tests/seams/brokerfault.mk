# SPDX-License-Identifier: BSD-2-Clause
# A helper whose state broker breaks where it is told to.

TEST_BIN += $(O)/test/brokerfault-helper
BROKERFAULT_OBJ := $(O)/obj/tests/seams/brokerfault.o

$(O)/test/brokerfault-helper: $(O)/obj/helper/main.o $(HELPER_LIB_OBJ) \
    $(BROKERFAULT_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) -Wl,--as-needed \
	    -Wl,--wrap=broker_op_run -Wl,--wrap=broker_reply_write \
	    -Wl,--wrap=broker_store_sync -Wl,--wrap=broker_run \
	    $$($(PKG_CONFIG) --libs $(HELPER_PKGS))
