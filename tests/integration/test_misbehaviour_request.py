# SPDX-License-Identifier: Apache-2.0
"""Wrong answers to the Bootstrap-Request, and none: a row a case (misbehaviour.py says what a row is)."""
import pytest

from lwm2m_peer import (ACK_ONLY, CHANGED, CONTENT, CONTINUE, EMPTY, MAX_AGE, SILENCE, Answer, Message, Type,
                        code, uint)
from misbehaviour import Fails, Keeps, Row, nothing, run_row

TIMEOUT = Fails("Timeout", "did not answer within 1 s; check address, port and firewall")
SILENT = Fails("ServerSilent", "sent no Bootstrap-Finish within 1 s of its last operation")


def rejected(text):
    """What is said of a refused Bootstrap-Request."""
    return Fails("BootstrapRejected", f"answered {text}")


def answered_by_hand(*build):
    """Instead of an answer: messages made from the Bootstrap-Request, for SILENCE as the row's answer."""
    def bend(at):
        def answer(record):
            if record.message and record.message.is_request:
                for each in build:
                    at.bootstrap.send(at.bootstrap.sessions[record.address], each(record.message))
            return True
        at.bootstrap.on_incoming = answer
    return bend


def no_empty_ack(at):
    """It is lost: what follows it speaks for itself."""
    at.bootstrap.on_outgoing = lambda session, message, data: \
        [] if len(data) == 4 and data[0] >> 4 & 3 == Type.ACK else [(0.0, data)]


def reset(request):
    return Message(Type.RST, EMPTY, request.mid)


def empty_ack(request):
    return Message(Type.ACK, EMPTY, request.mid)


def wrong_token(request):
    return Message(Type.ACK, CHANGED, request.mid, bytes(8))


def wrong_token_apart(request):
    return Message(Type.CON, CHANGED, 7, bytes(8))


def wrong_message_id(request):
    """An ACK that fits nothing of ours."""
    return Message(Type.ACK, CHANGED, request.mid ^ 1, bytes(8))


def a_request_in_an_ack(request):
    return Message(Type.ACK, 1, request.mid, bytes(8))


ROWS = {
    "no-answer": Row(answer=SILENCE, ends=TIMEOUT),
    "no-answer-to-a-known-client": Row(answer=SILENCE, ends=TIMEOUT.of_a_known_client(), known=True),
    "empty-ack-and-no-more": Row(answer=ACK_ONLY, ends=TIMEOUT),
    "separate-con": Row(answer=Answer(CHANGED, separate=Type.CON)),
    "separate-non": Row(answer=Answer(CHANGED, separate=Type.NON)),
    "separate-con-without-an-ack": Row(answer=Answer(CHANGED, separate=Type.CON), bends=no_empty_ack),
    "separate-non-without-an-ack": Row(answer=Answer(CHANGED, separate=Type.NON), bends=no_empty_ack),
    "separate-con-late": Row(answer=Answer(CHANGED, separate=Type.CON, delay=0.6)),
    "separate-non-after-the-time": Row(answer=Answer(CHANGED, separate=Type.NON, delay=1.5), ends=TIMEOUT),
    "reset": Row(answer=SILENCE, bends=answered_by_hand(reset),
                 ends=Fails("Refused", "refused the request with a CoAP Reset")),
    "reset-after-the-empty-ack": Row(answer=SILENCE, bends=answered_by_hand(empty_ack, reset), ends=TIMEOUT),
    "answer-with-a-wrong-token": Row(answer=SILENCE, bends=answered_by_hand(wrong_token), ends=TIMEOUT),
    "separate-answer-with-a-wrong-token": Row(answer=SILENCE, bends=answered_by_hand(wrong_token_apart),
                                              ends=TIMEOUT),
    "answer-with-a-wrong-message-id": Row(answer=SILENCE, bends=answered_by_hand(wrong_message_id),
                                          ends=TIMEOUT),
    "request-in-an-ack": Row(answer=SILENCE, bends=answered_by_hand(a_request_in_an_ack), ends=TIMEOUT),
    "4.00": Row(answer=Answer(code("4.00"), b"unknown endpoint"),
                ends=rejected('4.00 to the Bootstrap-Request: "unknown endpoint"')),
    "4.01": Row(answer=code("4.01"), ends=rejected("4.01")),
    "4.04": Row(answer=code("4.04"), ends=rejected("4.04")),
    "4.15-without-a-preferred-format": Row(answer=code("4.15"), ends=rejected("4.15")),
    "4.29": Row(answer=code("4.29"), ends=rejected("4.29")),
    "5.00": Row(answer=code("5.00"), ends=rejected("5.00")),
    "5.03-to-a-known-client": Row(answer=code("5.03"), known=True,
                                  ends=Keeps("BootstrapRejected", "answered 5.03")),
    # as long as the server asks for, here longer than retry_delay; at most an hour (design.md 9.11)
    "5.03-with-max-age": Row(answer=Answer(code("5.03"), options=[(MAX_AGE, uint(3))]), ends=Fails(
        "BootstrapRejected",
        "answered 5.03 (Max-Age 3 s) to the Bootstrap-Request. It cannot serve this device now; check its",
        delay=3.0)),
    "5.03-with-a-short-max-age": Row(answer=Answer(code("5.03"), options=[(MAX_AGE, b"")]),
                                     ends=rejected("5.03 to the Bootstrap-Request")),
    "4.29-with-max-age": Row(answer=Answer(code("4.29"), options=[(MAX_AGE, uint(2))]), ends=Fails(
        "BootstrapRejected", "answered 4.29 (Max-Age 2 s) to the Bootstrap-Request", delay=2.0)),
    "5.00-with-max-age": Row(answer=Answer(code("5.00"), options=[(MAX_AGE, uint(60))]),
                             ends=rejected("5.00")),
    "code-of-no-class": Row(answer=code("3.00"), ends=rejected("3.00")),
    # a success of another kind is taken as 2.04: what follows shows whether it was meant
    "2.05-instead-of-2.04": Row(answer=Answer(CONTENT, b"welcome")),
    "2.31-instead-of-2.04": Row(answer=CONTINUE, script=nothing, ends=SILENT),
}


@pytest.mark.parametrize("name", ROWS)
def test_answer(daemon, server, peers, name):
    run_row(ROWS[name], daemon, server, peers)
