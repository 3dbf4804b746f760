"""Whose call it was, where others write it down: rules, their rank, and what a caller may not claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import tomllib
from spantally_processor.attribution import GATEWAYS, SOURCES, Attribution
from spantally_processor.attribution_file import attribution_in, attribution_of
from spantally_processor.dialects import read_span, views
from spantally_processor.errors import ConfigError
from spantally_processor.model import Tag
from support.otlp import a_request, a_span

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from spantally_processor.model import GenAiSpan


def rules(text: str) -> Attribution:
    return attribution_of(tomllib.loads(text))


def read(
    attributes: Mapping[str, object],
    attribution: Attribution,
    resource: Mapping[str, object] | None = None,
    scope: str = "an.instrumentation",
) -> GenAiSpan:
    named = {"service.name": "shop"} | dict(resource or {})
    message = a_span({"gen_ai.operation.name": "chat", **attributes})
    request = a_request(message, scope=scope, resource=named)
    (view,) = views(request.resource_spans, attribution)
    span = read_span(view)
    assert span is not None
    return span


EVERYTHING = rules("""
gateways = ["litellm", "bifrost"]
[attributes]
"user.id" = "user"
"session.id" = "session"
[baggage]
"tenant" = "customer"
[headers]
"X-Team" = "team"
[keys]
"portkey.virtual_key" = "team"
[resource]
"k8s.namespace.name" = "project"
""")


@pytest.mark.parametrize(
    ("attributes", "key", "tag"),
    [
        ({"user.id": "ada"}, "user", Tag("ada", "attribute")),
        ({"session.id": 7}, "session", Tag("7", "attribute")),
        ({"tenant": "acme"}, "customer", Tag("acme", "baggage")),
        ({"http.request.header.x-team": "growth"}, "team", Tag("growth", "header")),
        ({"http.request.header.x-team": ["growth"]}, "team", Tag("growth", "header")),
        ({"portkey.virtual_key": "growth"}, "team", Tag("growth", "key")),
        ({"litellm.team.alias": "growth"}, "team", Tag("growth", "key")),
        ({"metadata.user_api_key_team_alias": "growth"}, "team", Tag("growth", "key")),
        ({"bifrost.team.name": "growth"}, "team", Tag("growth", "key")),
    ],
)
def test_what_others_write_becomes_a_tag_with_its_source(
    attributes: dict[str, object], key: str, tag: Tag
) -> None:
    span = read(attributes, EVERYTHING, {"k8s.namespace.name": "search"})

    assert span.tags == {key: tag, "project": Tag("search", "resource")}
    assert span.tag_conflicts == {}


@pytest.mark.parametrize("written", ["", [], ["", "growth"]])
def test_an_empty_value_is_no_tag(written: object) -> None:
    assert read({"http.request.header.x-team": written}, EVERYTHING).tags == {}


def test_without_rules_only_our_own_names_are_tags() -> None:
    span = read({"user.id": "ada", "litellm.team.alias": "growth"}, Attribution())

    assert span.tags == {}


def test_the_best_evidence_wins_and_the_others_are_kept() -> None:
    """Explicit before baggage before header before key before resource, whatever the order."""
    attributes = {
        "portkey.virtual_key": "by-key",
        "http.request.header.x-team": "by-header",
        "spantally.tag.team": "by-code",
        "spantally.tag_sources": "team=explicit",
    }

    span = read(attributes, EVERYTHING, {"spantally.tag.team": "by-resource"})

    assert span.tags["team"] == Tag("by-code", "explicit")
    assert span.tag_conflicts["team"] == ("header=by-header", "key=by-key", "resource=by-resource")


def test_what_agrees_is_no_conflict() -> None:
    attributes = {"portkey.virtual_key": "growth", "http.request.header.x-team": "growth"}

    span = read(attributes, EVERYTHING)

    assert span.tags == {"team": Tag("growth", "header")}
    assert span.tag_conflicts == {}


def test_conflicts_that_the_app_noted_are_kept_with_or_without_rules() -> None:
    attributes = {"spantally.tag.team": "growth", "spantally.tag_conflict.team": ["header=sales"]}

    for attribution in (Attribution(), EVERYTHING):
        assert read(attributes, attribution).tag_conflicts == {"team": ("header=sales",)}


CLAIMED = rules("""
[api_keys.4c27f018564a5f62]
team = "search"
project = "ranking"
[resource]
"k8s.namespace.name" = "team"
""")


def test_whose_key_it_was_says_whose_call_it_was_unless_something_better_does() -> None:
    attributes = {"spantally.key_fingerprint": "4c27f018564a5f62"}

    span = read(attributes, CLAIMED, {"k8s.namespace.name": "platform"})
    assert span.key_fingerprint == "4c27f018564a5f62"
    assert span.tags == {"team": Tag("search", "key"), "project": Tag("ranking", "key")}
    assert span.tag_conflicts == {"team": ("resource=platform",)}

    said = {"spantally.tag.team": "growth", "spantally.tag_sources": "team=baggage"}
    span = read(attributes | said, CLAIMED)
    assert span.tags["team"] == Tag("growth", "baggage")
    assert span.tag_conflicts == {"team": ("key=search",)}

    assert read({"spantally.key_fingerprint": "another"}, CLAIMED).tags == {}


GUARDED = rules("""
[headers]
x-team = "team"
[keys]
key_alias = "team"
[services.shop]
trusted = ["key", "resource"]
[services."*".allowed]
team = ["growth"]
""")


def test_a_caller_cannot_name_another_team_where_its_word_is_not_trusted() -> None:
    attributes = {"http.request.header.x-team": "sales", "key_alias": "growth"}

    span = read(attributes, GUARDED)

    assert span.tags == {"team": Tag("growth", "key")}
    assert span.tag_conflicts == {"team": ("header=sales",)}


def test_a_value_that_is_not_allowed_is_no_tag_but_is_kept() -> None:
    attributes = {"http.request.header.x-team": "sales"}

    span = read(attributes, GUARDED, {"service.name": "another"})

    assert span.tags == {}
    assert span.tag_conflicts == {"team": ("header=sales",)}


def test_our_own_spans_are_under_the_same_rules() -> None:
    attributes = {"spantally.tag.team": "sales", "spantally.tag_sources": "team=baggage"}

    span = read(attributes, GUARDED, scope="spantally")

    assert span.tags == {}
    assert span.tag_conflicts == {"team": ("baggage=sales",)}


def test_every_fault_of_the_section_is_named_at_once_with_the_nearest_key() -> None:
    with pytest.raises(ConfigError) as caught:
        rules("""
