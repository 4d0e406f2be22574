"""From a page's pixels to its staves, systems and straightened strips."""
