import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.slack.page.mrkdwn import mrkdwn, plain_text
from tests.sandbox.page.drawing import READER, Page, harmless

TAGS = ("a", "bdi", "blockquote", "br", "code", "em", "pre", "s", "span", "strong", "time")
PIECES = st.sampled_from(
    [
        *("*", "_", "~", "`", "```", ">", ">>>", "&gt;", "&lt;", "&amp;", "<", "|", "^", "\n", " ", ":", "@", "#", "!"),
        *("<@U0AIKO>", "<!channel>", "<!subteam^S0LEADS>", "<#C0SUPPORT|x>", "<!date^1^{date}|y>", "<https://a.b|c>"),
        *("javascript:alert(1)", "<script>alert(1)</script>", '"onload="', "' onfocus='", "&#60;img src=x&#62;"),
        *("\u202e", "\u2066", "\x00", "\x000\x00", "\x001\x00", "http://a.b/", "ana@example.com", ":tada:", "• ", "{}"),
    ]
)
HOSTILE = st.lists(PIECES | st.text(max_size=6), max_size=30).map("".join)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* _it_ ~no~ `code`", "<strong>bold</strong> <em>it</em> <s>no</s> <code>code</code>"),
        ("_*both*_", "<em><strong>both</strong></em>"),
        ("*_both_*", "<strong><em>both</em></strong>"),
        ("(*in brackets*), *before a comma*,", "(<strong>in brackets</strong>), <strong>before a comma</strong>,"),
        ("_email_verified_", "<em>email_verified</em>"),
        ("snake_case_name 2*3*4 a~b~c", "snake_case_name 2*3*4 a~b~c"),
        ("* not * _ this _ * ", "* not * _ this _ * "),
        ("*over\nlines*", "*over<br>lines*"),
        ("`*literal* _too_`", "<code>*literal* _too_</code>"),
        ("a ```*x*\n<b>``` b", "a <pre>*x*\n&lt;b&gt;</pre> b"),
        ("before\n```\ncode\n```\nafter", "before<pre>code</pre>after"),
        ("> one\n> _two_\nthree", "<blockquote>one<br><em>two</em></blockquote>three"),
        ("&gt; encoded", "<blockquote>encoded</blockquote>"),
        (">>> all\nof *it*", "<blockquote>all<br>of <strong>it</strong></blockquote>"),
        ("• one\n• *two*", '<span class="bullet">• one</span><span class="bullet">• <strong>two</strong></span>'),
        ("&lt;b&gt; &amp;amp;", "&lt;b&gt; &amp;amp;"),
        ("<b>bare</b>", "&lt;b&gt;bare&lt;/b&gt;"),
    ],
)
def test_slacks_markup_becomes_html(text: str, html: str) -> None:
    assert mrkdwn(text, READER) == html


@pytest.mark.parametrize(
    ("text", "words", "is_mine"),
    [
        ("<@U0LENA>", "@Lena", False),
        ("<@U0AIKO|whatever>", "@Aiko", True),
        ("<@U0NOBODY>", "@U0NOBODY", False),
        ("<!subteam^S0LEADS>", "@leads", False),
        ("<!subteam^S0SUPPORT|@else>", "@support-team", True),
        ("<!subteam^S0OLD>", "@old", False),
        ("<!subteam^S0GONE|@gone>", "@gone", False),
        ("<!here>", "@here", True),
        ("<!channel>", "@channel", True),
        ("<!everyone|everyone>", "@everyone", True),
    ],
)
def test_a_mention_is_marked_and_one_of_the_reader_more_strongly(text: str, words: str, *, is_mine: bool) -> None:
    page = Page(mrkdwn(text, READER))
    assert page.words == words
    assert page.one("bdi")["class"].split() == (["mention", "mention-me"] if is_mine else ["mention"])


def test_a_channel_leads_there_as_the_same_person() -> None:
    page = Page(mrkdwn("<#C0SUPPORT|stale-name>", READER))
    assert (page.words, page.one("a")["href"]) == ("#support", "/channels/support?as=agent")


@pytest.mark.parametrize(
    ("text", "address", "words"),
    [
        ("<https://a.example/x_y_z|the page>", "https://a.example/x_y_z", "the page"),
        ("<https://a.example/?a=1&amp;b=2>", "https://a.example/?a=1&b=2", "https://a.example/?a=1&b=2"),
        ("<mailto:ana@example.com|ana@example.com>", "mailto:ana@example.com", "ana@example.com"),
        ("see https://a.example/x_y_.", "https://a.example/x_y", "see https://a.example/x_y_."),
        ("*ana@example.com*: changed", "mailto:ana@example.com", "ana@example.com: changed"),
    ],
)
def test_addresses_become_links_that_open_beside_the_page(text: str, address: str, words: str) -> None:
    page = Page(mrkdwn(text, READER))
    link = page.one("a")
    assert (link["href"], page.words) == (address, words)
    assert (link["target"], link["rel"]) == ("_blank", "noopener noreferrer")


