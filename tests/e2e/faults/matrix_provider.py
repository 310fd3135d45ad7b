# SPDX-License-Identifier: BSD-2-Clause
"""The fault matrix, first part: the provider and the way to it, at the start
and at the check. matrix.py says how rows are read."""

import breakage as b
from faultrow import ALLOWED, CHECK, START, Row, held


def start(breaks, how, reason="transient", words=": transient: ", **more):
    return Row("provider", breaks, how, START, reason=reason,
               words="provider vonage: start" + words, **more)


def check(breaks, how, reason="transient", words=": transient: ", **more):
    return Row("provider", breaks, how, CHECK, reason=reason,
               words="provider vonage: check" + words, **more)


def both(breaks, how, **more):
    return [start(breaks, how, **more), check(breaks, how, **more)]


FAULTS = "test_provider_faults.py::test_%s"
UNUSABLE = {
    "reset": "reset", "close": "closed after the request",
    "close_status": "closed after the status line",
    "close_headers": "closed after the headers",
    "half_body": "closed at half the body", "hang": "never answers",
    "html502": "502 with HTML", "empty503": "empty 503",
    "json500": "500 with JSON", "html200": "HTML", "empty200": "empty 200",
    "truncated": "truncated JSON", "trailing": "a second document",
    "nul": "\\u0000 in a judged field", "raw_nul": "a NUL byte",
    "dup_keys": "duplicate keys",
    "wrong_case": "keys in the wrong case", "deep": "10,000 arrays deep",
    "bad_utf8": "invalid UTF-8", "bom": "a byte order mark",
    "gzip": "gzip bomb", "huge": "16 MiB with a length",
    "huge_close": "16 MiB without a length",
    "bad_length": "Content-Length too small"}
FIELD = ("close", "reset", "empty503", "html502", "json500", "half_body",
         "wrong_type", "foreign_id")
MOVED = ': transient: vendor="http=%d '

PROVIDER = [
    *(row for name, text in UNUSABLE.items()
      for row in both(text, b.fault(name))),
    start("JSON in JSON", b.fault("double"), real=True),
    check("JSON in JSON", b.fault("double")),
    held("provider", "refused", "test_transport.py::test_refused_connection",
         when=START),
    held("provider", "refused",
         "test_transport.py::test_provider_gone_before_the_check",
         when=CHECK),
    *(held("provider", "one field: " + fault, "test_one_field.py::"
           "test_fault_of_a_%s[%s]" % (when, fault), when=when)
      for fault in FIELD for when in (START, CHECK)),
    held("provider", "the previous answer again", FAULTS % "replayed_start",
         when=START),
    held("provider", "the previous answer again", FAULTS % "replayed_check",
         when=CHECK),
    held("provider", "429 with Retry-After: 1",
         FAULTS % "throttled_start_is_sent_once_more",
         FAULTS % "start_throttled_for_ever", when=START),
    held("provider", "429 with Retry-After: 1",
         FAULTS % "throttled_check_is_sent_once_more",
         FAULTS % "check_throttled_for_ever", when=CHECK),
    held("provider", "wrong name", "test_transport.py::"
         "test_certificate[wrong_host-name]", when=START),
    held("provider", "expired", "test_transport.py::"
         "test_certificate[expired-expired]", when=START),
    held("provider", "another authority", "test_transport.py::"
         "test_certificate[other_ca-certificate]", when=START),
    held("provider", "no name service", "test_transport.py::"
         "test_unknown_host", when=START),
    *both("black hole", b.black_hole),
    Row("provider", "a foreign id", b.fault("foreign_id"), START,
        reason="ended", words="provider vonage: check: deny: "),
    check("a foreign id", b.fault("foreign_id"), "ended", ": deny: "),
    *both("stands still", b.frozen),
    *both("closed at once", b.closed_at_once),
    start("answers too late", b.fault("delay", ms=3000),
          words=": transient: .*may have been received"),
    check("answers too late", b.fault("delay", ms=3000)),
    check("closed while the code is typed", b.closed_meanwhile, "", ": ok:",
          result=ALLOWED),
    *both("a byte every 0.2 s", b.fault("drip", ms=200)),
    start("chunks without end", b.fault("endless"), valgrind=True),
    check("chunks without end", b.fault("endless"), real=True, valgrind=True),
    *both("Content-Length too large", b.fault("bad_length", delta=100)),
    *both("redirect to http", b.redirect(301, "http://localhost:%d/"),
          words=MOVED % 301),
    *both("redirect to another host", b.redirect(302, "https://127.0.0.2:%d/"),
          words=MOVED % 302),
    *both("redirect to itself", b.redirect(
        307, "https://localhost:%d/verify/json"), words=MOVED % 307),
    *both("50 interim answers", b.fault("burst1xx"), result=ALLOWED,
          reason="", words=": ok:"),
    *both("429 with Retry-After: 3600", b.throttled("3600"),
          reason="throttle", words=": throttle: "),
    *both("429 with a date", b.throttled("Fri, 31 Dec 2027 23:59:59 GMT"),
          reason="throttle", words=": throttle: "),
    start("429 with garbage", b.throttled("-1; soon"), "", ": throttle: ",
          result=ALLOWED, asked=(2, 1)),
    check("429 without Retry-After", b.throttled("none"), "",
          ": throttle: ", result=ALLOWED, asked=(1, 2)),
    held("provider", "429 with garbage", "test_http.c::retry_after_is_read",
         when=CHECK),
    held("provider", "429 without Retry-After",
         "test_http.c::retry_after_is_read", when=START),
    *both("self-signed", b.certificate("self_signed"), reason="config",
          words=": config: .*certificate refused"),
    check("expired", b.certificate("expired"), reason="config",
          words=": config: .*certificate refused"),
    check("another authority", b.certificate("other_ca"), reason="config",
          words=": config: .*certificate refused"),
    check("wrong name", b.certificate("wrong_host"), reason="config",
          words=": config: .*certificate refused"),
    start("TLS 1.1", b.old_tls, words=": transient: .*not reached",
          real=True),
    check("TLS 1.1", b.old_tls, words=": transient: .*not reached"),
    # the start has found the name, which is known for a minute
    check("no name service", b.names(hang=False), "", ": ok:",
          result=ALLOWED),
    check("name service hangs", b.names(hang=True), "", ": ok:",
          result=ALLOWED),
    start("name service hangs", b.names(hang=True),
          words=": transient: .*not reached"),
]


