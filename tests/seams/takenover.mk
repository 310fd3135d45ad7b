# SPDX-License-Identifier: BSD-2-Clause
# A helper in which a provider's broker answers what a test wants.

TEST_BIN += $(O)/test/takenover-helper
TAKENOVER_OBJ := $(O)/obj/tests/seams/takenover.o

$(O)/test/takenover-helper: $(O)/obj/helper/main.o $(HELPER_LIB_OBJ) $(TAKENOVER_OBJ)
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) $(PIE) -o $@ $^ $(ALL_LDFLAGS) -Wl,--as-needed \
	    -Wl,--wrap=provider_call_build -Wl,--wrap=http_start \
	    -Wl,--wrap=broker_receipt_make -Wl,--wrap=broker_reply_write \
	    -Wl,--wrap=send -Wl,--wrap=epoll_ctl \
	    $$($(PKG_CONFIG) --libs $(HELPER_PKGS))
