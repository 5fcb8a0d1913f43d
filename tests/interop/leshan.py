# SPDX-License-Identifier: Apache-2.0
"""Eclipse Leshan as Maven brings it, and its process with a Bootstrap Server and an LwM2M Server."""
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / 'peer'), str(HERE.parent / 'integration')]

from pki import ADDRESS, CLIENT_AUTH, SERVER_AUTH   # noqa: E402 (the path has to be there first)

FETCH_TIMEOUT = 240     # s, Maven's downloads into an empty repository
EVENT_TIMEOUT = 20      # s, more than the peer's own wait for an answer (10 s)
STOP_TIMEOUT = 10       # s, an orderly stop waits at most 1 s for the De-register


class Failure(Exception):
    pass


class Unavailable(Exception):
    pass


def tool(name):
    path = shutil.which(name)
    if not path:
        raise Unavailable(f'no {name} on this machine')
    return path


def build_peer(work):
    """Fetches the jars and compiles the peer where the work directory lacks them. Returns the class path."""
    lib, classes, stamp = work / 'lib', work / 'classes', work / 'stamp'
    mvn, javac = tool('mvn'), tool('javac')
    tool('java')
    sources = sorted(HERE.glob('*.java'))
    inputs = (HERE / 'pom.xml', *sources)
    digest = hashlib.sha256(b''.join(file.read_bytes() for file in inputs)).hexdigest()
    class_path = f'{classes}:{lib}/*'
    if stamp.exists() and stamp.read_text() == digest:
        return class_path

    stamp.unlink(missing_ok=True)
    for folder in (lib, classes):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    try:
        fetch = subprocess.run([mvn, '-q', '-B', '-f', HERE / 'pom.xml', 'dependency:copy-dependencies',
                                f'-DoutputDirectory={lib}'], timeout=FETCH_TIMEOUT, text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except subprocess.TimeoutExpired:
        raise Unavailable(f'Maven did not fetch Leshan within {FETCH_TIMEOUT} s')
    if fetch.returncode:
        raise Unavailable(f'Maven could not fetch Leshan:\n{fetch.stdout}')

    # What does not compile is our mistake, never a reason to skip.
    subprocess.run([javac, '-Xlint:all', '-Werror', '-cp', f'{lib}/*', '-d', classes, *sources],
                   check=True)
    stamp.write_text(digest)
    return class_path


class Peer:
    """Leshan's process: commands go in, every event that came out stays in `events`."""

    def __init__(self, class_path, pki, models, log, level):
        self.events = []
        # Scandium wants one that serves a client, too, where its server can be both.
        self.certificate = pki.issue('leshan', pki.intermediate, names=[ADDRESS],
                                     extended=[SERVER_AUTH, CLIENT_AUTH])
        self.news = threading.Condition()
        self.process = subprocess.Popen(
            ['java', '-XX:TieredStopAtLevel=1', f'-Dorg.slf4j.simpleLogger.defaultLogLevel={level}',
             '-cp', class_path, 'Peer', self.certificate.chain_file(pki.intermediate),
             self.certificate.file('.pkcs8', self.certificate.key.pkcs8), pki.root.certificate_file,
             models],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding='utf-8')
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.news:
                self.events.append(json.loads(line))
                self.news.notify_all()
        with self.news:
            self.events.append({'event': 'gone'})
            self.news.notify_all()

    def command(self, do, **fields):
        self.process.stdin.write(json.dumps({'do': do, **fields}) + '\n')
        self.process.stdin.flush()

    def wait(self, event, since=0, timeout=EVENT_TIMEOUT, alive=lambda: True, **fields):
        """The first event from index `since` on that is called so and has these fields."""
        deadline = time.monotonic() + timeout
        with self.news:
            while True:
                for found in self.events[since:]:
                    if found['event'] == event and all(found.get(key) == fields[key] for key in fields):
                        return found
                    ours = found.get('endpoint') in (None, fields.get('endpoint'))
                    if ours and found['event'] in ('error', 'gone', 'bootstrap-failed'):
                        raise Failure(f'awaited {event}, got {json.dumps(found)}')
                if not alive():
                    raise Failure(f'awaited {event}, but the daemon has ended')
                if time.monotonic() >= deadline:
                    raise Failure(f'no {event} {fields or ""} within {timeout} s')
                self.news.wait(min(0.5, max(0, deadline - time.monotonic())))

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
