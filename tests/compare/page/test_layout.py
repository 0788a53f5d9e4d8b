"""The layout from phone to projector: no sideways scrolling, no text over another, no label cut off."""

from pathlib import Path

import pytest

from compare.gates.material import Material, Settings
from compare.page.assemble import assembled
from compare.page.contents import contents

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


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    """Pages of other networks: few units, many features with long names; without a proof, so made at once."""
    folder = tmp_path_factory.mktemp("pages")
    rows = "".join(f"{'ab'[i % 2]},{i},{i * i % 7}\n" for i in range(30))
    (folder / "own.csv").write_text("kind,height,weight\n" + rows, encoding="utf-8")
    networks = {
        "own": Settings(f"{folder / 'own.csv'}#kind", (3,), epochs=3, dtypes=("float32",)),
        "wine": Settings("wine", (10,), epochs=3, dtypes=("float32",)),
        "digits": Settings("digits", (32, 16), epochs=3, dtypes=("float32",)),
    }
    for name, settings in networks.items():
        text = assembled(contents(Material(settings)))
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("name", ["own", "wine", "digits"])
def test_other_networks_do_not_overlap_either(open_page, others, name, width):
    page = open_page(others / f"{name}.html", width=width, height=900)
    for view in ("forward", "backward", "update"):
        page.click(f"button[data-view={view}]")
        found = page.evaluate(TEXTS)
        assert found["over"] == found["cut"] == found["clipped"] == [], view
        assert not found["sideways"], view
    assert page.inner_text("#lead").startswith("A network ")
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
