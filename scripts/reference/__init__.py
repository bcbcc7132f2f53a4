"""The reference pages, written from the code: one file a page, each with `page() -> str`."""
