# SPDX-License-Identifier: BSD-2-Clause
"""People who log in again and again while something else is done."""

import threading

from crowd import SUCCESS, add_users, remove_users

PEOPLE = ["person%d" % number for number in range(4)]
MOST = 1000  # of messages that a limit can be set to
ROOMY = {key: MOST for key in (
    "sends_per_user_hour", "sends_per_user_day", "sends_per_number_day",
    "sends_per_source_hour", "sends_per_host_hour",
    "answered_per_number_day")}


def gets_in(crowd, code, user="alice"):
    """The result of a login that types this, or what code() tells."""
    login = crowd.login(user)
    if login.prompt() is None:
        return login.result()
    login.answer(code() if callable(code) else code)
    login.close_input()
    return login.result()


class Throng:
    """Each of them logs in by a code, one login after the other: in so many
    rounds, so that a slow one does not use up the limits for the next."""

    def __init__(self, crowd, sim, settings, rounds):
        self.results = []
        self._each = MOST // (rounds + 1)
        self._left = threading.Semaphore(0)
        self._over = threading.Event()
        settings.set(limits=ROOMY)
        sim.setting(v1_rate=0)
        add_users(PEOPLE)
        for user in PEOPLE:
            settings.user(user, phone=self._number(user))
        self._threads = [threading.Thread(target=self._log_in,
                                          args=(crowd, sim, user))
                         for user in PEOPLE]
        for thread in self._threads:
            thread.start()

    @staticmethod
    def _number(user):
        return "+4479460001%s0" % user[-1]

    def _log_in(self, crowd, sim, user):
        good = 0  # one that is denied leaves its message to the next, or has none
        while self._left.acquire() and not self._over.is_set():
            results = self.results
            try:
                result = gets_in(crowd, lambda: sim.code(
                    self._number(user), good + 1), user)
            except AssertionError as error:
                results.append(str(error))
                break
            results.append(result)
            good += result == SUCCESS

    def part(self):
        """From now on results is of logins that begin from now on; those before,
        which the logins that go on are added to."""
        before, self.results = self.results, []
        return before

    def go_on(self):
        """Another round."""
        self._left.release(self._each)

    def end(self):
        """The results of their logins, since they were parted."""
        self._over.set()
        self._left.release(len(PEOPLE))
        for thread in self._threads:
            thread.join()
        remove_users(PEOPLE)
        return self.results
