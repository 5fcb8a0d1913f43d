# SPDX-License-Identifier: Apache-2.0
"""Observations beside the model: each change of what is observed is notified, nothing else is, in order, and
the last state always arrives. Several changes in one turn of the client's loop may be one notification."""
from definitions import kind_of
from lwm2m_peer import FETCH, SENML_CBOR, SENML_JSON, decode, senml_moments

ARRIVES = 10.0      # seconds


class Watch:
    """One observation: the Operation that began it, and the states since the last settled one."""

    def __init__(self, operation, observation, state):
        self.operation, self.observation = operation, observation
        self.states = [state]
        self.settled = 0        # notifications before the first of these states

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

    def is_known(self, state):
        """Whether it is the one that the observer knows of."""
        came = self.observation.messages[self.settled:]
        return (self.told(came[-1]) if came else self.states[0][:2]) == state[:2]

    def settle(self, codes):
        """None, or what is wrong with what has come since the last time; it is counted in codes."""
        try:
            self.observation.endpoint.wait(lambda: self.is_known(self.states[-1]), ARRIVES, "last state")
        except TimeoutError:
            pass    # what has come instead is told below
        found = [self.told(message) for message in self.observation.messages[self.settled:]]
        if not is_told(found, self.states):
            states = [state[:2] for state in self.states]
            return "\n".join((f"notifications of {self.operation}", *steps("has", states),
                              *steps("told", [states[0], *found])))
        if len(found) and found[-1][0] == "2.05" and not self.observation.in_order():
            return "the sequence numbers are not in order"
        self.settled += len(found)
        codes.update(("notify", code) for code, _ in found)
        self.states = self.states[-1:]
        return None


def steps(word, states):
    """The first state, and what each further one has changed."""
    yield f"{word} {states[0]}"
    for before, after in zip(states, states[1:]):
        yield f"{word} {after[0]} {dict(after[1].items() - before[1].items())} " \
              f"without {before[1].keys() - after[1].keys()}"


def is_told(found, states):
    """Whether these notifications tell of this way from the first state to the last one."""
    at = 0
    for state in found:
        at = next((number for number in range(at + 1, len(states)) if states[number][:2] == state), None)
        if at is None:
            return False
    return states[at][:2] == states[-1][:2]
