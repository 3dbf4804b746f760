"""A report crossed, over time, of some calls only; and as CSV, Markdown and HTML with the same numbers."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import pytest
from spantally_processor.store import open_store
from support.command import Spantally
from support.ledger import Row, a_call, an_unpriced_call, book

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SVG = "{http://www.w3.org/2000/svg}"

CALLS = [
    # day, property, workflow, team, cost in dollars
    ("2026-07-31T22:30", "harbour", "concierge", "guests", "3.50"),
    ("2026-08-01T09:00", "harbour", "payroll", "finance", "1.25"),
    ("2026-08-02T09:00", "mill", "concierge", "guests", "2.00"),
    ("2026-09-30T09:00", "mill", "", "", "0.75"),
    ("2026-09-30T09:00", "", "concierge", "guests", "0.50"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("forms")


@pytest.fixture(scope="module")
def spantally(folder: Path) -> Iterator[Spantally]:
    store = open_store(f"chdb://{folder}/ledger")
    store.migrate()
    book(
        store,
        [
            a_call(
                start_time=datetime.fromisoformat(at).replace(tzinfo=UTC),
                property=house, workflow=workflow, team=team, cost=Decimal(cost),
                tags={"day": "rainy", "a|b": "c*d"},
            )
            for at, house, workflow, team, cost in CALLS
        ],
    )  # fmt: skip
    yield Spantally(str(folder))
    store.close()


def page_of(folder: Path, name: str, rows: list[Row], *question: str) -> str:
    """What a report of these rows alone says; they are in a database of their own."""
    url = f"chdb://{folder}/ledger?database={name}"
    store = open_store(url)
    store.migrate()
    book(store, rows)
    page = Spantally(str(folder)).run("report", *question, "--store", url)
    store.close()
    return page


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_two_keys_are_crossed(spantally: Spantally) -> None:
    rows = spantally.json("report", "--by", "property,workflow")["by"]["property,workflow"]
    assert [(row["property"], row["workflow"], row["cost"]) for row in rows] == [
        ("harbour", "concierge", "3.5"),
        ("mill", "concierge", "2"),
        ("harbour", "payroll", "1.25"),
        ("mill", None, "0.75"),
        (None, "concierge", "0.5"),
    ]
    text = spantally.run("report", "--by", "property,workflow")
    assert "84.4 % of spend attributed to a property and a workflow" in " ".join(text.split())


def test_a_cut_over_time_is_in_the_order_of_time_and_of_the_time_zone(spantally: Spantally) -> None:
    def months(*zone: str) -> list[tuple[str, str]]:
        rows = spantally.json("report", "--by", "month", *zone)["by"]["month"]
        return [(row["value"], row["cost"]) for row in rows]

    assert months() == [("2026-07", "3.5"), ("2026-08", "3.25"), ("2026-09", "1.25")]
    assert months("--timezone", "Europe/Amsterdam") == [("2026-08", "6.75"), ("2026-09", "1.25")]
    quarter = ("--period", "2026-Q3", "--timezone", "Europe/Amsterdam")
    report = spantally.json("report", "--by", "quarter", *quarter)
    assert report["by"]["quarter"][0]["value"] == "2026-Q3"
    assert report["from"] == "2026-07-01T00:00:00+02:00"
    assert report["timezone"] == "Europe/Amsterdam"
    text = spantally.run("report", "--by", "month,team", *quarter)
    assert "Calls from 2026-07-01 00:00 to 2026-10-01 00:00, Europe/Amsterdam" in text
    months_shown = [line.split()[0] for line in text.splitlines() if line.startswith("2026-")]
    assert months_shown == sorted(months_shown)


def test_a_tag_that_is_named_like_a_key_is_told_apart(spantally: Spantally) -> None:
    by = spantally.json("report", "--by", "tag:day", "--by", "day")["by"]
    assert [row["value"] for row in by["tag:day"]] == ["rainy"]
    assert len(by["day"]) == 4


def test_only_some_calls(spantally: Spantally) -> None:
    def total(*conditions: str) -> Any:
        options = [part for each in conditions for part in ("--where", each)]
        return spantally.json("report", *options)["total"]

    assert total("workflow=concierge")["cost"] == "6"
    assert total("workflow=concierge", "property=mill")["cost"] == "2"
    assert total("team=")["cost"] == "0.75"
    assert total("tag:day=rainy", "month=2026-09")["cost"] == "1.25"
    assert total("model=gpt-5")["calls"] == total("model=gpt-5-2026-08-01")["calls"] == 5
    assert total("model=gpt-4") is None
    shown = spantally.run("report", "--where", "team=", "--by", "team")
    assert "Only calls with team=(none)" in shown


@pytest.mark.parametrize("columns", [20, 40, 60, 200])
def test_a_narrow_terminal_folds_names_and_cuts_no_number(
    spantally: Spantally, columns: int
) -> None:
    asked = ("report", "--by", "month,property,workflow")
    narrow = Spantally(spantally.data, columns)
    lines = narrow.run(*asked).partition("\n\nBy month")[2].splitlines()
    calls = [line.split("$")[1].split() for line in lines if "$" in line and "total" not in line]
    rows = spantally.json(*asked)["by"]["month,property,workflow"]
    assert [share for _, share, *_ in calls] == [row["share_percent"] for row in rows]
    assert any(line.split()[-2:] == ["calls", "tokens"] for line in lines)


def test_csv_has_the_numbers_of_the_json_and_sums_to_the_total(spantally: Spantally) -> None:
    asked = ("report", "--by", "month,team", "--by", "workflow")
    rows = rows_of(spantally.run(*asked, "--format", "csv"))
    report = spantally.json(*asked)
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        sums[row["by"]] += Decimal(row["cost"])
    assert sums == {"month,team": Decimal(8), "workflow": Decimal(8)}
    assert report["total"]["cost"] == "8"
    crossed = [row for row in rows if row["by"] == "month,team"]
    for row, said in zip(crossed, report["by"]["month,team"], strict=True):
        assert (row["month"], row["team"] or None) == (said["month"], said["team"])
        assert row["cost"] == said["cost"]
        assert row["share_percent"] == said["share_percent"]
        assert row["is_lower_bound"] == "false"
    assert {row["workflow"] for row in rows if row["by"] == "workflow"} == {
        "concierge", "payroll", "",
    }  # fmt: skip


def test_markdown_tables_hold_whatever_a_tag_says(spantally: Spantally) -> None:
    text = spantally.run("report", "--by", "a|b", "--format", "markdown")
    assert r"| c\*d | \$8.0000 | 100.0 % | 5 | 550 |" in text
    header = next(line for line in text.splitlines() if line.startswith(r"| a\|b"))
    at = text.splitlines().index(header)
    pipes = [len(re.findall(r"(?<!\\)\|", line)) for line in text.splitlines()[at : at + 4]]
    assert pipes == [6] * 4


def bars_of(picture: str) -> list[dict[str, str]]:
    """The bars of a picture as it describes them to those who cannot see it."""
    labels = [
        path.get("aria-label") or ""
        for path in ElementTree.fromstring(picture).iter(f"{SVG}path")  # noqa: S314 - our own
        if path.get("aria-roledescription") == "bar"
    ]
    return [dict(part.split(": ", 1) for part in label.split("; ")) for label in labels]


class Outside(HTMLParser):
    """Whatever a page would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fetched = {name: value for name, value in attrs if name in {"src", "href", "srcset"}}
        if tag in {"script", "link", "img", "iframe", "object"} or fetched:
            self.found.append(f"{tag} {fetched}")


