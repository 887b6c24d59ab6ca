"""The page of the product: what browsers see of a server, made from its admin API alone."""

from router.page.layer import browser_page

__all__ = ["browser_page"]
