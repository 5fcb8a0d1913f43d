# SPDX-License-Identifier: Apache-2.0
"""A page's transcripts: the commands of its literal blocks, run in their order, print what the page says.

In a literal block a line "# words" is a command of root's, what follows is its output, up to the next one.
A line "..." stands for whatever came there. Lines may be folded: blanks and line ends are all one. What
differs from run to run (times, PIDs, ids) is masked on both sides. A block under a paragraph that ends with
a file's name in italics is what to write into that file.
"""
import difflib
import re
import subprocess
import textwrap
import time

PATIENCE = 15       # seconds until what is looked at says what it should
WIDTH = 74          # columns of what is printed, in the page
# What only looks may look again: systemd and the journal take what they are told a moment later.
LOOKS = ('systemctl status', 'journalctl', 'lwm2mctl status', 'lwm2mctl servers', 'lwm2mctl get',
         'lwm2mctl history')
INDENT = '    '

MASKS = (
    (r'\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \w+', 'DATE'),
    (r'\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d+ \d\d:\d\d:\d\d [\w.-]+', 'DATE HOST'),
    (r'\b(\d+(us|ms|s|min|h|d) )+ago|\bnow(?=\))', 'SPAN ago'),
    (r'\bin (\d+(us|ms|s|min|h|d)\b ?)+', 'in SPAN'),
    (r'\[\d+\]', '[PID]'),
    (r'\bPID:? \d+', 'PID'),
    (r'/rd/[0-9a-f]{8}\b', '/rd/ID'),
    (r'─\d+ ', '─PID '),
    (r'\b\d\d:\d\d:\d\d\.\d{3}\b', 'TIME'),
    (r'\b\d+(\.\d)?(us|ms|s)\b', 'SPAN'),
)


def masked(text):
    for pattern, replacement in MASKS:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text


def says(page, output):
    """Whether the page's output is the command's."""
    def words(text):
        return ' '.join(masked(' '.join(text.split())).split())
    parts = [words(part) for part in re.split(r'^\s*\.\.\.$', page, flags=re.MULTILINE)]
    return re.fullmatch('.*'.join(re.escape(part) for part in parts), words(output), re.DOTALL) is not None


class Page:
    """The lines of a page, and of it as it should be."""

    def __init__(self, path):
        self.path = path
        self.lines = path.read_text().splitlines()
        self.renewed = []

    def replay(self, run, write):
        """run(command) gives the output, write(file, text) writes; what differs as a patch, or ""."""
        at = 0
        while at < len(self.lines):
            end = self._end_of_block(at)
            if self.lines[at].startswith(INDENT + '# '):
                self._replay_block(self.lines[at:end], run)
            else:
                file = self._file_above(at)
                if file is not None:
                    write(file, textwrap.dedent('\n'.join(self.lines[at:end])) + '\n')
                self.renewed += self.lines[at:end]
            at = end
        name = f'man/{self.path.name}'
        return '\n'.join(difflib.unified_diff(self.lines, self.renewed, f'a/{name}', f'b/{name}',
                                              lineterm=''))

    def _end_of_block(self, at):
        """Behind the literal block that begins here; behind this line, where none does."""
        if at < 2 or not self.lines[at].startswith(INDENT) or not self.lines[at - 2].endswith('::'):
            return at + 1
        end = at
        while end < len(self.lines) and (self.lines[end].startswith(INDENT) or not self.lines[end]):
            end += 1
        while not self.lines[end - 1]:
            end -= 1
        return end

    def _file_above(self, at):
        if at < 2 or self.lines[at - 1]:
            return None
        named = re.search(r'\*(/\S+)\*::$', self.lines[at - 2])
        return named.group(1) if named else None

    def _replay_block(self, block, run):
        commands = [number for number, line in enumerate(block) if line.startswith(INDENT + '# ')]
        for begin, end in zip(commands, [*commands[1:], len(block)]):
            command = block[begin].strip().removeprefix('# ')
            self.renewed.append(block[begin])
            self.renewed += self._output(command, block[begin + 1:end], run)

    @staticmethod
    def _output(command, lines, run):
        """The page's lines where they are right, else those of the command."""
        page, deadline = '\n'.join(lines), time.monotonic() + PATIENCE
        while not says(page, output := run(command)):
            if not command.startswith(LOOKS) or time.monotonic() >= deadline:
                return [INDENT + part for line in output.rstrip('\n').splitlines()
                        for part in textwrap.wrap(line, WIDTH, subsequent_indent='    ',
                                                  drop_whitespace=True, break_on_hyphens=False) or ['']]
            time.sleep(0.2)
        return lines


def shell(folder):
    """Runs commands as root types them there."""
    def run(command):
        done = subprocess.run(['bash', '-c', command], cwd=folder, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, check=False)
        return done.stdout
    return run
