# SPDX-License-Identifier: Apache-2.0
"""The page in Cockpit, as people in three roles see it in a real Chromium."""
import os
import re
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import LARGE, PHONE, add_user, allow_root, browser, cockpit
from conftest import Servers, call, get, monitor, peer, run, servers, unit  # noqa: F401 (fixtures)
from fake_client import FakeClient, update
from playwright.sync_api import expect
from system_bus import publisher

OPERATOR, READER, VISITOR, PUBLISHER = 'operator1', 'reader1', 'visitor1', 'sensor1'
PICTURES = Path(os.environ['PICTURES'])
REGISTERED = '#status[data-status=registered]'
SOON = 1.0      # s, of the issue: first property, and a change that is seen


@pytest.fixture(scope='module', autouse=True)
def site():
    add_user(OPERATOR, 'lwm2m')
    add_user(READER)
    add_user(VISITOR)
    add_user(PUBLISHER, 'lwm2m-publish')
    allow_root()
    with cockpit():
        yield


@pytest.fixture(scope='module')
def chromium(site):
    with browser(PICTURES) as made:
        yield made


@pytest.fixture(autouse=True)
def quiet(chromium):
    """No test may leave an error in the console."""
    chromium.errors.clear()
    yield
    assert chromium.errors == []


@pytest.fixture
def registered(unit, monitor, servers):  # noqa: F811
    unit.configure(servers.yaml())
    unit.start()
    monitor.wait_status('registered')
    return unit


@pytest.fixture
def sensor():
    made = publisher(PUBLISHER)
    yield made
    made.close()


@pytest.fixture
def failing(unit, monitor):  # noqa: F811
    """The service with a Bootstrap Server that says no; makes its answer."""
    made = []

    def start(answer=peer.code('4.03'), retry_delay='1h'):
        server = peer.BootstrapServer(answer=answer)
        made.append(server)
        unit.configure(f'endpoint: box\nbootstrap:\n  jitter: 0%\n  retry_count: 2\n'
                       f'  retry_delay: {retry_delay}\n  retry_delay_max: 1h\n'
                       f'  server: {{uri: "{server.uri}", security_mode: nosec}}\n')
        unit.start()
        return server
    yield start
    for each in made:
        each.close()


def measured(what, seconds):
    print(f'measured: {what}: {seconds:.3f} s')
    return seconds


# --- what is shown -----------------------------------------------------------------------------------------


def test_first_property(registered, chromium):
    with chromium.page(OPERATOR) as page:
        page.wait_for_selector(REGISTERED)
    with chromium.page(OPERATOR) as page:
        page.wait_for_selector(REGISTERED)
        assert measured('first property', page.evaluate('seen.registered') / 1000) < SOON
        expect(page.locator('#state')).to_have_text('Registered')
        expect(page.locator('#sentence')).to_have_text('With 1 LwM2M Server.')
        expect(page.locator('#until')).to_have_text('until the next Update')
        expect(page.locator('#endpoint')).to_have_text('box')


def test_failing_bootstrap_is_seen_at_once(failing, chromium, monitor):  # noqa: F811
    failing(answer=peer.SILENCE)
    with chromium.page(OPERATOR) as page:
        page.wait_for_selector('#status[data-substatus=requesting]')
        # Another server: the failure comes when the test wants it.
        failing()
        call('Reload')
        name, text = monitor.wait_error()
        told = time.time()
        expect(page.locator('#problems strong')).to_have_text(name)
        expect(page.locator('#problems span')).to_have_text(text)
        seen = page.evaluate('(performance.timeOrigin + seen["retry-wait"]) / 1000')
        assert measured('failing bootstrap', seen - told) < SOON
        expect(page.locator('#sentence')).to_have_text('Attempt 1 of 3 has failed.')
        expect(page.locator('#until')).to_have_text('until attempt 2 of 3')


def countdown(page):
    """The seconds that the page shows, and those that are left; no attempt came between the two looks."""
    while True:
        due = get('NextRetryTimestamp')
        shown = re.fullmatch(r'(?:now|(\d) s)', page.locator('#countdown').inner_text())
        left = due / 1e6 - time.time()
        if left > 0 and get('NextRetryTimestamp') == due:
            return int(shown[1] or 0), left


