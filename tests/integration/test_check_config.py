# SPDX-License-Identifier: Apache-2.0
"""lwm2m-clientd refuses a wrong configuration with the exact messages, and starts nothing."""
import os
import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BROKEN = ROOT / "tests" / "unit" / "daemon" / "config"
FILES = sorted(path.name for path in BROKEN.glob("broken-*.yaml"))
TIMEOUT = 60  # seconds; under valgrind on a busy machine, an ordinary run takes some milliseconds

VALID = """\
endpoint: gateway-7
bootstrap:
  server:
    uri: coaps://bootstrap.example.org
    security_mode: psk
    identity: gateway-7
    key_hex: 0123456789abcdeffedcba9876543210
"""


@pytest.fixture
def folder(tmp_path):
    """The broken files where only we may read them, so that no warning mixes in."""
    for path in BROKEN.iterdir():
        shutil.copyfile(path, tmp_path / path.name)
        (tmp_path / path.name).chmod(0o600)
    return tmp_path


def run(folder, *words):
    """Runs the daemon in the folder, without journal, bus and state directory."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("JOURNAL_STREAM", "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY", "NOTIFY_SOCKET")
    }
    environment["DBUS_SYSTEM_BUS_ADDRESS"] = f"unix:path={folder}/no-bus"
    return subprocess.run(
        [os.environ["LWM2M_CLIENTD"], *words],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=TIMEOUT,
        check=False,
    )


def write(folder, text, mode=0o600):
    path = folder / "client.yaml"
    path.write_text(text)
    path.chmod(mode)
    return path.name


def test_there_are_enough_files():
    assert len(FILES) >= 25


@pytest.mark.parametrize("name", FILES)
def test_check_config_prints_all_problems(folder, name):
    before = sorted(folder.iterdir())
    result = run(folder, "--check-config", f"--config={name}")
    assert result.stderr == (BROKEN / name).with_suffix(".expected").read_bytes()
    assert result.stdout == b""
    assert result.returncode == 78
    assert sorted(folder.iterdir()) == before


@pytest.mark.parametrize("name", FILES)
def test_daemon_does_not_start(folder, name):
    result = run(folder, "--config", name, "--state-directory", str(folder / "state"), "--no-bus")
    assert result.stderr == (BROKEN / name).with_suffix(".expected").read_bytes()
    assert result.returncode == 78
    assert not (folder / "state").exists()


def test_print_endpoint_of_a_broken_file(folder):
    result = run(folder, "--print-endpoint", f"--config={FILES[0]}")
    assert result.stderr == (BROKEN / FILES[0]).with_suffix(".expected").read_bytes()
    assert (result.stdout, result.returncode) == (b"", 78)


def test_valid_file(tmp_path):
    name = write(tmp_path, VALID)
    result = run(tmp_path, "--check-config", "--config", name)
    assert (result.stdout, result.stderr, result.returncode) == (b"", b"", 0)
    result = run(tmp_path, "--print-endpoint", "--config", name)
    assert (result.stdout, result.stderr, result.returncode) == (b"gateway-7\n", b"", 0)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_warning_is_no_error(tmp_path):
    name = write(tmp_path, VALID, 0o644)
    result = run(tmp_path, "--check-config", "--config", name)
    assert result.returncode == 0
    assert result.stderr.decode() == (
        f"{name}:1:1: warning: the file is open to other users (mode 0644), chmod o= closes it\n"
    )


def test_what_the_service_does_not_see_is_refused(tmp_path):
    """As an operator asks before a reload."""
    name = write(tmp_path, VALID.replace("gateway-7\n", "'{file:/proc/sys/kernel/hostname}'\n", 1))
    result = run(tmp_path, "--check-config", f"--config={name}")
    assert (result.stdout, result.returncode) == (b"", 78)
    assert result.stderr.startswith(f"{name}:1:11: 'endpoint' names a file in /proc, where the ".encode())


def test_file_that_others_may_change_is_a_warning(tmp_path):
    name = write(tmp_path, VALID, 0o660)
    result = run(tmp_path, "--check-config", f"--config={name}")
    assert result.returncode == 0 and b"warning: the file may be written by its group" in result.stderr
    if os.geteuid() == 0:
        (tmp_path / name).chmod(0o600)
        os.chown(tmp_path / name, 65534, 65534)
        result = run(tmp_path, "--check-config", f"--config={name}")
        assert result.returncode == 0 and b"warning: the file belongs to nobody" in result.stderr


def test_credential_is_checked_where_there_are_credentials(tmp_path):
    """An operator's shell has none: the check goes on without, the daemon does not."""
    text = VALID.replace("key_hex: 0123456789abcdeffedcba9876543210", "key_credential: bootstrap-key")
    name = write(tmp_path, text)
    for words, output in (["--check-config"], b""), (["--print-endpoint"], b"gateway-7\n"):
        result = run(tmp_path, *words, f"--config={name}")
        assert (result.stdout, result.returncode) == (output, 0)
        assert result.stderr.decode() == (
            f"{name}:7:21: warning: 'key_credential' is not checked: only the service gets its credentials "
            "($CREDENTIALS_DIRECTORY)\n"
        )
    result = run(tmp_path, f"--config={name}", "--no-bus", f"--state-directory={tmp_path}/state")
    assert result.returncode == 78
    assert result.stderr.decode() == (
        f"{name}:7:21: 'key_credential' needs LoadCredential= in the unit "
        "(there is no $CREDENTIALS_DIRECTORY)\n"
    )


