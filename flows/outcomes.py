"""What can come of a fetch: a small closed set of names, and what each means for the next one.

``weight`` is what a failure adds to a feed's error weight, which sets the back-off (flows.rhythm): 1 hard (nothing
will change until someone acts), 0.5 soft (likely to pass), 0.25 temporary, 0 not the feed's fault.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flows.http import Answer

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


OWN_NETWORK, NO_ANSWER = "most hosts did not answer, so our own network is down", "no feed answered"
"""Why a run failed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    meaning: str
    weight: float = 0.0
    ceiling: timedelta = DAY  # the longest back-off
    advice: str = ""  # what its owner can do
    network: bool = False  # counts when asking whether our own network is down


SUCCESSES = ("new", "nothing_new", "unchanged", "not_modified")

UNHEARD = ("held", "own_network")
"""Neither success nor failure: nothing could be heard of the feed, and what was last heard of it stands."""

OUTCOMES: dict[str, Outcome] = {
    "new": Outcome("new or changed entries"),
    "nothing_new": Outcome("another document, but no entry is new or changed"),
    "unchanged": Outcome("the same bytes as last time"),
    "not_modified": Outcome("nothing changed since the validators that we sent (304)"),
    # The network
    "dns_temp": Outcome("the name server failed", 0.25, network=True),
    "dns_unknown": Outcome("no such host", 0.5, advice="has the site moved?", network=True),
    "unreachable": Outcome("no connection", 0.5, network=True),
    "timeout": Outcome("not finished in time", 0.5, network=True),
    "reset": Outcome("the connection broke before an answer", 0.5, network=True),
    "truncated": Outcome("the body was cut", 0.5),
    "protocol": Outcome("the answer is no HTTP", 0.5),
    "own_network": Outcome("most hosts failed at once: our own network is down", advice="check the connection"),
    "held": Outcome("the site asked for a pause; no request was sent"),
    # The status
    "not_found": Outcome("not found", 0.5, advice="`dateline feeds discover` may find the new address"),
    "gone": Outcome("gone, for a day by now; looked at every 30 days", advice="remove or replace it"),
    "gone_once": Outcome("gone, which is believed when it lasts a day", 0.5),
    "server_error": Outcome("the server failed", 0.5),
    "unavailable": Outcome("unavailable for a while, as it says itself"),
    "rate_limited": Outcome("too many requests", advice="raise host_gap_seconds or poll fewer feeds of this site"),
    "forbidden": Outcome("refused to us", 1.0, WEEK, "ask the publisher for access, and set `contact`"),
    "challenge": Outcome("a bot challenge", 1.0, WEEK, "ask the publisher to let feed readers through"),
    "bad_status": Outcome("a status that makes no sense here", 1.0, WEEK, "is this the feed's address?"),
    # What we refuse
    "bad_url": Outcome("no usable http or https URL", 1.0, WEEK, "correct the URL"),
    "tls": Outcome("the certificate or the TLS handshake is bad", 1.0, WEEK, "the site must repair it"),
    "ssrf_refused": Outcome("a private address or an odd port", 1.0, WEEK, "allow_private_hosts, if it is yours"),
    "downgrade": Outcome("a redirect from https to http", 1.0, WEEK, "correct the URL"),
    "redirects": Outcome("too many redirects, or a circle", 1.0, WEEK, "correct the URL"),
    "too_large": Outcome("above the limit of size", 1.0, WEEK, "look for a shorter feed of the site"),
    "bomb": Outcome("made to blow up when unpacked", 1.0, WEEK, "look at what this site serves"),
    "bad_encoding": Outcome("an encoding that was not asked for, or broken", 0.5),
    # The content
    "no_content": Outcome("no whole document", 0.5),
    "empty": Outcome("an empty body", 0.5),
    "html": Outcome("an HTML page in place of a feed", 0.5, advice="`dateline feeds discover` may find the feed"),
    "not_a_feed": Outcome("neither RSS nor Atom nor JSON Feed nor news sitemap", 0.5, advice="is this the feed's URL?"),
    "parse": Outcome("the parser gave up", 0.5),
    "parse_timeout": Outcome("parsing took too long and was stopped", 0.5),
}

READ = frozenset({200, 203, 226})
NO_CONTENT = frozenset({204, 205, 206})
REFUSED = {
    401: "forbidden",
    402: "forbidden",
    403: "forbidden",
    404: "not_found",
    408: "server_error",
    410: "gone",
    425: "server_error",
    429: "rate_limited",
}


def refusal(answer: Answer) -> str:
    """The outcome of an answer that brings no document, by its status and headers; "" of one that does."""
    if answer.header("cf-mitigated"):
        return "challenge"
    if answer.status in READ:
        return "" if answer.body.strip() else "empty"
    if answer.status in NO_CONTENT:
        return "no_content"
    if answer.status == 503 and answer.header("retry-after"):
        return "unavailable"
    return "server_error" if answer.status >= 500 else REFUSED.get(answer.status, "bad_status")
