#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""manual.py ROOT OUTPUT PAGE...: the HTML manual in the folder OUTPUT: a file for each man page PAGE (as
lwm2m-clientd.8), one for each of the project's documents, index.html, the stylesheet and the images.

**name**\\(N) becomes a link where the page is one of ours, and **A SECTION** one to that section of the same
page, or of the page that "in **name**\\(N)" behind it names. What man pages need and a browser does not has
the class "terminal".
"""
import html
import re
import shutil
import sys
from pathlib import Path

import markdown
from docutils import nodes
from docutils.core import publish_doctree, publish_from_doctree

# Documents of the source tree that users read, too: name of the file, where it lies, what it is.
DOCUMENTS = {
    'news': ('NEWS.md', 'what has changed from version to version'),
    'security': ('SECURITY.md', 'how to report a weakness, and what the design does against them'),
    'conformance': ('tests/conformance.md', 'each interoperability case of OMA and the test that shows it'),
    'architecture': ('ARCHITECTURE.md', 'layers, ways of the data, states, decisions'),
}
# The order of the index: sections of man pages, each with what it is.
CHAPTERS = (('7', 'Guides'), ('8', 'The daemon'), ('1', 'The tool'), ('5', 'Files and interfaces'))
# How names in headings are spelled.
NAMES = {name.lower(): name for name in (
    'D-Bus', 'YAML', 'DTLS', 'TLS', 'LwM2M', 'JSON', 'CPU', 'UDP', 'OMA', 'CoAP', 'C', 'Python', 'Yocto',
    'Cockpit', 'Prometheus', 'Grafana', 'Debian', 'Anjay', 'AwaLWM2M', 'Eclipse', 'Leshan', 'ThingsBoard',
    'Coiote', '1NCE', 'Nokia', 'IMPACT', 'Cumulocity', 'LastError')}
STATES = 'lwm2m-client-states.svg'
# Has a definition for each name of LastError, which other pages lead to.
TROUBLES = 'lwm2m-client-troubleshooting(7)'
SETTINGS = {'report_level': 2, 'halt_level': 2, 'initial_header_level': 2, 'embed_stylesheet': False,
            'doctitle_xform': True, 'smart_quotes': False, 'output_encoding': 'unicode',
            'file_insertion_enabled': True}     # the pages are ours: one has the JSON schemas in it

FRAME = '''<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} - lwm2m-client</title>
<link rel="stylesheet" href="manual.css">
</head>
<body>
<header><a href="index.html">lwm2m-client {version}</a></header>
<div class="page">
<nav aria-label="Sections">
<ul>
{sections}
</ul>
</nav>
<main>
{body}
</main>
</div>
</body>
</html>
'''


def frame(version, title, body, sections):
    """A whole page; sections: [(id, title)] of its own headings."""
    items = '\n'.join(f'<li><a href="#{anchor}">{html.escape(name)}</a></li>' for anchor, name in sections)
    return FRAME.format(version=version, title=html.escape(title), body=body, sections=items)


def spoken(title):
    """Headings of man pages shout; what is no name is written small."""
    words = [NAMES.get(word.strip('(),:').lower(), word.lower()) for word in title.split(' ')]
    return ' '.join([words[0][:1].upper() + words[0][1:], *words[1:]])


class ManPage:
    """One man page: its name, what it is about, and its doctree."""

    def __init__(self, root, page):
        self.name, self.section = page.rsplit('.', 1)
        self.file = page + '.html'
        source = root / 'man' / (page + '.rst')
        self.tree = publish_doctree(source.read_text(encoding='utf-8'), str(source),
                                    settings_overrides=SETTINGS)
        self.about = next(iter(self.tree.findall(nodes.subtitle))).astext()
        self.sections = {section.next_node(nodes.title).astext(): section['ids'][0]
                         for section in self.tree.children if isinstance(section, nodes.section)}
        self.terms = {term.astext() for term in self.tree.findall(nodes.term)}

    @property
    def title(self):
        return f'{self.name}({self.section})'


def following(node):
    """The text right behind a node, "" without one."""
    siblings = node.parent.children
    at = siblings.index(node) + 1
    return siblings[at].astext() if at < len(siblings) and isinstance(siblings[at], nodes.Text) else ''


def link_pages(page, pages):
    """**name**\\(N) of ours is a link."""
    for strong in list(page.tree.findall(nodes.strong)):
        match = re.match(r'\((\d)\)', following(strong))
        target = match and pages.get(f'{strong.astext()}({match.group(1)})')
        if not target or target is page:
            continue
        rest = strong.parent[strong.parent.index(strong) + 1]
        reference = nodes.reference('', strong.astext() + match.group(0), refuri=target.file)
        reference['page'] = target.title
        parent, at = strong.parent, strong.parent.index(strong)
        parent.replace(rest, nodes.Text(rest.astext()[match.end():]))
        parent[at] = reference


def link_sections(page, pages):
    """**A SECTION** of this page, or of the page that is named right behind it."""
    for strong in list(page.tree.findall(nodes.strong)):
        parent, at = strong.parent, strong.parent.index(strong)
        behind = parent.children[at + 2] if len(parent.children) > at + 2 else None
        named = isinstance(behind, nodes.reference) and following(strong).strip() == 'in' and behind['page']
        there = pages[named] if named else page
        title = ' '.join(strong.astext().split())
        if title in there.sections:
            file = there.file if named else ''
            parent[at] = nodes.reference('', title, refuri=f'{file}#{there.sections[title]}')


def link_of_error(text, pages):
    """Where a name of LastError is gone into, or None."""
    page = pages.get(TROUBLES)
    return f'{page.file}#{nodes.make_id(text)}' if page and text in page.terms else None


def link_errors(page, pages):
    """The names of LastError that a page defines itself lead to the page that goes further."""
    for term in page.tree.findall(nodes.term):
        names = term.astext().split(', ')
        links = [link_of_error(name, pages) for name in names]
        if page is not pages.get(TROUBLES) and all(links):
            term.children = []
            for name, link in zip(names, links):
                term += ([nodes.Text(', ')] if term.children else []) + [
                    nodes.reference('', name, refuri=link)]


def tabulate(block, pages):
    """A literal block that is a table, as tests write them for terminals, is one in a browser, too."""
    head, rule, *rows = block.astext().split('\n')
    columns = [slice(*match.span()) for match in re.finditer(r'-+', rule)]
    columns[-1] = slice(columns[-1].start, None)

    def line(row, tag):
        cells = [row[column].strip() for column in columns]
        links = [link_of_error(cell, pages) for cell in cells]
        return '<tr>' + ''.join(
            f'<{tag}>' + (f'<a href="{link}">{cell}</a>' if link else html.escape(cell)) + f'</{tag}>'
            for cell, link in zip(cells, links)) + '</tr>'
    body = '\n'.join(line(row, 'td') for row in rows)
    block.parent.replace(block, nodes.raw('', f'<table><thead>{line(head, "th")}</thead>\n'
                                              f'<tbody>{body}</tbody></table>', format='html'))


def prepare(page, pages):
    """From what a terminal shows to what a browser shows."""
    for node in list(page.tree.findall(nodes.Element)):
        if 'terminal' in node.get('classes', []):
            node.parent.remove(node)
    for block in list(page.tree.findall(nodes.literal_block)):
        if re.match(r'.*\n *-+(  +-+)+\n', block.astext()):
            tabulate(block, pages)
    link_pages(page, pages)
    link_sections(page, pages)
    link_errors(page, pages)
    taken = set(page.tree.ids)
    for term in page.tree.findall(nodes.term):
        # A definition can be linked to: each key, each error name, each verb.
        anchor = nodes.make_id(term.astext().split(' ')[0].strip(','))
        if anchor and anchor not in taken:
            taken.add(anchor)
            term['ids'] = [anchor]
    for title in [section.next_node(nodes.title) for section in page.tree.findall(nodes.section)]:
        if title.astext().isupper():
            title.children = [nodes.Text(spoken(title.astext()))]


def rendered(page, version):
    text = body_of(publish_from_doctree(page.tree, writer_name='html5', settings_overrides=SETTINGS))
    body = f'<h1>{html.escape(page.title)}</h1>\n<p class="about">{html.escape(page.about)}</p>\n{text}'
    return frame(version, page.title, body,
                 [(anchor, spoken(title)) for title, anchor in page.sections.items()])


def body_of(document):
    """What stands in <main>, without docutils' own heading and its table of fields."""
    text = re.search(r'<main[^>]*>(.*)</main>', document, re.S).group(1)
    text = re.sub(r'<h1 class="title">.*?</h1>|<p class="subtitle"[^>]*>.*?</p>', '', text, flags=re.S)
    return re.sub(r'<dl class="docinfo.*?</dl>', '', text, flags=re.S).strip()


