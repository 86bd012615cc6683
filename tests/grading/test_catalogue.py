"""An entry of the catalogue changes today's reference, or is refused in a line."""

import pytest

from grading.catalogue import (
    apply_change,
    handed_in_files,
    numbers,
    read_catalogue,
)
from grading.errors import BrokenCatalogue

ENTRY = """\
Wrong: Three times
 as much.
List: 7, 31
Fails: test_double
Named: 1.5 times too large

-    secret_of_double = 2
+    secret_of_double = 3
"""


@pytest.fixture
def write_entry(course):
    def write(text=ENTRY, component="double", name="thrice"):
        path = course.mistakes / "01_double" / component / f"{name}.diff"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


def refused(course):
    with pytest.raises(BrokenCatalogue) as caught:
        read_catalogue(course, [])
    return caught.value.lines


def test_an_entry_is_read_from_its_header_and_its_change(course, write_entry):
    write_entry()
    (entry,) = read_catalogue(course, [])
    assert entry.place == "01_double/double/thrice"
    assert (entry.is_wrong, entry.says) == (True, "Three times as much.")
    assert (entry.fails, entry.kind) == (("test_double",), "Named")
    assert (entry.shown, entry.is_seen) == (("1.5 times too large",), True)
    assert entry.source == (
        'def double(x):\n    """Return twice x, of any shape."""\n'
        "    secret_of_double = 3\n    return secret_of_double * np.asarray(x)\n"
    )
    assert numbers(course) == {"01_double/double/thrice.diff": [7, 31]}


@pytest.mark.parametrize(
    ("names", "count"),
    [
        ([], 2),
        (["01_double"], 2),
        (["01_double/double"], 2),
        (["01_double/double/thrice"], 1),
        (["01_double/double/thrice", "01_double/double/half"], 2),
    ],
)
def test_names_choose_notebooks_components_and_entries(
    course, write_entry, names, count
):
    write_entry()
    write_entry(ENTRY.replace("= 3", "= 0.5"), name="half")
    assert len(read_catalogue(course, names)) == count


@pytest.mark.parametrize("name", ["02_quad", "01_double/dou", "nothing"])
def test_a_name_that_chooses_nothing_is_one_line(course, write_entry, name):
    write_entry()
    with pytest.raises(BrokenCatalogue, match=f"holds no entry for {name}"):
        read_catalogue(course, [name])


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Fails: test_double\n", "", "expected `Fails:`"),
        ("test_double", "test_treble", "no graded check 'test_treble'"),
        ("Named: 1.5 times too large\n", "", "one of `Named:`, `Found:`, `Raises:`"),
        ("List: 7, 31", "Liste: 7", "unknown field 'Liste'"),
        ("Wrong:", "Right:", "a right solution has no `Fails:`"),
        ("List: 7, 31", "Right: Yes.", "either `Wrong:` or `Right:`"),
        ("List: 7, 31", "Visible: no", "`Visible:` can only be `passes`"),
        ("-    secret_of_double = 2", "-    secret = 2", "is there 0 times"),
        ("+    secret_of_double = 3", "    secret_of_double = 3", "is there 0 times"),
        ("+    secret_of_double = 3", "+    secret_of_double = 2", "changes nothing"),
        ("+    secret", "*    secret", "expected lines with -, + or a space"),
        ("-    secret_of_double = 2\n+    secret_of_double = 3\n", "", "got nothing"),
    ],
)
def test_what_is_no_entry_is_refused_in_a_line(course, write_entry, old, new, words):
    assert old in ENTRY
    write_entry(ENTRY.replace(old, new))
    lines = refused(course)
    assert any(words in line for line in lines)
    assert all(line.startswith("mistakes/01_double/double/thrice.") for line in lines)


def test_every_broken_entry_gets_its_line(course, write_entry):
    write_entry(ENTRY.replace("secret_of_double = 2", "gone"))
    write_entry(ENTRY.replace("Named", "Nmaed"), name="other")
    assert len(refused(course)) == 2


def test_a_folder_that_is_no_solution_cell_is_told(course, write_entry):
    write_entry()
    write_entry(component="duoble")
    assert refused(course) == (
        "mistakes/01_double/duoble: 01_double has no solution cell 'duoble'; "
        "expected one of double",
    )


REFERENCE = "a = 1\nb = 2\n\nc = 1\n"


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ("-b = 2\n+b = 3\n", "a = 1\nb = 3\n\nc = 1\n"),
        ("-b = 2\n", "a = 1\n\nc = 1\n"),
        (" a = 1\n+new = 0\n", "a = 1\nnew = 0\nb = 2\n\nc = 1\n"),
        ("-a = 1\n+a = 5\n@@ there\n-c = 1\n+c = 6\n", "a = 5\nb = 2\n\nc = 6\n"),
        ("-b = 2\n \n-c = 1\n+c = 2\n", "a = 1\n\nc = 2\n"),
        ("-b = 2\n\n-c = 1\n+c = 2\n", "a = 1\n\nc = 2\n"),
        ("+d = 4\n", REFERENCE + "d = 4\n"),
    ],
)
def test_a_change_is_made_at_its_place(change, wanted):
    assert apply_change(change, REFERENCE) == wanted


def test_a_place_that_is_there_twice_is_refused():
    with pytest.raises(ValueError, match="there 2 times"):
        apply_change("-x = 1\n+x = 2\n", "x = 1\nx = 1\n")


def test_a_place_must_be_whole_lines():
    with pytest.raises(ValueError, match="there 0 times"):
        apply_change("-= 1\n+= 2\n", REFERENCE)


def test_the_folder_of_what_is_handed_in_is_no_component(course, write_entry):
    write_entry()
    assert handed_in_files(course, "01_double") == {}
    kept = course.mistakes / "01_double" / "handed_in"
    kept.mkdir()
    (kept / "answer.txt").write_bytes(b"42")
    assert len(read_catalogue(course, [])) == 1
    assert handed_in_files(course, "01_double") == {"answer.txt": b"42"}
