# SPDX-License-Identifier: Apache-2.0
"""Observations beside the model: each change of what is observed is notified, nothing else is, in order, and
the last state always arrives. Several changes in one turn of the client's loop may be one notification.
What does not fit into a block is fetched (RFC 7959, 2.6); where its answer has been replaced meanwhile,
what is there now is read. That is no notification: what nobody has fetched was kept, and still comes."""
from definitions import kind_of
from lwm2m_peer import ACCEPT, FETCH, SENML_CBOR, SENML_JSON, Superseded, decode, senml_moments

ARRIVES = 10.0      # seconds


class Watch:
    """One observation: the Operation that began it, and the states since the last one that was notified."""

    def __init__(self, operation, observation, state):
        self.operation, self.observation = operation, observation
        self.states = [state]
        self.taken = 0          # notifications
        self.found = []         # what those behind the first of these states tell
        self.known = state[:2]  # to the observer
        self.by_reading = False     # it is

    @property
    def ended(self):
        """By what was told: where it is back before the client has looked, nothing has ended."""
        return self.known[0] != "2.05"

    def changed(self, state):
        before = self.states[-1]
        silent = self.operation.method == FETCH and not state[1] and state[1:] == before[1:]    # nothing
        if not self.ended and state != before and not silent:
            self.states.append(state)

    def told(self, message):
        """The state that a notification tells."""
        if message.code_text != "2.05":
            return message.code_text, {}
        cf = message.content_format
        if cf in (SENML_JSON, SENML_CBOR):      # a history: the last moment counts
            return "2.05", senml_moments(message.payload, cf)[-1][1]
        return "2.05", decode(self.operation.path, message.payload, cf, kind_of)

    def fetch(self):
        """Takes what has come, each with the rest of its blocks; where the last one is replaced, what is
        there now, unless another one has left before that was read."""
        while self.has_news():
            whole = self.whole(self.observation.messages[self.taken])
            self.taken += 1
            if whole is None and not self.has_news():
                now = self.told(self.read())
                if not self.has_news():
                    self.learn(now, by_reading=True)
            elif whole is not None:
                self.learn(self.told(whole), by_reading=False)

    def learn(self, state, by_reading):
        if not by_reading:
            self.found.append(state)
        self.known, self.by_reading = state, by_reading

    def whole(self, message):
        """The notification with the rest of its blocks; None: its answer is not kept any more."""
        each = self.observation
        try:
            whole = each.endpoint.follow(each.session, each.request, message)
        except Superseded:
            return None
        return whole if whole.code == message.code else None    # 4.00: what is there now is shorter

    def read(self):
        """What the observation's own request is answered with now."""
        each = self.observation
        request = each.request
        while True:
            try:
                return each.endpoint.request(
                    each.session, request.code, request.target, payload=request.payload,
                    cf=request.content_format, accept=request.uint(ACCEPT))
            except Superseded:      # by a notification that has left meanwhile
                pass

    def has_arrived(self):
        """Whether the observer knows the last state."""
        return self.ended or self.known == self.states[-1][:2]

    def has_news(self):
        """Whether something has come that has not been looked at."""
        return self.observation.count() > self.taken

    def settle(self, codes):
        """None, or what is wrong with what has come since the last time; it is counted in codes."""
        found = self.found
        known = [*found, self.known] if self.by_reading else found
        if not is_told(known, self.states):
            states = [state[:2] for state in self.states]
            return "\n".join((f"notifications of {self.operation}", *steps("has", states),
                              *steps("told", [states[0], *known])))
        if found and found[-1][0] == "2.05" and not self.observation.in_order():
            return "the sequence numbers are not in order"
        self.found = []
        codes.update(("notify", code) for code, _ in found)
        self.states = self.states[places(found, self.states)[-1] if self.by_reading else -1:]
        return None


def collect(watches):
    """Waits until the last state has arrived at all of these of one server: one that is not fetched is in
    the way of the others."""
    try:
        while True:
            for watch in watches:
                watch.fetch()
            if all(watch.has_arrived() for watch in watches):
                return
            watches[0].observation.endpoint.wait(
                lambda: any(watch.has_news() for watch in watches), ARRIVES, "state")
    except TimeoutError:
        pass    # what has come instead is told by settle()


def steps(word, states):
    """The first state, and what each further one has changed."""
    yield f"{word} {states[0]}"
    for before, after in zip(states, states[1:]):
        changed = {path: value for path, value in after[1].items()
                   if path not in before[1] or before[1][path] != value}
        yield f"{word} {after[0]} {changed} " \
              f"without {before[1].keys() - after[1].keys()}"


def places(found, states):
    """Where on this way from the first state to the last one these stand, in order, the first state before
    them; None behind one that does not."""
    at = [0]
    for state in found:
        begin = len(states) if at[-1] is None else at[-1] + 1
        at.append(next((number for number, each in enumerate(states)
                        if number >= begin and each[:2] == state), None))
    return at


def is_told(found, states):
    """Whether these tell of this way from the first state to the last one."""
    last = places(found, states)[-1]
    return last is not None and (states[last][0] != "2.05" or states[last][:2] == states[-1][:2])
