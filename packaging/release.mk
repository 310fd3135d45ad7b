# SPDX-License-Identifier: BSD-2-Clause
# What is handed out: sources, and packages made of them.

# For which processor the packages are, by a cross build: ARCH=arm64.
ARCH ?=
# Of the package; one for each system, as 1~deb12, where a repository has several.
REVISION ?= 1
DIST := $(O)/pam_twofa-$(VERSION).tar.gz

dist:
	@packaging/dist $(DIST)

deb: dist
	@echo 'building the packages, in some minutes: $(O)/deb/build.log'
	@packaging/deb $(DIST) $(VERSION) $(REVISION) $(O)/deb $(ARCH)
	@packaging/give_back $(O)
	@echo 'Next: sudo apt-get install ./$(O)/deb/libpam-twofa_*.deb'

rpm: dist
	@packaging/rpm/build $(DIST) $(VERSION) $(O)/rpm

# Signed by the key of who releases: make release KEY=FINGERPRINT.
KEY ?=
release:
	+@MAKE='$(MAKE)' packaging/release '$(KEY)' $(VERSION) $(O)

# Of the packages of each release in PACKAGES/RELEASE/, for readers at URL.
PACKAGES ?= $(O)/packages
URL ?=
repository:
	@packaging/repository '$(KEY)' '$(URL)' $(PACKAGES) $(O)/repository

# On bare systems of their own, made once from the network.
check-deb:
	packaging/packages build bare
	tests/run -O $(O) --more deb

.PHONY: dist deb rpm release repository check-deb
