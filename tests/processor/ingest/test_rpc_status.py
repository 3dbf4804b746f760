"""Our few bytes of google.rpc are what the official messages write."""

from __future__ import annotations

from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from hypothesis import given
from hypothesis import strategies as st
from spantally_processor.otlp import rpc_status


@given(st.integers(1, 10**6))
def test_retry_info(seconds: int) -> None:
    expected = RetryInfo(retry_delay=Duration(seconds=seconds))

    assert rpc_status.retry_info(seconds) == expected.SerializeToString()


@given(st.integers(1, 16), st.text(st.characters(exclude_categories=("Cs",)), max_size=300))
def test_status(code: int, message: str) -> None:
    read = Status.FromString(rpc_status.status(code, message))

    assert read == Status(code=code, message=message)


def test_status_with_a_detail() -> None:
    detail = Any()
    detail.Pack(RetryInfo(retry_delay=Duration(seconds=1)))

    written = rpc_status.status(14, "later", (rpc_status.RETRY_INFO_URL, rpc_status.retry_info(1)))

    assert Status.FromString(written) == Status(code=14, message="later", details=[detail])
