"""Is it English? Headlines and sentences of invented news, in English and in other languages."""

from __future__ import annotations

import pytest

from extractors.language import is_english


@pytest.mark.parametrize(
    "text",
    [
        "Officials say the strike killed 12 people, including two children.",
        "Russia strikes Odesa port, governor says",
        "Drones hit bridge near Izmail, injure three",
        "Denmark: shells must come before winter",
        "The mayor said that the bridge was shut and would stay shut until the spring.",
    ],
)
def test_english_however_short(text: str) -> None:
    assert is_english(text)


@pytest.mark.parametrize(
    "text",
    [
        "Der Minister sagte am Montag in Kiel, man brauche mehr Munition.",
        "„Wir bleiben hier“, sagte der Bürgermeister.",
        "La ministre a promis mardi que la France enverrait des obus à l'Ukraine.",
        "Rusia ataca el puerto con drones: tres heridos",
        "Wojewoda powiedział we wtorek, że most jest zamknięty.",
        "Міністр сказав у понеділок, що міст закрито.",
        "Il ponte resta chiuso, ha detto lunedì il sindaco",
        "De burgemeester zei maandag dat de brug dicht blijft.",
        "",
        "12 345 - 67",
    ],
)
def test_other_languages_and_no_words(text: str) -> None:
    assert not is_english(text)


def test_a_long_list_of_names_is_no_prose() -> None:
    assert not is_english("Kyiv Odesa Lviv Germany Poland Denmark " * 20)
