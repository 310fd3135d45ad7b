/* SPDX-License-Identifier: BSD-2-Clause */
/* SANITIZED, 1 or 0: this build has a sanitizer, which starts its own process
 * to trace this one, and writes its report to a path of its choice. */
#ifndef TWOFA_SANDBOX_SANITIZED_H
#define TWOFA_SANDBOX_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