@pytest.mark.parametrize('ahead', [0, 86400], ids=['same-clock', 'browser-a-day-ahead'])
def test_countdown(failing, chromium, ahead):
    """To the second, and on to the next attempt, by the clock of the device."""
    script = f'const now = Date.now; Date.now = () => now() + {ahead}000'
    with chromium.page(OPERATOR, script=script) as page:
        page.wait_for_selector('#service')      # logged in: the attempts do not wait for that
        failing(retry_delay='3s')
        page.wait_for_selector('#status[data-substatus=retry-wait]')
        expect(page.locator('#countdown')).to_have_text(re.compile('[1-9] s'))
        for _ in range(2):
            shown, left = countdown(page)
            assert abs(shown - left) < 2
            page.wait_for_timeout(1000)
        expect(page.locator('#until')).to_have_text('until attempt 3 of 3')
        page.wait_for_selector('#status[data-status=failure]')
        expect(page.locator('#steps .bad')).to_have_text('Bootstrap')
        expect(page.locator('#until')).to_have_text('until it begins again')


def test_objects_with_live_values(registered, chromium, sensor):
    with chromium.page(OPERATOR) as page:
        page.wait_for_selector(REGISTERED)
        sensor.publish(3303, 0, {5700: 21.5, 5701: 'Cel'})
        row = page.locator('[data-key="/3303/0/5700"]')
        expect(row.locator('th')).to_contain_text('Sensor Value')
        expect(row.locator('td')).to_have_text('21.5')
        sensor.set({'/3303/0/5700': -3.25})
        expect(row.locator('td')).to_have_text('-3.25')
        page.locator('summary', has_text='Device').click()
        expect(page.locator('[data-key="/3/0/16"]')).to_contain_text('Supported Binding and Modes')
        sensor.withdraw(3303)
        expect(row).to_have_count(0)


def test_history_opens(registered, chromium, servers):  # noqa: F811
    """A series for each bootstrap, with its operations; what is open stays so when another one comes."""
    with chromium.page(OPERATOR) as page:
        rows = page.locator('#history > table > tbody')
        expect(rows).to_have_count(1)
        expect(rows.first.locator('.pill')).to_have_text('finished')
        expect(rows.first.locator('td').nth(2)).to_have_text('no account')
        button = rows.first.locator('button')
        expect(button).to_have_attribute('aria-expanded', 'false')
        button.press('Enter')
        expect(button).to_have_attribute('aria-expanded', 'true')
        expect(rows.first.locator('.operations tbody th')).to_have_text(
            ['POST /bs', 'DELETE /', 'PUT /0/1', 'PUT /1/0', 'POST /bs'])
        expect(rows.first.locator('.operations tbody td:nth-child(2)')).to_have_text(
            ['2.04', '2.02', '2.04', '2.04', '2.04'])
        page.get_by_role('button', name='Bootstrap').click()
        expect(rows).to_have_count(2)
        expect(rows.first.locator('td').nth(2)).to_have_text('an operator asked for it')
        expect(rows.nth(1).locator('button')).to_have_attribute('aria-expanded', 'true')


def test_daemon_that_goes_and_comes(registered, chromium):
    with chromium.page(OPERATOR) as page:
        page.wait_for_selector(REGISTERED)
        registered.stop()
        expect(page.locator('#away-title')).to_have_text('The client is not running')
        expect(page.locator('#service')).to_be_visible()
        registered.start()
        page.wait_for_selector(REGISTERED)


# --- what is done ------------------------------------------------------------------------------------------


def test_operator_acts(registered, chromium, servers):  # noqa: F811
    registration = servers.lwm2m.wait_registration()
    with chromium.page(OPERATOR) as page:
        page.wait_for_selector(REGISTERED)
        page.get_by_role('button', name='Update of server 1').click()
        servers.lwm2m.wait_update(registration)
        expect(page.locator('#answer')).to_have_text('The Update is on its way.')
        page.get_by_role('button', name='Restart').click()
        servers.lwm2m.wait_registration(2)
        page.wait_for_selector(REGISTERED)
        page.get_by_role('button', name='Bootstrap').click()
        servers.bootstrap.wait_run(2)
        servers.lwm2m.wait_registration(3)
        page.wait_for_selector(REGISTERED)


def test_root_may(registered, chromium):
    with chromium.page('root') as page:
        page.wait_for_selector(REGISTERED)
        expect(page.locator('#restart')).to_have_attribute('aria-disabled', 'false')
        expect(page.locator('#rights')).to_be_hidden()


def test_refusal_is_told(failing, chromium):
    failing(answer=peer.SILENCE)
    with chromium.page(OPERATOR) as page:
        page.wait_for_selector('#status[data-substatus=requesting]')
        page.get_by_role('button', name='Bootstrap').click()
        expect(page.locator('#answer.bad')).to_contain_text('Refused: ')