def test_html_is_one_file_with_charts_that_fetches_nothing(
    spantally: Spantally, tmp_path: Path
) -> None:
    page = tmp_path / "spend.html"
    assert spantally.run("report", "--by", "month,team", "--by", "a|b", "-o", str(page)) == ""
    text = page.read_text()
    outside = Outside()
    outside.feed(text)
    assert outside.found == []
    assert "url(" not in text
    charts = re.findall(r"<figure>(<svg.*?</svg>)</figure>", text, re.DOTALL)
    assert len(charts) == 2
    assert len(bars_of(charts[0])) == 5
    for month in ("2026-07", "2026-08", "2026-09"):
        assert f">{month}</text>" in charts[0]
    assert "c*d" in charts[1]


def test_a_chart_has_the_money_of_its_table(spantally: Spantally) -> None:
    text = spantally.run("report", "--by", "workflow", "--format", "html")
    for workflow, cost in (("concierge", "$6.0000"), ("payroll", "$1.2500")):
        assert re.search(rf"<td>{workflow}</td><td class=\"number\">{re.escape(cost)}</td>", text)
    bars = bars_of(text[text.index("<svg") : text.index("</svg>") + len("</svg>")])
    assert {bar["bar"]: Decimal(bar["USD"]) for bar in bars} == {
        "concierge": Decimal(6), "payroll": Decimal("1.25"), "unattributed": Decimal("0.75"),
    }  # fmt: skip


