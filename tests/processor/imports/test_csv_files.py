"""CSV files to rows: exact, or every faulty line named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spantally_processor.errors import ImportFault
from spantally_processor.imports.csv_file import read_csv
from spantally_processor.imports.kinds import KINDS
from spantally_processor.imports.outcomes import OUTCOMES
from spantally_processor.imports.plans import PLANS
from spantally_processor.imports.revenue import REVENUE

if TYPE_CHECKING:
    from pathlib import Path

    from spantally_processor.imports.columns import Kind

REVENUE_COLUMNS = "customer, month, revenue, other_cost"
AN_AMOUNT = "an amount of USD such as 1234.50, with at most 18 decimals, or nothing if unknown"
TRACE = "0af7651916cd43dd8448eb211c80319c"


def written(folder: Path, text: str) -> Path:
    path = folder / "file.csv"
    path.write_text(text)
    return path


def faults(folder: Path, kind: Kind, text: str) -> list[str]:
    path = written(folder, text)
    with pytest.raises(ImportFault) as error:
        read_csv(path, kind)
    return [fault.removeprefix(f"{path}:") for fault in error.value.faults]


def test_cells_are_exact_and_an_empty_amount_is_unknown(tmp_path: Path) -> None:
    text = (
        '\ufeffmonth,customer,revenue\n2026-11,"acme, inc",1234.567890123456789\n2026-12-01,b,\n\n'
    )
    rows = read_csv(written(tmp_path, text), REVENUE).rows
    assert rows == (
        {
            "customer": "acme, inc",
            "month": date(2026, 11, 1),
            "revenue": Decimal("1234.567890123456789"),
            "other_cost": None,
        },
        {"customer": "b", "month": date(2026, 12, 1), "revenue": None, "other_cost": None},
    )


def test_an_outcome_is_of_a_workflow_or_of_a_run(tmp_path: Path) -> None:
    text = f"day,outcome,count,workflow,trace_id\n2026-11-02,ticket,,desk,\n2026-11-02,ticket,3,,{TRACE}\n"
    rows = read_csv(written(tmp_path, text), OUTCOMES).rows
    assert [(row["count"], row["workflow"], row["trace_id"]) for row in rows] == [
        (1, "desk", ""),
        (3, "", TRACE),
    ]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (REVENUE, "", ["1: the first line lacks customer, month, revenue"]),
        (REVENUE, "customer,month,revenue\n", ["1: there is no row"]),
        (
            REVENUE,
            "customer;month;revenue\na;2026-11;1\n",
            [
                f"1: column 'customer;month;revenue' is unknown; known are {REVENUE_COLUMNS}",
                "1: the first line lacks customer, month, revenue",
            ],
        ),
        (
            REVENUE,
            "customer,month,revenue,other_costs\na,2026-11,1,1\n",
            ["1: column 'other_costs' is unknown; did you mean 'other_cost'?"],
        ),
        (
            REVENUE,
            'customer,month,revenue\na,2026-13,1\nb,2026-11,"1,200"\na,2026-11,1\nc,2026-11\na,2026-11,2\n',
            [
                "2: month is '2026-13'; expected a month such as 2026-11",
                f"3: revenue is '1,200'; expected {AN_AMOUNT}",
                "5: has 2 cells; the first line has 3",
                "6: has the same customer, month as line 4",
            ],
        ),
        (REVENUE, 'customer,month,revenue\n"a,2026-11,1\n', ["2: this is no CSV: unexpected end of data"]),
        (
            OUTCOMES,
            "day,outcome,count,trace_id\n2026-11-31,,-1,xyz\n2026-11-30,t,1,\n",
            [
                "2: count is '-1'; expected a whole number such as 120",
                "2: day is '2026-11-31'; expected a day such as 2026-11-30",
                "2: outcome is ''; expected a text that is not empty",
                "2: trace_id is 'xyz'; expected 32 hex digits",
                "3: has neither workflow nor trace_id",
            ],
        ),
        (
            PLANS,
            "customer,plan,valid_from,valid_to\na,x,2026-01-01,2026-01-01\nb,x,2026-01-01,\nb,y,2026-02-01,\n",
            [
                "2: valid_to is 2026-01-01, which is not after valid_from",
                "4: customer 'b' is still on the plan of line 3; end that with valid_to",
            ],
        ),
    ],
)  # fmt: skip
def test_every_faulty_line_is_named(
    tmp_path: Path, kind: Kind, text: str, expected: list[str]
) -> None:
    assert faults(tmp_path, kind, text) == expected


def test_what_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(b"customer,month,revenue\n\xff,2026-11,1\n")
    with pytest.raises(ImportFault, match="cannot be read as UTF-8"):
        read_csv(path, REVENUE)
    with pytest.raises(ImportFault, match="No such file"):
        read_csv(tmp_path / "none.csv", REVENUE)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet='customer,month;"\n0129.-é\x00', max_size=80), st.sampled_from(KINDS))
def test_any_text_gives_rows_or_faults_with_their_lines(
    tmp_path: Path, text: str, kind: Kind
) -> None:
    header = ",".join(column.name for column in kind.columns)
    path = written(tmp_path, f"{header}\n{text}")
    try:
        rows = read_csv(path, kind).rows
    except ImportFault as error:
        faults = [fault.removeprefix(f"{path}:").partition(":")[0] for fault in error.faults]
        lines = list(map(int, faults))
    else:
        lines = [1 for row in rows if row.keys() != {column.name for column in kind.columns}]
        assert lines == []
        return
    assert lines == sorted(lines)
