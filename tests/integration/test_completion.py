# SPDX-License-Identifier: Apache-2.0
"""Completion of lwm2mctl in the shells themselves, with a daemon that they ask."""
import os
import pty
import re
import select
import subprocess
import time
from types import SimpleNamespace

import pytest

from fake_client import FakeClient, update
from gateway import BENCH, write_definitions
from harness import CTL, factory_server, settings

DATA = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "data"))

# What bash offers for the last word.
BASH = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lwm2mctl; '
        'printf "%s\\n" "${COMPREPLY[@]}"')
# What zsh's completion system would add, a word a line.
ZSH = """PS1= PS2=
fpath=({folder} $fpath)
autoload -Uz compinit && compinit -u -D
compadd() {{
    local -a hits
    builtin compadd -O hits "$@"
    print -rl -- $hits >>{output}
    builtin compadd "$@"
}}
capture() {{ _main_complete; print -r -- END >>{output} }}
zle -C capture complete-word capture
bindkey '^T' capture
print -r -- READY >>{output}
"""


def environment(daemon):
    return {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": daemon.bus.address, "TERM": "vt100",
            "PATH": f"{os.path.dirname(os.path.abspath(CTL))}:{os.environ['PATH']}"}


class Bash:
    def __init__(self, daemon, folder):
        self.environment = environment(daemon)

    def complete(self, *words):
        # As readline breaks them: "=" stands alone.
        broken = [part for word in words for part in re.split("(=)", word) if part or word == ""]
        done = subprocess.run(
            ["bash", "-c", BASH, "bash", f"{DATA}/lwm2mctl.bash-completion", "lwm2mctl", *broken],
            capture_output=True, text=True, timeout=30, check=True, env=self.environment)
        return set(done.stdout.split())

    def close(self):
        pass


class Zsh:
    """An interactive one on a terminal: completion lives in its line editor."""

    def __init__(self, daemon, folder):
        self.output = folder / "offered"
        functions = folder / "functions"
        functions.mkdir()
        os.symlink(f"{DATA}/lwm2mctl.zsh-completion", functions / "_lwm2mctl")
        setup = folder / "setup.zsh"
        setup.write_text(ZSH.format(folder=functions, output=self.output))
        self.seen = b""
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.execvpe("zsh", ["zsh", "-f", "-i"], environment(daemon))
        self.pid = pid
        self._type(f"source {setup}\n")
        self._await("READY")

    def _type(self, text):
        os.write(self.terminal, text.encode())

    def _await(self, word):
        end = time.monotonic() + 20
        while not (self.output.exists() and word in self.output.read_text().splitlines()):
            assert time.monotonic() < end, self.seen[-2000:]
            if select.select([self.terminal], [], [], 0.05)[0]:
                self.seen += os.read(self.terminal, 65536)

    def complete(self, *words):
        self.output.write_text("")
        self._type("lwm2mctl " + " ".join(words) + "\x14")
        self._await("END")
        self._type("\x15")      # forget the line
        return set(self.output.read_text().split("\n")) - {"END", ""}

    def close(self):
        os.close(self.terminal)     # its hang-up ends it
        os.waitpid(self.pid, 0)


@pytest.fixture
def gateway(daemon, server, tmp_path):
    """Registered with server 1, with two Object Instances of the configuration."""
    daemon.arguments.append("--object-directory=" + write_definitions(tmp_path / "definitions"))
    values = [{0: "x"}, {0: "x", 1: 7, 8: ["first", "second"]}]
    objects = [{"object": BENCH, "instance": number, "values": each} for number, each in enumerate(values)]
    daemon.start({**settings(servers=[factory_server(server.uri)]), "objects": objects})
    server.wait_registration()
    return daemon


@pytest.fixture(params=[Bash, Zsh], ids=["bash", "zsh"])
def shell(request, gateway, tmp_path):
    made = request.param(gateway, tmp_path)
    yield made
    made.close()


def of_help(heading, pattern):
    shown = subprocess.run([CTL, "--help"], capture_output=True, text=True, timeout=30, check=True).stdout
    return set(re.findall(pattern, shown[shown.index(heading):].split("\n\n")[0], re.M))


def test_verbs_and_options(shell):
    """Those of the help, and no other; --wait and --format only where they mean something."""
    verbs, options = of_help("Verbs:", r"^  ([a-z][a-z-]*)"), of_help("Options:", r"--[a-z-]+")
    general = options - {"--wait", "--format"}
    offered = shell.complete("")
    assert {word for word in offered if not word.startswith("-")} == verbs
    assert {word.rstrip("=") for word in shell.complete("--")} - {"-h"} == general
    assert shell.complete("ob") == {"objects"}
    assert "--wait" in shell.complete("bootstrap", "--") and "--wait" not in shell.complete("reload", "--")
    assert "--format" in {word.rstrip("=") for word in shell.complete("send", "1", "--")}
    assert shell.complete("--json", "") == {"short", "pretty", "off"}
    assert shell.complete("send", "--format", "senml") == {"senml-cbor", "senml-json"}
    assert shell.complete("--json", "short", "--timeout", "5s", "his") == {"history"}


def test_short_server_ids(shell):
    for verb in "server", "update", "disable", "send":
        assert shell.complete(verb, "") == {"1"}, verb
    assert shell.complete("server", "1", "") == set()


def test_paths(shell):
    below = {f"/{BENCH}/1/0", f"/{BENCH}/1/1", f"/{BENCH}/1/8/0", f"/{BENCH}/1/8/1"}
    for words in ["get"], ["get", "/3/0"], ["send", "1"], ["set"], ["set", f"/{BENCH}/0/0", "value"]:
        assert shell.complete(*words, f"/{BENCH}") == {f"/{BENCH}/0", f"/{BENCH}/1"}, words
        assert shell.complete(*words, f"/{BENCH}/1/") == below, words
    assert shell.complete("set", f"/{BENCH}/0/0", "") == set()


@pytest.mark.parametrize("typed", ["'/3/$(touch {})/", "'/3/;touch {};/", "/3/\\$\\(touch\\ {}\\)/"],
                         ids=["substitution", "command", "escaped"])
def test_nothing_that_is_typed_is_run(shell, tmp_path, typed):
    """A line that is not complete yet, or was pasted, is only looked at."""
    canary = tmp_path / "canary"
    for verb in "get", "set", "send 1":
        shell.complete(*verb.split(), typed.format(canary))
    assert not canary.exists()


@pytest.mark.parametrize("kind", [Bash, Zsh], ids=["bash", "zsh"])
def test_firmware(kind, bus, tmp_path):
    """The numbers of bootstraps, and those of updates behind the word for them."""
    with FakeClient(bus.address) as fake:
        shell = kind(SimpleNamespace(bus=bus), tmp_path)
        try:
            assert shell.complete("firmware", "") == {"cancel", "install"}
            assert shell.complete("history", "firmware", "") == set()
            fake.update_firmware()
            fake.updates = [update()] * 3
            assert shell.complete("history", "") == {"firmware"}
            assert shell.complete("history", "firmware", "") == {"1", "2", "3"}
            fake.history = [{"Start": ("t", 1700000000000000), "Result": ("s", "finished")}] * 2
            assert shell.complete("history", "") == {"1", "2", "firmware"}
            assert shell.complete("history", "1", "") == set()
        finally:
            shell.close()


def test_without_a_daemon(shell, gateway):
    """Nothing to offer, and nothing on the terminal."""
    gateway.stop()
    for words in ["server", ""], ["get", ""], ["history", "firmware", ""]:
        assert shell.complete(*words) == set(), words
    assert shell.complete("history", "") == {"firmware"}
