"""Variables become values, and no value can do anything in Slack."""

from typing import Any

import pytest

from broadcasts.rendering import NothingToSayError, RenderError, render, variables_of
from broadcasts.templating import fill

ANNA = {
    "first_name": "Anna",
    "name": "anna",
    "title": "",
    "attributes": {"city": "Oslo", "club": ""},
}


def content(text: str = "", blocks: list[dict[str, Any]] | None = None, **more: Any) -> Any:
    return {"text": text, "blocks": blocks} | more


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("Hello", "Hello"),
        ("Hi {{ first_name }}!", "Hi Anna!"),
        ('{{ title | default: "friend" }}', "friend"),
        ('{{ title | default: "R&D" }}', "R&amp;D"),
        ("{{ attributes.city }}", "Oslo"),
        ("in {{ attributes.street }}town", "in town"),
        ('{% if attributes.city == "Oslo" %}Hei{% else %}Hi{% endif %}', "Hei"),
        ("{% if title or attributes.club %}yes{% else %}no{% endif %}", "no"),
        ("{% for n in (1..3) %}{{ n }}{% endfor %}", "123"),
        ("{% raw %}{{ first_name }}{% endraw %}", "{{ first_name }}"),
        ("<!channel> *bold* & {curly}", "<!channel> *bold* & {curly}"),
    ],
)
def test_fills_in_the_text(source: str, expected: str) -> None:
    assert render(content(source), ANNA).text == expected


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<!channel>", "&lt;!channel&gt;"),
        ("<@U123>", "&lt;@U123&gt;"),
        ("<https://evil.example|Click>", "&lt;https://evil.example|Click&gt;"),
        ("Tom & Jerry", "Tom &amp; Jerry"),
        ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
        ("{{ email }}", "{{ email }}"),
        ("\u202eאבג", "\u202eאבג"),
        ("x" * 80, "x" * 80),
    ],
)
def test_a_name_can_mention_nobody(name: str, shown: str) -> None:
    values = {"first_name": name}

    rendered = render(content("Hi {{ first_name }}", [section("{{ first_name }}")]), values)

    assert rendered.text == f"Hi {shown}"
    assert rendered.blocks == [section(shown)]


def test_a_filter_cannot_bring_the_brackets_back() -> None:
    values = {"first_name": "(!channel)"}
    source = '{{ first_name | replace: "(", "<" | replace: ")", ">" }}'

    assert render(content(source), values).text == "&lt;!channel&gt;"


def test_plain_text_and_addresses_get_the_value_as_it_is() -> None:
    button = {
        "type": "button",
        "text": {"type": "plain_text", "text": "{{ name }}"},
        "url": "https://example.com/?who={{ name | url_encode }}",
        "value": "{{ name }}",
    }
    block = {"type": "actions", "elements": [button]}

    rendered = render(content("Hi", [block]), {"name": 'A & "B"'})

    assert rendered.blocks is not None
    assert rendered.blocks[0]["elements"][0] == button | {
        "text": {"type": "plain_text", "text": 'A & "B"'},
        "url": "https://example.com/?who=A+%26+%22B%22",
        "value": 'A & "B"',
    }


def test_a_quote_in_a_value_cannot_change_the_blocks() -> None:
    values = {"name": '"}, {"type": "divider'}

    assert render(content("Hi", [section("{{ name }}")]), values).blocks == [
        section('"}, {"type": "divider')
    ]


def test_the_content_itself_stays_as_it_was() -> None:
    original = content("Hi", [section("{{ first_name }}")])

    render(original, ANNA)

    assert original == content("Hi", [section("{{ first_name }}")])


def test_text_comes_from_the_blocks_when_none_was_written() -> None:
    header = {"type": "header", "text": {"type": "plain_text", "text": "Q&A {{ first_name }}"}}

    rendered = render(content("", [header, {"type": "divider"}, section("*Now*")]), ANNA)

    assert rendered.text == "Q&amp;A Anna\n*Now*"


def test_a_text_alone_has_no_blocks() -> None:
    assert render(content("Hi"), ANNA).blocks is None


def test_a_text_above_a_button_becomes_sections() -> None:
    text = "a" * 2_000 + "\n" + "b" * 1_900

    rendered = render(content(text, offers_opt_out=True), ANNA)

    assert rendered.text == text
    assert rendered.blocks == [section("a" * 2_000), section("b" * 1_900)]


def test_nothing_left_for_one_person_is_said() -> None:
    with pytest.raises(NothingToSayError):
        render(content("{% if title %}For bosses{% endif %}"), ANNA)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (content("x" * 4_001), "The text has 4,001 characters, at most 4,000"),
        (content("Hi", [section("x" * 3_001)]), r"Block 1 \(section\): its text has 3,001"),
        (content("Hi", [{"type": "divider"}] * 51), "There are 51 blocks; at most 50"),
        (content("Hi", [{"type": "divider"}] * 50, offers_opt_out=True), "at most 49"),
        (content("Hi", [section("Hi"), section("{{ title }}")]), r"Block 2 .* is empty"),
        (content("{% for n in (1..2000) %}x{% endfor %}"), "loop iteration limit"),
        (content("{% if (1..2000) contains name %}x{% endif %}"), "loop iteration limit"),
        (content("{% for n in (1..2000) reversed %}x{% break %}{% endfor %}"), "loop iteration"),
        (content('{{ attributes.long | replace: "a", attributes.long | size }}'), "too long"),
        (content("{% assign n = 9 %}" + 14 * "{% assign n = n | times: n %}" + "{{ n }}"), "arith"),
        (content("{{ name | times: 2 | modulo: 0.0 }}"), "The text: "),
        (content("Hi", [{"text": "no type"}]), "Block 1 must be an object with a type"),
    ],
)
def test_what_slack_would_refuse_is_refused_here(bad: Any, words: str) -> None:
    attributes = {"long": "a" * 4_000}

    with pytest.raises(RenderError, match=words):
        render(bad, ANNA | {"attributes": attributes})


@pytest.mark.parametrize(("kind", "key", "most"), [("header", "text", 150), ("button", "text", 75)])
def test_short_texts_have_their_own_limits(kind: str, key: str, most: int) -> None:
    node = {"type": kind, key: {"type": "plain_text", "text": "{{ name }}"}}
    block = {"type": "actions", "elements": [node]} if kind == "button" else node

    assert render(content("Hi", [block]), {"name": "x" * most}).text == "Hi"
    with pytest.raises(RenderError, match=f"at most {most} fit"):
        render(content("Hi", [block]), {"name": "x" * (most + 1)})


def test_values_come_from_the_recipient() -> None:
    row = {"first_name": "Anna", "display_name": "", "real_name": "Anna Lee", "title": None}

    values = variables_of(row, team="Acme")

    assert values["name"] == "Anna Lee"
    assert values["title"] == ""
    assert values["team"] == "Acme"
    assert values["attributes"] == {}


@pytest.mark.parametrize(
    "value", ["Ada", "<!channel> & co", "", None, 7, 1.5, True, [1, 2], "{{ team }}"]
)
def test_plain_names_are_filled_in_as_liquid_does(value: object) -> None:
    variables = {"first_name": value, "team": "Acme"}
    plain = "Hi {{first_name}}, of {{ team }}}} {{  first_name}}"

    for mrkdwn in (True, False):
        filled = fill(plain, variables, mrkdwn=mrkdwn)

        assert filled == fill(f"{plain}{{% comment %}}{{% endcomment %}}", variables, mrkdwn=mrkdwn)
