"""`course check` and `course mutants`, on a course with a check that is too weak."""

import pytest

from grading.mutants import make_mutants

WRONG = """\
Wrong: Four times as much.
Fails: test_double
Named: 2 times too large

-    secret_of_double = 2
+    secret_of_double = 4
"""
WEAK = WRONG.replace("= 4", "= 2 if len(x) < 2 else 4")


@pytest.fixture
def write_entry(course):
    folder = course.mistakes / "01_double" / "double"
    folder.mkdir(parents=True)

    def write(name, text):
        (folder / f"{name}.diff").write_text(text, encoding="utf-8")

    return write


@pytest.fixture
def run(run_course, course):
    def run_it(*arguments):
        return run_course("--course", course.root, *arguments)

    return run_it


def test_a_catalogue_that_holds_ends_well(run, write_entry, course, tmp_path, editing):
    with editing(course.source_notebook("01_double")) as cells:
        cells["test_double"]["source"] = cells["test_double"]["source"].replace(
            "[-8.5]", "[-8.5, 1]"
        )
        cells["test_double"]["source"] = cells["test_double"]["source"].replace(
            "[-17.0]", "[-17.0, 2]"
        )
    write_entry("thrice", WRONG)
    page = tmp_path / "page.md"
    code, out, err = run("check", "--page", page)
    assert (code, err) == (0, "")
    assert "all 1 solutions got what they must" in out
    assert "| 01_double/double | 1 / 1 |" in page.read_text()


def test_a_check_that_is_too_weak_is_told_in_a_line(run, write_entry):
    write_entry("weak", WEAK)
    code, _, err = run("check")
    assert code == 1
    assert "course: 01_double/double/weak: test_double accepts it\n" in err


def test_with_show_every_message_is_printed(run, write_entry):
    write_entry("weak", WEAK)
    _, out, _ = run("check", "01_double/double/weak", "--show")
    assert "01_double/double/weak: Four times as much." in out
    assert "check_double: not right yet. double(x): the shape is right" in out
    assert "!! test_double accepts it" in out


def test_other_seeds_are_named_where_they_fall_short(run, write_entry):
    write_entry("weak", WEAK)
    _, _, err = run("check", "--seeds", "2")
    assert "01_double/double/weak (seeds shifted by 1): test_double accepts it" in err


def test_an_entry_that_does_not_fit_is_one_line(run, write_entry):
    write_entry("gone", WRONG.replace("secret_of_double", "gone"))
    code, out, err = run("check")
    assert (code, out) == (1, "")
    assert err.startswith(
        "course: mistakes/01_double/double/gone.diff: the change does"
    )
    assert err.count("\n") == 1


def test_an_empty_catalogue_is_one_line(run):
    code, _, err = run("check", "01_double")
    assert code == 1
    assert "holds no entry for 01_double; see docs/mistakes.md" in err


def test_graded_notebooks_give_the_same_verdict(run, write_entry):
    write_entry("thrice", WRONG)
    write_entry("weak", WEAK)
    plain = run("check", "--show")
    graded = run("check", "--show", "--graded")
    assert plain == graded
    assert plain[0] == 1


def test_graded_notebooks_take_no_seeds(run, write_entry):
    write_entry("thrice", WRONG)
    code, _, err = run("check", "--graded", "--seeds", "2")
    assert code == 2
    assert "without --seeds" in err


# Mutants ------------------------------------------------------------------------------


def test_every_change_is_made_once_at_one_place(course):
    pytest.importorskip("cosmic_ray")
    mutants = make_mutants(course, "01_double")
    assert len({mutant.source for mutant in mutants}) == len(mutants)
    changes = {(mutant.was, mutant.becomes) for mutant in mutants}
    assert ("secret_of_double = 2", "secret_of_double = 3") in changes
    assert all(mutant.component == "double" for mutant in mutants)


def test_what_students_are_given_is_not_changed(course, editing):
    pytest.importorskip("cosmic_ray")
    with editing(course.source_notebook("01_double")) as cells:
        text = cells["double"]["source"]
        cells["double"]["source"] = text.replace("double(x)", "double(x, spare=7)", 1)
    changed = {mutant.was for mutant in make_mutants(course, "01_double")}
    assert "secret_of_double = 2" in changed
    assert not [line for line in changed if "spare" in line]


def test_mutants_that_every_check_notices_end_well(run, tmp_path):
    pytest.importorskip("cosmic_ray")
    page = tmp_path / "mutants.md"
    code, out, err = run("mutants", "01_double", "--page", page)
    assert (code, err) == (0, "")
    assert "100.0" in out
    assert "| 01_double/double |" in page.read_text()


@pytest.fixture
def weak_course(course, editing):
    """The hidden check of `double` looks at 0 only."""
    with editing(course.source_notebook("01_double")) as cells:
        test = cells["test_double"]
        test["source"] = test["source"].replace("-8.5", "0.0").replace("-17.0", "0.0")
    return course


def test_a_mutant_that_nobody_notices_is_told(run, weak_course):
    pytest.importorskip("cosmic_ray")
    code, _, err = run("mutants", "01_double")
    assert code == 1
    assert (
        "course: 01_double/double: no check notices `secret_of_double = 3` for "
        "`secret_of_double = 2`\n"
    ) in err


def test_a_reason_that_is_listed_explains_it(run, weak_course):
    pytest.importorskip("cosmic_ray")
    weak_course.mistakes.mkdir()
    listed = weak_course.mistakes / "equivalent.toml"
    listed.write_text(
        '[[mutant]]\nnotebook = "01_double"\ncomponent = "double"\n'
        'was = "secret_of_double = 2"\nbecomes = "secret_of_double = 3"\nwhy = "So."\n'
    )
    _, _, err = run("mutants", "01_double")
    assert "`secret_of_double = 3`" not in err
    assert "`secret_of_double = 1`" in err


def test_a_reason_for_what_is_noticed_is_told(run, course):
    pytest.importorskip("cosmic_ray")
    course.mistakes.mkdir()
    (course.mistakes / "equivalent.toml").write_text(
        '[[mutant]]\nnotebook = "01_double"\ncomponent = "double"\n'
        'was = "secret_of_double = 2"\nbecomes = "secret_of_double = 3"\nwhy = "So."\n'
    )
    code, _, err = run("mutants", "01_double")
    assert code == 1
    assert "is listed as equivalent, but it is noticed" in err


def test_a_list_of_reasons_that_is_none_is_one_line(run, course):
    pytest.importorskip("cosmic_ray")
    course.mistakes.mkdir()
    (course.mistakes / "equivalent.toml").write_text('[[mutant]]\nwas = "a"\n')
    code, _, err = run("mutants", "01_double")
    assert code == 1
    assert err.endswith("equivalent.toml, mutant 1: expected notebook\n")