def test_reader_is_told_why_not(registered, chromium, servers):  # noqa: F811
    registration = servers.lwm2m.wait_registration()
    with chromium.page(READER) as page:
        page.wait_for_selector(REGISTERED)
        for button in ('Bootstrap', 'Restart', 'Update of server 1'):
            button = page.get_by_role('button', name=button)
            expect(button).to_have_attribute('aria-disabled', 'true')
            expect(button).to_have_accessible_description(
                f'You may look, and change nothing: {READER} is not in group lwm2m. Turn on administrative '
                'access, or have the account added to the group.')
            button.focus()
            page.keyboard.press('Enter')
            expect(page.locator('#answer.bad')).to_contain_text('is not in group lwm2m')
    assert not registration.updates and len(servers.bootstrap.runs) == 1


# --- for everybody -----------------------------------------------------------------------------------------


def complaints(page):
    """What axe finds, by rule and element."""
    found = Axe().run(page).response['violations']
    return [f"{rule['id']}: {node['html'][:200]} {node['failureSummary']}"
            for rule in found for node in rule['nodes']]


@pytest.mark.parametrize('theme', ['light', 'dark'])
def test_contrast_and_roles(registered, failing, chromium, sensor, theme):
    """Registered, on a phone, of a reader, with a failing bootstrap, without the daemon."""
    sensor.publish(3303, 0, {5700: 21.5})
    with chromium.page(OPERATOR, theme=theme) as page:
        page.wait_for_selector('[data-key="/3303/0/5700"]')
        page.locator('#history button').first.click()
        assert complaints(page) == []
        page.set_viewport_size(PHONE)
        assert page.evaluate('document.documentElement.scrollWidth') <= PHONE['width']
        assert complaints(page) == []
    with chromium.page(READER, theme=theme) as page:
        page.wait_for_selector(REGISTERED)
        page.get_by_role('button', name='Restart').press('Enter')
        assert complaints(page) == []
        failing()
        call('Reload')
        call('Reset')
        page.wait_for_selector('#status[data-substatus=retry-wait]')
        assert complaints(page) == []
        registered.stop()
        page.wait_for_selector('#away:not([hidden])')
        assert complaints(page) == []


def test_keyboard(registered, chromium):
    """Whatever a pointer reaches, Tab does; Enter opens and closes."""
    with chromium.page(OPERATOR) as page:
        page.wait_for_selector(REGISTERED)
        page.locator('summary', has_text='Device').wait_for()
        names = []
        for _ in range(12):
            page.keyboard.press('Tab')
            names.append(page.evaluate("""(document.activeElement.getAttribute("aria-label")
                                           || document.activeElement.textContent).trim()"""))
            if 'Device' in names[-1]:
                page.keyboard.press('Enter')
                expect(page.locator('[data-key="/3/0/16"]')).to_be_visible()
            if 'aria-expanded' in page.evaluate('document.activeElement.outerHTML'):
                page.keyboard.press('Enter')
                expect(page.locator('.operations').first).to_be_visible()
        for name in ('Bootstrap', 'Restart', 'Update of server 1'):
            assert name in names, names
        assert any('Device' in name for name in names), names


def test_theme_of_cockpit(registered, chromium):
    """Its own switch beats what the browser prefers, at once and without a reload."""
    with chromium.page(OPERATOR) as page:
        page.wait_for_selector(REGISTERED)
        assert page.evaluate('document.documentElement.dataset.theme') == 'light'
        with chromium.page(OPERATOR) as other:
            other.evaluate("localStorage.setItem('shell:style', 'dark')")
            page.wait_for_selector('[data-theme=dark]')
            other.evaluate("localStorage.removeItem('shell:style')")
            page.wait_for_selector('[data-theme=light]')


# --- what no server may do to it ---------------------------------------------------------------------------


def series(**values):
    return {'Start': ('t', int(time.time() * 1e6)), 'End': ('t', 0), 'Trigger': ('s', 'method'),
            'Attempts': ('u', 1), 'Server': ('s', 'coap://127.0.0.1'), 'Result': ('s', 'running'),
            'Sentence': ('s', ''),
            'Operations': ('a(sssutt)', []), **values}


