"""Word vectors: alike for words used alike, one for all that are not known; and how the file is made."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import word_vectors
from extractors.vocabulary import SIZE, vocabulary_of


def alike(one: str, other: str) -> float:
    """The cosine of two words' vectors."""
    a, b = vocabulary_of([]).vectors([one, other])
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [("shelled", "bombarded", "ballet"), ("minister", "premier", "turbine"), ("insisted", "argued", "kilometres")],
)
def test_words_that_are_used_alike_have_like_vectors(word: str, near: str, far: str) -> None:
    assert alike(word, near) > 0.6 > alike(word, far) + 0.2


def test_words_that_are_not_known_share_a_vector() -> None:
    one, other, known = vocabulary_of([]).vectors(["zhovtnevenko", "qqq-17", "the"])
    assert one.shape == (SIZE,)
    assert (one == other).all()
    assert not (one == known).all()


def test_common_words_have_codes_from_one_and_others_none() -> None:
    vocabulary = vocabulary_of(["and", "that"])
    assert [vocabulary.code(word) for word in ("and", "that", "minister")] == [1, 2, 0]


def test_the_file_holds_each_word_and_a_row_for_all_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    glove, out = tmp_path / "glove.txt", tmp_path / "vectors.npz"
    draw = np.random.default_rng(0)
    rows = draw.normal(size=(60, 50)).round(4)
    glove.write_text("".join(f"word{nth} {' '.join(map(str, row))}\n" for nth, row in enumerate(rows)))
    monkeypatch.setattr("sys.argv", ["word_vectors", str(glove), "--out", str(out)])
    word_vectors.main()
    with np.load(out) as arrays:
        assert arrays["words"].tobytes().decode().split("\n") == [f"word{nth}" for nth in range(60)]
        kept = arrays["values"] * arrays["steps"]
    whole = word_vectors.main_axes(rows.astype(np.float32))
    assert kept.shape == (61, SIZE)
    assert np.abs(kept[:60] - whole).max() <= np.abs(whole).max() / 127
    assert kept[60] == pytest.approx(whole[30:].mean(axis=0), abs=0.05)