def document(root, name, version):
    """One of the Markdown documents; a link to a file that is not in the manual becomes its name."""
    source = DOCUMENTS[name][0]
    converter = markdown.Markdown(extensions=['tables', 'fenced_code', 'toc', 'sane_lists'])
    body = converter.convert((root / source).read_text(encoding='utf-8'))
    known = {Path(file).name: f'{key}.html' for key, (file, _) in DOCUMENTS.items()}

    def link(match):
        target, text = match.groups()
        target, _, anchor = target.partition('#')
        if not target or target.startswith('https:'):
            return match.group(0)
        if Path(target).name not in known:
            return text
        return f'<a href="{known[Path(target).name]}{"#" + anchor if anchor else ""}">{text}</a>'
    body = re.sub(r'<a href="([^"]*)">(.*?)</a>', link, body, flags=re.S)
    # Where a long name in a table may be broken.
    body = re.sub(r'(?<!<pre>)<code>([^<]*)</code>', lambda match: '<code>{}</code>'.format(
        re.sub(r'(::|_)(?=\w)', r'\1<wbr>', match.group(1))), body)
    title = re.search(r'<h1[^>]*>(.*?)</h1>', body, re.S).group(1)
    tokens = converter.toc_tokens[0]['children'] if converter.toc_tokens else []
    return frame(version, html.unescape(title), body,
                 [(token['id'], html.unescape(token['name'])) for token in tokens])


