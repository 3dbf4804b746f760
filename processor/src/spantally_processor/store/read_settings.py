"""Which of ClickHouse's settings a reader may send, and how far.

They come in a request's URL, by SET in a session, or in a query's SETTINGS clause. What shapes the
answer is allowed, what bounds a query can only bound it further, what concerns a connection or an
insert has no effect here, and anything else is refused as for a read-only user of a server.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, cast

from spantally_processor.store.read_rules import Refusal, nodes_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from spantally_processor.store.read_rules import Node


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """How much one query may take."""

    seconds: int = 30
    memory_bytes: int = 1_000_000_000
    result_rows: int = 1_000_000
    result_bytes: int = 256_000_000
    disk_bytes: int = 4_000_000_000
    """For sorting and grouping what is larger than half of the memory."""

    def settings(self) -> dict[str, str]:
        """The same as ClickHouse settings."""
        spill = str(self.memory_bytes // 2)
        return {
            "max_execution_time": str(self.seconds),
            "max_memory_usage": str(self.memory_bytes),
            "max_result_rows": str(self.result_rows),
            "max_result_bytes": str(self.result_bytes),
            "max_temporary_data_on_disk_size_for_query": str(self.disk_bytes),
            "max_bytes_before_external_group_by": spill,
            "max_bytes_before_external_sort": spill,
            "max_threads": str(os.cpu_count() or 1),
        }


SHAPING = frozenset(
    """
    aggregate_functions_null_for_empty any_join_distinct_right_table_keys
    bool_false_representation bool_true_representation date_time_input_format
    date_time_output_format default_format describe_compact_output distinct_overflow_mode
    empty_result_for_aggregation_by_empty_set enable_analyzer extremes final
    format_csv_delimiter format_csv_null_representation format_tsv_null_representation
    group_by_overflow_mode group_by_use_nulls join_algorithm join_any_take_last_row
    join_default_strictness join_overflow_mode join_use_nulls joined_subquery_requires_alias
    limit log_comment max_block_size max_bytes_in_distinct max_bytes_in_join max_bytes_to_read
    max_columns_to_read max_rows_in_distinct max_rows_in_join max_rows_in_set
    max_rows_to_group_by max_rows_to_read max_rows_to_sort max_subquery_depth offset
    output_format_always_write_decimal_point_in_float_and_decimal
    output_format_decimal_trailing_zeros output_format_float_precision
    output_format_write_statistics prefer_column_name_to_alias read_overflow_mode
    result_overflow_mode session_timezone sort_overflow_mode timeout_overflow_mode totals_mode
    transform_null_in union_default_mode
    """.lower().split()
)
"""Harmless by themselves. Named one by one: `output_format_schema`, for one, writes a file."""

_FORMATS = "arrow binary bson csv json markdown msgpack native orc parquet pretty tsv values"
SHAPING_FAMILIES = tuple(f"output_format_{name}_" for name in _FORMATS.split())
"""What one format's bytes look like; each setting of these in ClickHouse 26.9 was looked at."""

WITHOUT_EFFECT = frozenset(
    """
    add_http_cors_header allow_experimental_analyzer async_insert buffer_size
    cancel_http_readonly_queries_on_client_close client_protocol_version compress
    connect_timeout decompress enable_http_compression http_headers_progress_interval_ms
    http_receive_timeout http_response_buffer_size http_send_timeout
    http_write_exception_in_output_format http_zlib_compression_level interactive_delay
    load_balancing log_queries max_insert_block_size network_compression_method
    network_zstd_compression_level password priority quota_key readonly receive_timeout role
    send_progress_in_http_headers send_timeout session_check session_id session_timeout
    stacktrace use_uncompressed_cache user wait_end_of_query wait_for_async_insert
    """.lower().split()
)
"""What concerns a server's connection, or an insert: passed over in a URL, refused in SQL. `readonly`
is always 1."""


def may_change(name: str) -> bool:
    """Whether a reader may give this setting a value."""
    return name in SHAPING or name.startswith(SHAPING_FAMILIES) or name in ReadLimits().settings()


def admitted(asked: Mapping[str, str], limits: ReadLimits) -> dict[str, str] | Refusal:
    """The settings that hold of those a reader asks for; or why one of them cannot."""
    ours = limits.settings()
    held: dict[str, str] = {}
    for name, value in asked.items():
        if name in WITHOUT_EFFECT:
            continue
        if not may_change(name):
            return Refusal(164, "READONLY", f"setting {name!r} cannot be changed here")
        if name in ours:
            bounded = _at_most(value, ours[name])
            if bounded is None:
                return Refusal(72, "CANNOT_PARSE_NUMBER", f"{name} is a number, not {value!r}")
            value = bounded  # noqa: PLW2901 - the value that holds
        held[name] = value
    return held


def asked_settings(root: Node, limits: ReadLimits) -> dict[str, str] | Refusal:
    """The settings of a query's SETTINGS clauses, or of a SET; or why they cannot hold.

    A limit above ours holds as ours in a SET. In a clause it is refused: the engine would take it as it
    is for a subquery.
    """
    explained = [
        node.get("settings") for node in nodes_of(root) if node.get("type") == "ExplainQuery"
    ]
    asked: dict[str, str] = {}
    for node in nodes_of(root):
        if node.get("type") != "SetQuery" or node in explained:
            continue  # EXPLAIN's own options are no settings
        for change in cast("Sequence[Node]", node.get("changes") or ()):
            name, value = str(change.get("name")), _text(change)
            if value is None or name in WITHOUT_EFFECT:
                return Refusal(164, "READONLY", f"setting {name!r} cannot be changed here")
            held = admitted({name: value}, limits)
            if isinstance(held, Refusal):
                return held
            if held[name] != value and node is not root:
                return Refusal(164, "READONLY", f"{name} is at most {held[name]} here, not {value}")
            asked[name] = value
    return asked


def _text(change: Node) -> str | None:
    """The value of a setting, where it is a number or a text."""
    value = cast("Node", change.get("value") or {}).get("value")
    if isinstance(value, bool):
        return str(int(value))
    return str(value) if isinstance(value, (str, int, float)) else None


def _at_most(value: str, limit: str) -> str | None:
    """The smaller one, where 0 means no limit; None for what is no number."""
    try:
        asked = Decimal(value)
    except InvalidOperation:
        return None
    if not asked.is_finite() or asked < 0:
        return None
    return value if 0 < asked <= Decimal(limit) else limit
