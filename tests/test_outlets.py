from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.errors import InputError
from extractors.outlets import Outlet, Outlets, is_outlet, load_outlets, outlet_of

ALL = load_outlets().outlets
KINDS = {"outlet", "wire", "broadcaster", "institution", "government", "think-tank"}


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("https://www.pravda.com.ua/eng/news/2025/08/19/1/", "Ukrainska Pravda"),
        ("https://feeds.bbci.co.uk/news/world/rss.xml", "BBC"),
        ("https://news.sky.com:443/story/x?utm_source=y#z", "Sky News"),
        ("HTTPS://WWW.NYTIMES.COM/", "The New York Times"),
        ("kyivindependent.com", "The Kyiv Independent"),
        ("//rss.dw.com/rdf/rss-en-all", "Deutsche Welle"),
        ("https://www.gov.uk/government/organisations/ministry-of-defence.atom", "GOV.UK"),
        ("https://ec.europa.eu/commission/presscorner", "European Commission"),
        ("https://www.eeas.europa.eu/", "European External Action Service"),
        ("https://www.abc.net.au/news", "ABC Australia"),
        ("https://abcnews.go.com/International", "ABC News"),
        ("The Kyiv Independent", "The Kyiv Independent"),
        ("kyiv independent", "The Kyiv Independent"),
        ("AP", "The Associated Press"),
        ("the Associated Press", "The Associated Press"),
        ("Yonhap News Agency", "Yonhap News Agency"),
        ("Yonhap", "Yonhap News Agency"),
        ("the TASS news agency", "TASS"),
        ("Bild newspaper", "Bild"),
        ("the American broadcaster PBS", "PBS"),
        ("the TV channel Welt", "Die Welt"),
        ("the news site Ukrainska Pravda", "Ukrainska Pravda"),
        ("Channel 4", "Channel 4 News"),
        ("  Radio Free Europe/Radio  Liberty ", "RFE/RL"),
        ("Ukraine’s Pravda", "Ukrainska Pravda"),
        ("GOV.UK", "GOV.UK"),
        ("LIGA.net", "LIGA.net"),
    ],
)
def test_an_outlet_is_known_by_address_and_by_name(asked: str, name: str) -> None:
    found = outlet_of(asked)
    assert found is not None
    assert found.name == name


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "the",
        "https://example.com/",
        "http://127.0.0.1:8901/courier/",
        "https://notbbc.com/",
        "https://bbc.com.example.org/",
        "https://europa.eu/",
        "http://[broken/",
        "Independent Commission",
        "a reporter for the AP",
    ],
)
def test_what_is_not_in_the_list_is_none(asked: str) -> None:
    assert outlet_of(asked) is None


@pytest.mark.parametrize(
    "mention",
    [
        "the BBC", "state television", "the press", "Radio Prypiat", "TV Odra",
        "a local news site", "the government-run television channel Dunav Plus", "the Sumy Courier",
        "Ukrainian media in Kyiv",
    ],
)  # fmt: skip
def test_a_phrase_with_the_head_noun_of_an_outlet_names_one(mention: str) -> None:
    assert is_outlet(mention)


@pytest.mark.parametrize(
    "mention",
    [
        "", "the radio operator", "a television presenter", "the army press officer", "the Channel Tunnel operator",
        "the media minister", "the editor of the newspaper Odra", "a news conference", "the post", "the diplomat",
    ],
)  # fmt: skip
def test_who_only_has_to_do_with_outlets_is_none(mention: str) -> None:
    assert not is_outlet(mention)


def test_the_date_habit_and_the_clock_are_the_head_offices() -> None:
    guardian, post = outlet_of("The Guardian"), outlet_of("The Washington Post")
    assert guardian is not None
    assert post is not None
    assert (guardian.day_first, guardian.time_zone) == (True, "Europe/London")
    assert (post.day_first, post.time_zone) == (False, "America/New_York")


def test_the_list_is_sound() -> None:
    assert len(ALL) >= 200
    for outlet in ALL:
        ZoneInfo(outlet.time_zone)
        assert outlet.kind in KINDS, outlet
        assert len(outlet.country) == 2, outlet
        assert outlet.country == outlet.country.lower(), outlet
        for domain in outlet.domains:
            assert outlet_of(f"https://www.{domain}/a") is outlet
        for name in (outlet.name, *outlet.aliases):
            assert outlet_of(name) is outlet, name


def test_the_day_comes_second_in_the_united_states_alone_and_where_it_was_learnt_there() -> None:
    assert {outlet.country for outlet in ALL if not outlet.day_first} == {"us", "ph"}
    exceptions = {outlet.name for outlet in ALL if outlet.country == "us" and outlet.day_first}
    assert exceptions == {"UN News"}


def test_a_name_that_two_outlets_claim_is_an_error_that_names_both() -> None:
    one = Outlet("One", "gb", "UTC", "outlet", True, ("Daily",), ("one.example",))
    two = Outlet("Two", "gb", "UTC", "outlet", True, ("the daily",), ("two.example",))
    with pytest.raises(InputError, match="'daily' is claimed by One and by Two"):
        Outlets([one, two])


@given(st.text())
def test_any_text_may_be_asked(text: str) -> None:
    found = outlet_of(text)
    assert found is None or found in ALL
