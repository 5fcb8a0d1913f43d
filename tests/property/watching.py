# SPDX-License-Identifier: Apache-2.0
"""Observations beside the model: each change of what is observed is notified, nothing else is, in order, and
the last state always arrives. Several changes in one turn of the client's loop may be one notification.
What does not fit into a block is fetched (RFC 7959, 2.6); where its answer has been replaced meanwhile, what
is there now is read."""
from definitions import kind_of
from lwm2m_peer import ACCEPT, FETCH, SENML_CBOR, SENML_JSON, Superseded, decode, senml_moments

ARRIVES = 10.0      # seconds


class Watch:
    """One observation: the Operation that began it, and the states since the last settled one."""

    def __init__(self, operation, observation, state):
        self.operation, self.observation = operation, observation
        self.states = [state]
        self.settled = 0        # notifications before the first of these states
        self.found = []         # what those behind them tell; None: it was replaced before it was fetched

    @property
    def ended(self):
        return self.states[-1][0] != "2.05"

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
        """Takes what has come, each with the rest of its blocks."""
        for message in self.observation.messages[self.settled + len(self.found):]:
            whole = self.whole(message)
            self.found.append(None if whole is None else self.told(whole))
        if self.found and self.found[-1] is None:
            self.found[-1] = self.told(self.read())

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
        return each.endpoint.request(each.session, request.code, request.target, payload=request.payload,
                                     cf=request.content_format, accept=request.uint(ACCEPT))

    def is_known(self, state):
        """Whether it is the one that the observer knows of."""
        return (self.found[-1] if self.found else self.states[0][:2]) == state[:2]

    def settle(self, codes):
        """None, or what is wrong with what has come since the last time; it is counted in codes."""
        try:
            self.fetch()
            while not self.is_known(self.states[-1]):
                number = self.settled + len(self.found)
                self.observation.endpoint.wait(lambda: self.observation.count() > number, ARRIVES, "state")
                self.fetch()
        except TimeoutError:
            pass    # what has come instead is told below
        found = [state for state in self.found if state is not None]
        if not is_told(found, self.states):
            states = [state[:2] for state in self.states]
            return "\n".join((f"notifications of {self.operation}", *steps("has", states),
                              *steps("told", [states[0], *found])))
        if found and found[-1][0] == "2.05" and not self.observation.in_order():
            return "the sequence numbers are not in order"
        self.settled += len(self.found)
        self.found = []
        codes.update(("notify", code) for code, _ in found)
        self.states = self.states[-1:]
        return None


def steps(word, states):
    """The first state, and what each further one has changed."""
    yield f"{word} {states[0]}"
    for before, after in zip(states, states[1:]):
        changed = {path: value for path, value in after[1].items()
                   if path not in before[1] or before[1][path] != value}
        yield f"{word} {after[0]} {changed} " \
              f"without {before[1].keys() - after[1].keys()}"


def is_told(found, states):
    """Whether these notifications tell of this way from the first state to the last one."""
    at = 0
    for state in found:
        at = next((number for number in range(at + 1, len(states)) if states[number][:2] == state), None)
        if at is None:
            return False
    return states[at][:2] == states[-1][:2]