def test_a_name_from_outside_is_text_and_nothing_else(spantally: Spantally, folder: Path) -> None:
    rows = [a_call(team="<script>alert(1)</script>", cost=Decimal(1))]
    page = page_of(folder, "outside", rows, "--by", "team", "--format", "html")
    outside = Outside()
    outside.feed(page)
    assert outside.found == []
    assert "&lt;script&gt;" in page


def test_a_name_from_outside_commands_no_terminal(spantally: Spantally, folder: Path) -> None:
    rows = [
        a_call(team="\x1b[2J\x9b31m\x7f\u202eevil", cost=Decimal(1)),
        a_call(team="Müller 東京"),
    ]
    text = page_of(folder, "commands", rows, "--by", "team")
    assert r"\x1b[2J\x9b31m\x7f\u202eevil" in "".join(text.split())
    assert "Müller 東京" in text
    assert {each for each in text if not each.isprintable()} == {"\n"}


def test_a_chart_shows_names_that_no_picture_can_hold(spantally: Spantally, folder: Path) -> None:
    names = ["a\x1b[2Jb", "c\x00d", "e\uffffg", "two\nlines", "\u202eh"]
    rows = [a_call(team=name, cost=Decimal(1)) for name in names]
    page = page_of(folder, "pictures", rows, "--by", "team", "--format", "html")
    (chart,) = re.findall(r"<figure>(<svg.*?</svg>)</figure>", page, re.DOTALL)
    assert len(bars_of(chart)) == 5
    assert r"a\x1b[2Jb" in chart
    assert r"<td>\u202eh</td>" in page, "nor does it turn the rest of the table around"
    text = page_of(folder, "pictures", [], "--by", "team", "--format", "markdown")
    assert not set("\x00\x1b\u202e") & set(page + text)


ODD_NAMES = [
    'he said "hi", twice',
    "two\nlines",
    "back\rto the start",
    " padded ",
    "a;b\t'c'",
    "\\N",
]


def test_csv_has_one_row_a_name_whatever_is_in_it(spantally: Spantally, folder: Path) -> None:
    rows = [a_call(team=name, cost=Decimal(1)) for name in ODD_NAMES]
    text = page_of(folder, "odd", rows, "--by", "team", "--format", "csv")
    found = csv.DictReader(io.StringIO(text, newline=""))
    assert sorted(row["team"] for row in found) == sorted(ODD_NAMES)


def test_no_part_of_a_lower_bound_is_shown_larger_than_the_whole(
    spantally: Spantally, folder: Path
) -> None:
    rows = [a_call(team="a", cost=Decimal("0.55617789")), an_unpriced_call(team="")]
    text = page_of(folder, "bounds", rows, "--by", "team")
    # To the nearest it would be $0.5562 beside a total of ≥ $0.5561.
    assert re.search(r"^a +\$0\.5561 ", text, re.MULTILINE)
    assert re.search(r"^total +≥ \$0\.5561 ", text, re.MULTILINE)
    assert re.search(r"^unattributed +unknown +1 +110 +1 *$", text, re.MULTILINE)


def test_a_file_that_cannot_be_written_is_said(spantally: Spantally) -> None:
    said = spantally.run("report", "-o", "/no/such/folder/x.csv", exit_code=2)
    assert "No such file or directory" in said
