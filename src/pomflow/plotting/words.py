"""The words of figures: English where they are drawn, in another language by a table of this folder."""

from importlib import import_module
from importlib.resources import files

import matplotlib
import yaml

from pomflow.plotting import styles

# the package and the name of its font; letters that it lacks are those of English figures
JAPANESE_PACKAGE, JAPANESE_FONTS = "matplotlib_fontja", ("IPAexGothic", "DejaVu Sans")

_table: dict[str, str] = {}


def speak(language: str) -> None:
    """Let ``say`` speak a language, in letters that are drawn by a font of a locked package, from here on."""
    _table.clear()
    for name in styles.WORDS[language]:
        _table.update(yaml.safe_load((files("pomflow.plotting") / name).read_text(encoding="utf-8")))
    if language == "ja":
        # the import adds its font to those of matplotlib
        import_module(JAPANESE_PACKAGE)
        matplotlib.rcParams["font.family"] = list(JAPANESE_FONTS)


def say(english: str, **values) -> str:
    """Words in the language of the figures, with ``values`` in place of the names in braces.

    Words that the table lacks, such as the long name of a model from outside the package, stay as they are.
    """
    words = _table.get(english, english)
    return words.format(**values) if values else words