gateways = ["litelm", 3]
atributes = {}
resource = "k8s"
[keys]
alias = ""
[services.shop]
trusted = ["bagage"]
alowed = {}
[services.crm.allowed]
team = "growth"
[api_keys.abc]
team = 3
""")

    assert caught.value.faults == (
        "attribution: 'atributes' is unknown; did you mean 'attributes'?",
        "attribution.keys: 'alias' is ''; expected the name of a tag, as in team",
        "attribution.resource is 'k8s'; expected a table",
        "attribution.gateways is ['litelm', 3]; expected a list of texts",
        "attribution.gateways: 'litelm' is unknown; did you mean 'litellm'?",
        "attribution.services.shop: 'alowed' is unknown; did you mean 'allowed'?",
        "attribution.services.shop.trusted: 'bagage' is no source; did you mean 'baggage'?",
        "attribution.services.crm.allowed.team is 'growth'; expected a list of texts",
        "attribution.api_keys.abc.team is 3; expected the tag's value as text",
    )


def test_a_file_has_the_section_and_says_its_name_in_faults(tmp_path: Path) -> None:
    file = tmp_path / "owners.toml"
    file.write_text('[attribution.attributes]\n"user.id" = "user"\n')
    assert attribution_in(file).rules[0].tag == "user"

    for wrong in ("[attribution", "[attributions]"):
        file.write_text(wrong)
        with pytest.raises(ConfigError, match=r"owners\.toml"):
            attribution_in(file)
    with pytest.raises(ConfigError, match="missing"):
        attribution_in(tmp_path / "missing.toml")


def test_every_source_has_a_rank_and_every_gateway_names_tags() -> None:
    assert len(set(SOURCES)) == len(SOURCES)
    assert {tag for names in GATEWAYS.values() for tag in names.values()} == {
        "team",
        "customer",
        "user",
    }
