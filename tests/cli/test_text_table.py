"""Tables line up with Chinese words in them."""

from survey_engine.cli.text_table import text_table, width


def test_every_line_starts_its_columns_at_the_same_place() -> None:
    text = text_table(
        ("构念", "score"), [("Image", "72.7"), ("顾客满意度", "71.2")], right=(1,)
    )
    ends = [width(line) for line in text.splitlines()]
    assert ends == [17, 17, 17]
