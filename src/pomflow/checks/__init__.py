"""Is a model or a contour right? Checks for plug-ins of one's own and for those of the package.

``python -m pomflow check NAME`` runs them; tests call ``check_model`` and ``check_contour``.
"""

from pomflow.checks.contour import check_contour
from pomflow.checks.finding import Finding, as_table
from pomflow.checks.model import check_model

__all__ = ["Finding", "as_table", "check_contour", "check_model"]
