# SPDX-License-Identifier: Apache-2.0
"""Debian's Cockpit on loopback, and a Chromium in which users of the box look at the page."""
import os
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Error, expect, sync_playwright

PORT = 9090
SITE = f'http://127.0.0.1:{PORT}'
PAGE = f'{SITE}/cockpit/@localhost/lwm2m/index.html'    # without the shell around it
PASSWORD = 'correct horse'
START_TIMEOUT = 20      # seconds
WAIT = 10000            # ms
DESKTOP, PHONE = {'width': 1280, 'height': 900}, {'width': 390, 'height': 844}
LARGE = {'width': 1280, 'height': 1860}     # so that all of a small installation is seen
# As root, and without a word to anybody outside.
ARGUMENTS = ('--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
             '--disable-background-networking', '--disable-component-update')


def add_user(name, *groups):
    subprocess.run(['useradd', '--create-home', '--shell=/bin/bash', f'--groups={",".join(groups)}', name],
                   check=True)
    set_password(name)


def set_password(name):
    subprocess.run(['chpasswd'], input=f'{name}:{PASSWORD}', text=True, check=True)


def allow_root():
    """As administrators may."""
    Path('/etc/cockpit/disallowed-users').write_text('')
    set_password('root')


def listens():
    try:
        socket.create_connection(('127.0.0.1', PORT)).close()
    except ConnectionRefusedError:
        return False
    return True


@contextmanager
def cockpit():
    """The service, without TLS."""
    unit = 'cockpit-test.service'
    subprocess.run(['systemd-run', '--quiet', f'--unit={unit}', '/usr/lib/cockpit/cockpit-ws', '--no-tls',
                    '--address=127.0.0.1', f'--port={PORT}'], check=True)
    end = time.monotonic() + START_TIMEOUT
    while not listens():
        assert time.monotonic() < end, 'no Cockpit'
    yield
    subprocess.run(['systemctl', 'stop', unit], check=True)


# When the page has first shown a Status and a SubStatus, in ms since it was asked for.
WATCH = """
    window.seen = {};
    new MutationObserver(() => {
        const status = document.querySelector("#there:not([hidden]) #status");
        for (const words of status ? Object.values(status.dataset) : [])
            seen[words] = seen[words] || performance.now();
    }).observe(document, {subtree: true, attributes: true, childList: true});
"""


class Browser:
    """Pages of users, who log in once; what their consoles have said is kept."""

    def __init__(self, chromium, pictures):
        self.chromium, self.pictures = chromium, pictures
        self.contexts, self.errors = {}, []

    def _login(self, user):
        """The page stays: without one Cockpit ends a session."""
        context = self.chromium.new_context()
        context.set_default_timeout(WAIT)
        context.add_init_script(WATCH)
        page = context.new_page()
        page.goto(SITE)
        page.fill('#login-user-input', user)
        page.fill('#login-password-input', PASSWORD)
        page.click('#login-button')
        page.wait_for_selector('nav', timeout=START_TIMEOUT * 1000)
        page.goto(PAGE)
        return context

    def listen(self, page):
        def console(message):
            # Cockpit's shell tells when a page is closed, its overview what a system lacks.
            others = any(f'/{page}/' in message.location['url'] for page in ('shell', 'system'))
            if message.type in ('error', 'warning') and not others:
                self.errors.append(f'{message.type}: {message.text} {message.location}')
        page.on('console', console)
        page.on('pageerror', lambda error: self.errors.append(f'page error: {error}'))

    @contextmanager
    def page(self, user, url=PAGE, viewport=DESKTOP, theme='light', script=''):
        """The page itself, as soon as it is on its way. `script`: runs before it."""
        if user not in self.contexts:
            self.contexts[user] = self._login(user)
        page = self.contexts[user].new_page()
        page.set_viewport_size(viewport)
        page.emulate_media(color_scheme=theme)
        page.add_init_script(script)
        self.listen(page)
        page.goto(url, wait_until='commit')
        try:
            yield page
        except BaseException:
            print(*self.errors, sep='\n')
            with suppress(Error):
                page.screenshot(path=self.pictures / f'failure-{time.monotonic():.0f}.png')
            raise
        finally:
            page.close()

    @contextmanager
    def shell(self, user, **options):
        """Cockpit with the page in it: (the whole, the frame)."""
        with self.page(user, f'{SITE}/lwm2m', **options) as page:
            frame = page.frame_locator('iframe[name="cockpit1:localhost/lwm2m"]')
            yield page, frame


@contextmanager
def browser(pictures):
    """`pictures`: where one is left of a page whose test has failed."""
    expect.set_options(timeout=WAIT)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path='/usr/bin/chromium', args=list(ARGUMENTS),
            # It would go with a bus that a test restarts.
            env={**os.environ, 'DBUS_SYSTEM_BUS_ADDRESS': 'unix:path=/nonexistent'})
        yield Browser(chromium, pictures)
        chromium.close()