def test_hostile_strings(chromium):
    """What comes from a server is text, wherever it is shown."""
    evil = '<img src=x onerror="window.pwned=1"><script>window.pwned=2</script>&lt;\u202e"\'`${1}'
    with FakeClient() as fake:
        for name in ('EndpointName', 'BootstrapServerURI', 'BootstrapSecurityMode', 'Generation',
                     'ConfigFile', 'Version', 'ConfigurationProblem', 'SubStatus'):
            fake.manager[name] = ('s', evil)
        fake.manager['LastError'] = fake.server['LastError'] = ('(ss)', (evil, evil))
        for name in ('ServerURI', 'SecurityMode', 'PeerAddress', 'Cipher', 'State'):
            fake.server[name] = ('s', evil)
        fake.objects = [(3300, evil, [0])]
        fake.texts = {'/3300': [('/3300/0/5700', evil), ('/3300/0/5701', 'x' * 65536)]}
        fake.history = [series(Server=('s', evil), Result=('s', evil), Sentence=('s', evil),
                               Trigger=('s', evil), Operations=('a(sssutt)', [(evil, evil, evil, 1, 1, 1)]))]
        firmware = {name: evil for name in ('PackageName', 'PackageVersion', 'PackageURI', 'ResultName',
                                            'ResultText')}
        fake.updates = [update(**{**firmware, 'ID': evil})]
        fake.update_firmware(State=evil, **firmware)
        with chromium.page(OPERATOR) as page:
            page.wait_for_selector('[data-key="/3300/0/5700"]')
            page.locator('#history button').first.click()
            for place in ('#endpoint', '#problems span >> nth=0', '#facts dd >> nth=1', '#servers .long',
                          '#servers .pill', '[data-key="/3300/0/5700"] td', '#history .pill',
                          '#history td[colspan] p', '#firmware-state', '#firmware-problems strong',
                          '#firmware-problems span', '#firmware-facts dd', '#updates .pill',
                          '#updates td:nth-child(4)'):
                assert page.locator(place).first.text_content() == evil, place
            assert page.locator('.operations tbody th').text_content() == f'{evil} {evil}'
            assert page.evaluate('[document.images.length, document.scripts.length, window.pwned ?? 0]'
                                 ) == [0, 3, 0]
            assert len(page.locator('[data-key="/3300/0/5701"] td').text_content()) <= 1025
            assert page.evaluate('document.documentElement.scrollWidth <= innerWidth')


def test_series_of_the_same_moment(chromium):
    """The clock was set far back: each is there once, and opens by itself, however often it is drawn."""
    with FakeClient() as fake:
        fake.history = [series(Start=('t', 1), Sentence=('s', f'the {i}th')) for i in range(3)]
        with chromium.page(OPERATOR) as page:
            rows = page.locator('#history > table > tbody')
            expect(rows).to_have_count(3)
            rows.nth(1).locator('button').click()
            for i in range(8):
                fake.change(Attempt=('u', i))
                expect(page.locator('#sentence')).to_be_visible()
                page.wait_for_timeout(300)
            expect(rows).to_have_count(3)
            assert [rows.nth(i).locator('button').get_attribute('aria-expanded') for i in range(3)
                    ] == ['false', 'true', 'false']
            expect(rows.nth(1).locator('p')).to_have_text('the 1th')


def test_history_is_asked_for_once(chromium):
    """However slow the daemon is, and however often something changes meanwhile."""
    with FakeClient() as fake:
        fake.silent.set()
        with chromium.page(OPERATOR) as page:
            page.wait_for_selector(REGISTERED)
            for i in range(1, 7):
                fake.change(Status=('s', 'bootstrapping'), SubStatus=('s', 'requesting'), Attempt=('u', i))
                page.locator('#sentence', has_text=f'Attempt {i} of 6').wait_for()
            # By this page, and by the one that keeps the session.
            assert 1 <= fake.calls['GetHistory'] <= 2


def test_tones_of_a_series(chromium):
    """Red is what has failed: not a series that something else has ended, nor a request that waits."""
    operations = [('POST', '/bs', '2.04', 1, 1, 1), ('PUT', '/1/0', '4.00', 1, 2, 1),
                  ('POST', '/bs', '', 1, 3, 1)]
    results = {'finished': 'good', 'running': 'busy', 'aborted': 'wait', 'BootstrapRejected': 'bad'}
    with FakeClient() as fake:
        fake.history = [series(Start=('t', i), Result=('s', result),
                               Operations=('a(sssutt)', operations)) for i, result in enumerate(results)]
        with chromium.page(OPERATOR) as page:
            rows = page.locator('#history > table > tbody')
            expect(rows).to_have_count(len(results))
            for row, (result, tone) in enumerate(results.items()):
                expect(rows.nth(row).locator('.pill')).to_have_text(result)
                expect(rows.nth(row).locator('.pill')).to_have_attribute('data-tone', tone)
            rows.first.locator('button').click()
            for row, tone in enumerate(['good', 'bad', 'wait']):
                expect(rows.first.locator('.operations tbody td:nth-child(2)').nth(row)
                       ).to_have_attribute('data-tone', tone)


