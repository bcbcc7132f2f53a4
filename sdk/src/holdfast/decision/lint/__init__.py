"""Lints: what can be loaded and is probably not what was meant."""

from holdfast.decision.lint.finding import Lint, Severity, of_error
from holdfast.decision.lint.lints import lint_bundle

__all__ = ["Lint", "Severity", "lint_bundle", "of_error"]
