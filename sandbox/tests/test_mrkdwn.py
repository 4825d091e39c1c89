"""mrkdwn as HTML: what is markup, what stays as it was written, and what does no harm."""

import pytest

from sandbox.pages.mrkdwn import plain_to_html, to_html

NAMES = {"U1": "Ada", "U2": "<b>Bo</b>", "C1": "general"}


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* and * not *", "<strong>bold</strong> and * not *"),
        ("2*3*4", "2*3*4"),
        ("_it_ snake_case_name", "<em>it</em> snake_case_name"),
        ("~no~", "<s>no</s>"),
        ("*_both_*", "<strong><em>both</em></strong>"),
        ("`*x*`", "<code>*x*</code>"),
        ("```a\n*b*```", "<pre>a\n*b*</pre>"),
        ("one\ntwo", "one<br>two"),
        ("&gt; a\n&gt; b\nc", "<blockquote>a<br>b</blockquote>c"),
        ("fish &amp; chips &lt;b&gt;", "fish &amp; chips &lt;b&gt;"),
        (":wave: :nothing:", "👋 :nothing:"),
        ("<@U1>", '<span class="mention">@<bdi>Ada</bdi></span>'),
        ("*<@U1>*", '<strong><span class="mention">@<bdi>Ada</bdi></span></strong>'),
        ("<@U2>", '<span class="mention">@<bdi>&lt;b&gt;Bo&lt;/b&gt;</bdi></span>'),
        ("<@U9>", '<span class="mention">@<bdi>U9</bdi></span>'),
        ("<#C1>", '<span class="mention">#<bdi>general</bdi></span>'),
        ("<!channel>", '<span class="mention all">@channel</span>'),
        ("<!subteam^S1|@team>", '<span class="mention all">@team</span>'),
        ("<!date^1^{date}|yesterday>", "yesterday"),
        (
            "<https://e.example/_a_?b=1&amp;c=2|the *menu*>",
            '<a href="https://e.example/_a_?b=1&amp;c=2" rel="noopener noreferrer" '
            'target="_blank">the *menu*</a>',
        ),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        ('<https://e.example/"onclick="x>', None),
        ("<b>x</b>", "&lt;b&gt;x&lt;/b&gt;"),
        ("\ue0000\ue001", "0"),
    ],
)
def test_mrkdwn(text: str, html: str | None) -> None:
    shown = to_html(text, NAMES.get)

    if html is None:
        assert '"onclick' not in shown
    else:
        assert shown == html


def test_plain_text_has_no_markup() -> None:
    assert plain_to_html("*x* <@U1> :tada:\n&amp;") == "*x* &lt;@U1&gt; 🎉<br>&amp;"
