# SPDX-License-Identifier: Apache-2.0
"""The events of the soak test: each takes the world and a generator of its own, and says what it did."""
import signal

from lwm2m_peer import (DELETE, FETCH, GET, IPATCH, LINK, OBSERVE, POST, PUT, SENML_CBOR, TEXT, TLV, Type,
                        server_object, tlv_instance)
from harness import COAP, HASTY_COAP, NAME
from invariants import NO_OBJECT, expect
from peers import BOOTSTRAP_MOODS, PATIENCE, SERVER_MOODS, in_background

# --- configuration -----------------------------------------------------------------------------------------


def change_device(world, rng):
    world.config["device"] = {"manufacturer": f"maker {rng.randrange(9)}",
                              "serial_number": rng.choice(["0815", "ü" * 20, "x" * 200])}


def change_coap(world, rng):
    world.config["coap"] = {**rng.choice([COAP, HASTY_COAP]), "block_size": rng.choice([16, 64, 512, 1024])}


def change_bootstrap_policy(world, rng):
    world.config["bootstrap"].update(retry_count=rng.randint(0, 2), retry_delay_max=rng.choice(["1s", "2s"]),
                                     jitter=rng.choice(["0%", "50%"]), timeout=rng.choice(["2s", "3s"]),
                                     on_failure=rng.choice(["restart", "restart", "restart", "stay"]))


def change_bootstrap_server(world, rng):
    uri = rng.choice([*world.bootstrap_uris, *world.bootstrap_uris, world.dead.uris[0]])
    world.set_bootstrap_server(uri, client_hold_off_time=rng.choice([0, 0, 1]),
                               bootstrap_server_account_timeout=rng.choice([0, 0, 0, 4]))


def change_servers(world, rng):
    targets = [*world.targets, (9, world.dead.uris[rng.randrange(2)])]
    world.config["servers"] = [world.factory_server(*target, rng)
                               for target in rng.sample(targets, rng.randint(0, 2))]


def change_endpoint(world, rng):
    world.config["endpoint"] = f"soak-{rng.randrange(5)}"


def change_version(world, rng):
    world.config["lwm2m_version"] = rng.choice(["1.0", "1.1", "1.1", "1.2"])


CHANGES = [change_device, change_coap, change_bootstrap_policy, change_bootstrap_server, change_servers,
           change_endpoint, change_version]


def write_configuration(world, rng):
    """Writes one changed file; whether it is valid."""
    if rng.random() < 0.15:
        world.daemon.configure(rng.choice(["", "endpoint: [", "endpoint: x\nservers: 5\n", "a: b\n"]))
        return "invalid", False
    changes = [rng.choice(CHANGES) for _ in range(rng.randint(0, 2))]
    for change in changes:
        change(world, rng)
    world.write_configuration()
    return ", ".join(change.__name__ for change in changes) or "nothing changed", True


def reload_(world, rng):
    what, valid = write_configuration(world, rng)
    _, error = world.watch.call("Reload", errors=() if valid else ("InvalidConfiguration",))
    expect(valid or error, "an invalid configuration is accepted")
    world.write_configuration()
    return what


def sighup(world, rng):
    what, _ = write_configuration(world, rng)
    world.daemon.process.send_signal(signal.SIGHUP)
    world.watch.look(0.5)
    world.write_configuration()
    return what


# --- operators ---------------------------------------------------------------------------------------------


def restart(world, rng):
    world.watch.call("Restart")


def reset(world, rng):
    return world.watch.call("Reset", errors=("StorageFailed",))[1]


def bootstrap(world, rng):
    return world.watch.call("Bootstrap", "a{sv}", ({},),
                            errors=("BootstrapInProgress", "NoBootstrapServerAccount"))[1]


def call_server(world, rng, method, *arguments):
    if not world.watch.servers:
        return "no server"
    path = rng.choice(sorted(world.watch.servers))
    _, error = world.watch.call(method, *arguments, path=path, interface=NAME + ".Server",
                                errors=("NotRegistered", *NO_OBJECT))
    return f"{path[-2:]} {error}"


def update(world, rng):
    return call_server(world, rng, "Update")


def disable(world, rng):
    seconds = rng.randint(0, 3)
    return f"{seconds} s {call_server(world, rng, 'Disable', 'u', (seconds,))}"


# --- power and bus -----------------------------------------------------------------------------------------


def kill(world, rng):
    world.watch.check_log()
    world.daemon.kill()
    world.watch.check_log()
    world.start()


def stop(world, rng):
    world.stop()
    if rng.random() < 0.5:
        return write_configuration_and_start(world, rng)
    world.start()
    return None


def write_configuration_and_start(world, rng):
    what, _ = write_configuration(world, rng)
    world.write_configuration()
    world.start()
    return what


def restart_bus(world, rng):
    world.watch.close()
    world.bus.stop()
    world.pause(rng.choice([0.0, 0.5]))
    world.bus.start()
    world.join_bus()


def start_without_bus(world, rng):
    world.watch.close()
    world.bus.stop()
    world.daemon.kill()
    world.daemon.start()
    world.pause(rng.choice([0.0, 1.0]))
    world.bus.start()
    world.join_bus()


def suspend(world, rng):
    """As a machine that sleeps: every timer is late, every datagram waits."""
    seconds = rng.choice([0.5, 2.0, 5.0])
    world.daemon.process.send_signal(signal.SIGSTOP)
    world.pause(seconds)
    world.daemon.process.send_signal(signal.SIGCONT)
    return f"{seconds} s"


def disk(world, rng):
    """Nothing can be written, or again."""
    return "writable" if world.set_disk(not world.disk_works) else "not writable"