DEFINITION = """\
object: 3303
name: Temperature
multiple: true
resources:
  5700: {name: Sensor Value, operations: R, type: float, mandatory: true, range: [-50, 150]}
"""


def test_definitions_that_the_configuration_names(tmp_path):
    """The first folder that has one wins, others are not looked at; what is wrong is told with its place."""
    for name in "own", "usual":
        (tmp_path / name).mkdir()
    (tmp_path / "usual" / "3303.yaml").write_text(DEFINITION)
    (tmp_path / "usual" / "3304.yaml").write_text("not a definition\n")
    name = write(tmp_path, VALID + "objects:\n- {object: 3303, values: {5700: 21.5}}\n")
    words = ["--check-config", f"--config={name}", "--object-directory=own", "--object-directory", "usual"]

    def problems():
        result = run(tmp_path, *words)
        assert (result.stdout, result.returncode) == (b"", 78 if result.stderr else 0)
        return result.stderr.decode()
    assert problems() == ""
    (tmp_path / "own" / "3303.yaml").write_text(DEFINITION.replace("150", "20"))
    assert problems() == f"{name}:9:33: 5700 (Sensor Value): the value is out of range\n"
    (tmp_path / "own" / "3303.yaml").write_text(DEFINITION.replace("float", "number"))
    wrong = problems()
    assert wrong.startswith(f"{name}:9:12: the definition of the Object is wrong: own/3303.yaml:5:51: ")
    assert wrong.count("\n") == 1
    for folder in "own", "usual":
        (tmp_path / folder / "3303.yaml").unlink()
    assert problems() == (f"{name}:9:12: no object directory has 3303.yaml, the Object's definition, "
                          "see lwm2m-objects(7)\n")


def test_not_utf8(tmp_path):
    (tmp_path / "latin1.yaml").touch(mode=0o600)
    (tmp_path / "latin1.yaml").write_bytes(b"endpoint: ger\xe4t\n")
    result = run(tmp_path, "--check-config", "--config=latin1.yaml")
    sentence = b"the file holds a byte that is not UTF-8 here, it must be UTF-8 text"
    assert (result.stderr, result.returncode) == (b"latin1.yaml:1:14: " + sentence + b"\n", 78)


def test_missing_file_and_directory(tmp_path):
    for words in (["--check-config"], ["--no-bus", "--state-directory", str(tmp_path / "state")]):
        result = run(tmp_path, *words, "--config=none.yaml")
        assert (result.stderr, result.returncode) == (b"none.yaml:1:1: the file does not exist\n", 78)
        result = run(tmp_path, *words, "--config=.")
        assert (result.stderr, result.returncode) == (b".:1:1: the file is a directory\n", 78)


@pytest.mark.parametrize(
    "words, message",
    [
        (["--foo"], "unknown option --foo, --help lists them"),
        (["--config"], "--config needs a value"),
        (["--no-bus=1"], "--no-bus takes no value"),
        (["start"], "unexpected word 'start', --help lists the options"),
        (["--check-config", "--print-endpoint"], "--check-config and --print-endpoint exclude each other"),
    ],
)
def test_wrong_words(tmp_path, words, message):
    result = run(tmp_path, *words)
    assert (result.stdout, result.returncode) == (b"", 1)
    assert result.stderr.decode() == f"lwm2m-clientd: {message}\n"


def test_help_and_version(tmp_path):
    result = run(tmp_path, "--help")
    assert (result.stderr, result.returncode) == (b"", 0)
    text = result.stdout.decode()
    assert all(len(line) <= 80 for line in text.splitlines())
    for option in ("--config=", "--state-directory=", "--check-config", "--print-endpoint", "--no-bus",
                   "--log-level=", "--version", "--help"):
        assert option in text
    assert run(tmp_path, "-h").stdout == result.stdout
    result = run(tmp_path, "--version")
    assert (result.stderr, result.returncode) == (b"", 0)
    assert result.stdout.startswith(b"lwm2m-clientd ")
