"""What is wrong in the files, and what is right but surely not meant: `lint()` tells both, with the place."""

from router.policy.lint.all_checks import lint
from router.policy.lint.finding import Finding

__all__ = ["Finding", "lint"]
