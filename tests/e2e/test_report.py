"""`report`: one page that a browser shows without network, with records drawn as the C compiler lays them out."""

import json
import re
import shutil
import subprocess

import pytest

SHAPES_H = """\
/** A <b>pair</b> & more. */
struct pair { char tag; long when; unsigned ready : 1, level : 3; char name[300]; struct pair *next; };
union either { int i; double d; };
int take(struct pair *items, long count);
#ifdef _WIN32
int only_windows(void);
#endif
"""
CONFIGURATION = """\
[tool.headerkit]
writers = ["ctypes"]
[tool.headerkit.headers."include/demo.h"]
[tool.headerkit.cache.populate]
platforms = ["linux/386", "windows/amd64"]
"""
# Where the browser puts each part of a drawing, in bits from the beginning of its line.
MEASURE = """
<script>
document.querySelectorAll("details").forEach(entry => { entry.open = true; });
const parts = [...document.querySelectorAll(".line .part")].map(part => {
  const line = part.parentElement, own = part.getBoundingClientRect();
  const left = line.querySelector(".offset").getBoundingClientRect().right;
  const bit = (line.getBoundingClientRect().right - left) / 64;
  return [part.closest(".variant").textContent.split(":")[0], line.querySelector(".offset").textContent,
          part.title, (own.left - left) / bit, own.width / bit];
});
document.title = JSON.stringify(parts);
</script>
"""


@pytest.fixture(scope="module")
def browser():
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium here: apt-get install chromium")
    return found


def dom(browser, page, tmp_path):
    """The page as the browser has it after its scripts ran."""
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--window-size=1300,2000"]
    command += ["--user-data-dir={}".format(tmp_path / "profile"), "--dump-dom", page.as_uri()]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, timeout=120).stdout.decode()


@pytest.fixture
def shapes(project):
    made = project()
    made.write("include/demo.h", SHAPES_H)
    made.configure(headerkit=CONFIGURATION)
    return made


def test_the_page_shows_records_to_scale(shapes, browser, tmp_path):
    shapes.cli("generate", libclang=True)
    shapes.cli("cache", "populate", libclang=True)
    store = {path: path.read_bytes() for path in shapes.root.glob(".headerkit/**/*") if path.is_file()}
    shapes.cli("report", "-o", "page.html", libclang=False)
    assert store == {path: path.read_bytes() for path in shapes.root.glob(".headerkit/**/*") if path.is_file()}
    page = shapes.root / "page.html"
    text = page.read_text("utf-8")
    assert "6 of 6 outputs stored" in text
    assert not re.search(r"(src|href)=|url\(|@import", text), "the page fetches something"
    (tmp_path / "measured.html").write_text(text.replace("</body>", MEASURE + "</body>"), "utf-8")
    shown = dom(browser, tmp_path / "measured.html", tmp_path)
    assert "A &lt;b&gt;pair&lt;/b&gt; &amp; more." in shown
    assert re.search(r'<input id="search"(?![^>]*hidden)', shown), "the script has not run"
    measured = json.loads(re.search("<title>(.*?)</title>", shown).group(1).replace("&amp;", "&"))
    # Offsets and widths in bits, as the three ABIs have them.
    expected = {
        "x86_64-linux-gnu": {"tag": (0, 8), "when": (64, 64), "ready": (128, 1), "level": (129, 3), "next": (320 * 8, 64)},
        "i686-linux-gnu": {"tag": (0, 8), "when": (32, 32), "ready": (64, 1), "level": (65, 3), "next": (312 * 8, 32)},
        "x86_64-windows-msvc": {"tag": (0, 8), "when": (32, 32), "ready": (64, 1), "level": (65, 3), "next": (312 * 8, 64)},
    }
    for target, members in expected.items():
        for name, (offset, width) in members.items():
            rows = [row for row in measured if target in row[0] and re.search(r"\b{}\b".format(name), row[2])]
            assert len(rows) == 1, (target, name, measured)
            _, line, _, left, drawn = rows[0]
            assert int(line) * 8 + left == pytest.approx(offset, abs=0.2), (target, name)
            assert drawn == pytest.approx(width, abs=0.2), (target, name)


def test_what_only_one_target_has_says_so(shapes):
    shapes.cli("generate", libclang=True)
    shapes.cli("cache", "populate", libclang=True)
    shapes.cli("report", libclang=False)
    text = (shapes.root / "headerkit-report.html").read_text("utf-8")
    entry = text[text.index('data-name="only_windows"') :]
    assert "only x86_64-windows-msvc" in entry[: entry.index("</div>")]
    again = text
    shapes.cli("report", libclang=False)
    assert again == (shapes.root / "headerkit-report.html").read_text("utf-8")


def test_an_empty_store_gives_a_page_that_says_so(shapes):
    shapes.cli("report", libclang=False)
    text = (shapes.root / "headerkit-report.html").read_text("utf-8")
    assert "0 of 6 outputs stored" in text and "the store has no IR of any" in text


def test_a_header_that_is_not_stored_is_read_where_libclang_is(shapes):
    shapes.cli("report", libclang=True)
    text = (shapes.root / "headerkit-report.html").read_text("utf-8")
    assert "struct pair" in text and not (shapes.root / ".headerkit").exists()


def test_a_project_without_headers_has_no_report(shapes):
    shapes.configure(headerkit="[tool.headerkit]\n")
    result = shapes.cli("report", libclang=False, check=False)
    assert result.code == 1 and "no headers are configured" in result.err and "headerkit-backend init" in result.err
    assert not (shapes.root / "headerkit-report.html").exists()


def test_a_page_that_cannot_be_written_is_an_error(shapes):
    shapes.write("taken", "a file")
    result = shapes.cli("report", "-o", "taken/page.html", libclang=False, check=False)
    assert result.code == 1 and "taken/page.html" in result.err and "Traceback" not in result.err


def test_what_the_store_has_is_shown_without_being_declared(shapes):
    """As `cache status` does; `--target` still chooses."""
    shapes.cli("cache", "populate", "--target", "aarch64-linux-gnu", libclang=True)

    def count(*options):
        shapes.cli("report", *options)
        return re.search(r"\d+ of \d+ outputs stored", (shapes.root / "headerkit-report.html").read_text("utf-8")).group()

    assert count() == "2 of 8 outputs stored", "this machine, the two that are declared, and the one of the store"
    assert count("--target", "aarch64-linux-gnu") == "2 of 2 outputs stored"
