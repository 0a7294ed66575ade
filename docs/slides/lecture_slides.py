"""Pages of the lecture as slides: what is shown of a section, what the speaker says, and where a slide ends.

Shown are formulas, tables, figures, printed numbers, lists, exercises, and of a paragraph its first sentence.
The whole paragraph and the answers are notes of the speaker; the code stands in the page of the lecture.
"""

import math
import unicodedata

from docutils import nodes
from sphinx_revealjs._ext.notes import revealjs_notes
from sphinx_revealjs.nodes import revealjs_break

# lines of a slide below its title, and letters of a line, of which Japanese ones count twice
LINES, LETTERS = 13.0, 82
FORMULA, ROW, FIGURE = 1.6, 1.1, 11.0
# printed lines that are still read from a distance
MOST_PRINTED = 10
# letters of TeX from which a formula is set smaller
LONG_FORMULA = 190
EXERCISE, END = "問 ", "。"


def arrange(app, doctree, docname):
    """Make slides of every section, in place."""
    if app.builder.name != "revealjs":
        return
    for section in list(doctree.findall(nodes.section)):
        title = section.next_node(nodes.title)
        inner = [child for child in section.children if isinstance(child, nodes.section)]
        slides = _slides([child for child in section.children if child is not title and child not in inner])
        section.children = []
        section.append(title)
        for number, (shown, said) in enumerate(slides):
            section += [revealjs_break()] * bool(number) + shown
            if said:
                section.append(revealjs_notes("", nodes.paragraph(text="\n".join(said))))
        section += inner


def _slides(children: list[nodes.Node]) -> list[tuple[list[nodes.Node], list[str]]]:
    """What is shown and said on each slide."""
    slides, room = [([], [])], LINES
    for shown, said, begins in _pieces(children):
        needed = sum(map(_lines, shown))
        if slides[-1][0] and shown and (begins or needed > room):
            slides.append(([], []))
            room = LINES
        slides[-1][0].extend(shown)
        slides[-1][1].extend(said)
        room -= needed
    return slides


def _pieces(children: list[nodes.Node]):
    """For each child what is shown, what is said, and whether a slide begins, as with the first exercise."""
    answer = exercises = False
    for child in children:
        if isinstance(child, nodes.raw):
            answer = child.astext().startswith("<details")
        elif answer:
            yield [], [_words(child)], False
        elif isinstance(child, nodes.paragraph):
            first = child.astext().startswith(EXERCISE)
            yield *_paragraph(child), first and not exercises
            exercises = exercises or first
        elif "cell" in child.get("classes", ()):
            yield _outputs(child), [], False
        else:
            if isinstance(child, nodes.math_block) and len(child.astext()) > LONG_FORMULA:
                child["classes"].append("long")
            yield [child], [], False


def _paragraph(paragraph: nodes.paragraph):
    """A figure and an exercise whole, of other paragraphs the first sentence; the rest is said."""
    whole = _words(paragraph)
    if paragraph.next_node(nodes.image) or whole.startswith(EXERCISE):
        return [paragraph], []
    short = nodes.paragraph()
    for part in paragraph.children:
        text = part.astext() if isinstance(part, nodes.Text) else ""
        if END in text:
            short += nodes.Text(text[: text.index(END) + 1])
            break
        short += part.deepcopy()
    return [short], [whole] if _words(short) != whole else []


def _outputs(cell: nodes.container) -> list[nodes.Node]:
    """The figures of a cell and what it prints, unless that is hidden or long."""
    if "tag_hide-cell" in cell["classes"]:
        return []
    printed = [
        block
        for output in cell.findall(
            lambda node: "cell_output" in getattr(node, "attributes", {}).get("classes", ())
        )
        for block in output.findall(nodes.literal_block)
        if block.astext().count("\n") < MOST_PRINTED
    ]
    return printed + [nodes.paragraph("", "", picture) for picture in cell.findall(nodes.image)]


def _words(node: nodes.Node) -> str:
    """The text of a node with formulas in dollars."""
    if isinstance(node, nodes.math | nodes.math_block):
        return f"${node.astext()}$"
    if isinstance(node, nodes.Text):
        return node.astext().replace("\n", "")
    return "".join(map(_words, node.children))


def _lines(node: nodes.Node) -> float:
    """The lines that a node needs, generously."""
    if isinstance(node, nodes.math_block):
        return FORMULA * (2 + node.astext().count(r"\\"))
    if isinstance(node, nodes.literal_block):
        return 0.8 * (node.astext().count("\n") + 2)
    if isinstance(node, nodes.table):
        return ROW * sum(max(map(_lines, row.children)) for row in node.findall(nodes.row))
    if isinstance(node, nodes.bullet_list | nodes.enumerated_list):
        return sum(map(_lines, node.children))
    if node.next_node(nodes.image):
        return FIGURE
    letters = sum(1 + (unicodedata.east_asian_width(one) in "WF") for one in node.astext())
    return 0.4 + math.ceil(letters / LETTERS)


def setup(app):
    app.connect("doctree-resolved", arrange)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
