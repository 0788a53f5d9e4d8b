"""The layout from phone to projector: no sideways scrolling, no text over another, no label cut off."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TEXTS = Path(__file__).with_name("layout.js").read_text(encoding="utf-8")

VIEWS = [
    {"view": "forward", "selected": "relu[2]"},
    {"view": "forward", "selected": "p[1]"},
    {"view": "forward", "selected": "fc1.weight[2,3]", "tab": "train"},
    {"view": "backward", "scope": "sample", "selected": "dL/dfc1[2]"},
    {"view": "backward", "scope": "batch", "selected": "dL/dfc1.weight[2,3]", "tab": "bugs"}
    | {"mistake": "mean-forgotten"},
    {"view": "update", "selected": "fc1.weight[2,3] after", "tab": "quiz", "mistake": ""},
]  # fmt: skip


@pytest.mark.parametrize("width", [360, 768, 1440, 1920])
def test_nothing_overlaps_and_nothing_is_cut(open_page, docs_page, width):
    page = open_page(docs_page, width=width, height=900)
    for language in ("en", "zh"):
        for view in VIEWS:
            page.evaluate("changes => page.change(changes)", view | {"language": language, "snapshot": 200})
            page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
            found = page.evaluate(TEXTS)
            where = f"{width} px, {language}, {view}"
            assert found["count"] > 60
            assert not found["sideways"], where
            assert found["over"] == [], where
            assert found["cut"] == [], where
            assert found["clipped"] == [], where
    assert page.problems == []


@pytest.mark.parametrize("width", [360, 1440])
def test_no_edge_is_seen_over_a_features_name(open_page, docs_page, width):
    page = open_page(docs_page, width=width, height=900)
    found = page.evaluate("""() => {
      const card = getComputedStyle(document.querySelector(".stage")).backgroundColor;
      const edges = document.querySelector("#network .edges");
      return [...document.querySelectorAll("#network .units .name")].map(name => {
        const { stroke, paintOrder, strokeWidth } = getComputedStyle(name);
        const above = edges.compareDocumentPosition(name) & Node.DOCUMENT_POSITION_FOLLOWING;
        return above && stroke === card && paintOrder.startsWith("stroke") && parseFloat(strokeWidth) >= 3;
      });
    }""")
    assert len(found) == 4 + 3 + 2
    assert all(found)


CONTRAST = Path(__file__).with_name("contrast.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_has_contrast_aa(open_page, docs_page, scheme):
    page = open_page(docs_page, color_scheme=scheme)
    for view in VIEWS:
        page.evaluate("changes => page.change(changes)", view)
        assert page.evaluate(CONTRAST) == [], (scheme, view)
    page.click("#proof-line")
    assert page.evaluate(CONTRAST) == []
