"""A real browser for the page, and the page of the default run, which docs/ holds."""

import base64
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

DOCS = Path(__file__).parents[3] / "docs" / "page.html"


@pytest.fixture(scope="session")
def docs_page():
    return DOCS


@pytest.fixture(scope="session")
def contents_of():
    """What a page holds as data."""

    def read(path):
        text = path.read_text(encoding="utf-8")
        return json.loads(re.search(r'<script type="application/json" id="contents">(.*?)</script>', text)[1])

    return read


@pytest.fixture(scope="session")
def array_of():
    """An array as the page holds it."""

    def unpack(packed):
        data = np.frombuffer(base64.b64decode(packed["data"]), packed["dtype"])
        return data.reshape(packed["shape"])

    return unpack


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, without a window."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install -e '.[test]'")
    # the shell is the same engine without menus and tabs: a page costs a third of the time in it
    executable = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if executable is None:
        pytest.skip("needs a browser: apt-get install chromium-headless-shell")
    with sync_api.sync_playwright() as playwright:
        args = ["--no-sandbox", "--disable-gpu"]  # no graphics card here: to imitate one takes a core
        running = playwright.chromium.launch(executable_path=executable, args=args)
        yield running
        running.close()


@pytest.fixture(scope="session")
def contexts():
    """The browser's contexts that are open, each with its page."""
    return []


@pytest.fixture(autouse=True)
def pages_of_a_test_end_with_it(contexts):
    """A page that plays on takes a core from the tests that follow; a module's own page stays."""
    before = len(contexts)
    yield
    while len(contexts) > before:
        contexts.pop().close()


@pytest.fixture(scope="session")
def open_page(browser, contexts):
    """Open a page; what it logs and requests stands in ``page.problems`` and ``page.requests``."""

    def opened(path, query="lang=en", width=1440, height=900, **options):
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **options))
        page = contexts[-1].new_page()
        page.problems, page.requests = [], []
        page.on("console", lambda message: page.problems.append(message.text))
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("request", lambda request: page.requests.append(request.url))
        page.goto(f"{path.as_uri()}?{query}")
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def page(open_page, docs_page):
    """The default run's page, in English."""
    return open_page(docs_page)