# --- firmware ----------------------------------------------------------------------------------------------

NO_PACKAGE = 'There is no package to install, and nothing to cancel.'
INSTALLING = 'It is being installed, which nothing may interrupt.'


def test_without_a_back_end(chromium):
    """Nothing is said of firmware; its interface may come and go."""
    with FakeClient() as fake, chromium.page(OPERATOR) as page:
        page.wait_for_selector(REGISTERED)
        expect(page.locator('#firmware')).to_be_hidden()
        fake.update_firmware()
        expect(page.locator('#firmware')).to_be_visible()
        fake.remove_firmware()
        expect(page.locator('#firmware')).to_be_hidden()


def test_firmware_update(chromium):
    """Each State with its sentence, how far it is, and why a button does nothing."""
    with FakeClient() as fake:
        fake.update_firmware()
        with chromium.page(OPERATOR) as page:
            def shows(state, sentence, reason, install, cancel):
                expect(page.locator('#firmware-state')).to_have_text(state)
                expect(page.locator('#firmware-sentence')).to_have_text(sentence)
                expect(page.locator('#firmware-reason')).to_have_text(reason)
                for button, allowed in ('#install', install), ('#cancel', cancel):
                    expect(page.locator(button)).to_have_attribute('aria-disabled', str(not allowed).lower())
                assert complaints(page) == []

            bar = page.locator('#firmware-progress')
            shows('Idle', 'No update is under way.', NO_PACKAGE, False, False)
            page.locator('#install').press('Enter')
            expect(page.locator('#answer')).to_have_text(NO_PACKAGE)
            expect(bar).to_be_hidden()
            fake.update_firmware(State='downloading', ReceivedBytes=12582912, CanCancel=True,
                                 PackageURI='https://example.org/gateway')
            shows('Downloading', '12.0 MiB are here.',
                  'It can be installed once all of it is here, and verified.', False, True)
            expect(bar).not_to_have_attribute('value', re.compile('.*'))
            fake.update_firmware(State='downloading', ReceivedBytes=12582912, TotalBytes=209715200,
                                 CanCancel=True, PackageURI='https://example.org/gateway')
            expect(bar).to_have_attribute('value', '6')
            expect(page.locator('#firmware-facts dd')).to_have_text(['https://example.org/gateway'])
            fake.update_firmware(State='downloaded', CanCancel=True, CanInstall=True, PackageName='gateway',
                                 PackageVersion='2.1', UpdateResult=11, ResultName='deferred',
                                 ResultText='It waits.', InstallTimestamp=int((time.time() + 7300) * 1e6))
            shows('Downloaded', 'gateway 2.1 is here; its installation waits.', '', True, True)
            expect(page.locator('#firmware-facts dd').first).to_have_text(re.compile('^in 2 h 1'))
            expect(page.locator('#firmware-problems strong')).to_have_text('deferred')
            expect(bar).to_be_hidden()
            fake.update_firmware(State='updating', Progress=45, PackageName='gateway')
            shows('Installing', 'gateway is being installed: 45 %.', INSTALLING, False, False)
            expect(bar).to_have_attribute('value', '45')
            fake.updates = [update(UpdateResult=8, ResultName='failed', ResultText='No.'), update(Start=1)]
            fake.update_firmware(UpdateResult=8, ResultName='failed', ResultText='No.')
            expect(page.locator('#firmware-problems .bad span')).to_have_text('No.')
            rows = page.locator('#updates tbody tr')
            expect(rows).to_have_count(2)
            expect(rows.first.locator('.pill')).to_have_attribute('data-tone', 'bad')
            expect(rows.nth(1).locator('.pill')).to_have_text('success')
            expect(rows.first.locator('td').nth(2)).to_have_text('gateway 2.1')
            expect(rows.first.locator('td').nth(4)).to_have_text('200.0 MiB')