def listed(items):
    rows = '\n'.join(f'<dt><a href="{file}">{html.escape(title)}</a></dt><dd>{html.escape(about)}</dd>'
                     for file, title, about in items)
    return f'<dl class="index">\n{rows}\n</dl>'


def index(root, pages, version):
    readme = (root / 'README.md').read_text(encoding='utf-8')
    about = markdown.markdown(re.search(r'^# .*?\n\n(.*?)\n\n', readme, re.S).group(1))
    body = [f'<h1>lwm2m-client</h1>\n{about}',
            f'<figure><img src="{STATES}" alt="The states of the daemon and what leads from one to another, '
            'as in the section States of org.lwm2m.Client1(5)"></figure>']
    sections = []
    for section, title in CHAPTERS:
        anchor = nodes.make_id(title)
        sections.append((anchor, title))
        body += [f'<h2 id="{anchor}">{title}</h2>',
                 listed((page.file, page.title, page.about) for page in pages if page.section == section)]
    sections.append(('the-project', 'The project'))
    body += ['<h2 id="the-project">The project</h2>',
             listed((f'{name}.html', Path(file).name, about) for name, (file, about) in DOCUMENTS.items())]
    return frame(version, 'Manual', '\n'.join(body), sections)


def main():
    root, output, names = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    version = re.search(r"^    version: '([^']+)'", (root / 'meson.build').read_text(), re.M).group(1)
    pages = [ManPage(root, name) for name in names]
    by_title = {page.title: page for page in pages}
    for page in pages:
        prepare(page, by_title)
        (output / page.file).write_text(rendered(page, version), encoding='utf-8')
    for name in DOCUMENTS:
        (output / f'{name}.html').write_text(document(root, name, version), encoding='utf-8')
    (output / 'index.html').write_text(index(root, pages, version), encoding='utf-8')
    shutil.copyfile(root / 'man' / 'html' / 'manual.css', output / 'manual.css')
    for image in sorted((root / 'man' / 'images').iterdir()):
        if image.suffix in ('.svg', '.png'):
            shutil.copyfile(image, output / image.name)


main()
