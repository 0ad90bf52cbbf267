"""The rich_text block: sections, lists, quotes and preformatted text, and the parts they are made of."""

from typing import Final

from sandbox.slack.blockkit.objects import ID, URL
from sandbox.slack.blockkit.report import Check, flag, items, matching, one_of, shape, string, typed, whole

MOST_PARTS: Final = 3000
STYLE: Final = shape({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), flag))
MENTION_STYLE: Final = shape(
    {}, dict.fromkeys(("bold", "italic", "strike", "highlight", "client_highlight", "unlink"), flag)
)
TEXT: Final = shape({"text": string()}, {"style": STYLE})
LINK: Final = shape({"url": URL}, {"text": string(), "unsafe": flag, "style": STYLE})

PARTS: Final[dict[str, Check]] = {
    "text": TEXT,
    "link": LINK,
    "user": shape({"user_id": string()}, {"style": MENTION_STYLE}),
    "usergroup": shape({"usergroup_id": string()}, {"style": MENTION_STYLE}),
    "channel": shape({"channel_id": string()}, {"style": MENTION_STYLE}),
    "team": shape({"team_id": string()}, {"style": MENTION_STYLE}),
    "broadcast": shape({"range": one_of("here", "channel", "everyone")}, {"style": MENTION_STYLE}),
    "emoji": shape({"name": string()}, {"unicode": string(), "skin_tone": whole(1, 6), "style": STYLE}),
    "date": shape(
        {"timestamp": whole(0, 2**40), "format": string()},
        {"url": URL, "fallback": string(), "style": STYLE},
    ),
    "color": shape({"value": matching(r"#[0-9a-fA-F]{6}", "a color as #rrggbb")}, {"style": STYLE}),
}
ROW: Final = items(typed(PARTS), MOST_PARTS, least=0)
BORDER: Final = whole(0, 1)
SECTION: Final = shape({"elements": ROW})

RICH_TEXT: Final = shape(
    {
        "elements": items(
            typed(
                {
                    "rich_text_section": SECTION,
                    "rich_text_list": shape(
                        {
                            "style": one_of("bullet", "ordered"),
                            "elements": items(typed({"rich_text_section": SECTION}), MOST_PARTS),
                        },
                        {"indent": whole(0, 8), "offset": whole(0, 10_000), "border": BORDER},
                    ),
                    "rich_text_preformatted": shape(
                        {"elements": items(typed({"text": TEXT, "link": LINK}), MOST_PARTS, least=0)},
                        {"border": BORDER, "language": string()},
                    ),
                    "rich_text_quote": shape({"elements": ROW}, {"border": BORDER}),
                }
            ),
            MOST_PARTS,
        )
    },
    {"block_id": ID},
)