def test_firmware_orders(chromium):
    """Install has to be pressed twice, as the device may restart; a refusal is told."""
    with FakeClient() as fake:
        fake.update_firmware(State='downloaded', CanCancel=True, CanInstall=True)
        with chromium.page(OPERATOR) as page:
            install, cancel = page.locator('#install'), page.locator('#cancel')
            install.click()
            expect(install).to_have_text('Really install?')
            assert fake.orders == []
            install.click()
            expect(page.locator('#answer')).to_have_text('The installation has begun.')
            expect(install).to_have_text('Install now')
            fake.refusal = 'It is too late.'
            cancel.click()
            expect(page.locator('#answer.bad')).to_have_text('Refused: It is too late.')
            assert fake.orders == ['Install', 'Cancel']
        with chromium.page(READER) as page:
            expect(page.locator('#firmware')).to_be_visible()
            expect(page.locator('#install')).to_have_attribute('aria-describedby', 'rights')
            page.locator('#install').press('Enter')
            expect(page.locator('#answer')).to_contain_text('is not in group')
            assert fake.orders == ['Install', 'Cancel']


PULSE = """() => {
    window.gap = 0;
    let last = performance.now();
    setInterval(() => {
        window.gap = Math.max(window.gap, performance.now() - last);
        last = performance.now();
    }, 10);
}"""


def test_many_values_and_a_status_that_flaps(chromium):
    """64 Objects of 64 instances with 5,000 values, all open, and 100 changes a second: it answers, and
    shows what came last."""
    # Without expect(): where it has looked too early, it describes the whole page for its complaint, and
    # holds one of this size for 7 s and more.
    resources = 5000
    with FakeClient() as fake:
        fake.objects = [(3300 + i, '1.0', list(range(64))) for i in range(64)]
        for i in range(resources):
            o, instance, resource = 3300 + i % 64, i // 64 % 64, 5700 + i // 4096
            fake.texts.setdefault(f'/{o}', []).append((f'/{o}/{instance}/{resource}', f'{i}'))
        with chromium.page(OPERATOR) as page:
            page.wait_for_selector('summary')
            page.evaluate(PULSE)
            page.evaluate('for (const each of document.querySelectorAll("details")) each.open = true')
            page.locator('#objects td').nth(resources - 1).wait_for(timeout=20000)
            assert page.locator('#objects td').count() == resources
            print(f'measured: opening 5,000 values: {page.evaluate("gap"):.0f} ms at most without an answer')
            page.evaluate('gap = 0')
            begun = time.monotonic()
            for i in range(300):
                fake.change(Status=('s', 'bootstrapping'),
                            SubStatus=('s', ('resolving', 'requesting')[i % 2]), Attempt=('u', i))
                time.sleep(max(0, begun + i / 100 - time.monotonic()))
            last = re.compile(r'^Attempt 299 of 6 waits for the answer\.$')
            page.locator('#sentence', has_text=last).wait_for()
            page.locator('#restart').click()
            page.locator('#answer', has_text='Refused').wait_for()
            gap = page.evaluate('gap')
            print(f'measured: flapping: {gap:.0f} ms at most without an answer')
            assert gap < 500


# --- the pictures of the manual ----------------------------------------------------------------------------


def test_pictures(registered, chromium, sensor):
    sensor.publish(3303, 0, {5700: 21.5, 5701: 'Cel', 5750: 'Cellar'})
    for theme in 'light', 'dark':
        with chromium.shell(OPERATOR, viewport=LARGE, theme=theme) as (whole, page):
            page.locator('[data-key="/3303/0/5700"]').wait_for()
            page.locator('#history button').first.click()
            page.locator('.operations').wait_for()
            page.locator('body').evaluate('scrollTo(0, 0)')
            whole.mouse.move(500, 30)
            whole.screenshot(path=PICTURES / f'cockpit-{theme}.png')
    with chromium.shell(OPERATOR, viewport=PHONE) as (whole, page):
        page.locator('[data-key="/3303/0/5700"]').wait_for()
        whole.screenshot(path=PICTURES / 'cockpit-phone.png')


def test_picture_of_a_failure(failing, chromium):
    failing()
    with chromium.shell(OPERATOR) as (whole, page):
        page.locator('#status[data-substatus=retry-wait]').wait_for()
        whole.mouse.move(500, 30)
        whole.screenshot(path=PICTURES / 'cockpit-failing.png')


def test_bus_that_is_lost(registered, chromium):
    """Cockpit's bridge ends with it, and so does the session, of a user of its own here."""
    with chromium.page(VISITOR) as page:
        page.wait_for_selector(REGISTERED)
        run('systemctl', 'kill', '--signal=KILL', 'dbus.service')
        expect(page.locator('#away-title')).to_have_text('The connection to the system bus is lost')
