"""The files of this folder that say how figures look, by style and by language."""

# later ones are laid over earlier ones
FILES = {
    "paper": ("pomflow.mplstyle",),
    "slides": ("pomflow.mplstyle", "slides.mplstyle"),
}
# from the English words, which stand in the code, to others
WORDS = {
    "en": (),
    "ja": ("words_ja.yaml",),
}


def files_of(plots: dict) -> tuple[str, ...]:
    """All files that figures with these settings ``style`` and ``language`` depend on."""
    return FILES[plots["style"]] + WORDS[plots["language"]]
