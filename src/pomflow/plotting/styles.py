"""The style files of figures, in this folder: later ones are laid over earlier ones."""

FILES = {
    "paper": ("pomflow.mplstyle",),
    "slides": ("pomflow.mplstyle", "slides.mplstyle"),
}
