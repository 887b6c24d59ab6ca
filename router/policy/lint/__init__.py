"""What is wrong in the files, and what is right but surely not meant: `lint()` tells both, with the place."""

from router.policy.lint.finding import Finding
from router.policy.lint.lint import lint

__all__ = ["Finding", "lint"]
