#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""manual.py ROOT HTML PAGE...: the HTML manual is whole.

Each man/*.rst is among the pages that meson builds; each link leads to a file and an anchor that are there,
and to none of another host; every file is reached from index.html; a page's name with its section in any
sentence is a page that exists; each image has words for those who do not see it, is used, and is shown where
it is light or dark; text has contrast; there is one stylesheet and nothing that runs.
lwm2m-client-troubleshooting(7) speaks of each name of LastError, and the picture of the states has each
Status and SubStatus.
"""
import html.parser
import re
import sys
from pathlib import Path

# Pages of ours by their names, in plain text: what has this form must exist.
NAMED = re.compile(r'\b((?:lwm2m|org\.lwm2m)[\w.-]*\w)\(([1-8])\)')
INLINE = re.compile(r'</?(?:strong|em|a|code|span|cite)\b[^>]*>')
LINKED = {'a': 'href', 'link': 'href', 'img': 'src', 'source': 'srcset'}
FORBIDDEN = {'script', 'iframe', 'style', 'object', 'embed', 'form'}


class Page(html.parser.HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.links, self.anchors, self.styles, self.complaints = [], [], [], []
        self.headings = 0
        self.text = path.read_text(encoding='utf-8')
        self.feed(self.text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag in FORBIDDEN or 'style' in attrs or any(name.startswith('on') for name in attrs):
            self.complaints.append(f'<{tag}>: the stylesheet is the only one, and nothing runs')
        if 'id' in attrs:
            self.anchors.append(attrs['id'])
        if tag in LINKED and LINKED[tag] in attrs:
            self.links.append(attrs[LINKED[tag]])
        if tag == 'link' and attrs.get('rel') == 'stylesheet':
            self.styles.append(attrs['href'])
        if tag == 'img' and len(attrs.get('alt', '')) < 10:
            self.complaints.append(f'{attrs.get("src")}: no words for it')
        self.headings += tag == 'h1'


def links(name, pages, folder):
    """What is wrong with the links of one page."""
    for link in pages[name].links:
        file, _, anchor = link.partition('#')
        file = file or name
        if ':' in file or file.startswith('/'):
            yield f'{name}: {link} leads out of the manual'
        elif not (folder / file).is_file():
            yield f'{name}: {link} is not there'
        elif anchor and anchor not in pages[file].anchors:
            yield f'{name}: {link}: no such anchor'


def reached(pages):
    found, todo = set(), ['index.html']
    while todo:
        name = todo.pop()
        if name in pages and name not in found:
            found.add(name)
            todo += [link.partition('#')[0] for link in pages[name].links]
    return found


def html_complaints(folder, wanted):
    pages = {path.name: Page(path) for path in sorted(folder.glob('*.html'))}
    yield from (f'{name} is missing' for name in sorted(wanted - pages.keys()))
    yield from (f'{name} is not reached from index.html' for name in sorted(pages.keys() - reached(pages)))
    used = {link for page in pages.values() for link in page.links}
    for image in sorted([*folder.glob('*.svg'), *folder.glob('*.png')]):
        if image.name not in used:
            yield f'{image.name} is shown nowhere'
    for name, page in pages.items():
        yield from (f'{name}: {complaint}' for complaint in page.complaints)
        yield from links(name, pages, folder)
        if page.styles != ['manual.css'] or page.headings != 1:
            yield f'{name}: stylesheets {page.styles}, {page.headings} headings of the first level'
        twice = sorted({each for each in page.anchors if page.anchors.count(each) > 1})
        if twice:
            yield f'{name}: anchors that are there twice: {twice}'
        for title, section in NAMED.findall(re.sub(r'<[^>]*>', ' ', INLINE.sub('', page.text))):
            if f'{title}.{section}.html' not in pages:
                yield f'{name}: {title}({section}) is no page'
    for word in ('prefers-color-scheme: dark', '@media print', 'max-width'):
        if word not in (folder / 'manual.css').read_text():
            yield f'manual.css: no {word}'


def luminance(colour):
    """WCAG 2, relative luminance."""
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
                        for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def contrast_complaints(style):
    """Text can be read on each ground, light and dark: 4.5 of WCAG 2.1, 1.4.3."""
    schemes = re.findall(r':root \{(.*?)\}', style, re.S)[:2]
    for name, scheme in zip(('light', 'dark'), schemes):
        colours = dict(re.findall(r'--(\w+): (#\w{6})', scheme))
        for text in ('ink', 'faint', 'link'):
            for ground in ('paper', 'block'):
                found = contrast(colours[text], colours[ground])
                if found < 4.5:
                    yield f'manual.css: {name}: {text} on {ground} has a contrast of {found:.1f}'


def words_of(header, enumeration, prefix):
    body = re.search(r'typedef enum %s \{(.*?)\}' % enumeration, header, re.S).group(1)
    return [name for name in re.findall(r'^\s*%s_(\w+)' % prefix, body, re.M) if name != 'NONE']


def content_complaints(root):
    status = (root / 'include/client/status.h').read_text()
    picture = (root / 'man/images/lwm2m-client-states.svg').read_text()
    shown = set(re.findall(r'[\w-]+', re.sub(r'<desc>.*?</desc>', '', picture, flags=re.S)))
    for enumeration, prefix in (('Status', 'STATUS'), ('SubStatus', 'SUB_STATUS')):
        for name in words_of(status, enumeration, prefix):
            if name.lower().replace('_', '-') not in shown:
                yield f'the picture of the states lacks {name.lower().replace("_", "-")}'
    for image in sorted((root / 'man/images').glob('*.svg')):
        if 'prefers-color-scheme: dark' not in image.read_text():
            yield f'{image.name} is not made for a dark page'
    page = root / 'man/lwm2m-client-troubleshooting.7.rst'
    terms = set(re.findall(r'^(\w+)\n', page.read_text(), re.M)) if page.is_file() else set()
    for name in words_of((root / 'include/lwm2m/failure.h').read_text(), 'FailureName', 'FAILURE'):
        name = ''.join(map(str.title, name.split('_')))
        if page.is_file() and name not in terms:
            yield f'{page.name} does not speak of {name}'


def self_test():
    """A page with one fault of each kind is seen."""
    import tempfile
    faults = ('<a href="gone.html">x</a>', '<a href="#gone">x</a>', '<a href="https://example.org">x</a>',
              '<script></script>', '<p style="x">', '<img src="manual.css">', '<p>lwm2m-gone(7)</p>',
              '<h1>x</h1>', '<p id="one">')
    good = ('<html><head><link rel="stylesheet" href="manual.css"></head><body><h1>x</h1><p id="one">'
            '<a href="#one">x</a>{}</body></html>')
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / 'manual.css').write_text('prefers-color-scheme: dark @media print max-width')
        for fault in ('', *faults):
            (folder / 'index.html').write_text(good.format(fault))
            if bool(list(html_complaints(folder, set()))) != bool(fault):
                yield f'self-test: {fault or "a good page"}: {list(html_complaints(folder, set()))}'
        (folder / 'index.html').write_text(good.format(''))
        (folder / 'alone.html').write_text(good.format(''))
        if len(list(html_complaints(folder, {'missing.html'}))) != 2:
            yield 'self-test: a page that is missing, and one that nothing leads to'


def main():
    root, folder, names = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    complaints = [*self_test(), *html_complaints(folder, {f'{name}.html' for name in names}),
                  *content_complaints(root),
                  *contrast_complaints((folder / 'manual.css').read_text())]
    for path in sorted((root / 'man').glob('*.rst')):
        if path.stem not in names:
            complaints.append(f'man/{path.name} is not in man/meson.build')
    print('\n'.join(complaints))
    return 1 if complaints else 0


sys.exit(main())
