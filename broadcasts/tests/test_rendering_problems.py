"""What is wrong with a message is said when it is saved, in sentences."""

from typing import Any

import pytest

from broadcasts.rendering import VARIABLES, problems, variables_of


def content(text: str = "Hi", blocks: object = None, **more: Any) -> Any:
    return {"text": text, "blocks": blocks} | more


def test_a_good_message_has_none() -> None:
    text = '{% assign who = first_name | default: "you" %}Hi {{ who }}, {{ attributes.city }}'

    assert problems(content(text, sender_icon=":tada:", offers_opt_out=True)) == []


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (content(" "), "Write a text, or give blocks: there is nothing to say."),
        (content("{{ frist_name }}"), "The text: there is no variable frist_name."),
        (content("{% if boss %}x{% endif %}y"), "The text: there is no variable boss."),
        (content("{% for x in people %}x{% endfor %}y"), "The text: there is no variable people."),
        (content("{{ name | safe }}"), "The text: there is no filter safe."),
        (content("{{ name }"), "The text: line 1, column 1: expected '}}', found end of file."),
        (content("Hi\n{% include 'x' %}"), "The text: line 2, column 4: unexpected tag 'include'."),
        (content(blocks={}), "Blocks must be a list: [ … ]."),
        (content(blocks=["x"]), "Block 1 must be an object with a type."),
        (content(blocks=[{"type": "divider"}, {"typ": "x"}]), "Block 2 must be an object with"),
        (content(sender_icon="tada"), "The icon must be an emoji such as :tada: or an https://"),
        (content(sender_icon="http://a.example/b.png"), "The icon must be an emoji"),
        (content("x" * 5_000), "The text has 5,000 characters, at most 4,000 fit."),
    ],
)
def test_each_problem_is_a_sentence(bad: Any, sentence: str) -> None:
    found = problems(bad)

    assert len(found) == 1
    assert found[0].startswith(sentence)


def test_the_block_with_an_unknown_name_is_named() -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "{{ nmae }}"}}

    found = problems(content(blocks=[{"type": "divider"}, block]))

    assert found == ["Block 2 (section): there is no variable nmae."]


def test_a_text_for_some_only_is_no_problem() -> None:
    text = '{% if attributes.city == "Oslo" %}Hei{% endif %}'

    assert problems(content(text)) == []


def test_every_variable_on_offer_has_a_value() -> None:
    assert set(variables_of({}, team="Acme")) == set(VARIABLES)