def forget_associations(world, rng):
    if not world.terminators:
        return "no DTLS"
    rng.choice(world.terminators).forget()
    return None


# --- servers -----------------------------------------------------------------------------------------------


def server_mood(world, rng):
    server, mood = rng.choice(world.servers), rng.choice(SERVER_MOODS)
    server.set_mood(mood)
    return f"{server.name}: {mood}"


def bootstrap_mood(world, rng):
    server, mood = rng.choice(world.bootstraps), rng.choice(BOOTSTRAP_MOODS)
    server.set_mood(mood, rng)
    return mood


def some_session(world, rng):
    """(server, session) of a registration, or (None, None)."""
    server = rng.choice(world.servers)
    active = [each for each in server.registrations if each.active]
    return (server, active[-1].session) if active else (server, None)


READS = ["/1", "/3", "/1/0", "/1/1", "/1/0/1", "/3/0", "/3/0/13", "/3/0/16", "/4", "/4/0/4", "/7/0",
         "/0", "/0/0", "/5", "/1/9", "/"]
WRITES = {1: [b"8", b"30", b"0", b"x"], 2: [b"0", b"5"], 3: [b"60"], 5: [b"1", b"3"], 6: [b"0", b"1"],
          7: [b"U", b"Z"], 17: [b"1", b"2"], 18: [b"1", b"2"], 19: [b"1", b"2"], 20: [b"1", b"2"]}
FORBIDDEN = [(POST, "/bs"), (PUT, "/0/0"), (DELETE, "/"), (DELETE, "/1/0"), (PUT, "/3/0/0"), (FETCH, "/1"),
             (IPATCH, "/1"), (POST, "/3/0/4"), (POST, "/1"), (31, "/1/0")]
EXECUTES = ["/1/{}/4", "/1/{}/8", "/1/{}/9", "/3/0/12", "/3/0/4", "/3/0/5", "/7/0/6", "/7/0/7"]


def some_request(server, session, rng):
    """A message of one management operation."""
    kind = rng.choice(["read", "discover", "write", "write", "write-instance", "execute", "execute",
                       "forbidden", "observe"])
    instance = rng.choice([0, 0, 0, 1])
    if kind == "read":
        accept = rng.choice([None, TLV, SENML_CBOR, TEXT, 99])
        return server.message(session, GET, rng.choice(READS), accept=accept)
    if kind == "discover":
        return server.message(session, GET, rng.choice(READS), accept=LINK)
    if kind == "write":
        resource = rng.choice(sorted(WRITES))
        payload = rng.choice(WRITES[resource])
        return server.message(session, PUT, f"/1/{instance}/{resource}", payload, cf=TEXT)
    if kind == "write-instance":
        payload = tlv_instance({1: rng.choice([8, 30]), 5: 2, 6: True, 7: "U"})
        return server.message(session, rng.choice([PUT, POST]), f"/1/{instance}", payload, cf=TLV)
    if kind == "forbidden":
        method, path = rng.choice(FORBIDDEN)
        payload, content_format = rng.randbytes(rng.choice([0, 5])), rng.choice([None, TLV, 99])
        return server.message(session, method, path, payload, content_format)
    if kind == "observe":
        return server.message(session, GET, rng.choice(READS), options=[(OBSERVE, b"")], type=Type.NON)
    return server.message(session, POST, rng.choice(EXECUTES).format(instance))


def manage(world, rng):
    server, session = some_session(world, rng)
    if session is None:
        return "not registered"
    message = some_request(server, session, rng)
    in_background(server.exchange, session, message, timeout=PATIENCE)
    return f"{server.name}: {message}"


def manage_twice(world, rng):
    """The same datagram three times: each answer is the same bytes."""
    server, session = some_session(world, rng)
    if session is None:
        return "not registered"
    message = some_request(server, session, rng)
    seen = len(server.records)
    for _ in range(3):
        server.send(session, message)
    world.pause(0.3)
    answers = {record.data for record in server.records[seen:]
               if not record.outgoing and record.address == session.address and record.message
               and record.message.is_response and record.message.mid == message.mid}
    expect(len(answers) <= 1, f"{message} three times has different answers: {answers}")
    return f"{server.name}: {message}"


def garbage(world, rng):
    server, session = some_session(world, rng)
    if session is None:
        return "not registered"
    for _ in range(30):
        data = rng.randbytes(rng.randint(0, 80))
        server.send_bytes(session, data if rng.random() < 0.5 else b"\x44" + data)
    return server.name


def abandoned_blocks(world, rng):
    """The first blocks of a Block1 transfer, or of a Block2 one, and no more."""
    server, session = some_session(world, rng)
    if session is None:
        return "not registered"
    payload = tlv_instance(server_object(1, r30="y" * 300))
    for number in range(rng.randint(1, 3)):
        if rng.random() < 0.7:
            server.send(session, server.block_message(session, PUT, "/1/0", TLV, payload, number, 32))
        else:
            in_background(server.request, session, GET, "/3", block2_size=16, timeout=0.5)
    return server.name


EVENTS = {manage: 14, manage_twice: 5, garbage: 2, abandoned_blocks: 3, server_mood: 9, bootstrap_mood: 7,
          reload_: 7, sighup: 2, restart: 2, reset: 2, bootstrap: 4, update: 3, disable: 3, kill: 3, stop: 1,
          restart_bus: 1, start_without_bus: 1, suspend: 1, disk: 1, forget_associations: 2}


def step(world, rng):
    """One random event: (name, what it did)."""
    event = rng.choices(list(EVENTS), EVENTS.values())[0]
    return event.__name__.rstrip("_"), event(world, rng)