CHECKING = ("vonage-verify-v2", "twilio-verify", "telnyx-verify", "authy")
# There the reply to a check says no more than a verdict: what cannot be read
# as one is a no.
TERSE = ("telnyx-verify", "authy")
UNCLEAR = {"dup_keys": "duplicate keys", "missing": "no verdict",
           "wrong_type": "a number as the verdict"}


def vendor(name, when, text, fault):
    """A fault of another vendor's. What its replies mean is held, one by one,
    by tests/unit/providers/test_replies.c; here it is what comes of that."""
    ended = fault == "foreign_id" or (when == CHECK and name in TERSE and
                                      fault in UNCLEAR)
    return Row("vendor", "%s, %s" % (name, text), b.vendor(name, fault), when,
               reason="ended" if ended else "transient",
               words="provider one: %s: %s: " % (
                   when, "deny" if ended else "transient"))


VENDORS = [
    *(vendor(name, CHECK, text, fault) for name in CHECKING
      for fault, text in {**UNCLEAR, "redirect": "redirect",
                          "trailing": "a second document",
                          "foreign_id": "a foreign id"}.items()
      if (name, fault) != ("authy", "foreign_id")),  # it has none
    *(vendor(name, START, text, fault) for name in CHECKING[:3]
      for fault, text in {"dup_keys": "duplicate keys", "html200": "HTML",
                          "empty503": "empty 503"}.items()),
]

MISSHAPEN = {"missing": None, "null": "null", "a number": "0", "true": "true",
             "an array": '["0"]', "an object": "{}", "empty": '""'}
NEARLY = {"with a blank before": '" 0"', "with a blank after": '"0 "',
          "twice": '"00"'}
FIELDS = [
    *(row for text, value in MISSHAPEN.items()
      for row in both("status " + text, b.field("status", value))),
    *(row for text, value in NEARLY.items() for row in (
        start("status 0 " + text, b.field("status", value)),
        check("status 0 " + text, b.field("status", value), reason="ended",
              words=": deny: "))),
    *(row for text, value in {**MISSHAPEN, **NEARLY}.items() for row in (
        start("request_id " + text, b.field("request_id", value)),
        check("request_id " + text, b.field("request_id", value),
              reason="ended", words=": deny: "))
      if row.breaks != "request_id twice" or row.when == CHECK),
]

ROWS = PROVIDER + FIELDS + VENDORS
