"""One file out of many: nothing is lost, nothing comes from outside, docs/page.html is the present one."""

import re

import pytest

import numpy_mlp
from compare.bugs.catalogue import BUGS
from compare.gate import STEP_GATES
from compare.page.assemble import as_function, assembled, modules, script
from compare.page.contents import LANGUAGES, strings, words
from compare.page.source import lines


def test_a_module_becomes_a_function_with_its_exports():
    text = (
        'import { a, b } from "./other.js";\nexport const c = a + b;\nexport function d() {}\nconst e = 1;\n'
    )
    found = as_function("name", text)
    assert "const { a, b } = other_js;" in found
    assert "return { c, d };" in found
    assert not re.search(r"^(import|export) ", found, re.MULTILINE)


def test_modules_come_after_those_that_they_import():
    text = script(modules())
    for name, body in modules().items():
        for other in re.findall(r'from "\./(\w+)\.js"', body):
            assert text.index(f"const {other}_js = ") < text.index(f"const {name}_js = ")


def test_no_module_has_an_import_or_export_that_is_overlooked():
    assert not re.search(r"^\s*(import|export)\b", script(modules()), re.MULTILINE)


@pytest.fixture(scope="module")
def contents(contents_of, docs_page):
    return contents_of(docs_page)


def test_the_page_in_docs_is_that_of_the_present_code(contents, docs_page):
    present = contents | {"strings": strings(), "lines": lines(numpy_mlp)}
    present |= {"bugs": {bug.name: words(bug) for bug in BUGS if bug.gate in STEP_GATES}}
    assert docs_page.read_text(encoding="utf-8") == assembled(present), (
        "python -m compare.page --out docs/page.html"
    )


def test_the_page_of_the_default_run_is_under_one_and_a_half_megabytes(docs_page):
    assert docs_page.stat().st_size < 1.5e6


def test_the_page_names_no_address(docs_page):
    text = docs_page.read_text(encoding="utf-8")
    # the name of SVG's namespace is no address that is asked
    assert re.findall(r"https?://[^\"'\s)]*", text.replace("http://www.w3.org/2000/svg", "")) == []


def test_data_can_not_end_its_script(contents):
    page = assembled(contents | {"features": ["</script><script>alert(1)"]})
    assert "</script><script>alert" not in page


def test_each_modules_top_is_a_comment_that_says_what_it_is():
    for name, text in modules().items():
        assert text.startswith("// "), name


def test_every_language_is_complete():
    found = {language: flat(table) for language, table in strings().items()}
    assert found.keys() == set(LANGUAGES)
    english, chinese = found["en"], found["zh"]
    # the catalogue of mistakes is written in English: its questions stand in the other table alone
    questions = {key for key in chinese if key.startswith("bugQuestions.")}
    assert english.keys() == chinese.keys() - questions
    assert all(text for text in (english | chinese).values())
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", chinese[key])), key


def test_every_mistake_of_the_page_has_its_name_in_words_and_its_question_in_chinese():
    named = set(re.findall(r'^  "([a-z-]+)": ', modules()["mistakes"], re.MULTILINE))
    assert len(named) > 20
    assert set(strings()["zh"]["bugQuestions"]) == named
    assert all(set(table["bugNames"]) == named for table in strings().values())


def test_every_key_that_the_modules_name_has_its_words():
    table = flat(strings()["en"])
    page = "".join(modules().values())
    for key in re.findall(r'\bt\("([\w.]+)"[,)]', page):
        assert key in table, key


def flat(table, before=""):
    found = {}
    for key, value in table.items():
        found |= flat(value, f"{before}{key}.") if isinstance(value, dict) else {before + key: value}
    return found
