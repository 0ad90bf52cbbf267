"""The blocks that show rows and series: table, data_table, data_visualization."""

from typing import Any, Final

from sandbox.slack.blockkit.objects import ID, text_length
from sandbox.slack.blockkit.report import (
    Check,
    Place,
    anything,
    every,
    flag,
    items,
    listed,
    number,
    one_of,
    shape,
    string,
    typed,
    whole,
)
from sandbox.slack.blockkit.rich_text import RICH_TEXT

TABLE_CHARACTERS: Final = 10_000
DATA_TABLE_CHARACTERS: Final = 20_000
CELL: Final = typed(
    {
        "raw_text": shape({"text": string()}),
        "raw_number": shape({"value": number}, {"text": string()}),
        "rich_text": RICH_TEXT,
    }
)
ROW: Final = items(CELL, 20)
COLUMN: Final = shape({}, {"align": one_of("left", "center", "right"), "is_wrapped": flag})


def _nullable(check: Check) -> Check:
    def inner(place: Place, value: Any) -> None:
        if value is not None:
            check(place, value)

    return inner


def _one_table(place: Place, value: dict[str, Any]) -> None:
    if place.count("table") > 1:
        place.complain("only one table allowed")
    if place.count("table characters", text_length(listed(value.get("rows")))) > TABLE_CHARACTERS:
        place.at("rows").complain(f"must be less than {TABLE_CHARACTERS + 1} characters")


def _data_characters(place: Place, value: dict[str, Any]) -> None:
    if text_length(listed(value.get("rows"))) > DATA_TABLE_CHARACTERS:
        place.at("rows").complain(f"must be less than {DATA_TABLE_CHARACTERS + 1} characters")


def _two_charts(place: Place, value: dict[str, Any]) -> None:
    if place.count("chart") > 2:
        place.complain("no more than 2 data_visualization blocks allowed")


TABLE: Final = every(
    shape({"rows": items(ROW, 100)}, {"block_id": ID, "column_settings": items(_nullable(COLUMN), 20)}),
    _one_table,
)
DATA_TABLE: Final = every(
    shape(
        {"caption": anything, "rows": items(ROW, 201, least=2)},
        {"block_id": ID, "page_size": whole(1, 100)},
        closed=False,
    ),
    _data_characters,
)
DATA_VISUALIZATION: Final = every(shape({}, {"block_id": ID}, closed=False), _two_charts)