def test_a_permalink_of_the_workspace_stays_in_the_page_and_with_the_person() -> None:
    link = Page(mrkdwn("<http://127.0.0.1:8377/archives/C0SUPPORT/p1000001|check>", READER)).one("a")
    assert link["href"] == "/archives/C0SUPPORT/p1000001?as=agent"
    assert "target" not in link


def test_verbatim_text_links_nothing_by_itself() -> None:
    assert not Page(mrkdwn("ana@example.com https://a.example", READER, verbatim=True)).all("a")


@pytest.mark.parametrize(
    "text",
    ["<javascript:alert(1)|x>", "<data:text/html,x|x>", "<JaVaScRiPt:x>", "<!unknown>", "<@lower>", "<>", "<|>"],
)
def test_what_slack_does_not_know_is_shown_as_it_was_written(text: str) -> None:
    page = Page(mrkdwn(text, READER))
    assert not page.all("a")
    assert page.words == text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("{date_num} {time_secs}", "2026-03-05 06:07:08"),
        ("{date} at {time}", "March 5th, 2026 at 06:07"),
        ("{date_short}", "Mar 5, 2026"),
        ("{date_long}", "Thursday, March 5th, 2026"),
        ("{date_short_pretty} {time}", "Today 06:07"),
        ("until {date_short_pretty}, {time}", "until today, 06:07"),
        ("{ago}", "8 hours ago"),
        ("{unheard_of}", "fallback"),
    ],
)
def test_dates_are_written_out_for_the_reader(form: str, words: str) -> None:
    assert Page(mrkdwn(f"<!date^1772690828^{form}|fallback>", READER)).words == words


@pytest.mark.parametrize("seconds", ["99999999999999", "-1", "soon", "", "1e9"])
def test_an_impossible_date_shows_its_fallback(seconds: str) -> None:
    assert Page(mrkdwn(f"<!date^{seconds}^{{date}}|fallback>", READER)).words == "fallback"


def test_a_date_shows_all_of_itself_when_pointed_at() -> None:
    shown = Page(mrkdwn("<!date^1772690828^{time}|x>", READER)).one("time")
    assert shown == {"datetime": "2026-03-05T06:07:08+00:00", "title": "Thursday, March 5th, 2026 at 06:07:08"}


def test_a_date_may_be_a_link() -> None:
    assert Page(mrkdwn("<!date^1772690828^{time}^https://a.example|x>", READER)).one("a")["href"] == "https://a.example"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (":tada: :+1: :white_check_mark:", "🎉 👍 ✅"),
        (":large_yellow_circle: :simple_smile:", "🟡 🙂"),
        (":wave::skin-tone-4:", "👋🏽"),
        (":no_such_emoji: 12:30:45", ":no_such_emoji: 12:30:45"),
    ],
)
def test_shortcodes_become_emoji(text: str, words: str) -> None:
    assert Page(mrkdwn(text, READER)).words == words
    assert Page(plain_text(text)).words == words


def test_plain_text_without_emoji_stays_as_it_is() -> None:
    assert plain_text(":tada: *x* <b>\ny", emoji=False) == ":tada: *x* &lt;b&gt;<br>y"


@settings(deadline=None)
@given(HOSTILE)
def test_no_text_becomes_active(text: str) -> None:
    harmless(Page(mrkdwn(text, READER)), TAGS)
    harmless(Page(plain_text(text)), ["br"])


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="*_~`<>&:@\x00\r", exclude_categories=["Cs"])))
def test_text_without_marks_reads_as_it_was_written(text: str) -> None:
    shown = Page(mrkdwn(text, READER)).words
    assert shown.replace("\n", "") == text.replace("\n", "")


@pytest.mark.parametrize("piece", ["*a ", "_a_", "`", "<", "a@", "https://", ":a", "*_~a", "\n>", "&gt;", "• \n"])
def test_forty_thousand_characters_are_drawn_at_once(piece: str) -> None:
    text = piece * (40_000 // len(piece))
    # What this thread computes, not what else the machine does meanwhile.
    began = time.thread_time()
    mrkdwn(text, READER)
    assert time.thread_time() - began < 5
