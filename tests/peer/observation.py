# SPDX-License-Identifier: Apache-2.0
"""An observation from the side of the observer (RFC 7641)."""
import dataclasses
import time

from coap_message import OBSERVE, Type, uint

CANCEL = 1
HALF = 1 << 23      # of the sequence numbers: RFC 7641, 3.4


class Observation:
    """What came with the token of a request with Observe 0.

    `answer` is the first response with its whole body, `messages` are the notifications behind it, each
    once, `times` when they came, in seconds of CLOCK_MONOTONIC. `reply` is what a notification gets:
    Type.ACK (nothing for a NON one), Type.RST (a NON one, too), or None (silence).
    """

    def __init__(self, endpoint, session, request):
        self.endpoint, self.session, self.request = endpoint, session, request
        self.reply = Type.ACK
        self.answer = None
        self.messages, self.times = [], []
        self._seen = set()

    @property
    def exists(self):
        """The client has taken it: its answer has an Observe option."""
        return self.answer.first(OBSERVE) is not None

    def is_notification(self, exchange, message):
        """Rather than the answer of the request with the same token that is under way."""
        if message.type == Type.ACK:
            return False
        if exchange is not None and exchange.response is not None:
            return (exchange.response.type, exchange.response.mid) != (message.type, message.mid)
        return self.answer is not None and message.first(OBSERVE) is not None

    def take(self, message):
        """The endpoint's, with its condition held."""
        if message.mid not in self._seen:
            self._seen.add(message.mid)
            self.messages.append(message)
            self.times.append(time.monotonic())

    def wait(self, number=1, timeout=10.0):
        """The number-th notification, its whole body in it."""
        message = self.endpoint.wait(
            lambda: len(self.messages) >= number and self.messages[number - 1],
            timeout, f"notification {number} of {self.request}")
        return self.endpoint.follow(self.session, self.request, message, timeout)

    def count(self):
        with self.endpoint.condition:
            return len(self.messages)

    def in_order(self):
        """Whether each is newer than the one before it."""
        numbers = [message.uint(OBSERVE) for message in (self.answer, *self.messages)]
        return all(0 < (later - earlier) % (2 * HALF) < HALF for earlier, later in zip(numbers, numbers[1:]))

    def cancel(self, timeout=10.0):
        """By the same request with Observe 1; its response. What comes afterwards is a surprise."""
        options = [(number, uint(CANCEL) if number == OBSERVE else value)
                   for number, value in self.request.options]
        request = dataclasses.replace(self.request, mid=self.session.mid(), options=options)
        response = self.endpoint.exchange(self.session, request, timeout)
        self.endpoint.forget_observation(self)
        return self.endpoint.follow(self.session, self.request, response, timeout)
