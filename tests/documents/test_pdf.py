"""PDF: columns, letters drawn one by one or twice, tables, raised digits, forms, pages that are pictures."""

from __future__ import annotations

from io import BytesIO

import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from qa.documents.pdf import load_pdf

LEFT = [
    "The mill of Orrel was built in 1788 by",
    "the brothers Falk. It has twelve stones",
    "and grinds rye and oats for",
    "nine villages of the valley.",
]
RIGHT = [
    "The school of Orrel has two hundred",
    "pupils. It is closed in August, and the",
    "hall is let to the choir on",
    "every second Friday evening.",
]


def drawn(draw):
    buffer = BytesIO()
    canvas = Canvas(buffer)
    canvas.setFont("Helvetica", 11)
    draw(canvas)
    canvas.save()
    return buffer.getvalue()


def paragraphs(draw):
    return load_pdf(drawn(draw)).text.split("\n\n")


def test_columns_drawn_row_by_row_are_read_one_after_the_other():
    def draw(canvas):
        canvas.drawString(72, 760, "News from the valley of the river Orrel and its many villages, in two columns")
        for row, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
            canvas.drawString(72, 730 - 14 * row, left)
            canvas.drawString(310, 730 - 14 * row, right)

    assert paragraphs(draw)[1:] == [" ".join(LEFT), " ".join(RIGHT)]


def test_letters_and_words_placed_one_by_one():
    line = "The archive opens at half past eight, and it closes at five."

    def letters(canvas):
        at = 72.0
        for letter in line:
            canvas.drawString(at, 700, letter)
            at += canvas.stringWidth(letter, "Helvetica", 11)

    def words(canvas):
        at = 72.0
        for word in line.split():
            canvas.drawString(at, 700, word)
            at += canvas.stringWidth(word + " ", "Helvetica", 11)

    assert paragraphs(letters) == [line]
    assert paragraphs(words) == [line]


def test_what_is_drawn_twice_to_look_bold_counts_once():
    def draw(canvas):
        for shift in (0, 0.4):
            canvas.drawString(72 + shift, 700, "All the bells of Orrel tell the hour.")

    assert paragraphs(draw) == ["All the bells of Orrel tell the hour."]


def test_rows_of_a_table_name_their_columns():
    def draw(canvas):
        canvas.drawString(72, 740, "The fares of the ferry hold from the first of May until the end of the season.")
        for row, cells in enumerate(
            [["Vehicle", "Single", "Season"], ["Bicycle", "2 crowns", "30 crowns"], ["Cart", "5 crowns", "75 crowns"]]
        ):
            for column, cell in enumerate(cells):
                canvas.drawString(72 + 130 * column, 710 - 16 * row, cell)

    assert paragraphs(draw)[1:] == [
        "Vehicle: Bicycle; Single: 2 crowns; Season: 30 crowns.",
        "Vehicle: Cart; Single: 5 crowns; Season: 75 crowns.",
    ]


def test_raised_digits_are_powers_or_marks_of_notes():
    def draw(canvas):
        canvas.drawString(72, 700, "It holds 10")
        at = 72 + canvas.stringWidth("It holds 10", "Helvetica", 11)
        for text, height, size in (("6", 4, 7), (" litres since 1788", 0, 11), ("3", 4, 7), (" or so.", 0, 11)):
            canvas.setFont("Helvetica", size)
            canvas.drawString(at, 700 + height, text)
            at += canvas.stringWidth(text, "Helvetica", size)

    assert paragraphs(draw) == ["It holds 10^6 litres since 1788 or so."]


def test_cut_words_are_made_whole_only_where_the_file_has_them_whole():
    def draw(canvas):
        for row, line in enumerate(
            ["The mill has two mill-", "stones; each of the millstones is new-", "er than the roof of the house."]
        ):
            canvas.drawString(72, 700 - 14 * row, line)

    (text,) = paragraphs(draw)
    assert text == "The mill has two millstones; each of the millstones is new-\ner than the roof of the house."


def test_what_is_filled_into_a_form_stands_behind_its_label():
    def draw(canvas):
        canvas.drawString(72, 700, "Applicant:")
        canvas.acroForm.textfield(name="f1", value="Ida Holt", x=150, y=694, width=200, height=18)
        canvas.drawString(72, 660, "River:")
        canvas.acroForm.textfield(name="f2", value="Upper Tarn", x=150, y=654, width=200, height=18)

    text = load_pdf(drawn(draw)).text
    assert "Applicant: Ida Holt" in text
    assert "River: Upper Tarn" in text


@pytest.mark.parametrize("scanned", [1, 2])
def test_pages_that_are_pictures_are_named(scanned):
    from PIL import Image

    def draw(canvas):
        canvas.drawString(72, 700, "The meeting began at ten.")
        for _ in range(scanned):
            canvas.showPage()
            canvas.drawImage(ImageReader(Image.new("1", (60, 80), 1)), 0, 0, 590, 840)

    extracted = load_pdf(drawn(draw))
    assert [section.locator for section in extracted.sections] == [f"page {number}" for number in range(1, scanned + 2)]
    assert extracted.left_out[0].startswith("page 2, which has" if scanned == 1 else "pages 2 and 3, which have")


def test_labels_above_fields_and_boxes_that_are_not_ticked():
    def draw(canvas):
        canvas.drawString(72, 740, "Owner")
        canvas.acroForm.textfield(name="o", tooltip="Owner", value="Jo Falk", x=72, y=714, width=150, height=18)
        canvas.drawString(300, 740, "Boat")
        canvas.acroForm.textfield(name="b", tooltip="Boat", value="Heron", x=300, y=714, width=150, height=18)
        for row, checked in enumerate([True, False]):
            canvas.acroForm.checkbox(name=f"c{row}", checked=checked, x=72, y=680 - 20 * row, size=12)
            canvas.drawString(92, 682 - 20 * row, f"Has a berth in basin {row}")

    lines = paragraphs(draw)
    assert lines == ["Owner: Jo Falk; Boat: Heron", "[x] Has a berth in basin 0", "[ ] Has a berth in basin 1"]


def test_a_cell_of_two_lines_is_one():
    def draw(canvas):
        canvas.drawString(72, 760, "The stops of the ferry in summer, when the water is high enough for it.")
        for row, cells in enumerate(
            [
                ["Stop", "Time", "Remark"],
                ["Velm", "9:10", "only on Sundays and"],
                ["", "", "on holidays"],
                ["Tarn", "9:40", "daily"],
            ]
        ):
            for column, cell in enumerate(cells):
                canvas.drawString(72 + 130 * column, 730 - 14 * row, cell)

    assert paragraphs(draw)[1:] == [
        "Stop: Velm; Time: 9:10; Remark: only on Sundays and on holidays.",
        "Stop: Tarn; Time: 9:40; Remark: daily.",
    ]


def test_a_sentence_goes_on_at_the_top_of_the_next_column():
    left = [
        "The tannery was built in the year 1802",
        "by the widow Kessel, and it had forty",
        "pits. It used the bark of oak trees and",
    ]
    right = [
        "of birches from the forest of Hagen.",
        "In 1861 a flood took the lower house,",
        "and the ground was sold in the spring.",
    ]

    def draw(canvas):
        for row in range(3):
            canvas.drawString(72, 730 - 14 * row, left[row])
            canvas.drawString(310, 730 - 14 * row, right[row])

    assert paragraphs(draw) == [" ".join([*left, right[0]]), " ".join(right[1:])]
